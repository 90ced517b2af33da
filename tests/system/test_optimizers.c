/* The program with an optimizer of its own (support/toy_optimizers.c), and Muon: from the job to the
   checkpoint and back on other ranks. */
#include "train_case.h"

#define TEST_LIMIT 240.0

/* Twelve steps alone (ranks 0: without mpirun), and the same of which the first four are computed by
   `first` ranks and the others by `then`. option: KEY=VALUE, one of its own */
static void check_optimizer(const char *kind, const char *option, int first, int then)
{
  char path[TRAIN_PATH], more[256], longer[512], alone[64], shared[64];
  snprintf(more, sizeof more,
           "--set optimizer.kind=%s --set optimizer.%s "
           "--set optimizer.schedule=trapezoid --set checkpoint.every=0",
           kind, option);
  snprintf(alone, sizeof alone, "alone-%s", kind);
  snprintf(shared, sizeof shared, "shared-%s", kind);
  train_well(0, alone, more);
  snprintf(longer, sizeof longer, "%s --set train.steps=4", more);
  train_well(first, shared, longer);
  snprintf(longer, sizeof longer, "%s --resume", more);
  train_well(then, shared, longer);
  cr_assert_lt(metrics_error(alone, shared), 1e-4);
  cr_assert_eq(longwave(0, "inspect --verify %s", checkpoint_of(shared, 12, path)), 0, "%s",
               output);
  expect_in_output("all checksums agree");
  cr_assert_eq(train(0, shared, "--resume --set optimizer.kind=adamw"), 2, "%s", output);
  snprintf(more, sizeof more, "optimizer.kind: \"%s\" in the checkpoint, \"adamw\" in the job",
           kind);
  expect_in_output(more);
}

/* The second one is of whole matrices. */
Test(optimizers, others_train_save_and_go_on_with_other_ranks, .timeout = TEST_LIMIT)
{
  start();
  check_optimizer("toy", "toy_keep=0.5", 2, 3);
  check_optimizer("muon", "muon_momentum=0.5", 3, 0);
  finish();
}
