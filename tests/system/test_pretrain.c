/* Two trainings, the second of which starts from the first: what the log says, what is refused, and that
   a resumed run does not need the first any more. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 90.0

static const char *best_of(const char *run)
{
  static char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s/checkpoints/best.h5", folder, run);
  return path;
}

static int train_from(int ranks, const char *name, const char *from, const char *more)
{
  char words[4 * TRAIN_PATH];
  snprintf(words, sizeof words, "--set train.start_from=%s %s", from, more);
  return train(ranks, name, words);
}

Test(pretrain, then_answers, .timeout = TEST_LIMIT)
{
  char moved[TRAIN_PATH];
  start();
  train_well(2, "items", "--set objective.pretrain=masked --set objective.mask_share=0.4");
  expect_in_output("masked tokens of");
  cr_assert_eq(train_from(2, "answers", best_of("items"), "--set train.steps=6"), 0, "%s", output);
  expect_in_output("not taken: head.weight (it answers another question, masked tokens)");
  expect_in_output("only in the file: embedding.mask");
  snprintf(moved, sizeof moved, "%s/moved.h5", folder);
  cr_assert_eq(rename(best_of("items"), moved), 0);
  cr_assert_eq(train_from(1, "answers", best_of("items"), "--resume --set train.steps=8"), 0, "%s",
               output);
  cr_assert_eq(newest_step("answers"), 8);
  finish();
}

Test(pretrain, refusals_leave_no_folder, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(0, "items", "--set objective.pretrain=masked");
  snprintf(path, sizeof path, "%s/none.h5", folder);
  cr_assert_eq(train_from(2, "new", path, ""), 4, "%s", output);
  expect_in_output("train.start_from: cannot open");
  cr_assert_eq(train_from(2, "new", best_of("items"), "--set model.width=16"), 2, "%s", output);
  expect_in_output("start from a model with the same model.width");
  cr_assert_eq(train(2, "new", "--set objective.pretrain=next_step"), 2, "%s", output);
  expect_in_output("has the next token as target");
  cr_assert_eq(longwave(2, "predict %s/items --out %s/x.csv", folder, folder), 2, "%s", output);
  expect_in_output("train a job on answers with train.start_from");
  snprintf(path, sizeof path, "%s/new", folder);
  cr_assert_neq(access(path, F_OK), 0, "%s is there", path);
  finish();
}
