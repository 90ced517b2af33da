/* What evaluate keeps in a run folder, so that table and report need not test again. */
#define _POSIX_C_SOURCE 200809L
#include "fault.h"
#include "train_case.h"

#define TEST_LIMIT 120.0
#define BEST "%s/run/checkpoints/best.h5"

static char figures[1024];

/* evaluation-test.csv in `figures`; "": there is none. */
static const char *read_figures(void)
{
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/run/evaluation-test.csv", folder);
  FILE *file = fopen(path, "r");
  const size_t count = file ? fread(figures, 1, sizeof figures - 1, file) : 0;
  figures[count] = 0;
  if (file) fclose(file);
  return figures;
}

static void evaluate(int ranks, const char *more)
{
  cr_assert_eq(longwave(ranks, "evaluate " BEST "%s", folder, more), 0, "%s", output);
}

Test(kept, a_table_after_evaluate_starts_no_test, .timeout = TEST_LIMIT)
{
  char text[sizeof figures];
  start();
  cr_assert_eq(train(0, "run", ""), 0, "%s", output);

  /* Not the whole test of the run's own data and weights, or not wanted. */
  static const char *const others[] = {" --limit 5", " --keep=false", " --unverified",
                                       " --accept-data"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    evaluate(0, others[i]);
    cr_expect_str_empty(read_figures(), "%s: %s", others[i], figures);
    cr_expect_eq(times_in_output("kept"), 0, "%s", output);
  }
  evaluate(2, "");
  cr_expect_eq(times_in_output("/run for longwave table and report"), 1, "%s", output);
  cr_expect_eq(strncmp(read_figures(), "checkpoint,step,samples,", 24), 0, "%s", figures);
  memcpy(text, figures, sizeof text);

  /* Another checkpoint of the run does not take the place of the best one. */
  cr_assert_eq(longwave(0, "evaluate %s/run/checkpoints/step-00000005.h5", folder), 0, "%s",
               output);
  cr_expect_str_eq(read_figures(), text, "%s", output);

  /* Without the data nothing can be tested. */
  shell("mv %s/set.h5 %s/away.h5", folder, folder);
  cr_assert_eq(longwave(0, "table %s/run", folder), 0, "%s", output);
  cr_expect_eq(times_in_output("testing"), 0, "%s", output);
  cr_expect_eq(times_in_output("cannot be tested"), 0, "%s", output);
  cr_expect_eq(times_in_output("no test"), 0, "%s", output);
  finish();
}

Test(kept, who_may_not_write_still_gets_the_evaluation, .timeout = TEST_LIMIT)
{
  start();
  cr_assert_eq(train(0, "run", "--set train.steps=4"), 0, "%s", output);
  faults("open path=evaluation-test errno=EACCES; open path=confusion-test errno=EACCES");
  evaluate(0, "");
  cr_expect_eq(times_in_output(", accuracy"), 1, "%s", output);
  cr_expect_eq(times_in_output("the result is not kept: "), 1, "%s", output);
  cr_assert_neq(longwave(0, "evaluate " BEST " --keep", folder), 0, "%s", output);
  faults_end();
  cr_expect_str_empty(read_figures());

  /* A data set made anew under the old name is none of the run's. */
  shell("%s prepare listops --out %s/set.h5 --train 40 --validation 12 --test 12 "
        "--min-length 5 --max-length 20 --max-depth 4 --seed 9 --force",
        run_longwave(), folder);
  evaluate(0, "");
  cr_expect_eq(times_in_output("the checkpoint was trained on"), 1, "%s", output);
  cr_expect_str_empty(read_figures());
  finish();
}
