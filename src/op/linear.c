#include "longwave/op/linear.h"
#include "share.h"
#include <cblas.h>
#include <string.h>

/* Rows a product takes at once: enough for BLAS to reach its speed, small enough that a block stays
 * in the L2 cache between the bias and the product. */
enum { ROWS = 256 };
/* A tile of a weight's gradient: each is one product over all T rows. */
enum { TILE_OUT = 64, TILE_IN = 256 };

static int64_t smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

void lw_linear_init(void)
{
  openblas_set_num_threads(1);
}

const char *lw_linear_config(void)
{
  return openblas_get_config();
}

const char *lw_linear_core(void)
{
  return openblas_get_corename();
}

void lw_linear_forward(const float *x, const float *weight, const float *bias, int64_t T,
                       int64_t in, int64_t out, float *y)
{
#pragma omp parallel for schedule(static) if (T * in * out >= LW_SHARE_LEAST * (int64_t)64)
  for (int64_t first = 0; first < T; first += ROWS) {
    int64_t rows = smaller(ROWS, T - first);
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
#pragma omp parallel for schedule(static) if (T * in * out >= LW_SHARE_LEAST * (int64_t)64)
  for (int64_t first = 0; first < T; first += ROWS)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)smaller(ROWS, T - first),
                (blasint)in, (blasint)out, 1.0f, dy + first * out, (blasint)out, weight,
                (blasint)in, 0.0f, dx + first * in, (blasint)in);
}

/* dW += dy^T x */
static void backward_weight(const float *dy, const float *x, int64_t T, int64_t in, int64_t out,
                            float *dweight)
{
  int64_t across = (in + TILE_IN - 1) / TILE_IN, tiles = (out + TILE_OUT - 1) / TILE_OUT * across;
#pragma omp parallel for schedule(static) if (T * in * out >= LW_SHARE_LEAST * (int64_t)64)
  for (int64_t tile = 0; tile < tiles; tile++) {
    int64_t o = tile / across * TILE_OUT, i = tile % across * TILE_IN;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)smaller(TILE_OUT, out - o),
                (blasint)smaller(TILE_IN, in - i), (blasint)T, 1.0f, dy + o, (blasint)out, x + i,
                (blasint)in, 1.0f, dweight + o * in + i, (blasint)in);
  }
}

typedef struct bias_operands {
  const float *dy;
  int64_t out;
} bias_operands;

static void bias_slice(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                       int64_t width, double *restrict sum, double *restrict unused)
{
  const bias_operands *of = operands;
  (void)unused;
  for (int64_t t = row_first; t < row_last; t++) {
    const float *restrict dy = of->dy + t * of->out + column;
    for (int64_t c = 0; c < width; c++) sum[c] += (double)dy[c];
  }
}

void lw_linear_backward(const float *dy, const float *x, const float *weight, int64_t T, int64_t in,
                        int64_t out, float *dx, float *dweight, float *dbias)
{
  if (T == 0) return;
  if (dx) backward_input(dy, weight, T, in, out, dx);
  backward_weight(dy, x, T, in, out, dweight);
  if (dbias)
    lw_share_columns(bias_slice, &(bias_operands){dy, out}, T, out,
                     (lw_share_target){.added = dbias}, (lw_share_target){0});
}
