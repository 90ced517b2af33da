/* The gates of docs/determinism.md that are about whole trainings: repeatability and baseline
   equivalence. Restart replay is test_train.c's and the campaign's. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/checkpoint.h"
#include "train_case.h"

#define TEST_LIMIT 180.0
enum { STEPS = 4 };

/* Sequences of which some are cut, even over 4 ranks. */
static void begin(void)
{
  start();
  int code = longwave(0,
                      "prepare random --out %s/long.h5 --train 16 --validation 6 --test 6 "
                      "--min-length 1 --max-length 700 --vocabulary 20",
                      folder);
  cr_assert_eq(code, 0, "%s", output);
}

static uint32_t train_to_the_end(int ranks, const char *name, const char *more)
{
  static lw_checkpoint_info info;
  char all[4 * TRAIN_PATH], path[TRAIN_PATH];
  snprintf(all, sizeof all, "--set data.path=%s/long.h5 --set train.steps=%d %s", folder, STEPS,
           more);
  train_well(ranks, name, all);
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of(name, STEPS, path), &info), LW_OK, "%s",
               lw_fail_message());
  return info.checksum;
}

static const struct way {
  int ranks;
  const char *settings;
} ways[] = {
    {1, ""},
    {2, ""},
    {3, ""},
    {4, "--set parallel.sequence=2"},
    {3, "--set parallel.sequence=3 --set parallel.matmul=scalapack"},
    {4, "--set parallel.sequence=2 --set parallel.matmul=scalapack"},
    {1, "--set attention.engine=scalapack"},
    {2, "--set parallel.sequence=2 --set attention.engine=scalapack"},
    {4, "--set parallel.sequence=4 --set attention.engine=scalapack "
        "--set parallel.matmul=scalapack"},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* The same command gives the same bits, and the number of threads is no part of it. */
Test(gates, repeatability, .timeout = TEST_LIMIT)
{
  char first[32], again[32], threads[256];
  begin();
  for (int i = 0; i < WAYS; i += 2) {
    snprintf(first, sizeof first, "first%d", i);
    snprintf(again, sizeof again, "again%d", i);
    const uint32_t want = train_to_the_end(ways[i].ranks, first, ways[i].settings);
    snprintf(threads, sizeof threads, "--set parallel.threads=2 %s", ways[i].settings);
    cr_assert_eq(train_to_the_end(ways[i].ranks, again, threads), want, "%d ranks %s",
                 ways[i].ranks, ways[i].settings);
    expect_same_metrics(first, again);
  }
  finish();
}

/* Any ranks, any grid, both engines, both ways to multiply: the losses of one rank. */
Test(gates, baseline_equivalence, .timeout = TEST_LIMIT)
{
  char name[16];
  begin();
  for (int i = 0; i < WAYS; i++) {
    snprintf(name, sizeof name, "way%d", i);
    train_to_the_end(ways[i].ranks, name, ways[i].settings);
    const double error = metrics_error("way0", name);
    cr_assert_leq(error, 1e-5, "%d ranks %s: losses differ by %g", ways[i].ranks, ways[i].settings,
                  error);
  }
  finish();
}
