#include "longwave/op/linear.h"
#include "numbers.h"

typedef struct shape {
  int64_t T, in, out;
} shape;

/* Few rows, narrow and large weights go to BLAS, the others through the cached panels: whole ones and
 * parts of every width, several in depth, rows and columns that no block divides. */
static const shape shapes[] = {{1, 1, 1},     {3, 7, 5},       {17, 64, 1},    {1, 300, 40},
                               {513, 33, 31}, {257, 128, 128}, {700, 20, 9},   {2100, 64, 64},
                               {600, 260, 3}, {600, 131, 257}, {20, 600, 700}, {128, 530, 500},
                               {128, 8, 8},   {129, 16, 80},   {300, 48, 100}, {130, 200, 63}};
enum { SHAPES = sizeof shapes / sizeof *shapes };
static const double tolerance = 6e-7;

UNWATCHED static void forward_plainly(const float *x, const float *weight, const float *bias,
                                      shape s, double *y)
{
  for (int64_t t = 0; t < s.T; t++)
    for (int64_t o = 0; o < s.out; o++) {
      double sum = bias ? (double)bias[o] : 0.0;
      for (int64_t i = 0; i < s.in; i++)
        sum += (double)x[t * s.in + i] * (double)weight[o * s.in + i];
      y[t * s.out + o] = sum;
    }
}

static void check_forward(shape s, bool with_bias)
{
  float *x = numbers(1, s.T * s.in), *weight = numbers(2, s.out * s.in), *bias = numbers(3, s.out);
  float *y = numbers(4, s.T * s.out);
  double *want = numbers_zero(s.T * s.out);
  const float *added = with_bias ? bias : NULL;
  forward_plainly(x, weight, added, s, want);
  lw_linear_forward(x, weight, added, s.T, s.in, s.out, y);
  double error = numbers_error(y, want, s.T * s.out);
  cr_assert_lt(error, tolerance, "T %lld in %lld out %lld: %g", (long long)s.T, (long long)s.in,
               (long long)s.out, error);
  lw_mem_give(x), lw_mem_give(weight), lw_mem_give(bias), lw_mem_give(y), lw_mem_give(want);
}

TEST_ON_EVERY_PATH(linear, forward_is_the_product)
{
  lw_linear_init();
  for (int i = 0; i < SHAPES; i++) {
    check_forward(shapes[i], true);
    check_forward(shapes[i], false);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* The gradients of weight and bias are added to what is there, dx is written. */
UNWATCHED static void backward_plainly(const float *dy, const float *x, const float *weight,
                                       shape s, double *dx, double *dweight, double *dbias)
{
  for (int64_t t = 0; t < s.T; t++)
    for (int64_t o = 0; o < s.out; o++) {
      double d = (double)dy[t * s.out + o];
      dbias[o] += d;
      for (int64_t i = 0; i < s.in; i++) {
        dx[t * s.in + i] += d * (double)weight[o * s.in + i];
        dweight[o * s.in + i] += d * (double)x[t * s.in + i];
      }
    }
}

static void check_backward(shape s)
{
  int64_t weights = s.out * s.in;
  float *dy = numbers(1, s.T * s.out), *x = numbers(2, s.T * s.in), *weight = numbers(3, weights);
  float *dx = numbers(4, s.T * s.in), *dweight = numbers(5, weights), *dbias = numbers(6, s.out);
  double *want_dx = numbers_zero(s.T * s.in), *want_dweight = numbers_zero(weights);
  double *want_dbias = numbers_zero(s.out);
  for (int64_t i = 0; i < weights; i++) want_dweight[i] = (double)dweight[i];
  for (int64_t o = 0; o < s.out; o++) want_dbias[o] = (double)dbias[o];
  backward_plainly(dy, x, weight, s, want_dx, want_dweight, want_dbias);
  lw_linear_backward(dy, x, weight, s.T, s.in, s.out, dx, dweight, dbias);
  cr_assert_lt(numbers_error(dx, want_dx, s.T * s.in), tolerance);
  cr_assert_lt(numbers_error(dweight, want_dweight, weights), 2 * tolerance);
  cr_assert_lt(numbers_error(dbias, want_dbias, s.out), tolerance);
  lw_mem_give(dy), lw_mem_give(x), lw_mem_give(weight), lw_mem_give(dx), lw_mem_give(dweight);
  lw_mem_give(dbias), lw_mem_give(want_dx), lw_mem_give(want_dweight), lw_mem_give(want_dbias);
}

TEST_ON_EVERY_PATH(linear, backward_is_the_three_products)
{
  lw_linear_init();
  for (int i = 0; i < SHAPES; i++) check_backward(shapes[i]);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Outputs [first, end): what a layer with these outputs alone gives; other columns of y and rows of
   dweight stay as they were. */
static void check_part(shape s, int64_t first, int64_t end)
{
  const lw_linear_part part = {s.in, s.out, first, end - first};
  const int64_t weights = s.out * s.in;
  float *x = numbers(1, s.T * s.in), *dy = numbers(2, s.T * s.out), *weight = numbers(3, weights);
  float *y = numbers(4, s.T * s.out), *was = numbers(4, s.T * s.out), *bias = numbers(5, s.out);
  float *dweight = numbers(6, weights), *dx = numbers(7, s.T * s.in), *part_dy = NULL;
  double *want = numbers_zero(s.T * s.out), *want_dx = numbers_zero(s.T * s.in);
  double *want_dweight = numbers_zero(weights), *unused = numbers_zero(s.out);
  cr_assert_eq(LW_TAKE(&part_dy, s.T * s.out), LW_OK);
  for (int64_t n = 0; n < weights; n++) want_dweight[n] = (double)dweight[n];
  for (int64_t n = 0; n < s.T * s.out; n++)
    part_dy[n] = n % s.out >= first && n % s.out < end ? dy[n] : 0.0f;
  forward_plainly(x, weight, bias, s, want);
  backward_plainly(part_dy, x, weight, s, want_dx, want_dweight, unused);
  lw_linear_part_forward(part, x, weight, bias, s.T, y);
  lw_linear_part_backward(part, dy, x, weight, s.T, dx, dweight);
  for (int64_t n = 0; n < s.T * s.out; n++)
    if (n % s.out < first || n % s.out >= end) want[n] = (double)was[n];
  cr_expect_lt(numbers_error(y, want, s.T * s.out), tolerance);
  cr_expect_lt(numbers_error(dx, want_dx, s.T * s.in), tolerance);
  cr_expect_lt(numbers_error(dweight, want_dweight, weights), 2 * tolerance);
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(weight), lw_mem_give(y), lw_mem_give(was);
  lw_mem_give(bias), lw_mem_give(dweight), lw_mem_give(dx), lw_mem_give(part_dy);
  lw_mem_give(want), lw_mem_give(want_dx), lw_mem_give(want_dweight), lw_mem_give(unused);
}

TEST_ON_EVERY_PATH(linear, a_part_is_its_outputs_alone)
{
  lw_linear_init();
  for (int i = 0; i < SHAPES; i++) {
    check_part(shapes[i], 0, (2 * shapes[i].out + 2) / 3);
    check_part(shapes[i], 2 * shapes[i].out / 3, shapes[i].out);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(linear, gradients_not_asked_for_are_left_out)
{
  lw_linear_init();
  const float dy[2] = {1, 2}, x[2] = {3, 4}, weight[1] = {5};
  float dweight[1] = {1};
  lw_linear_backward(dy, x, weight, 2, 1, 1, NULL, dweight, NULL);
  cr_assert_eq(dweight[0], 1.0f + 3.0f + 8.0f);
}

Test(linear, no_rows_change_nothing)
{
  lw_linear_init();
  float weight[6] = {0}, bias[2] = {0}, y[1] = {7}, dx[1] = {7}, dweight[6] = {7}, dbias[2] = {7};
  lw_linear_forward(y, weight, bias, 0, 3, 2, y);
  lw_linear_backward(y, dx, weight, 0, 3, 2, dx, dweight, dbias);
  cr_assert(y[0] == 7 && dx[0] == 7 && dweight[0] == 7 && dbias[0] == 7);
}

/* The first two through the cached panels, the last one by BLAS in tiles. */
static shape run_shape;
static void run(float *out)
{
  shape s = run_shape;
  float *x = numbers(1, s.T * s.in), *dy = numbers(2, s.T * s.out),
        *weight = numbers(3, s.in * s.out);
  float *bias = numbers(4, s.out), *dx = out + s.T * s.out, *dweight = dx + s.T * s.in;
  lw_linear_forward(x, weight, bias, s.T, s.in, s.out, out);
  memset(dweight, 0, (size_t)(s.in * s.out + s.out) * sizeof *out);
  lw_linear_backward(dy, x, weight, s.T, s.in, s.out, dx, dweight, dweight + s.in * s.out);
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(weight), lw_mem_give(bias);
}

TEST_ON_EVERY_PATH(linear, threads_do_not_change_a_bit)
{
  lw_linear_init();
  static const shape all[] = {{2000, 70, 50}, {700, 300, 200}, {1100, 520, 770}};
  for (int i = 0; i < 3; i++) {
    run_shape = all[i];
    shape s = all[i];
    numbers_same_for_threads(run, s.T * s.out + s.T * s.in + s.in * s.out + s.out);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(linear, kernels_fit_the_processor)
{
  lw_linear_init();
  cr_log_info("%s", lw_linear_config());
  cr_assert(strlen(lw_linear_core()) > 0);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    cr_assert_str_neq(lw_linear_core(), "Prescott",
                      "an unknown processor must not get SSE3 kernels");
#endif
}
