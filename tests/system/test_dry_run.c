/* train --dry-run: what a start checks is checked, a few steps are timed, and nothing is written. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 180.0

/* Names, bytes, times and links of all that stands in the test's folder. text [RUN_OUTPUT_MAX] */
static void list_all(char *text)
{
  shell("cd %s && find . -printf '%%p %%s %%T@ %%l\\n' | sort && find . -type f | sort | xargs cksum",
        folder);
  memcpy(text, output, RUN_OUTPUT_MAX);
}

Test(dry_run, checks_times_and_writes_nothing, .timeout = TEST_LIMIT)
{
  static char before[RUN_OUTPUT_MAX], after[RUN_OUTPUT_MAX];
  char more[2 * TRAIN_PATH];
  start();
  list_all(before);
  train_well(2, "new", "--dry-run");
  expect_in_output("2 ranks: 2 data x 1 sequence\n");
  expect_in_output("dry run: would train steps 1 to 12 in ");
  expect_in_output("/new, a new folder\n");
  expect_in_output("memory: a rank needs up to ");
  expect_in_output("a step: ");
  expect_in_output("an evaluation of 12 samples: about ");
  expect_in_output("(from 6 of them)");
  expect_in_output(" (12 steps ");
  expect_in_output(", 3 evaluations ");
  cr_assert_eq(times_in_output("dry run: nothing was written\n"), 1, "%s", output);
  list_all(after);
  cr_assert_str_eq(after, before);

  /* A run that is there, its newest checkpoint damaged, as it would be resumed and as refused. */
  train_well(0, "run", "");
  shell("printf x | dd of=%s/run/checkpoints/step-00000012.h5 bs=1 seek=30000 conv=notrunc",
        folder);
  list_all(before);
  train_well(0, "run", "--resume --dry-run --set train.steps=30");
  expect_in_output("trying the previous checkpoint");
  expect_in_output("would train steps 11 to 30 in ");
  expect_in_output("/run, which has checkpoints\n");
  expect_in_output(" (20 steps ");
  expect_in_output(", 6 evaluations "); /* 12, 16, 20, 24, 28, 30 */
  cr_assert_eq(train(0, "run", "--dry-run"), 2, "%s", output);
  expect_in_output("already holds a run");
  snprintf(more, sizeof more, "--dry-run --set data.path=%s/none.h5", folder);
  cr_assert_eq(train(0, "new", more), 4, "%s", output);
  cr_assert_eq(train(0, "new", "--dry-run --set parallel.memory=1"), 3, "%s", output);
  cr_assert_eq(train(0, "job.yaml/new", "--dry-run"), 4, "%s", output);
  list_all(after);
  cr_assert_str_eq(after, before);
  finish();
}
