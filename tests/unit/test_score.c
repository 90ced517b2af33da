/* Steps on a row of scores, on every instruction set, against double; lengths around those of
 * vectors, so that whole vectors, groups of them and rests all meet. */
#include "longwave/op/score.h"
#include "numbers.h"

enum { LONGEST = 150, GUARD = 20 };
static const float guard = 77.0f;

/* `count` numbers and a guard behind them, for each length up to LONGEST. */
static float *guarded(uint64_t seed, int64_t count)
{
  float *x = numbers(seed, count + GUARD);
  for (int n = 0; n < GUARD; n++) x[count + n] = guard;
  return x;
}

static void expect_guard(const float *x, int64_t count)
{
  for (int n = 0; n < GUARD; n++) cr_assert_eq(x[count + n], guard, "%d of %d", n, (int)count);
}

TEST_ON_EVERY_PATH(score, distance_enters_each_way)
{
  for (int64_t count = 0; count <= LONGEST; count++)
    for (int way = 0; way < 4; way++) {
      float *x = guarded(1, count), *was = numbers(1, count), *decay = numbers(2, count),
            *bias = numbers(3, count), most = -1e30f;
      double greatest = -1e30;
      lw_score_local(x, count, way & 1 ? decay : NULL, way & 2 ? bias : NULL, &most);
      for (int64_t j = 0; j < count; j++) {
        const double want = (double)was[j] * (way & 1 ? (double)decay[j] : 1.0) -
                            (way & 2 ? (double)bias[j] : 0.0);
        cr_assert_float_eq(x[j], want, 1e-6, "%d of %d", (int)j, (int)count);
        greatest = fmax(greatest, (double)x[j]);
      }
      cr_assert_eq((double)most, (double)(float)greatest, "%d numbers, way %d", (int)count, way);
      expect_guard(x, count);
      lw_mem_give(x), lw_mem_give(was), lw_mem_give(decay), lw_mem_give(bias);
    }
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(score, weights_are_powers_of_two_and_their_sum)
{
  for (int64_t count = 0; count <= LONGEST; count++) {
    float *x = guarded(4, count), *was = numbers(4, count), total = 3.0f;
    double want = 3.0;
    lw_score_weights(x, count, 5.0f, &total);
    for (int64_t j = 0; j < count; j++) {
      cr_assert_float_eq(x[j], exp2((double)was[j] - 5.0), 1e-7);
      want += exp2((double)was[j] - 5.0);
    }
    cr_assert_float_eq(total, want, 1e-6 * want, "%d numbers: %g", (int)count, (double)total);
    expect_guard(x, count);
    lw_mem_give(x), lw_mem_give(was);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* NaN must reach the sum, so that a loss is not finite rather than wrong. */
TEST_ON_EVERY_PATH(score, a_number_that_is_none_is_seen)
{
  float *x = numbers(5, 40), most = -1e30f, total = 0.0f;
  x[17] = NAN;
  lw_score_local(x, 40, NULL, NULL, &most);
  lw_score_weights(x, 40, most, &total);
  cr_assert(isnan(total));
  lw_mem_give(x);
}

TEST_ON_EVERY_PATH(score, products_and_gradients)
{
  for (int64_t count = 0; count <= LONGEST; count++) {
    float *a = numbers(6, count), *b = guarded(7, count), *was = numbers(7, count),
          *decay = numbers(8, count), sum = 0.5f;
    double want = 0.5;
    lw_score_dot(a, b, count, &sum);
    for (int64_t j = 0; j < count; j++) want += (double)a[j] * (double)b[j];
    cr_assert_float_eq(sum, want, 1e-5);
    lw_score_gradient(b, a, count, count % 2 ? decay : NULL, sum);
    for (int64_t j = 0; j < count; j++) {
      want = (double)a[j] * ((double)was[j] - (double)sum) * (count % 2 ? (double)decay[j] : 1.0);
      cr_assert_float_eq(b[j], want, 1e-6 * fmax(1.0, fabs(want)));
    }
    memcpy(b, was, (size_t)count * sizeof *b);
    lw_score_scale(b, count, 0.75f);
    for (int64_t j = 0; j < count; j++) cr_assert_eq(b[j], 0.75f * was[j]);
    expect_guard(b, count);
    lw_mem_give(a), lw_mem_give(b), lw_mem_give(was), lw_mem_give(decay);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(score, windows_of_any_odd_width)
{
  for (int64_t window = 1; window <= 33; window += 2)
    for (int64_t count = 0; count <= LONGEST; count += count < 40 ? 1 : 13) {
      float *x = guarded(9, count + window - 1), *was = numbers(9, count + window - 1),
            *pooled = guarded(10, count);
      lw_score_pool(x, count, window, pooled);
      for (int64_t j = 0; j < count; j++) {
        double want = 0.0;
        for (int64_t u = 0; u < window; u++) want += (double)was[j + u] / (double)window;
        cr_assert_float_eq(pooled[j], want, 1e-6, "window %d, %d of %d", (int)window, (int)j,
                           (int)count);
      }
      expect_guard(x, count + window - 1);
      expect_guard(pooled, count);
      lw_mem_give(x), lw_mem_give(was), lw_mem_give(pooled);
    }
  cr_assert_eq(lw_mem_live(), 0);
}
