/* The order of samples and their shares: pure functions of seed, place and cost. */
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/batch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { SAMPLES = 37, EPOCHS = 4, LENGTHS_MAX = 64, RANKS_MAX = 9 };

static lw_order order_of(uint64_t seed, int64_t count)
{
  lw_order order;
  cr_assert_eq(lw_order_init(&order, seed, count), LW_OK);
  return order;
}

Test(order, holds_every_sample_once_an_epoch)
{
  lw_order order = order_of(3, SAMPLES);
  for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
    int seen[SAMPLES] = {0};
    for (int64_t i = 0; i < SAMPLES; i++) {
      int64_t sample = lw_order_sample(&order, epoch * SAMPLES + i);
      cr_assert(sample >= 0 && sample < SAMPLES);
      seen[sample]++;
    }
    for (int i = 0; i < SAMPLES; i++) cr_assert_eq(seen[i], 1, "%d in epoch %d", i, (int)epoch);
  }
  lw_order_done(&order);
  cr_assert_eq(lw_mem_live(), 0);
}

/* A random permutation of 37 keeps one place on average; ten would be a miracle. */
static void expect_unlike(uint64_t seed, int64_t epoch, uint64_t other_seed, int64_t other_epoch)
{
  lw_order a = order_of(seed, SAMPLES), b = order_of(other_seed, SAMPLES);
  int same = 0;
  for (int64_t i = 0; i < SAMPLES; i++)
    same += lw_order_sample(&a, epoch * SAMPLES + i) ==
            lw_order_sample(&b, other_epoch * SAMPLES + i);
  cr_assert_lt(same, 10);
  lw_order_done(&a);
  lw_order_done(&b);
}

Test(order, differs_between_epochs_and_seeds)
{
  expect_unlike(3, 0, 3, 1);
  expect_unlike(3, 1, 3, 2);
  expect_unlike(3, 0, 4, 0);
  expect_unlike(3, 0, 3 + (UINT64_C(1) << 32), 0);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(order, does_not_depend_on_how_it_is_asked)
{
  int64_t straight[EPOCHS * SAMPLES];
  lw_order order = order_of(3, SAMPLES);
  for (int64_t i = 0; i < EPOCHS * SAMPLES; i++) straight[i] = lw_order_sample(&order, i);
  lw_order_done(&order);
  order = order_of(3, SAMPLES);
  for (int64_t i = 0; i < EPOCHS * SAMPLES; i++) {
    int64_t cursor = i * 59 % (EPOCHS * SAMPLES); /* to and fro between the epochs */
    cr_assert_eq(lw_order_sample(&order, cursor), straight[cursor], "at %d", (int)cursor);
  }
  lw_order_done(&order);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(order, of_one_sample)
{
  lw_order order = order_of(1, 1);
  for (int64_t i = 0; i < 5; i++) cr_assert_eq(lw_order_sample(&order, i), 0);
  lw_order_done(&order);
}

/* ---- shares ---- */

static double cost_of(lw_batch_cost cost, int64_t length)
{
  double T = (double)length;
  return cost.token_cost * T + cost.pair_cost * T * T;
}

static void share(const int64_t *length, int64_t count, int ranks, lw_batch_cost cost, int *owner)
{
  memset(owner, 0xff, LENGTHS_MAX * sizeof *owner);
  cr_assert_eq(lw_batch_share(length, count, 1, ranks, cost, owner), LW_OK);
  for (int64_t i = 0; i < count; i++) cr_assert(owner[i] >= 0 && owner[i] < ranks);
  if (count < LENGTHS_MAX) cr_assert_eq(owner[count], -1, "written beyond the end");
}

/* Graham's bound for longest first: at most 4/3 - 1/(3 ranks) of the best, which is at least the
   mean and the longest sample. */
Test(share, is_even)
{
  const lw_batch_cost costs[] = {{1, 0}, {100, 1}, {0, 1}};
  int64_t length[LENGTHS_MAX];
  int owner[LENGTHS_MAX];
  lw_rng rng = {.seed = 4, .stream = LW_RNG_TEST};
  for (int64_t i = 0; i < LENGTHS_MAX; i++)
    length[i] = 500 + (int64_t)lw_rng_below(rng, (uint64_t)i, 1500);
  for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
    for (int c = 0; c < 3; c++)
      for (int64_t count = 1; count <= LENGTHS_MAX; count += 7) {
        double load[RANKS_MAX] = {0}, whole = 0.0, longest = 0.0, most = 0.0;
        share(length, count, ranks, costs[c], owner);
        for (int64_t i = 0; i < count; i++) {
          double cost = cost_of(costs[c], length[i]);
          load[owner[i]] += cost;
          whole += cost;
          longest = fmax(longest, cost);
        }
        for (int rank = 0; rank < ranks; rank++) most = fmax(most, load[rank]);
        double best = fmax(longest, whole / ranks);
        cr_assert_leq(most, best * (4.0 / 3.0) + longest * (count > ranks ? 0.34 : 1e-9),
                      "%d samples on %d ranks: %g for %g", (int)count, ranks, most, best);
      }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(share, longest_first_to_the_least_loaded)
{
  const int64_t length[] = {2, 9, 4, 7, 4};
  const int wanted[] = {1, 0, 1, 1, 0}; /* 9 | 7; then 4 to 1, the next to 0, 2 to 1 */
  int owner[LENGTHS_MAX];
  share(length, 5, 2, (lw_batch_cost){1, 0}, owner);
  for (int i = 0; i < 5; i++) cr_assert_eq(owner[i], wanted[i], "sample %d: %d", i, owner[i]);
}

Test(share, equal_samples_are_dealt_in_turn)
{
  int64_t length[LENGTHS_MAX];
  int owner[LENGTHS_MAX];
  for (int i = 0; i < LENGTHS_MAX; i++) length[i] = 784;
  share(length, 10, 4, (lw_batch_cost){3, 1}, owner);
  for (int i = 0; i < 10; i++) cr_assert_eq(owner[i], i % 4);
}

/* What counts is what both documents cost together, not the sample's length. */
Test(share, documents_of_a_pair_are_added)
{
  const int64_t length[] = {1, 9, 5, 5, 8, 1}; /* squares: 82, 50, 65 */
  const int wanted[] = {0, 1, 1};
  int owner[3];
  cr_assert_eq(lw_batch_share(length, 3, 2, 2, (lw_batch_cost){0, 1}, owner), LW_OK);
  for (int i = 0; i < 3; i++) cr_assert_eq(owner[i], wanted[i], "pair %d: %d", i, owner[i]);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(share, more_ranks_than_samples_and_none)
{
  const int64_t length[] = {3, 8, 5};
  const int wanted[] = {2, 0, 1};
  int owner[LENGTHS_MAX];
  share(length, 3, 7, (lw_batch_cost){1, 1}, owner);
  for (int i = 0; i < 3; i++) cr_assert_eq(owner[i], wanted[i]);
  share(length, 0, 3, (lw_batch_cost){1, 1}, owner);
  cr_assert_eq(lw_mem_live(), 0);
}
