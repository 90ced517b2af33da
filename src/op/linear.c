#define _POSIX_C_SOURCE 200809L
#include "longwave/op/linear.h"
#include "isa.h"
#include "norm_operands.h"
#include "share.h"
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* Rows a product takes at once: enough for BLAS to reach its speed, few enough that a block stays
 * in the L2 cache between the bias and the product. */
enum { ROWS = 512 };
/* A weight's gradient is made in tiles of TILE x TILE. Where they are too few to share out, each is
 * made of SLICES products over a part of the rows, which then add up in order (1 MiB of stack). */
enum { TILE = 256, TILES_ENOUGH = 8, SLICES = 4 };
/* Multiplications from which a product is shared over threads. */
enum { LEAST_WORK = 1 << 21 };

static int64_t smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* OpenBLAS chooses its kernels when it is loaded, by a list of known processors; one younger than
 * the library gets those of "Prescott" (SSE3, a fifth of the speed). Then choose again by what the
 * processor says it can do. These two are exported but in no header; a BLAS without them keeps its
 * own choice. */
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);

static const char *better_core(void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return NULL;
}

static void choose_core(void)
{
  const char *variable = "OPENBLAS_CORETYPE", *core = better_core();
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv(variable) || !core) return;
  if (strcmp(openblas_get_corename(), "Prescott") != 0) return;
  if (setenv(variable, core, 1) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}

void lw_linear_init(void)
{
  choose_core();
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
#pragma omp parallel for schedule(static) if (T * in * out >= LEAST_WORK)
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
#pragma omp parallel for schedule(static) if (T * in * out >= LEAST_WORK)
  for (int64_t first = 0; first < T; first += ROWS)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)smaller(ROWS, T - first),
                (blasint)in, (blasint)out, 1.0f, dy + first * out, (blasint)out, weight,
                (blasint)in, 0.0f, dx + first * in, (blasint)in);
}

/* One tile of a weight's gradient: `rows` by `columns` from (o, i) on. */
typedef struct tile {
  int64_t o, i, rows, columns;
} tile;

static int64_t tiles_along(int64_t size)
{
  return (size + TILE - 1) / TILE;
}

static tile tile_at(int64_t place, int64_t in, int64_t out)
{
  int64_t o = place / tiles_along(in) * TILE, i = place % tiles_along(in) * TILE;
  return (tile){o, i, smaller(TILE, out - o), smaller(TILE, in - i)};
}

/* product = beta product + dy^T x over rows [first, last) */
static void tile_product(const float *dy, const float *x, int64_t in, int64_t out, tile at,
                         int64_t first, int64_t last, float beta, float *product, int64_t stride)
{
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)at.rows, (blasint)at.columns,
              (blasint)(last - first), 1.0f, dy + first * out + at.o, (blasint)out,
              x + first * in + at.i, (blasint)in, beta, product, (blasint)stride);
}

static void tile_by_slices(const float *dy, const float *x, int64_t T, int64_t in, int64_t out,
                           tile at, float *dweight)
{
  float partial[SLICES][TILE * TILE];
#pragma omp parallel for schedule(static)
  for (int s = 0; s < SLICES; s++)
    tile_product(dy, x, in, out, at, T * s / SLICES, T * (s + 1) / SLICES, 0.0f, partial[s],
                 at.columns);
  for (int64_t o = 0; o < at.rows; o++) {
    float *restrict to = dweight + (at.o + o) * in + at.i;
    for (int64_t i = 0; i < at.columns; i++) {
      float sum = 0.0f;
      for (int s = 0; s < SLICES; s++) sum += partial[s][o * at.columns + i];
      to[i] += sum;
    }
  }
}

/* dW += dy^T x */
static void backward_weight(const float *dy, const float *x, int64_t T, int64_t in, int64_t out,
                            float *dweight)
{
  int64_t tiles = tiles_along(in) * tiles_along(out);
  if (tiles < TILES_ENOUGH && T * in * out >= LEAST_WORK) {
    for (int64_t place = 0; place < tiles; place++)
      tile_by_slices(dy, x, T, in, out, tile_at(place, in, out), dweight);
    return;
  }
#pragma omp parallel for schedule(static) if (T * in * out >= LEAST_WORK)
  for (int64_t place = 0; place < tiles; place++) {
    tile at = tile_at(place, in, out);
    tile_product(dy, x, in, out, at, 0, T, 1.0f, dweight + at.o * in + at.i, in);
  }
}

void lw_linear_backward(const float *dy, const float *x, const float *weight, int64_t T, int64_t in,
                        int64_t out, float *dx, float *dweight, float *dbias)
{
  if (T == 0) return;
  if (dx) backward_input(dy, weight, T, in, out, dx);
  backward_weight(dy, x, T, in, out, dweight);
  if (dbias)
    lw_share_columns(lw_isa_now()->column_sum_slice, &(lw_norm_operands){.x = dy, .C = out}, T, out,
                     (lw_share_target){.added = dbias}, (lw_share_target){0});
}
