#include "longwave/op/norm.h"
#include "longwave/op/rms_norm.h"
#include "numbers.h"

typedef struct shape {
  int64_t T, C;
} shape;
static const shape shapes[] = {{1, 1}, {1, 16}, {3, 5}, {40, 33}, {7, 129}, {300, 128}, {33, 260}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Numbers around 3, so that a mean taken wrongly shows. */
static float *shifted(uint64_t seed, int64_t count)
{
  float *x = numbers(seed, count);
  for (int64_t i = 0; i < count; i++) x[i] += 3.0f;
  return x;
}

static void layer_plainly(const float *x, const float *gain, const float *bias, shape s, double *y)
{
  for (int64_t t = 0; t < s.T; t++) {
    double mean = 0.0, square = 0.0;
    for (int64_t c = 0; c < s.C; c++) mean += (double)x[t * s.C + c] / (double)s.C;
    for (int64_t c = 0; c < s.C; c++) square += pow((double)x[t * s.C + c] - mean, 2);
    double rstd = 1.0 / sqrt(square / (double)s.C + 1e-5);
    for (int64_t c = 0; c < s.C; c++)
      y[t * s.C + c] = (double)gain[c] * ((double)x[t * s.C + c] - mean) * rstd + (double)bias[c];
  }
}

TEST_ON_EVERY_PATH(norm, layer_norm_of_many_shapes)
{
  for (int i = 0; i < SHAPES; i++) {
    shape s = shapes[i];
    float *x = shifted(1, s.T * s.C), *gain = numbers(2, s.C), *bias = numbers(3, s.C);
    float *y = numbers(4, s.T * s.C), *mean = numbers(5, s.T), *rstd = numbers(6, s.T);
    double *want = numbers_zero(s.T * s.C);
    layer_plainly(x, gain, bias, s, want);
    lw_layer_norm_forward(x, gain, bias, s.T, s.C, y, mean, rstd);
    double error = numbers_error(y, want, s.T * s.C);
    cr_assert_lt(error, 1e-6, "T %lld C %lld: %g", (long long)s.T, (long long)s.C, error);
    lw_layer_norm_forward(x, gain, bias, s.T, s.C, x, mean, rstd);
    cr_assert_eq(memcmp(x, y, (size_t)(s.T * s.C) * sizeof *x), 0, "in place is the same");
    lw_mem_give(x), lw_mem_give(gain), lw_mem_give(bias), lw_mem_give(y), lw_mem_give(mean);
    lw_mem_give(rstd), lw_mem_give(want);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* A backward with dx in the place of dy, whose sums are added to what is there. */
TEST_ON_EVERY_PATH(norm, layer_norm_backward_in_place_adds_its_sums)
{
  enum { T = 9, C = 21 };
  float *x = numbers(1, T * C), *dy = numbers(2, T * C), *gain = numbers(3, C),
        *dx = numbers(4, T * C);
  float y[T * C], mean[T], rstd[T], dgain[C], dbias[C], dgain2[C], dbias2[C];
  lw_layer_norm_forward(x, gain, gain, T, C, y, mean, rstd);
  for (int c = 0; c < C; c++) dgain[c] = dbias[c] = 0.0f, dgain2[c] = dbias2[c] = 8.0f;
  lw_layer_norm_backward(dy, x, gain, mean, rstd, T, C, dx, dgain, dbias);
  lw_layer_norm_backward(dy, x, gain, mean, rstd, T, C, dy, dgain2, dbias2);
  cr_assert_eq(memcmp(dx, dy, T * C * sizeof *dx), 0);
  for (int c = 0; c < C; c++) {
    cr_assert_float_eq(dgain2[c], 8.0f + dgain[c], 2e-6);
    cr_assert_float_eq(dbias2[c], 8.0f + dbias[c], 2e-6);
  }
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(gain), lw_mem_give(dx);
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(norm, column_sums_and_squares)
{
  for (int i = 0; i < SHAPES; i++) {
    shape s = shapes[i];
    float *x = shifted(1, s.T * s.C);
    double *sum = numbers_zero(s.C), *square = numbers_zero(s.C);
    lw_column_sum(x, s.T, s.C, sum);
    for (int64_t c = 0; c < s.C; c++) {
      double want = 0.0;
      for (int64_t t = 0; t < s.T; t++) want += (double)x[t * s.C + c];
      cr_assert_float_eq(sum[c], want, 1e-6 * fabs(want));
      sum[c] /= (double)s.T;
    }
    lw_column_square(x, sum, s.T, s.C, square);
    for (int64_t c = 0; c < s.C; c++) {
      double want = 0.0;
      for (int64_t t = 0; t < s.T; t++) want += pow((double)x[t * s.C + c] - sum[c], 2);
      cr_assert_float_eq(square[c], want, 1e-12 * want);
    }
    lw_mem_give(x), lw_mem_give(sum), lw_mem_give(square);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(norm, sums_over_no_rows_are_zero)
{
  double sum[3] = {7, 7, 7}, square[3] = {7, 7, 7};
  const float none[1] = {0};
  lw_column_sum(none, 0, 3, sum);
  lw_column_square(none, sum, 0, 3, square);
  for (int c = 0; c < 3; c++) cr_assert(sum[c] == 0.0 && square[c] == 0.0);
}

TEST_ON_EVERY_PATH(norm, batch_norm_forward_and_its_two_sums)
{
  enum { T = 11, C = 19 };
  float *x = shifted(1, T * C), *dy = numbers(2, T * C), *gain = numbers(3, C),
        *bias = numbers(4, C);
  float *mean = numbers(5, C), *rstd = numbers(6, C), *y = numbers(7, T * C);
  double dy_sum[C], dy_xhat_sum[C];
  lw_batch_norm_forward(x, gain, bias, mean, rstd, T, C, y);
  lw_batch_norm_sums(dy, x, mean, rstd, T, C, dy_sum, dy_xhat_sum);
  for (int c = 0; c < C; c++) {
    double sum = 0.0, xhat_sum = 0.0;
    for (int t = 0; t < T; t++) {
      double xhat = ((double)x[t * C + c] - (double)mean[c]) * (double)rstd[c];
      cr_assert_float_eq(y[t * C + c], (double)gain[c] * xhat + (double)bias[c], 2e-5);
      sum += (double)dy[t * C + c];
      xhat_sum += (double)dy[t * C + c] * xhat;
    }
    cr_assert_float_eq(dy_sum[c], sum, 1e-5);
    cr_assert_float_eq(dy_xhat_sum[c], xhat_sum, 2e-5);
  }
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(gain), lw_mem_give(bias);
  lw_mem_give(mean), lw_mem_give(rstd), lw_mem_give(y);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Rows longer than their heads, where nothing may be written; x as it came is kept. */
TEST_ON_EVERY_PATH(norm, rms_norm_of_heads)
{
  enum { T = 6, HEADS = 3, D = 5, WIDTH = HEADS * D, STRIDE = WIDTH + 4 };
  float *x = numbers(1, T * STRIDE), *start = numbers(1, T * STRIDE), *gain = numbers(2, D);
  float was[T * WIDTH];
  lw_rms_norm_forward(&(lw_rms_norm){HEADS, D, T, STRIDE, gain}, x, was);
  for (int t = 0; t < T; t++)
    for (int n = 0; n < STRIDE; n++) {
      const float *head = start + t * STRIDE + n / D * D;
      double square = 0.0, want = (double)start[t * STRIDE + n];
      for (int c = 0; c < D; c++) square += pow((double)head[c], 2) / D;
      if (n < WIDTH) want *= (double)gain[n % D] / sqrt(square + LW_RMS_EPSILON);
      cr_assert_float_eq(x[t * STRIDE + n], want, 2e-6);
      if (n < WIDTH) cr_assert_eq(was[t * WIDTH + n], start[t * STRIDE + n]);
    }
  lw_mem_give(x), lw_mem_give(start), lw_mem_give(gain);
  cr_assert_eq(lw_mem_live(), 0);
}

enum { HEAD_T = 90, HEADS = 3, HEAD_D = 130, HEAD_ALL = HEAD_T * HEADS * HEAD_D };
static void run_heads(float *out)
{
  float *x = numbers(1, HEAD_ALL), *gain = numbers(2, HEAD_D), *was = numbers(3, HEAD_ALL);
  const lw_rms_norm norm = {HEADS, HEAD_D, HEAD_T, HEADS * HEAD_D, gain};
  lw_rms_norm_forward(&norm, x, was);
  memcpy(out, x, HEAD_ALL * sizeof *x);
  memset(out + HEAD_ALL, 0, HEAD_D * sizeof *out);
  lw_rms_norm_backward(&norm, was, x, out + HEAD_ALL);
  memcpy(out + HEAD_ALL + HEAD_D, x, HEAD_ALL * sizeof *x);
  lw_mem_give(x), lw_mem_give(gain), lw_mem_give(was);
}

enum { RUN_T = 700, RUN_C = 150 };
static void run(float *out)
{
  enum { ALL = RUN_T * RUN_C };
  float *x = numbers(1, ALL), *dy = numbers(2, ALL), *gain = numbers(3, RUN_C);
  float *dx = out + ALL, *mean = dx + ALL, *rstd = mean + RUN_T, *dgain = rstd + RUN_T;
  lw_layer_norm_forward(x, gain, gain, RUN_T, RUN_C, out, mean, rstd);
  memset(dgain, 0, 2 * RUN_C * sizeof *dgain);
  lw_layer_norm_backward(dy, x, gain, mean, rstd, RUN_T, RUN_C, dx, dgain, dgain + RUN_C);
  double *sum = numbers_zero(RUN_C), *square = numbers_zero(RUN_C);
  lw_column_sum(x, RUN_T, RUN_C, sum);
  lw_column_square(x, sum, RUN_T, RUN_C, square);
  memcpy(dgain + 2 * RUN_C, sum, RUN_C * sizeof *sum);
  memcpy(dgain + 4 * RUN_C, square, RUN_C * sizeof *square);
  lw_mem_give(x), lw_mem_give(dy), lw_mem_give(gain), lw_mem_give(sum), lw_mem_give(square);
}

TEST_ON_EVERY_PATH(norm, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, 2 * RUN_T * RUN_C + 2 * RUN_T + 6 * RUN_C);
  numbers_same_for_threads(run_heads, 2 * HEAD_ALL + HEAD_D);
  cr_assert_eq(lw_mem_live(), 0);
}
