/* The arithmetic of plans against numbers worked out by hand, and files of rates. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/run/plan.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const lw_plan_work work = {.linear = 4e9,
                                  .attention = 2e9,
                                  .rows = 3e6,
                                  .parameters = 1000000,
                                  .samples = 8,
                                  .pieces = 1,
                                  .steps = 3600,
                                  .layers = 2};

static lw_rates base_rates(void)
{
  return (lw_rates){.processor = "one",
                    .kernels = "plain",
                    .cores = 2,
                    .threads = 1,
                    .width = 8,
                    .heads = 2,
                    .longest = 50,
                    .linear = 4.0,
                    .attention = 1.0,
                    .rows = 3.0,
                    .optimizer = 2.0,
                    .crowded = 0.5,
                    .latency = 0.0,
                    .bandwidth = 1e6};
}

static lw_plan_row plan(const lw_plan_work *of, lw_rates rates, bool cluster, int ranks,
                        int sequence)
{
  lw_plan_row row = {.ranks = ranks, .sequence = sequence, .threads = 1};
  lw_plan_time(of, &rates, cluster, &row);
  return row;
}

static void near(double got, double want, const char *what)
{
  cr_assert(got > 0.9999 * want && got < 1.0001 * want, "%s: %g, not %g", what, got, want);
}

/* One rank: 1 s of products, 2 s of pairs, 1 s of rows, half a second of the optimizer. */
Test(plan, adds_the_parts_of_a_step)
{
  const lw_plan_row one = plan(&work, base_rates(), false, 1, 1);
  near(one.seconds, 4.5, "a step");
  near(one.hours, 4.5, "3600 steps");
  near(one.core_hours, 4.5, "core hours");
  cr_assert_eq(one.sent, 0.0);
  lw_plan_work again = work;
  again.recompute = true;
  near(plan(&again, base_rates(), false, 1, 1).seconds, 16.0 / 3.0 + 0.5, "computed again");
}

/* Two ranks share a step and slow one another down; four take turns on two cores. */
Test(plan, knows_the_cores)
{
  const lw_plan_row two = plan(&work, base_rates(), false, 2, 1);
  const lw_plan_row four = plan(&work, base_rates(), false, 4, 1);
  near(two.seconds, 2.25 * 2.0, "two ranks");
  near(two.core_hours, 9.0, "two cores");
  near(four.seconds, 1.125 * 2.0 * 2.0, "four ranks on two cores");
  near(four.core_hours, 9.0, "no more cores than there are");
  near(plan(&work, base_rates(), true, 4, 1).seconds, 1.125 * 2.0, "four ranks on two nodes");
  near(plan(&work, base_rates(), true, 4, 1).core_hours, 9.0, "and their four cores");
}

/* Of 8 samples a rank of three has three: 3/8 of the work. */
Test(plan, counts_the_rank_with_most)
{
  lw_rates rates = base_rates();
  rates.cores = 64;
  rates.crowded = 1.0;
  near(plan(&work, rates, false, 3, 1).seconds, 4.0 * 3.0 / 8.0 + 0.5 / 3.0, "three ranks");
  near(plan(&work, rates, false, 4, 2).seconds, 1.0 + 0.125, "two ranks a sample");
}

Test(plan, counts_what_is_sent)
{
  lw_rates rates = base_rates();
  rates.bandwidth = 1e-3;
  near(plan(&work, rates, false, 2, 1).sent, 4e6, "gradients and parameters");
  near(plan(&work, rates, false, 2, 2).sent, 4e6 + 4.0 * 6.0 * 1.5e6, "and keys and values");
  near(plan(&work, rates, false, 2, 1).seconds, 4.5 + 4.0, "at 1 MB/s");
}

Test(rates, come_back_as_they_were)
{
  char folder[TEMP_FOLDER_MAX], path[LW_TEXT_MAX], other[LW_TEXT_MAX];
  lw_rates rates = base_rates(), again;
  cr_assert(temp_folder_make(folder));
  setenv("XDG_CACHE_HOME", folder, 1);
  cr_assert_eq(lw_rates_path(&rates, path), LW_OK);
  cr_assert_eq(lw_rates_write(&rates, path), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_rates_read(&again, path), LW_OK, "%s", lw_fail_message());
  cr_assert_str_eq(again.processor, "one");
  cr_assert_eq(again.cores, 2);
  cr_assert_eq(again.attention, 1.0);
  cr_assert_eq(again.crowded, 0.5);
  /* Another number of threads has another file. */
  rates.threads = 2;
  cr_assert_eq(lw_rates_path(&rates, other), LW_OK);
  cr_assert_str_neq(path, other);
  cr_assert_eq(lw_rates_read(&again, other), LW_ERROR_FILE);
  cr_assert(temp_folder_remove(folder));
}
