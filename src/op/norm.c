#include "longwave/op/norm.h"
#include "isa.h"
#include "norm_operands.h"
#include "share.h"

/* Rows a thread takes at once. */
enum { ROWS = 32 };

static int64_t rows_at(int64_t first, int64_t T)
{
  return T - first < ROWS ? T - first : ROWS;
}

void lw_layer_norm_forward(const float *x, const float *gain, const float *bias, int64_t T,
                           int64_t C, float *y, float *mean, float *rstd)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t += ROWS)
    isa->layer_norm_forward(x + t * C, gain, bias, rows_at(t, T), C, y + t * C, mean + t, rstd + t);
}

void lw_layer_norm_backward(const float *dy, const float *x, const float *gain, const float *mean,
                            const float *rstd, int64_t T, int64_t C, float *dx, float *dgain,
                            float *dbias)
{
  const lw_isa *isa = lw_isa_now();
  const lw_norm_operands operands = {.dy = dy, .x = x, .mean = mean, .rstd = rstd, .C = C};
  /* first, because dx may overwrite dy */
  lw_share_columns(isa->layer_norm_slice, &operands, T, C, (lw_share_target){.added = dbias},
                   (lw_share_target){.added = dgain});
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t += ROWS)
    isa->layer_norm_backward(dy + t * C, x + t * C, gain, mean + t, rstd + t, rows_at(t, T), C,
                             dx + t * C);
}

void lw_column_sum(const float *x, int64_t T, int64_t C, double *sum)
{
  const lw_norm_operands operands = {.x = x, .C = C};
  lw_share_columns(lw_isa_now()->column_sum_slice, &operands, T, C,
                   (lw_share_target){.written = sum}, (lw_share_target){0});
}

void lw_column_square(const float *x, const double *mean, int64_t T, int64_t C, double *square)
{
  const lw_norm_operands operands = {.x = x, .column_mean = mean, .C = C};
  lw_share_columns(lw_isa_now()->column_square_slice, &operands, T, C,
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

void lw_batch_norm_sums(const float *dy, const float *x, const float *mean, const float *rstd,
                        int64_t T, int64_t C, double *dy_sum, double *dy_xhat_sum)
{
  const lw_norm_operands operands = {.dy = dy, .x = x, .mean = mean, .rstd = rstd, .C = C};
  lw_share_columns(lw_isa_now()->batch_norm_slice, &operands, T, C,
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
