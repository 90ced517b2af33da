/* The depthwise convolution of every instruction set against its formula in double, pieces as they
   are cut of sequences of odd lengths. */
#include "longwave/op/convolution.h"
#include "longwave/base/whole.h"
#include "numbers.h"

typedef struct shape {
  int64_t T, C, K;
  bool causal;
} shape;
static const shape shapes[] = {{1, 1, 1, true},     {1, 16, 4, true},     {3, 5, 4, false},
                               {40, 33, 3, true},   {7, 129, 5, false},   {300, 40, 4, true},
                               {130, 20, 64, true}, {200, 17, 64, false}, {257, 128, 4, false}};
enum { SHAPES = sizeof shapes / sizeof *shapes, PIECES = 8 };

static lw_convolution convolution_of(shape s, const float *weight)
{
  return (lw_convolution){weight, s.C, s.K, s.causal ? s.K - 1 : (s.K - 1) / 2};
}

/* One sequence of T rows. */
static int64_t cut(shape s, const float *from, const float *other, float *to,
                   lw_convolution_piece *pieces)
{
  int64_t count = 0;
  for (int64_t t = 0; t < s.T; t += LW_CONVOLUTION_ROWS, count++) {
    const int64_t rows = lw_smaller(LW_CONVOLUTION_ROWS, s.T - t);
    pieces[count] = (lw_convolution_piece){.from = from + t * s.C,
                                           .rows = rows,
                                           .before = t,
                                           .after = s.T - t - rows,
                                           .other = other + t * s.C,
                                           .to = to + t * s.C};
  }
  return count;
}

/* y, and dx and dweight for dy. */
static void plainly(shape s, const float *x, const float *dy, const float *weight, double *y,
                    double *dx, double *dweight)
{
  const int64_t before = convolution_of(s, weight).before;
  for (int64_t n = 0; n < s.T * s.C; n++) y[n] += (double)x[n], dx[n] += (double)dy[n];
  for (int64_t t = 0; t < s.T; t++)
    for (int64_t k = 0; k < s.K; k++) {
      const int64_t from = t - before + k;
      for (int64_t c = 0; from >= 0 && from < s.T && c < s.C; c++) {
        const double w = (double)weight[c * s.K + k];
        y[t * s.C + c] += w * (double)x[from * s.C + c];
        dx[from * s.C + c] += w * (double)dy[t * s.C + c];
        dweight[c * s.K + k] += (double)dy[t * s.C + c] * (double)x[from * s.C + c];
      }
    }
}

static void check(shape s)
{
  const int64_t count = s.T * s.C, taps = s.C * s.K;
  float *x = numbers(1, count), *dy = numbers(2, count), *weight = numbers(3, taps);
  float *y = numbers(4, count), *dx = numbers(5, count), *dweight = NULL, *scratch = NULL;
  double *want[] = {numbers_zero(count), numbers_zero(count), numbers_zero(taps)};
  lw_convolution_piece pieces[PIECES];
  const lw_convolution convolution = convolution_of(s, weight);
  cr_assert_eq(LW_TAKE(&dweight, taps), LW_OK);
  cr_assert_eq(LW_TAKE(&scratch, lw_convolution_scratch(s.C, s.K)), LW_OK);
  plainly(s, x, dy, weight, want[0], want[1], want[2]);
  lw_convolution_forward(&convolution, pieces, cut(s, x, x, y, pieces));
  lw_convolution_backward(&convolution, pieces, cut(s, dy, x, dx, pieces), dweight, scratch);
  cr_expect_lt(numbers_error(y, want[0], count), 1e-6, "y, T %d C %d", (int)s.T, (int)s.C);
  cr_expect_lt(numbers_error(dx, want[1], count), 1e-6, "dx, T %d C %d", (int)s.T, (int)s.C);
  cr_expect_lt(numbers_error(dweight, want[2], taps), 1e-6, "dweight, T %d C %d", (int)s.T,
               (int)s.C);
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(weight), lw_mem_give(y), lw_mem_give(dx);
  lw_mem_give(dweight), lw_mem_give(scratch);
  for (int i = 0; i < 3; i++) lw_mem_give(want[i]);
}

TEST_ON_EVERY_PATH(convolution, of_many_shapes)
{
  for (int i = 0; i < SHAPES; i++) check(shapes[i]);
  cr_assert_eq(lw_mem_live(), 0);
}

/* dx and dweight of many rows. */
static void run(float *out)
{
  const shape s = {5 * LW_CONVOLUTION_ROWS + 7, 100, 4, true};
  float *x = numbers(1, s.T * s.C), *dy = numbers(2, s.T * s.C), *weight = numbers(3, s.C * s.K);
  float *scratch = NULL;
  lw_convolution_piece pieces[PIECES];
  const lw_convolution convolution = convolution_of(s, weight);
  cr_assert_eq(LW_TAKE(&scratch, lw_convolution_scratch(s.C, s.K)), LW_OK);
  memset(out, 0, (size_t)(s.C * s.K) * sizeof *out);
  lw_convolution_backward(&convolution, pieces, cut(s, dy, x, out + s.C * s.K, pieces), out,
                          scratch);
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(weight), lw_mem_give(scratch);
}

TEST_ON_EVERY_PATH(convolution, has_the_same_bits_on_any_number_of_threads)
{
  numbers_same_for_threads(run, 100 * (4 + 5 * LW_CONVOLUTION_ROWS + 7));
}
