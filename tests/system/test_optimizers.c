/* The program with optimizers of its own (support/toy_optimizers.c): from the job to the checkpoint
   and back on other ranks. */
#include "train_case.h"

#define TEST_LIMIT 240.0

/* Twelve steps on one rank, and the same on two and then three. */
static void check_optimizer(const char *kind)
{
  char path[TRAIN_PATH], more[256], longer[512];
  snprintf(more, sizeof more,
           "--set optimizer.kind=%s --set optimizer.%s_keep=0.5 "
           "--set optimizer.schedule=constant",
           kind, kind);
  start();
  train_well(1, "alone", more);
  snprintf(longer, sizeof longer, "%s --set train.steps=4", more);
  train_well(2, "shared", longer);
  snprintf(longer, sizeof longer, "%s --resume", more);
  train_well(3, "shared", longer);
  cr_assert_lt(metrics_error("alone", "shared"), 1e-4);
  cr_assert_eq(longwave(0, "inspect --verify %s", checkpoint_of("shared", 12, path)), 0, "%s",
               output);
  expect_in_output("all checksums agree");
  cr_assert_eq(train(1, "shared", "--resume --set optimizer.kind=adamw"), 2, "%s", output);
  snprintf(more, sizeof more, "optimizer.kind: \"%s\" in the checkpoint, \"adamw\" in the job",
           kind);
  expect_in_output(more);
  finish();
}

Test(optimizers, a_new_one_trains_saves_and_goes_on_with_other_ranks, .timeout = TEST_LIMIT)
{
  check_optimizer("toy");
}

Test(optimizers, so_does_one_of_whole_matrices, .timeout = TEST_LIMIT)
{
  check_optimizer("toy_whole");
}
