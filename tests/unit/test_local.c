#include "longwave/op/local.h"
#include <criterion/criterion.h>
#include <math.h>

Test(local, geometric_halves_from_the_bound_down)
{
  float alpha[5];
  lw_local_alphas(LW_DECAY_GEOMETRIC, 0.1, 5, NULL, alpha);
  const float expected[5] = {0, 0.0125f, 0.025f, 0.05f, 0.1f};
  for (int c = 0; c < 5; c++)
    cr_assert_eq(alpha[c], expected[c], "head %d: %g", c, (double)alpha[c]);
}

Test(local, linear_is_evenly_spaced)
{
  float alpha[5];
  lw_local_alphas(LW_DECAY_LINEAR, 1.0, 5, NULL, alpha);
  for (int c = 0; c < 5; c++) cr_assert_eq(alpha[c], 0.25f * (float)c);
}

Test(local, list_is_taken_as_it_is)
{
  const double list[3] = {0.5, 0.0, 2.0};
  float alpha[3];
  lw_local_alphas(LW_DECAY_LIST, 0.1, 3, list, alpha);
  for (int c = 0; c < 3; c++) cr_assert_eq(alpha[c], (float)list[c]);
}

Test(local, blocks_share_out_the_spread)
{
  for (int64_t L = 2; L <= 5; L++) {
    double product = 1;
    for (int64_t l = 0; l < L; l++) product *= lw_local_layer_factor(16, l, L);
    cr_assert_float_eq(product, 1, 1e-12);
    cr_assert_float_eq(lw_local_layer_factor(16, 0, L), 4, 1e-12, "short below");
    cr_assert_float_eq(lw_local_layer_factor(16, L - 1, L), 0.25, 1e-12, "long above");
    cr_assert_eq(lw_local_layer_factor(1, 1, L), 1.0);
  }
  cr_assert_eq(lw_local_layer_factor(16, 0, 1), 1.0);
}

Test(local, one_head_has_no_decay)
{
  float alpha = -1;
  lw_local_alphas(LW_DECAY_GEOMETRIC, 0.5, 1, NULL, &alpha);
  cr_assert_eq(alpha, 0.0f);
  alpha = -1;
  lw_local_alphas(LW_DECAY_LINEAR, 0.5, 1, NULL, &alpha);
  cr_assert_eq(alpha, 0.0f);
}

Test(local, distances_have_buckets_up_to_a_reach_then_doublings)
{
  const lw_relative causal = lw_relative_of(4, 40, true), both = lw_relative_of(4, 40, false);
  static const struct {
    int64_t ahead, bucket;
  } wanted[] = {{0, 0}, {1, 1},  {4, 4},  {5, 5},  {8, 5},
                {9, 6}, {16, 6}, {17, 7}, {33, 8}, {999, 8}};
  cr_assert_eq(lw_relative_buckets(&causal), 9);
  cr_assert_eq(lw_relative_buckets(&both), 17);
  for (size_t n = 0; n < sizeof wanted / sizeof *wanted; n++) {
    const int64_t ahead = wanted[n].ahead, bucket = wanted[n].bucket;
    cr_assert_eq(lw_relative_bucket(&causal, ahead), bucket, "distance %d", (int)ahead);
    cr_assert_eq(lw_relative_bucket(&both, ahead), bucket);
    cr_assert_eq(lw_relative_bucket(&both, -ahead), ahead ? 8 + bucket : 0);
  }
  const lw_relative none = lw_relative_of(0, 40, true);
  cr_assert_eq(lw_relative_buckets(&none), 0);
}
