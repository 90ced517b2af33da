#include "longwave/op/dropout.h"
#include "numbers.h"

static const lw_rng rng = {
    .seed = 0x123456789ABCDEF, .stream = LW_RNG_DROPOUT, .first = 5, .second = 2};

static float *ones(int64_t count)
{
  float *x = numbers(1, count);
  for (int64_t i = 0; i < count; i++) x[i] = 1.0f;
  return x;
}

Test(dropout, rate_0_does_nothing)
{
  float x[3] = {1, NAN, 3};
  lw_dropout(x, 0, 1, 3, 0.0, rng, 0);
  cr_assert(x[0] == 1.0f && isnan(x[1]) && x[2] == 3.0f);
}

TEST_ON_EVERY_PATH(dropout, keeps_the_share_and_the_mean)
{
  static const double rates[] = {0.05, 0.1, 0.5, 0.9};
  enum { ROWS = 500, C = 400 };
  for (int i = 0; i < 4; i++) {
    float *x = ones(ROWS * C);
    lw_dropout(x, 0, ROWS, C, rates[i], rng, 3);
    int64_t kept = 0;
    for (int64_t k = 0; k < ROWS * C; k++) {
      cr_assert(x[k] == 0.0f || x[k] == (float)(1.0 / (1.0 - rates[i])));
      kept += x[k] != 0.0f;
    }
    double share = (double)kept / (ROWS * C),
           deviation = sqrt(rates[i] * (1 - rates[i]) / (ROWS * C));
    cr_assert_lt(fabs(share - (1 - rates[i])), 4 * deviation, "rate %g: kept %g", rates[i], share);
    lw_mem_give(x);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* The mapping of the header, word by word with the generator of base/rng.h. */
TEST_ON_EVERY_PATH(dropout, the_mask_is_the_one_the_header_names)
{
  enum { ROWS = 5, C = 171 };
  const int64_t row_key = 77;
  float *x = ones(ROWS * C);
  lw_dropout(x, 0, ROWS, C, 0.3, rng, row_key);
  for (uint64_t row = 0; row < ROWS; row++)
    for (uint64_t c = 0; c < C; c++) {
      uint64_t index = ((uint64_t)row_key << 40) + (row << 14) + c / 64 * 16 + c % 16;
      uint64_t bits = lw_rng_bits(rng, index);
      if (c / 16 % 4 >= 2) continue; /* lw_rng_bits shows the first two words */
      uint32_t word = (uint32_t)(bits >> (c / 16 % 4 * 32));
      bool kept = (double)word >= 0.3 * 0x1p32;
      cr_assert_eq(x[row * C + c] != 0.0f, kept, "row %d channel %d", (int)row, (int)c);
    }
  lw_mem_give(x);
  cr_assert_eq(lw_mem_live(), 0);
}

/* A sample cut in fewer rows, or narrower, or from a later row on, has the same mask where both have numbers. */
TEST_ON_EVERY_PATH(dropout, the_mask_depends_on_the_place_alone)
{
  float *wide = ones(20 * 37), *narrow = ones(9 * 10);
  lw_dropout(wide, 0, 20, 37, 0.4, rng, 1);
  lw_dropout(narrow, 0, 9, 10, 0.4, rng, 1);
  for (int row = 0; row < 9; row++)
    for (int c = 0; c < 10; c++) cr_assert_eq(wide[row * 37 + c], narrow[row * 10 + c]);
  float *later = ones(11 * 37);
  lw_dropout(later, 9, 11, 37, 0.4, rng, 1);
  cr_assert_arr_eq(later, wide + 9 * 37, 11 * 37 * sizeof *later);
  lw_mem_give(wide), lw_mem_give(narrow), lw_mem_give(later);
  cr_assert_eq(lw_mem_live(), 0);
}

static int64_t agreement(lw_rng other, int64_t row_key, int64_t count)
{
  float *a = ones(count), *b = ones(count);
  lw_dropout(a, 0, 1, count, 0.5, rng, 1);
  lw_dropout(b, 0, 1, count, 0.5, other, row_key);
  int64_t same = 0;
  for (int64_t i = 0; i < count; i++) same += a[i] == b[i];
  lw_mem_give(a), lw_mem_give(b);
  return same;
}

Test(dropout, samples_steps_and_layers_have_masks_of_their_own)
{
  enum { COUNT = 10000 };
  lw_rng step = rng, layer = rng, seed = rng;
  step.first++, layer.second++, seed.seed++;
  cr_assert_eq(agreement(rng, 1, COUNT), COUNT);
  const int64_t same[4] = {agreement(rng, 2, COUNT), agreement(step, 1, COUNT),
                           agreement(layer, 1, COUNT), agreement(seed, 1, COUNT)};
  for (int i = 0; i < 4; i++) cr_assert_lt(llabs(same[i] - COUNT / 2), 250, "case %d", i);
  cr_assert_eq(lw_mem_live(), 0);
}

enum { RUN_T = 300, RUN_C = 201 };
static void run(float *out)
{
  for (int i = 0; i < RUN_T * RUN_C; i++) out[i] = (float)i;
  lw_dropout(out, 0, RUN_T, RUN_C, 0.2, rng, 9);
}

TEST_ON_EVERY_PATH(dropout, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, RUN_T * RUN_C);
  cr_assert_eq(lw_mem_live(), 0);
}
