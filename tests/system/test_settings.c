/* Settings that cannot act are told before the first step, and so is what does not hold any more
   when a run goes on with others. */
#include "train_case.h"

#define TEST_LIMIT 120.0

static void expect_once(const char *words)
{
  cr_assert_eq(times_in_output(words), 1, "not once '%s': %s", words, output);
}

Test(settings, that_cannot_act_are_told_once_on_any_ranks, .timeout = TEST_LIMIT)
{
  start();
  train_well(3, "idle", "--set optimizer.warmup=40 --set train.patience=3");
  expect_once("optimizer.warmup is 40 of 12 steps");
  expect_once("train.patience has no effect");
  cr_assert(strstr(output, "patience has no effect") < strstr(output, "step 12:"), "%s", output);
  train_well(1, "well", "");
  cr_assert(!strstr(output, "no effect"), "%s", output);
  finish();
}

/* Another limit takes other samples: the best loss so far must not rule. */
Test(settings, of_evaluations_that_change_forget_the_best, .timeout = TEST_LIMIT)
{
  static const char stopped[] = "--set train.evaluate_limit=3 --set train.steps=8";
  start();
  for (int ranks = 1; ranks <= 3; ranks += 2) {
    char name[16];
    snprintf(name, sizeof name, "on-%d", ranks);
    train_well(ranks, name, stopped);
    train_well(ranks, name, "--resume --set train.evaluate_limit=3 --set train.steps=9");
    cr_assert(!strstr(output, "is forgotten"), "%s", output);
    train_well(ranks, name, "--resume --set train.patience=1");
    expect_once("is forgotten");
    cr_assert(strstr(output, "12 of the 12 validation samples (before: 3)"), "%s", output);
    char *first = strstr(output, "step 12: validation loss");
    cr_assert(first, "%s", output);
    first[strcspn(first, "\n")] = 0;
    cr_assert(strstr(first, "best so far"), "%s", first);
  }
  finish();
}

Test(settings, of_the_rate_that_make_it_jump_are_told, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run", "--set train.steps=8");
  train_well(1, "run", "--resume");
  expect_once("the learning rate jumps from 0.00067 in step 8 to 0.00345 in step 9, because of "
              "train.steps");
  train_well(1, "run", "--resume --set train.steps=14 --set optimizer.schedule=constant");
  expect_once("because of train.steps, optimizer.schedule");
  finish();
}

/* Ten digits; the few samples of validation and test cannot have them all. */
Test(settings, of_data_that_lack_classes_are_told, .timeout = TEST_LIMIT)
{
  char set[TRAIN_PATH];
  start();
  snprintf(set, sizeof set, "%s/few.h5", folder);
  cr_assert_eq(longwave(0,
                        "prepare listops --out %s --train 200 --validation 3 --test 0 "
                        "--min-length 5 --max-length 20 --max-depth 4",
                        set),
               0, "%s", output);
  expect_once("look: the validation split has no sample of ");
  cr_assert(strstr(output, " of 10 classes: ") && strstr(output, " more\n"), "%s", output);
  cr_assert(!strstr(output, "look: the train split") && !strstr(output, "look: the test split"));
  cr_assert_eq(longwave(0, "doctor %s", set), 0, "%s", output);
  expect_once("look: the validation split has no sample of ");
  char more[2 * TRAIN_PATH];
  snprintf(more, sizeof more, "--set data.path=%s", set);
  train_well(3, "run", more);
  expect_once("warning: the validation split has no sample of ");
  cr_assert(strstr(output, "the validation split has") < strstr(output, "step 12:"), "%s", output);
  finish();
}
