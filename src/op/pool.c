#include "longwave/op/pool.h"
#include "isa.h"
#include "norm_operands.h"
#include "share.h"
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const int32_t nowhere = INT32_MAX;

void lw_pool_begin(lw_pooling pooling, int64_t C, float *out, int32_t *argmax)
{
  memset(out, 0, (size_t)C * sizeof *out);
  if (pooling != LW_POOLING_MAX) return;
  for (int64_t c = 0; c < C; c++) {
    out[c] = -INFINITY;
    argmax[c] = nowhere;
  }
}

static void add_sum(const float *x, int64_t count, int64_t C, float *out)
{
  lw_share_columns(lw_isa_now()->column_sum_slice, &(lw_norm_operands){.x = x, .C = C}, count, C,
                   (lw_share_target){.added = out}, (lw_share_target){0});
}

static void add_greatest(const float *x, lw_pool_stretch stretch, int64_t C, float *restrict out,
                         int32_t *restrict argmax)
{
  /* The very first row counts whatever it is: what is not a number must come out again. */
  for (int64_t c = 0; c < C; c++)
    if (argmax[c] == nowhere) {
      out[c] = x[c];
      argmax[c] = (int32_t)stretch.first;
    }
  for (int64_t t = 0; t < stretch.count; t++) {
    const float *restrict row = x + t * C;
    for (int64_t c = 0; c < C; c++) {
      argmax[c] = row[c] > out[c] ? (int32_t)(stretch.first + t) : argmax[c];
      out[c] = row[c] > out[c] ? row[c] : out[c];
    }
  }
}

static bool has_last(lw_pool_stretch stretch)
{
  return stretch.first + stretch.count == stretch.tokens;
}

void lw_pool_add(lw_pooling pooling, const float *x, lw_pool_stretch stretch, int64_t C, float *out,
                 int32_t *argmax)
{
  assert(stretch.count >= 1);
  switch (pooling) {
  case LW_POOLING_MEAN:
    add_sum(x, stretch.count, C, out);
    break;
  case LW_POOLING_LAST:
    if (has_last(stretch)) memcpy(out, x + (stretch.count - 1) * C, (size_t)C * sizeof *out);
    break;
  case LW_POOLING_CLS:
    if (stretch.first == 0) memcpy(out, x, (size_t)C * sizeof *out);
    break;
  case LW_POOLING_MAX:
    add_greatest(x, stretch, C, out, argmax);
    break;
  case LW_POOLING_ATTENTION:
    assert(0 && "attention has functions of its own");
  }
}

void lw_pool_end(lw_pooling pooling, int64_t tokens, int64_t C, float *out)
{
  if (pooling != LW_POOLING_MEAN) return;
  for (int64_t c = 0; c < C; c++) out[c] /= (float)tokens;
}

void lw_pool_backward(lw_pooling pooling, const float *dout, lw_pool_stretch stretch, int64_t C,
                      const int32_t *argmax, float *dx)
{
  const int64_t first = stretch.first, count = stretch.count;
  assert(count >= 1);
  if (pooling == LW_POOLING_MEAN) {
    for (int64_t c = 0; c < C; c++) dx[c] = dout[c] / (float)stretch.tokens;
    for (int64_t t = 1; t < count; t++) memcpy(dx + t * C, dx, (size_t)C * sizeof *dx);
    return;
  }
  memset(dx, 0, (size_t)(count * C) * sizeof *dx);
  if (pooling == LW_POOLING_LAST && has_last(stretch))
    memcpy(dx + (count - 1) * C, dout, (size_t)C * sizeof *dx);
  if (pooling == LW_POOLING_CLS && first == 0) memcpy(dx, dout, (size_t)C * sizeof *dx);
  if (pooling != LW_POOLING_MAX) return;
  for (int64_t c = 0; c < C; c++)
    if (argmax[c] >= first && argmax[c] < first + count) dx[(argmax[c] - first) * C + c] = dout[c];
}

/* ---- attention ---- */

static double dot(const float *restrict a, const float *restrict b, int64_t C)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < C; c++) sum += (double)a[c] * (double)b[c];
  return sum;
}

void lw_pool_scores(const float *x, const float *query, int64_t count, int64_t C, float *score)
{
#pragma omp parallel for schedule(static) if (count * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < count; t++) score[t] = (float)dot(x + t * C, query, C);
}

double lw_pool_weigh(float *score, int64_t count, float greatest)
{
  double sum = 0.0;
  for (int64_t t = 0; t < count; t++) {
    score[t] = expf(score[t] - greatest);
    sum += (double)score[t];
  }
  return sum;
}

typedef struct weighted {
  const float *x, *weight;
  int64_t C;
} weighted;

static void weighted_slice(const void *operands, int64_t row_first, int64_t row_last,
                           int64_t column, int64_t width, double *restrict first,
                           double *restrict second)
{
  const weighted *w = operands;
  (void)second;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict x = w->x + t * w->C + column;
    const double weight = (double)w->weight[t];
    for (int64_t c = 0; c < width; c++) first[c] += weight * (double)x[c];
  }
}

void lw_pool_add_weighted(const float *x, const float *weight, int64_t count, int64_t C, float *out)
{
  lw_share_columns(weighted_slice, &(weighted){x, weight, C}, count, C,
                   (lw_share_target){.added = out}, (lw_share_target){0});
}

void lw_pool_weighted_backward(const lw_pool_weighted *of, int64_t count, int64_t C, float *slope,
                               float *dx)
{
  const float *restrict query = of->query, *restrict dout = of->dout;
  const double whole = dot(dout, of->out, C);
#pragma omp parallel for schedule(static) if (count * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < count; t++) {
    float *restrict to = dx + t * C;
    const float weight = of->weight[t] / of->total;
    slope[t] = (float)((double)weight * (dot(dout, of->x + t * C, C) - whole));
    for (int64_t c = 0; c < C; c++) to[c] = weight * dout[c] + slope[t] * query[c];
  }
}
