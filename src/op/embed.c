#include "longwave/op/embed.h"
#include "share.h"
#include <assert.h>
#include <math.h>
#include <string.h>

void lw_embed_tokens(const int32_t *token, const float *table, int64_t T, int64_t C, float *x)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    assert(token[t] >= 0);
    memcpy(x + t * C, table + token[t] * C, (size_t)C * sizeof *x);
  }
}

/* Rows of the table meet any number of times: threads share out the columns, each adds its rows in
 * order. */
void lw_embed_tokens_backward(const float *dx, const int32_t *token, int64_t T, int64_t C,
                              float *dtable)
{
  enum { WIDTH = 32 };
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t column = 0; column < C; column += WIDTH) {
    int64_t width = C - column < WIDTH ? C - column : WIDTH;
    for (int64_t t = 0; t < T; t++) {
      const float *restrict from = dx + t * C + column;
      float *restrict to = dtable + token[t] * C + column;
      for (int64_t c = 0; c < width; c++) to[c] += from[c];
    }
  }
}

void lw_embed_tokens_product(const float *dx, const int32_t *token, const float *table, int64_t T,
                             int64_t C, float *product)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    const float *row = table + token[t] * C;
    double sum = 0.0;
    for (int64_t c = 0; c < C; c++) sum += (double)row[c] * (double)dx[t * C + c];
    product[t] = (float)sum;
  }
}

void lw_embed_values(const float *value, const float *weight, const float *bias, int64_t T,
                     int64_t C, float *x)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    float *restrict row = x + t * C;
    for (int64_t c = 0; c < C; c++) row[c] = value[t] * weight[c] + bias[c];
  }
}

typedef struct value_operands {
  const float *dx, *value;
  int64_t C;
} value_operands;

static void value_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                        int64_t width, double *restrict weighted, double *restrict sum)
{
  const value_operands *o = operands;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dx = o->dx + t * o->C + column;
    double value = (double)o->value[t];
    for (int64_t c = 0; c < width; c++) {
      weighted[c] += value * (double)dx[c];
      sum[c] += (double)dx[c];
    }
  }
}

void lw_embed_values_backward(const float *dx, const float *value, int64_t T, int64_t C,
                              float *dweight, float *dbias)
{
  lw_share_columns(value_slice, &(value_operands){dx, value, C}, T, C,
                   (lw_share_target){.added = dweight}, (lw_share_target){.added = dbias});
}

/* to += from, element by element */
static void add(const float *restrict from, int64_t count, float *restrict to)
{
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) to[i] += from[i];
}

void lw_embed_positions(const float *table, int64_t count, int64_t C, float *x)
{
  add(table, count * C, x);
}

void lw_embed_positions_backward(const float *dx, int64_t count, int64_t C, float *dtable)
{
  add(dx, count * C, dtable);
}

/* 10000^(-2i / channels) */
static double frequency(int64_t i, int64_t channels)
{
  return pow(10000.0, -2.0 * (double)i / (double)channels);
}

void lw_sinusoid_table(int64_t positions, int64_t C, float *table)
{
#pragma omp parallel for schedule(static) if (positions * C >= LW_SHARE_LEAST)
  for (int64_t c = 0; c < C; c++) {
    double turn = frequency(c / 2, C);
    for (int64_t p = 0; p < positions; p++)
      table[p * C + c] = (float)(c % 2 ? cos((double)p * turn) : sin((double)p * turn));
  }
}

int64_t lw_rotary_channels(double share, int64_t d)
{
  const int64_t pairs = d / 2;
  return share < 1.0 ? 2 * llround(share * (double)pairs) : d;
}

void lw_rotary_table(int64_t positions, int64_t turned, float *cosine, float *sine)
{
  int64_t half = turned / 2;
  for (int64_t i = 0; i < half; i++) {
    double turn = frequency(i, turned);
    for (int64_t p = 0; p < positions; p++) {
      cosine[p * half + i] = (float)cos((double)p * turn);
      sine[p * half + i] = (float)sin((double)p * turn);
    }
  }
}

void lw_rotary_turn(float *x, int64_t stride, int64_t count, int64_t heads, int64_t d,
                    int64_t turned, const float *cosine, const float *sine, float sign)
{
  int64_t half = turned / 2;
#pragma omp parallel for schedule(static) if (count * heads * turned >= LW_SHARE_LEAST)
  for (int64_t p = 0; p < count; p++) {
    const float *restrict c = cosine + p * half, *restrict s = sine + p * half;
    for (int64_t head = 0; head < heads; head++) {
      float *restrict a = x + p * stride + head * d, *restrict b = a + half;
      for (int64_t i = 0; i < half; i++) {
        float first = a[i] * c[i] - sign * s[i] * b[i];
        b[i] = b[i] * c[i] + sign * s[i] * a[i];
        a[i] = first;
      }
    }
  }
}
