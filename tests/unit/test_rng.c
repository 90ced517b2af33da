/* Known answers are those of the authors' Random123 library for philox4x32-10. */
#include "longwave/base/rng.h"
#include <criterion/criterion.h>
#include <math.h>

static const lw_rng rng = {.seed = 7, .stream = LW_RNG_TEST, .first = 1, .second = 2};

Test(rng, known_answers)
{
  static const struct {
    uint32_t counter[4], key[2], want[4];
  } cases[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t out[4];
    lw_philox(cases[i].counter, cases[i].key, out);
    cr_assert_arr_eq(out, cases[i].want, sizeof out, "case %zu", i);
  }
}

/* Also where the lower half of the index overflows among them. */
Test(rng, many_are_each_one)
{
  const uint64_t firsts[] = {0, 5, UINT32_MAX - 3, (uint64_t)7 << 40};
  for (size_t k = 0; k < sizeof firsts / sizeof *firsts; k++) {
    uint64_t bits[LW_RNG_MANY];
    lw_rng_bits_many(rng, firsts[k], bits);
    for (uint64_t i = 0; i < LW_RNG_MANY; i++)
      cr_expect_eq(bits[i], lw_rng_bits(rng, firsts[k] + i), "%d", (int)i);
  }
}

/* A change of these would silently change every run of every job file. */
Test(rng, the_sequences_stay_what_they_are)
{
  lw_rng zero = {0};
  cr_assert_eq(lw_rng_bits(zero, 0), 0xe169c58d6627e8d5u);
  cr_assert_eq(lw_rng_uniform(zero, 0), (double)(0xe169c58d6627e8d5u >> 11) * 0x1p-53);
}

Test(rng, all_parts_of_a_sequence_matter)
{
  uint64_t bits = lw_rng_bits(rng, 3);
  lw_rng other = rng;
  other.seed++;
  cr_assert_neq(lw_rng_bits(other, 3), bits);
  other = rng;
  other.seed += (uint64_t)1 << 32;
  cr_assert_neq(lw_rng_bits(other, 3), bits);
  other = rng;
  other.stream++;
  cr_assert_neq(lw_rng_bits(other, 3), bits);
  other = rng;
  other.first++;
  cr_assert_neq(lw_rng_bits(other, 3), bits);
  other = rng;
  other.second++;
  cr_assert_neq(lw_rng_bits(other, 3), bits);
  cr_assert_neq(lw_rng_bits(rng, 4), bits);
  cr_assert_neq(lw_rng_bits(rng, 3 + ((uint64_t)1 << 32)), bits);
}

Test(rng, values_do_not_depend_on_the_order_of_calls)
{
  enum { COUNT = 100 };
  double forward[COUNT];
  for (uint64_t i = 0; i < COUNT; i++) forward[i] = lw_rng_normal(rng, i);
  for (uint64_t i = COUNT; i-- > 0;) cr_assert_eq(lw_rng_normal(rng, i), forward[i]);
}

/* Mean, variance and fourth moment of `count` values, within 5 standard errors (as bounds given).
 */
static void moments(double (*value)(lw_rng, uint64_t), double centre, double out[3])
{
  enum { COUNT = 200000 };
  double sums[3] = {0};
  for (uint64_t i = 0; i < COUNT; i++) {
    double x = value(rng, i) - centre;
    sums[0] += x;
    sums[1] += x * x;
    sums[2] += x * x * x * x;
  }
  for (int k = 0; k < 3; k++) out[k] = sums[k] / COUNT;
}

Test(rng, uniform_moments_and_range)
{
  double m[3];
  moments(lw_rng_uniform, 0.5, m);
  cr_assert_float_eq(m[0], 0.0, 0.0033);
  cr_assert_float_eq(m[1], 1.0 / 12.0, 0.0009);
  cr_assert_float_eq(m[2], 1.0 / 80.0, 0.0003);
  for (uint64_t i = 0; i < 10000; i++) {
    double x = lw_rng_uniform(rng, i);
    cr_assert(x >= 0.0 && x < 1.0);
  }
}

Test(rng, normal_moments)
{
  double m[3];
  moments(lw_rng_normal, 0.0, m);
  cr_assert_float_eq(m[0], 0.0, 0.012);
  cr_assert_float_eq(m[1], 1.0, 0.016);
  cr_assert_float_eq(m[2], 3.0, 0.11);
}

Test(rng, below_is_below_and_even)
{
  enum { BOUND = 7, COUNT = 70000 };
  int64_t seen[BOUND] = {0};
  for (uint64_t i = 0; i < COUNT; i++) {
    uint64_t x = lw_rng_below(rng, i, BOUND);
    cr_assert_lt(x, BOUND);
    seen[x]++;
  }
  /* 5 standard deviations of a count: 5 * sqrt(70000 * 1/7 * 6/7) */
  for (int x = 0; x < BOUND; x++) cr_assert_float_eq((double)seen[x], COUNT / BOUND, 463.0);
  cr_assert_eq(lw_rng_below(rng, 0, 1), 0);
}

Test(rng, a_permutation_is_one)
{
  enum { MOST = 1000 };
  static const int64_t counts[] = {0, 1, 2, 3, 10, MOST};
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    int64_t order[MOST], seen[MOST] = {0};
    lw_rng_permutation(rng, counts[k], order);
    for (int64_t i = 0; i < counts[k]; i++) {
      cr_assert(order[i] >= 0 && order[i] < counts[k]);
      seen[order[i]]++;
    }
    for (int64_t i = 0; i < counts[k]; i++) cr_assert_eq(seen[i], 1);
  }
}

Test(rng, a_permutation_depends_on_the_seed_only)
{
  enum { COUNT = 50 };
  int64_t first[COUNT], again[COUNT], other[COUNT];
  lw_rng next = rng;
  next.seed++;
  lw_rng_permutation(rng, COUNT, first);
  lw_rng_permutation(next, COUNT, other);
  lw_rng_permutation(rng, COUNT, again);
  cr_assert_arr_eq(first, again, sizeof first);
  cr_assert_arr_neq(first, other, sizeof first);
}

Test(rng, all_permutations_of_three_are_as_likely)
{
  enum { COUNT = 12000 };
  int64_t seen[27] = {0};
  for (uint64_t i = 0; i < COUNT; i++) {
    int64_t order[3];
    lw_rng each = rng;
    each.seed = i;
    lw_rng_permutation(each, 3, order);
    seen[order[0] * 9 + order[1] * 3 + order[2]]++;
  }
  int kinds = 0;
  for (int k = 0; k < 27; k++) {
    if (seen[k] == 0) continue;
    kinds++;
    cr_assert_float_eq((double)seen[k], COUNT / 6, 204.0); /* 5 standard deviations */
  }
  cr_assert_eq(kinds, 6);
}
