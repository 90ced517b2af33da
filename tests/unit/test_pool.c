#include "longwave/op/pool.h"
#include "numbers.h"

enum { COUNT = 3, C = 4 };
static const float x[COUNT * C] = {1, 5, -3, 2, /**/ 4, 5, -1, 2, /**/ 4, -1, -2, 8};
static const float dout[C] = {3, 6, 9, 12};

static const lw_pool_stretch whole = {0, COUNT, COUNT};

static void pool(lw_pooling pooling, const float *values, int64_t count, int64_t width, float *out,
                 int32_t *place)
{
  lw_pool_begin(pooling, width, out, place);
  lw_pool_add(pooling, values, (lw_pool_stretch){0, count, count}, width, out, place);
  lw_pool_end(pooling, count, width, out);
}

TEST_ON_EVERY_PATH(pool, mean)
{
  float out[C], dx[COUNT * C];
  pool(LW_POOLING_MEAN, x, COUNT, C, out, NULL);
  const float want[C] = {3, 3, -2, 4};
  cr_assert_arr_eq(out, want, sizeof want);
  lw_pool_backward(LW_POOLING_MEAN, dout, whole, C, NULL, dx);
  for (int i = 0; i < COUNT * C; i++) cr_assert_eq(dx[i], (float)(i % C + 1));
}

Test(pool, last)
{
  float out[C], dx[COUNT * C];
  pool(LW_POOLING_LAST, x, COUNT, C, out, NULL);
  cr_assert_arr_eq(out, x + 2 * C, sizeof out);
  lw_pool_backward(LW_POOLING_LAST, dout, whole, C, NULL, dx);
  for (int i = 0; i < COUNT * C; i++) cr_assert_eq(dx[i], i < 2 * C ? 0.0f : dout[i % C]);
}

Test(pool, first)
{
  float out[C], dx[COUNT * C];
  pool(LW_POOLING_CLS, x, COUNT, C, out, NULL);
  cr_assert_arr_eq(out, x, sizeof out);
  lw_pool_backward(LW_POOLING_CLS, dout, whole, C, NULL, dx);
  for (int i = 0; i < COUNT * C; i++) cr_assert_eq(dx[i], i < C ? dout[i] : 0.0f);
}

/* Scores far apart and far from 0 are safe; a query of 0 gives the mean. */
Test(pool, attention)
{
  const float query[C] = {300, 0, -100, 0}, none[C] = {0};
  float weight[COUNT], out[C] = {0};
  lw_pool_scores(x, query, COUNT, C, weight);
  const float want[COUNT] = {600, 1300, 1400};
  cr_assert_arr_eq(weight, want, sizeof want);
  cr_assert_eq(lw_pool_weigh(weight, COUNT, 1400), 1.0 + (double)expf(-100));
  lw_pool_add_weighted(x, weight, COUNT, C, out);
  for (int c = 0; c < C; c++) cr_assert_float_eq(out[c], x[2 * C + c], 1e-6);
  memset(out, 0, sizeof out);
  lw_pool_scores(x, none, COUNT, C, weight);
  cr_assert_eq(lw_pool_weigh(weight, COUNT, 0), (double)COUNT);
  lw_pool_add_weighted(x, weight, COUNT, C, out);
  for (int c = 0; c < C; c++)
    cr_assert_eq(out[c], x[c] + x[C + c] + x[2 * C + c], "the sum, of which Z makes the mean");
}

Test(pool, greatest_and_the_first_among_equals)
{
  float out[C], dx[COUNT * C];
  int32_t place[C];
  pool(LW_POOLING_MAX, x, COUNT, C, out, place);
  const float want[C] = {4, 5, -1, 8};
  const int32_t want_place[C] = {1, 0, 1, 2};
  cr_assert_arr_eq(out, want, sizeof want);
  cr_assert_arr_eq(place, want_place, sizeof want_place);
  lw_pool_backward(LW_POOLING_MAX, dout, whole, C, place, dx);
  for (int t = 0; t < COUNT; t++)
    for (int c = 0; c < C; c++) cr_assert_eq(dx[t * C + c], t == want_place[c] ? dout[c] : 0.0f);
}

Test(pool, one_row_is_itself)
{
  for (int pooling = LW_POOLING_MEAN; pooling < LW_POOLING_ATTENTION; pooling++) {
    float out[C], dx[C];
    int32_t place[C];
    pool((lw_pooling)pooling, x, 1, C, out, place);
    lw_pool_backward((lw_pooling)pooling, dout, (lw_pool_stretch){0, 1, 1}, C, place, dx);
    cr_assert_arr_eq(out, x, sizeof out);
    cr_assert_arr_eq(dx, dout, sizeof dx);
  }
}

/* One stretch after the other, forward and backward. */
Test(pool, stretches_make_up_the_whole)
{
  for (lw_pooling pooling = LW_POOLING_MEAN; pooling < LW_POOLING_ATTENTION; pooling++)
    for (int cut = 1; cut < COUNT; cut++) {
      float want[C], want_dx[COUNT * C], out[C], dx[COUNT * C];
      int32_t want_place[C], place[C];
      const lw_pool_stretch parts[] = {{0, cut, COUNT}, {cut, COUNT - cut, COUNT}};
      pool(pooling, x, COUNT, C, want, want_place);
      lw_pool_backward(pooling, dout, whole, C, want_place, want_dx);
      lw_pool_begin(pooling, C, out, place);
      for (int p = 0; p < 2; p++)
        lw_pool_add(pooling, x + parts[p].first * C, parts[p], C, out, place);
      lw_pool_end(pooling, COUNT, C, out);
      cr_assert_arr_eq(out, want, sizeof out);
      for (int p = 0; p < 2; p++)
        lw_pool_backward(pooling, dout, parts[p], C, place, dx + parts[p].first * C);
      cr_assert_arr_eq(dx, want_dx, sizeof dx);
    }
}

enum { RUN_T = 900, RUN_C = 140 };
static void run(float *out)
{
  float *long_x = numbers(1, RUN_T * RUN_C), score[RUN_T], sum[RUN_C] = {0};
  pool(LW_POOLING_MEAN, long_x, RUN_T, RUN_C, out, NULL);
  lw_pool_scores(long_x, long_x, RUN_T, RUN_C, score);
  lw_pool_weigh(score, RUN_T, 0);
  lw_pool_add_weighted(long_x, score, RUN_T, RUN_C, sum);
  for (int c = 0; c < RUN_C; c++) out[c] += sum[c];
  lw_mem_give(long_x);
}

TEST_ON_EVERY_PATH(pool, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, RUN_C);
  cr_assert_eq(lw_mem_live(), 0);
}
