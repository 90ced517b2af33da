/* Memory: what fits is trained, what does not is refused before the first step, evaluation and
   saving included; and what could not be foreseen costs no step. */
#define _POSIX_C_SOURCE 200809L
#include "hand_made.h"
#include "longwave/data/subset.h"
#include "train_case.h"

#define TEST_LIMIT (4 * TRAIN_LIMIT)
enum { TRAINING = 40, SHORT = 15, EVALUATED = 8, FEW = 4 };

/* Lengths of the train and the validation split; the test split is short. */
static void make_set(const int64_t *training, const int64_t *validation, int64_t classes)
{
  char path[TRAIN_PATH], job[2 * TRAIN_PATH];
  const hand_made what = {.vocabulary = 2,
                          .classes = classes,
                          .split = {{TRAINING, training, SHORT, NULL, NULL},
                                    {EVALUATED, validation, SHORT, NULL, NULL},
                                    {EVALUATED, NULL, SHORT, NULL, NULL}}};
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/set.h5", folder);
  hand_made_write(path, &what);
  snprintf(job, sizeof job,
           "data: {path: %s}\nmodel: {layers: 2, width: 16, heads: 2, ffn: 32}\n"
           "attention: {locality: scale, bound: 0.1, window: 3, causal: false}\n"
           "train: {steps: 6, batch_size: 8, evaluate_every: 3, log_every: 1000}\n"
           "checkpoint: {every: 0, keep: 9}\nparallel: {threads: 1}\n",
           path);
  write_text("job.yaml", job);
}

static int script(const char *text)
{
  setenv("P", run_longwave(), 1);
  setenv("D", folder, 1);
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

static const char *said(const char *text)
{
  const char *found = strstr(output, text);
  cr_assert(found, "no '%s' in: %s", text, output);
  return found + strlen(text);
}

static double foretold(void)
{
  return strtod(said("memory per rank, at most: "), NULL);
}

static double taken(void)
{
  return strtod(said("memory of rank 0: "), NULL);
}

/* One long sample among short ones: a micro-batch has it once. */
Test(room, is_for_the_lengths_that_there_are, .timeout = TEST_LIMIT)
{
  int64_t lengths[TRAINING];
  for (int i = 0; i < TRAINING; i++) lengths[i] = i == 11 ? 20000 : SHORT;
  make_set(lengths, NULL, 2);
  int code = train(1, "run", "--set parallel.memory=100");
  cr_assert_eq(code, 0, "%s", output);
  cr_expect(taken() <= foretold() && foretold() < taken() + 30, "%s", output);
  code = train(1, "two", "--set parallel.memory=60");
  cr_expect_eq(code, 3, "%s", output);
  finish();
}

/* Where no order fits, the one of this run may: batches of 7 meet the end of an epoch. */
Test(room, is_for_the_order_that_is_drawn, .timeout = TEST_LIMIT)
{
  int64_t lengths[TRAINING];
  for (int i = 0; i < TRAINING; i++) lengths[i] = i % 8 ? SHORT : 8000;
  make_set(lengths, NULL, 2);
  int code = train(2, "run", "--set train.batch_size=7 --set parallel.memory=70");
  cr_assert_eq(code, 0, "%s", output);
  cr_expect(taken() <= foretold() && foretold() <= 70, "%s", output);
  finish();
}

Test(room, is_for_evaluation_too, .timeout = TEST_LIMIT)
{
  int64_t lengths[EVALUATED];
  for (int i = 0; i < EVALUATED; i++) lengths[i] = i == 3 ? 100000 : SHORT;
  make_set(NULL, lengths, 2);
  const int code = train(2, "run", "--set parallel.memory=100");
  cr_assert_eq(code, 3, "%s", output);
  said("tokens of the validation split");
  said("parallel.sequence: ");
  shell("test ! -e %s/run", folder);
  finish();
}

/* Memory runs out in the first evaluation although the job says that there is enough. The step is
   saved, and a run that goes on evaluates it first. */
Test(room, that_ends_in_an_evaluation_costs_no_step, .timeout = TEST_LIMIT)
{
  int64_t lengths[EVALUATED], drawn[FEW], spared = 0;
  cr_assert_eq(lw_subset_draw(EVALUATED, FEW, drawn), LW_OK);
  for (int i = 0; i < FEW; i++) spared += drawn[i] == spared;
  for (int i = 0; i < EVALUATED; i++) lengths[i] = i == spared ? 2000000 : SHORT;
  make_set(NULL, lengths, 2);
  int code = script("ulimit -v 1200000; exec $P train $D/job.yaml --run $D/run"
                    " --set parallel.memory=100000");
  cr_assert_eq(code, 3, "%d: %s", code, output);
  said("saved before its evaluation: step 3");
  shell("test -e %s/run/checkpoints/latest.h5", folder);
  code = train(1, "run", "--resume --set train.evaluate_limit=4");
  cr_assert_eq(code, 0, "%s", output);
  const char *evaluated = said("step 3: validation loss");
  cr_assert(strstr(evaluated, "step 6: validation loss"), "%s", output);
  shell("test $(grep -c '^3,.*,validation,' %s/run/metrics.csv) = 1", folder);
  shell("test $(grep -c '^3,' %s/run/chance.csv) = 1", folder);
  code = train(1, "whole", "--set train.evaluate_limit=4");
  cr_assert_eq(code, 0, "%s", output);
  cr_assert_eq(metrics_error("run", "whole"), 0.0);
  finish();
}

/* A table of 20,000 x 20,000 is not taken for a few figures. */
Test(room, is_not_taken_for_a_table_that_is_not_shown, .timeout = TEST_LIMIT)
{
  make_set(NULL, NULL, 20000);
  int code = train(1, "run", "--set train.steps=2");
  cr_assert_eq(code, 0, "%s", output);
  code = script("ulimit -v 1200000; exec $P evaluate $D/run/checkpoints/best.h5 --keep");
  cr_assert_eq(code, 0, "%d: %s", code, output);
  said("samples 8, ");
  finish();
}

/* Logits are room that an evaluation asks for before it begins. */
Test(room, of_an_evaluation_is_asked_for_before, .timeout = TEST_LIMIT)
{
  make_set(NULL, NULL, 2);
  int code = train(1, "run", "--set train.steps=2");
  cr_assert_eq(code, 0, "%s", output);
  const int64_t lengths[] = {2000000};
  const hand_made what = {.vocabulary = 2,
                          .split = {{1, NULL, SHORT, NULL, NULL},
                                    {1, NULL, SHORT, NULL, NULL},
                                    {1, lengths, 0, NULL, NULL}}};
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/long.h5", folder);
  hand_made_write(path, &what);
  code = script("ulimit -v 1200000; exec $P evaluate $D/run/checkpoints/best.h5 --data $D/long.h5"
                " --logits $D/logits.h5");
  cr_assert_eq(code, 3, "%d: %s", code, output);
  said("a rank needs up to ");
  said("2000000 tokens of the test split");
  shell("test ! -e %s/logits.h5", folder);
  finish();
}
