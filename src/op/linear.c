#include "longwave/op/linear.h"
#include "isa.h"
#include "linear_panel.h"
#include "norm_operands.h"
#include "share.h"
#include "longwave/base/whole.h"
#include <cblas.h>
#include <string.h>

/* Rows a product takes at once: enough for BLAS to reach its speed, few enough that a block stays
 * in the L2 cache between the bias and the product. */
enum { ROWS = 512 };
/* A weight's gradient is made in tiles of TILE x TILE. */
enum { TILE = 256 };
/* Multiplications from which a product is shared over threads. */
enum { LEAST_WORK = 1 << 21 };
/* From so many rows, and so many numbers in and out, the products of linear_panel.h are faster than
 * BLAS, as far as the weight fits. */
enum { PANEL_ROWS = 128, PANEL_SIDE = 8 };

static bool in_panels(int64_t T, lw_linear_weight weight)
{
  return T >= PANEL_ROWS && weight.depth >= PANEL_SIDE && weight.width >= PANEL_SIDE &&
         lw_linear_fits(weight);
}

void lw_linear_forward(const float *x, const float *weight, const float *bias, int64_t T,
                       int64_t in, int64_t out, float *y)
{
  lw_linear_weight turned = {
      .values = weight, .k_step = 1, .n_step = in, .depth = in, .width = out};
  if (in_panels(T, turned)) {
    lw_linear_rows(x, turned, bias, T, y);
    return;
  }
#pragma omp parallel for schedule(static) if (T * in * out >= LEAST_WORK)
  for (int64_t first = 0; first < T; first += ROWS) {
    int64_t rows = lw_smaller(ROWS, T - first);
    float *block = y + first * out;
    if (bias)
      for (int64_t t = 0; t < rows; t++) memcpy(block + t * out, bias, (size_t)out * sizeof *bias);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)out, (blasint)in,
                1.0f, x + first * in, (blasint)in, weight, (blasint)in, bias ? 1.0f : 0.0f, block,
                (blasint)out);
  }
}

/* dx = dy W */
static void backward_input(const float *dy, const float *weight, int64_t T, int64_t in, int64_t out,
                           float *dx)
{
  lw_linear_weight plain = {.values = weight, .k_step = in, .n_step = 1, .depth = out, .width = in};
  if (in_panels(T, plain)) {
    lw_linear_rows(dy, plain, NULL, T, dx);
    return;
  }
#pragma omp parallel for schedule(static) if (T * in * out >= LEAST_WORK)
  for (int64_t first = 0; first < T; first += ROWS)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)lw_smaller(ROWS, T - first),
                (blasint)in, (blasint)out, 1.0f, dy + first * out, (blasint)out, weight,
                (blasint)in, 0.0f, dx + first * in, (blasint)in);
}

/* dW += dy^T x */
static void backward_weight(const float *dy, const float *x, int64_t T, int64_t in, int64_t out,
                            float *dweight)
{
  if (in_panels(T, (lw_linear_weight){.depth = in, .width = out})) {
    lw_linear_gradient(dy, x, T, in, out, dweight);
    return;
  }
#pragma omp parallel for schedule(static) collapse(2) if (T * in * out >= LEAST_WORK)
  for (int64_t o = 0; o < out; o += TILE)
    for (int64_t i = 0; i < in; i += TILE)
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)lw_smaller(TILE, out - o),
                  (blasint)lw_smaller(TILE, in - i), (blasint)T, 1.0f, dy + o, (blasint)out, x + i,
                  (blasint)in, 1.0f, dweight + o * in + i, (blasint)in);
}

void lw_linear_add_bias(const float *bias, int64_t T, int64_t out, float *y)
{
#pragma omp parallel for schedule(static) if (T * out >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++)
    for (int64_t c = 0; c < out; c++) y[t * out + c] += bias[c];
}

void lw_linear_bias_gradient(const float *dy, int64_t T, int64_t out, float *dbias)
{
  lw_share_columns(lw_isa_now()->column_sum_slice, &(lw_norm_operands){.x = dy, .C = out}, T, out,
                   (lw_share_target){.added = dbias}, (lw_share_target){0});
}

void lw_linear_backward(const float *dy, const float *x, const float *weight, int64_t T, int64_t in,
                        int64_t out, float *dx, float *dweight, float *dbias)
{
  if (T == 0) return;
  if (dx) backward_input(dy, weight, T, in, out, dx);
  if (dweight) backward_weight(dy, x, T, in, out, dweight);
  if (dbias) lw_linear_bias_gradient(dy, T, out, dbias);
}
