/* Trainings by the program do what the job says: learn, on any ranks and in any pieces, stop early,
   lower the rate. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/checkpoint.h"
#include "train_case.h"

#define TEST_LIMIT 180.0

Test(train, the_loss_falls_and_every_step_is_written, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  double first = 0.0, last = 0.0;
  start();
  train_well(0, "run", "--set train.steps=80 --set model.dropout=0 --set model.norm=layer "
                       "--set train.evaluate_every=20 --set train.batch_size=20");
  int count = read_metrics("run", rows);
  cr_assert_eq(rows_of(rows, count, "train"), 80);
  cr_assert_eq(rows_of(rows, count, "validation"), 4);
  for (int i = 0, step = 0; i < count; i++) {
    if (!strcmp(rows[i].split, "train")) step++;
    cr_assert_eq(rows[i].step, step, "line %d", i + 2);
    if (!strcmp(rows[i].split, "train") && step <= 8) first += rows[i].loss / 8.0;
    if (!strcmp(rows[i].split, "train") && step > 72) last += rows[i].loss / 8.0;
  }
  cr_assert_lt(last, 0.8 * first, "from %g to %g", first, last);
  finish();
}

Test(train, the_ranks_do_not_matter, .timeout = TEST_LIMIT)
{
  static row one[ROWS_MAX], more[ROWS_MAX];
  static const char *const names[] = {"one", "two", "three", "four"};
  start();
  for (int ranks = 1; ranks <= 4; ranks++) train_well(ranks, names[ranks - 1], "");
  int count = read_metrics("one", one);
  for (int ranks = 2; ranks <= 4; ranks++) {
    double error = metrics_error("one", names[ranks - 1]);
    cr_assert_leq(error, 1e-6, "losses on %d ranks differ by %g", ranks, error);
    read_metrics(names[ranks - 1], more);
    cr_assert_float_eq(one[count - 1].accuracy, more[count - 1].accuracy, 1e-9);
  }
  finish();
}

/* With batch norm the pieces count, so without. */
Test(train, the_pieces_do_not_matter, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "whole", "--set model.norm=layer --set train.accumulation=1");
  train_well(2, "pieces", "--set model.norm=layer --set train.accumulation=4");
  double error = metrics_error("whole", "pieces");
  cr_assert_leq(error, 1e-6, "losses differ by %g", error);
  finish();
}

Test(train, a_step_has_the_loss_of_an_evaluation, .timeout = TEST_LIMIT)
{
  start();
  expect_step_is_evaluation(40, "");
  finish();
}

Test(train, samples_are_cut, .timeout = TEST_LIMIT)
{
  static lw_checkpoint_info whole, cut;
  char path[TRAIN_PATH];
  start();
  train_well(2, "whole", "");
  train_well(2, "cut", "--set data.max_length=5 --set model.positions=learned");
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("whole", 12, path), &whole), LW_OK);
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("cut", 12, path), &cut), LW_OK);
  cr_assert_eq(cut.progress.tokens, 12 * 6 * 5); /* the shortest sample has 5 */
  cr_assert_gt(whole.progress.tokens, 12 * 6 * 6);
  cr_assert_eq(cut.data.most_positions, 5);
  cr_assert_eq(longwave(0, "evaluate %s", path), 0, "%s", output);
  finish();
}

/* A rate so small that no parameter moves: after the first, no evaluation is better. */
static const char still[] = "--set model.norm=layer --set optimizer.learning_rate=1e-30 "
                            "--set optimizer.warmup=0 --set train.evaluate_every=1";

/* Four steps of 10 are an epoch of the 40 samples: whatever the order, the losses have one sum. */
Test(train, an_epoch_sees_every_sample_once, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  double sum[2] = {0, 0}, steps[8];
  char more[512];
  start();
  snprintf(more, sizeof more, "%s --set model.dropout=0 --set train.batch_size=10 "
                              "--set train.steps=8 --set train.evaluate_every=0", still);
  train_well(2, "run", more);
  cr_assert_eq(read_metrics("run", rows), 9); /* with the evaluation at the end */
  for (int i = 0; i < 8; i++) {
    steps[i] = rows[i].loss;
    sum[i / 4] += rows[i].loss;
    for (int j = 0; j < i; j++) cr_assert_neq(steps[i], steps[j], "steps %d and %d", j, i);
  }
  cr_assert_float_eq(sum[0] / sum[1], 1.0, 1e-7);
  finish();
}

Test(train, stops_early_when_nothing_gets_better, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  char more[512];
  start();
  snprintf(more, sizeof more, "%s --set train.patience=2", still);
  train_well(2, "run", more);
  cr_assert(strstr(output, "early stop at step 3"), "%s", output);
  int count = read_metrics("run", rows);
  cr_assert_eq(rows[count - 1].step, 3);
  finish();
}

static void expect_rates(const char *run, const double *want, int wanted)
{
  static row rows[ROWS_MAX];
  int count = read_metrics(run, rows), step = 0;
  for (int i = 0; i < count; i++) {
    double rate;
    if (strcmp(rows[i].split, "train") != 0) continue;
    cr_assert_eq(sscanf(rows[i].computed, "%*d,%*f,train,%*f,%*f,%lf", &rate), 1);
    cr_assert_lt(step, wanted);
    cr_assert_float_eq(rate / want[step], 1.0, 1e-6, "step %d: %g", step + 1, rate);
    step++;
  }
  cr_assert_eq(step, wanted);
}

/* The rate is halved after each second evaluation that is not better, and a resumed run remembers
   how often and since when. */
Test(train, lowers_the_rate_on_a_plateau_also_across_a_resume, .timeout = TEST_LIMIT)
{
  static const double rates[] = {1e-30, 1e-30, 1e-30, 5e-31, 5e-31, 2.5e-31, 2.5e-31, 1.25e-31};
  char more[512];
  start();
  for (int end = 4; end <= 8; end += 4) {
    snprintf(more, sizeof more, "%s --resume=auto --set optimizer.schedule=plateau "
                                "--set optimizer.plateau_patience=2 --set train.steps=%d",
             still, end);
    train_well(2, "run", more);
    expect_rates("run", rates, end);
  }
  finish();
}
