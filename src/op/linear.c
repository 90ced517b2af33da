/* Of <cblas.h> of BLIS, which names types of threads. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/op/linear.h"
#include "cblas_header.h"
#include "isa.h"
#include "linear_panel.h"
#include "norm_operands.h"
#include "share.h"
#include "longwave/base/whole.h"
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

void lw_linear_part_forward(lw_linear_part part, const float *x, const float *weight,
                            const float *bias, int64_t T, float *y)
{
  const int64_t in = part.in, out = part.out, count = part.count;
  weight += part.first * in, y += part.first;
  if (bias) bias += part.first;
  lw_linear_weight turned = {
      .values = weight, .k_step = 1, .n_step = in, .depth = in, .width = count};
  if (in_panels(T, turned)) {
    lw_linear_rows((lw_linear_matrix){x, in}, turned, bias, T, (lw_linear_result){y, out});
    return;
  }
#pragma omp parallel for schedule(static) if (T * in * count >= LEAST_WORK)
  for (int64_t first = 0; first < T; first += ROWS) {
    int64_t rows = lw_smaller(ROWS, T - first);
    float *block = y + first * out;
    if (bias)
      for (int64_t t = 0; t < rows; t++)
        memcpy(block + t * out, bias, (size_t)count * sizeof *bias);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)count, (int)in,
                1.0f, x + first * in, (int)in, weight, (int)in, bias ? 1.0f : 0.0f, block,
                (int)out);
  }
}

void lw_linear_forward(const float *x, const float *weight, const float *bias, int64_t T,
                       int64_t in, int64_t out, float *y)
{
  lw_linear_part_forward((lw_linear_part){in, out, 0, out}, x, weight, bias, T, y);
}

/* dx = dy W; dy, weight: from the part's first output on */
static void backward_input(lw_linear_part part, const float *dy, const float *weight, int64_t T,
                           float *dx)
{
  const int64_t in = part.in, out = part.out, count = part.count;
  lw_linear_weight plain = {
      .values = weight, .k_step = in, .n_step = 1, .depth = count, .width = in};
  if (in_panels(T, plain)) {
    lw_linear_rows((lw_linear_matrix){dy, out}, plain, NULL, T, (lw_linear_result){dx, in});
    return;
  }
#pragma omp parallel for schedule(static) if (T * in * count >= LEAST_WORK)
  for (int64_t first = 0; first < T; first += ROWS)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)lw_smaller(ROWS, T - first),
                (int)in, (int)count, 1.0f, dy + first * out, (int)out, weight,
                (int)in, 0.0f, dx + first * in, (int)in);
}

/* dW += dy^T x; dy, dweight: from the part's first output on */
static void backward_weight(lw_linear_part part, const float *dy, const float *x, int64_t T,
                            float *dweight)
{
  const int64_t in = part.in, out = part.out, count = part.count;
  if (in_panels(T, (lw_linear_weight){.depth = in, .width = count})) {
    lw_linear_gradient((lw_linear_matrix){dy, out}, x, T, in, count, dweight);
    return;
  }
#pragma omp parallel for schedule(static) collapse(2) if (T * in * count >= LEAST_WORK)
  for (int64_t o = 0; o < count; o += TILE)
    for (int64_t i = 0; i < in; i += TILE)
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)lw_smaller(TILE, count - o),
                  (int)lw_smaller(TILE, in - i), (int)T, 1.0f, dy + o, (int)out, x + i,
                  (int)in, 1.0f, dweight + o * in + i, (int)in);
}

void lw_linear_part_backward(lw_linear_part part, const float *dy, const float *x,
                             const float *weight, int64_t T, float *dx, float *dweight)
{
  const int64_t skipped = part.first * part.in;
  if (T == 0) return;
  if (dx) backward_input(part, dy + part.first, weight + skipped, T, dx);
  if (dweight) backward_weight(part, dy + part.first, x, T, dweight + skipped);
}

void lw_linear_add_bias(lw_linear_part part, const float *bias, int64_t T, float *y)
{
  const int64_t first = part.first, end = part.first + part.count;
#pragma omp parallel for schedule(static) if (T * part.count >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < T; t++)
    for (int64_t c = first; c < end; c++) y[t * part.out + c] += bias[c];
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
  lw_linear_part_backward((lw_linear_part){in, out, 0, out}, dy, x, weight, T, dx, dweight);
  if (dbias) lw_linear_bias_gradient(dy, T, out, dbias);
}
