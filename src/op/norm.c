#include "longwave/op/norm.h"
#include "share.h"
#include <math.h>

/* Sums of a row run in LANES interleaved partial sums, added up in a fixed order: the compiler may
 * put the lanes in one vector without changing a bit. */
enum { LANES = 16 };

static float lane_sum(const float lane[LANES])
{
  double sum = 0.0;
  for (int i = 0; i < LANES; i++) sum += (double)lane[i];
  return (float)sum;
}

static float row_sum(const float *restrict x, int64_t C)
{
  float lane[LANES] = {0};
  int64_t c = 0;
  for (; c + LANES <= C; c += LANES)
    for (int i = 0; i < LANES; i++) lane[i] += x[c + i];
  for (int i = 0; c + i < C; i++) lane[i] += x[c + i];
  return lane_sum(lane);
}

static float row_square(const float *restrict x, float mean, int64_t C)
{
  float lane[LANES] = {0};
  int64_t c = 0;
  for (; c + LANES <= C; c += LANES)
    for (int i = 0; i < LANES; i++) lane[i] += (x[c + i] - mean) * (x[c + i] - mean);
  for (int i = 0; c + i < C; i++) lane[i] += (x[c + i] - mean) * (x[c + i] - mean);
  return lane_sum(lane);
}

void lw_layer_norm_forward(const float *x, const float *gain, const float *bias, int64_t T,
                           int64_t C, float *y, float *mean, float *rstd)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    const float *row = x + t * C;
    float *out = y + t * C;
    float m = row_sum(row, C) / (float)C;
    float r = 1.0f / sqrtf(row_square(row, m, C) / (float)C + (float)LW_NORM_EPSILON);
    mean[t] = m;
    rstd[t] = r;
#pragma omp simd
    for (int64_t c = 0; c < C; c++) out[c] = gain[c] * ((row[c] - m) * r) + bias[c];
  }
}

/* The two means over channels that the backward of a row needs: of g dy and of g dy xhat. */
static void row_means(const float *restrict dy, const float *restrict x, const float *restrict gain,
                      float mean, float rstd, int64_t C, float *out, float *out_xhat)
{
  float lane[LANES] = {0}, lane_xhat[LANES] = {0};
  int64_t c = 0;
  for (; c + LANES <= C; c += LANES)
    for (int i = 0; i < LANES; i++) {
      float g = gain[c + i] * dy[c + i];
      lane[i] += g;
      lane_xhat[i] += g * ((x[c + i] - mean) * rstd);
    }
  for (int i = 0; c + i < C; i++) {
    float g = gain[c + i] * dy[c + i];
    lane[i] += g;
    lane_xhat[i] += g * ((x[c + i] - mean) * rstd);
  }
  *out = lane_sum(lane) / (float)C;
  *out_xhat = lane_sum(lane_xhat) / (float)C;
}

typedef struct norm_operands {
  const float *dy, *x, *mean, *rstd; /* mean and rstd of rows or of columns */
  const double *column_mean;
  int64_t C;
} norm_operands;

static void layer_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                        int64_t width, double *restrict sum, double *restrict sum_xhat)
{
  const norm_operands *of = operands;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dy = of->dy + t * of->C + column, *restrict x =
                                                                of->x + t * of->C + column;
    float mean = of->mean[t], rstd = of->rstd[t];
    for (int64_t c = 0; c < width; c++) {
      sum[c] += (double)dy[c];
      sum_xhat[c] += (double)(dy[c] * ((x[c] - mean) * rstd));
    }
  }
}

void lw_layer_norm_backward(const float *dy, const float *x, const float *gain, const float *mean,
                            const float *rstd, int64_t T, int64_t C, float *dx, float *dgain,
                            float *dbias)
{
  /* first, because dx may overwrite dy */
  lw_share_columns(layer_slice,
                   &(norm_operands){.dy = dy, .x = x, .mean = mean, .rstd = rstd, .C = C}, T, C,
                   (lw_share_target){.added = dbias}, (lw_share_target){.added = dgain});
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    const float *dy_row = dy + t * C, *x_row = x + t * C;
    float *dx_row = dx + t * C;
    float m = mean[t], r = rstd[t], part, part_xhat;
    row_means(dy_row, x_row, gain, m, r, C, &part, &part_xhat);
#pragma omp simd
    for (int64_t c = 0; c < C; c++)
      dx_row[c] = r * (gain[c] * dy_row[c] - part - ((x_row[c] - m) * r) * part_xhat);
  }
}

static void sum_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                      int64_t width, double *restrict sum, double *restrict unused)
{
  const norm_operands *of = operands;
  (void)unused;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict x = of->x + t * of->C + column;
    for (int64_t c = 0; c < width; c++) sum[c] += (double)x[c];
  }
}

void lw_column_sum(const float *x, int64_t T, int64_t C, double *sum)
{
  lw_share_columns(sum_slice, &(norm_operands){.x = x, .C = C}, T, C,
                   (lw_share_target){.written = sum}, (lw_share_target){0});
}

static void square_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                         int64_t width, double *restrict square, double *restrict unused)
{
  const norm_operands *of = operands;
  const double *restrict mean = of->column_mean + column;
  (void)unused;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict x = of->x + t * of->C + column;
    for (int64_t c = 0; c < width; c++)
      square[c] += ((double)x[c] - mean[c]) * ((double)x[c] - mean[c]);
  }
}

void lw_column_square(const float *x, const double *mean, int64_t T, int64_t C, double *square)
{
  lw_share_columns(square_slice, &(norm_operands){.x = x, .column_mean = mean, .C = C}, T, C,
                   (lw_share_target){.written = square}, (lw_share_target){0});
}

void lw_batch_norm_forward(const float *x, const float *gain, const float *bias, const float *mean,
                           const float *rstd, int64_t T, int64_t C, float *y)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    const float *row = x + t * C;
    float *out = y + t * C;
#pragma omp simd
    for (int64_t c = 0; c < C; c++) out[c] = gain[c] * ((row[c] - mean[c]) * rstd[c]) + bias[c];
  }
}

static void batch_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                        int64_t width, double *restrict sum, double *restrict sum_xhat)
{
  const norm_operands *of = operands;
  const float *restrict mean = of->mean + column, *restrict rstd = of->rstd + column;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dy = of->dy + t * of->C + column, *restrict x =
                                                                of->x + t * of->C + column;
    for (int64_t c = 0; c < width; c++) {
      sum[c] += (double)dy[c];
      sum_xhat[c] += (double)(dy[c] * ((x[c] - mean[c]) * rstd[c]));
    }
  }
}

void lw_batch_norm_sums(const float *dy, const float *x, const float *mean, const float *rstd,
                        int64_t T, int64_t C, double *dy_sum, double *dy_xhat_sum)
{
  lw_share_columns(batch_slice,
                   &(norm_operands){.dy = dy, .x = x, .mean = mean, .rstd = rstd, .C = C}, T, C,
                   (lw_share_target){.written = dy_sum}, (lw_share_target){.written = dy_xhat_sum});
}

void lw_batch_norm_backward(const float *dy, const float *x, const float *gain, const float *mean,
                            const float *rstd, const float *dy_mean, const float *dy_xhat_mean,
                            int64_t T, int64_t C, float *dx)
{
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++) {
    const float *dy_row = dy + t * C, *x_row = x + t * C;
    float *dx_row = dx + t * C;
#pragma omp simd
    for (int64_t c = 0; c < C; c++) {
      float xhat = (x_row[c] - mean[c]) * rstd[c];
      dx_row[c] = gain[c] * rstd[c] * (dy_row[c] - dy_mean[c] - xhat * dy_xhat_mean[c]);
    }
  }
}
