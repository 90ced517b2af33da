/* Trainings on a grid of ranks, data x sequence: the same as on one rank, resumed on other grids,
   and what the program says about its grid. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 180.0

/* Random sequences of 1 to 700 tokens beside the tiny set: some are cut, even over 4 ranks. */
static char on_long[2 * TRAIN_PATH];
static void start_long(const char *engine)
{
  start();
  int code = longwave(0, "prepare random --out %s/long.h5 --train 16 --validation 6 --test 6 "
                         "--min-length 1 --max-length 700 --vocabulary 20", folder);
  cr_assert_eq(code, 0, "%s", output);
  snprintf(on_long, sizeof on_long,
           "--set data.path=%s/long.h5 --set attention.engine=%s --set optimizer.schedule=constant",
           folder, engine);
}

static void train_long(int ranks, const char *name, const char *more)
{
  char all[4 * TRAIN_PATH];
  snprintf(all, sizeof all, "%s %s", on_long, more);
  train_well(ranks, name, all);
}

static void expect_close(const char *a, const char *b)
{
  const double error = metrics_error(a, b);
  cr_assert_leq(error, 1e-5, "losses of %s and %s differ by %g", a, b, error);
}

static const struct {
  int ranks, sequence;
  const char *says;
} grids[] = {{2, 2, "2 ranks: 1 data x 2 sequence"},
             {3, 3, "3 ranks: 1 data x 3 sequence"},
             {4, 2, "4 ranks: 2 data x 2 sequence"},
             {4, 4, "4 ranks: 1 data x 4 sequence"},
             {4, 1, "4 ranks: 4 data x 1 sequence"}};

static void check_grids(const char *engine, const char *options)
{
  char more[512], name[32];
  start_long(engine);
  snprintf(more, sizeof more, "--set train.steps=4 --set train.evaluate_every=2 %s", options);
  train_long(1, "one", more);
  for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
    snprintf(name, sizeof name, "grid%d", (int)i);
    snprintf(more, sizeof more,
             "--set train.steps=4 --set train.evaluate_every=2 --set parallel.sequence=%d %s",
             grids[i].sequence, options);
    train_long(grids[i].ranks, name, more);
    cr_assert(strstr(output, grids[i].says), "%s", output);
    expect_close("one", name);
  }
  finish();
}

Test(sequence, the_grid_does_not_matter, .timeout = TEST_LIMIT)
{
  check_grids("fused", "--set model.positions=rotary");
}

Test(sequence, the_grid_does_not_matter_to_two_directions, .timeout = TEST_LIMIT)
{
  check_grids("fused", "--set attention.causal=false --set model.positions=learned "
                       "--set model.pooling=max");
}

Test(sequence, the_grid_does_not_matter_to_the_score_matrix, .timeout = TEST_LIMIT)
{
  check_grids("scalapack", "--set attention.chunk=400");
}

Test(sequence, a_run_goes_on_on_other_grids, .timeout = TEST_LIMIT)
{
  start_long("fused");
  train_long(1, "one", "--set train.steps=6");
  train_long(4, "moved", "--set train.steps=2 --set parallel.sequence=2");
  train_long(2, "moved", "--set train.steps=4 --set parallel.sequence=2 --resume");
  train_long(3, "moved", "--set train.steps=5 --set parallel.sequence=1 --resume");
  cr_assert(strstr(output, "parallel.sequence: 2 in the checkpoint, 1 in the job"), "%s", output);
  train_long(2, "moved", "--set train.steps=6 --set parallel.sequence=auto --resume");
  cr_assert(strstr(output, "parallel.sequence: 1 in the checkpoint, auto in the job"), "%s",
            output);
  static row one[ROWS_MAX], moved[ROWS_MAX];
  int rows = read_metrics("one", one), others = read_metrics("moved", moved), step = 0;
  for (int i = 0, k = 0; i < rows; i++) {
    if (strcmp(one[i].split, "train") != 0) continue;
    while (k < others && strcmp(moved[k].split, "train") != 0) k++;
    cr_assert_lt(k, others);
    step++;
    cr_assert_eq(moved[k].step, step);
    cr_assert_float_eq(moved[k].loss / one[i].loss, 1.0, 1e-5, "step %d", step);
    k++;
  }
  cr_assert_eq(step, 6);
  finish();
}

Test(sequence, evaluation_is_the_same_on_any_grid, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_long("fused");
  train_long(2, "run", "--set train.steps=1 --set parallel.sequence=2");
  checkpoint_of("run", 1, path);
  cr_assert_eq(longwave(1, "evaluate %s", path), 0, "%s", output);
  const double loss = number_after("loss "), accuracy = number_after("accuracy ");
  static const char *const choices[] = {"1", "2", "4", "auto"};
  for (int i = 0; i < 4; i++) {
    int code = longwave(4, "evaluate %s --sequence %s --batch-size %d", path, choices[i], 1 + i);
    cr_assert_eq(code, 0, "%s", output);
    cr_assert_float_eq(number_after("loss "), loss, 1e-5);
    cr_assert_float_eq(number_after("accuracy "), accuracy, 1e-9);
    cr_assert(strstr(output, "samples 6,"), "%s", output);
  }
  finish();
}

/* As few ranks on the sequence axis as leave no place of the data axis without a sample. */
Test(sequence, auto_goes_by_the_samples_of_a_piece, .timeout = TEST_LIMIT)
{
  static const struct {
    int samples;
    const char *says;
  } tried[] = {{1, "1 data x 4 sequence"}, {2, "2 data x 2 sequence"}, {3, "2 data x 2 sequence"},
               {4, "4 data x 1 sequence"}, {9, "4 data x 1 sequence"}};
  char more[256], name[32];
  start();
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    snprintf(name, sizeof name, "run%d", (int)i);
    snprintf(more, sizeof more, "--set train.steps=1 --set parallel.sequence=auto "
                                "--set model.norm=layer --set train.accumulation=1 --set "
                                "train.batch_size=%d",
             tried[i].samples);
    train_well(4, name, more);
    cr_assert(strstr(output, tried[i].says), "%d samples: %s", tried[i].samples, output);
  }
  finish();
}

/* Sequences of 20 tokens at most: 2 ranks would cut from 193 tokens on, 4 strips of a block. */
Test(sequence, short_samples_stay_whole_and_that_is_said, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "one", "");
  train_well(2, "two", "--set parallel.sequence=2");
  cr_assert_eq(times_in_output("each sequence is computed by one rank"), 1, "%s", output);
  cr_assert(strstr(output, "needs 193 tokens"), "%s", output);
  expect_close("one", "two");
  finish();
}
