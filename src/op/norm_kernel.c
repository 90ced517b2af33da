/* The rows of layer norm on vectors, and its column sums; compiled once per instruction set. */
#include "isa.h"
#include "isa_vector.h"
#include "longwave/op/norm.h"
#include "norm_operands.h"
#include <math.h>

/* Halves are added to halves: a fixed order. */
LW_INLINE float sum_of_lanes(lw_vector x)
{
  float lane[LW_LANES];
  lw_store(lane, x);
  LW_UNROLL
  for (int half = LW_LANES / 2; half > 0; half /= 2) {
    LW_UNROLL
    for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  }
  return lane[0];
}

LW_INLINE float row_mean(const float *x, int64_t C)
{
  lw_vector sum = {0};
  float rest = 0.0f;
  int64_t c = 0;
  for (; c + LW_LANES <= C; c += LW_LANES) sum += lw_load(x + c);
  for (; c < C; c++) rest += x[c];
  return (sum_of_lanes(sum) + rest) / (float)C;
}

LW_INLINE float row_variance(const float *x, float mean, int64_t C)
{
  lw_vector sum = {0};
  float rest = 0.0f;
  int64_t c = 0;
  for (; c + LW_LANES <= C; c += LW_LANES) {
    lw_vector centred = lw_load(x + c) - mean;
    sum += centred * centred;
  }
  for (; c < C; c++) rest += (x[c] - mean) * (x[c] - mean);
  return (sum_of_lanes(sum) + rest) / (float)C;
}

void LW_ISA_NAME(layer_norm_forward)(const float *x, const float *gain, const float *bias,
                                     int64_t T, int64_t C, float *y, float *mean, float *rstd)
{
  for (int64_t t = 0; t < T; t++, x += C, y += C) {
    float m = mean[t] = row_mean(x, C);
    float r = rstd[t] = 1.0f / sqrtf(row_variance(x, m, C) + (float)LW_NORM_EPSILON);
    int64_t c = 0;
    for (; c + LW_LANES <= C; c += LW_LANES)
      lw_store(y + c, lw_load(gain + c) * ((lw_load(x + c) - m) * r) + lw_load(bias + c));
    for (; c < C; c++) y[c] = gain[c] * ((x[c] - m) * r) + bias[c];
  }
}

/* The means over the channels of g = gain dy and of g xhat. */
LW_INLINE void row_means(const float *dy, const float *x, const float *gain, float m, float r,
                         int64_t C, float *mean, float *mean_xhat)
{
  lw_vector sum = {0}, sum_xhat = {0};
  float rest = 0.0f, rest_xhat = 0.0f;
  int64_t c = 0;
  for (; c + LW_LANES <= C; c += LW_LANES) {
    lw_vector g = lw_load(gain + c) * lw_load(dy + c);
    sum += g;
    sum_xhat += g * ((lw_load(x + c) - m) * r);
  }
  for (; c < C; c++) {
    float g = gain[c] * dy[c];
    rest += g;
    rest_xhat += g * ((x[c] - m) * r);
  }
  *mean = (sum_of_lanes(sum) + rest) / (float)C;
  *mean_xhat = (sum_of_lanes(sum_xhat) + rest_xhat) / (float)C;
}

void LW_ISA_NAME(layer_norm_backward)(const float *dy, const float *x, const float *gain,
                                      const float *mean, const float *rstd, int64_t T, int64_t C,
                                      float *dx)
{
  for (int64_t t = 0; t < T; t++, dy += C, x += C, dx += C) {
    float m = mean[t], r = rstd[t], part, part_xhat;
    row_means(dy, x, gain, m, r, C, &part, &part_xhat);
    int64_t c = 0;
    for (; c + LW_LANES <= C; c += LW_LANES) {
      lw_vector g = lw_load(gain + c) * lw_load(dy + c);
      lw_store(dx + c, r * (g - part - (lw_load(x + c) - m) * r * part_xhat));
    }
    for (; c < C; c++) dx[c] = r * (gain[c] * dy[c] - part - (x[c] - m) * r * part_xhat);
  }
}

void LW_ISA_NAME(layer_norm_slice)(const void *operands, int64_t row_first, int64_t row_last,
                                   int64_t column, int64_t width, double *restrict sum,
                                   double *restrict sum_xhat)
{
  const lw_norm_operands *norm = operands;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dy = norm->dy + t * norm->C + column, *restrict x =
                                                                    norm->x + t * norm->C + column;
    float mean = norm->mean[t], rstd = norm->rstd[t];
    for (int64_t c = 0; c < width; c++) {
      sum[c] += (double)dy[c];
      sum_xhat[c] += (double)(dy[c] * ((x[c] - mean) * rstd));
    }
  }
}

void LW_ISA_NAME(batch_norm_slice)(const void *operands, int64_t row_first, int64_t row_last,
                                   int64_t column, int64_t width, double *restrict sum,
                                   double *restrict sum_xhat)
{
  const lw_norm_operands *norm = operands;
  const float *restrict mean = norm->mean + column, *restrict rstd = norm->rstd + column;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dy = norm->dy + t * norm->C + column, *restrict x =
                                                                    norm->x + t * norm->C + column;
    for (int64_t c = 0; c < width; c++) {
      sum[c] += (double)dy[c];
      sum_xhat[c] += (double)(dy[c] * ((x[c] - mean[c]) * rstd[c]));
    }
  }
}

/* Four rows are added in float before they are widened: a quarter of the conversions, which are
 * what this costs. */
void LW_ISA_NAME(column_sum_slice)(const void *operands, int64_t row_first, int64_t row_last,
                                   int64_t column, int64_t width, double *restrict sum,
                                   double *restrict unused)
{
  const lw_norm_operands *norm = operands;
  (void)unused;
  int64_t t = row_first, C = norm->C;
  for (; t + 4 <= row_last; t += 4) {
    const float *restrict x = norm->x + t * C + column;
    for (int64_t c = 0; c < width; c++)
      sum[c] += (double)((x[c] + x[C + c]) + (x[2 * C + c] + x[3 * C + c]));
  }
  for (; t < row_last; t++)
    for (int64_t c = 0; c < width; c++) sum[c] += (double)norm->x[t * C + column + c];
}

void LW_ISA_NAME(column_square_slice)(const void *operands, int64_t row_first, int64_t row_last,
                                      int64_t column, int64_t width, double *restrict square,
                                      double *restrict unused)
{
  const lw_norm_operands *norm = operands;
  const double *restrict mean = norm->column_mean + column;
  (void)unused;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict x = norm->x + t * norm->C + column;
    for (int64_t c = 0; c < width; c++)
      square[c] += ((double)x[c] - mean[c]) * ((double)x[c] - mean[c]);
  }
}
