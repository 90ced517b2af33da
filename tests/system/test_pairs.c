/* Pairs of documents by the program: prepared, trained on any grid, evaluated, looked into. */
#define _POSIX_C_SOURCE 200809L
#include "pairs_case.h"

#define TEST_LIMIT 180.0

static void train_pairs(int ranks, const char *name, const char *more)
{
  char all[4 * TRAIN_PATH];
  snprintf(all, sizeof all,
           "--set data.path=%s/pairs.h5 --set model.norm=layer --set optimizer.schedule=constant "
           "--set data.max_length=250 %s",
           folder, more);
  train_well(ranks, name, all);
}

Test(pairs, the_grid_and_the_pieces_do_not_matter, .timeout = TEST_LIMIT)
{
  static const struct {
    int ranks, sequence, pieces;
  } grids[] = {{1, 1, 3}, {2, 1, 2}, {2, 2, 1}, {3, 3, 1}, {4, 2, 1}};
  char more[256], name[32];
  start_pairs();
  train_pairs(1, "one", "--set train.steps=6 --set model.pair_head=nystrom");
  for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
    snprintf(name, sizeof name, "grid%d", (int)i);
    snprintf(more, sizeof more,
             "--set train.steps=6 --set model.pair_head=nystrom --set parallel.sequence=%d "
             "--set train.accumulation=%d",
             grids[i].sequence, grids[i].pieces);
    train_pairs(grids[i].ranks, name, more);
    const double error = metrics_error("one", name);
    cr_expect_leq(error, 1e-5, "%d ranks, sequence %d: %g", grids[i].ranks, grids[i].sequence,
                  error);
  }
  finish();
}

/* "saved step 8 ...: checksum" of what was said last */
static void last_checksum(char checksum[9])
{
  const char *found = strstr(output, "saved step 8 ");
  cr_assert(found && (found = strstr(found, "checksum ")), "%s", output);
  snprintf(checksum, 9, "%.8s", found + strlen("checksum "));
}

Test(pairs, a_step_has_the_loss_of_an_evaluation, .timeout = TEST_LIMIT)
{
  char more[2 * TRAIN_PATH];
  start_pairs();
  snprintf(more, sizeof more, "--set data.path=%s/pairs.h5", folder);
  expect_step_is_evaluation(30, more);
  finish();
}

Test(pairs, resumed_trainings_have_the_same_bits, .timeout = TEST_LIMIT)
{
  char whole[9], resumed[9];
  start_pairs();
  for (int ranks = 1; ranks <= 2; ranks++) {
    char a[32], b[32];
    snprintf(a, sizeof a, "whole%d", ranks);
    snprintf(b, sizeof b, "resumed%d", ranks);
    train_pairs(ranks, a, "--set train.steps=8");
    last_checksum(whole);
    train_pairs(ranks, b, "--set train.steps=3");
    train_pairs(ranks, b, "--set train.steps=8 --resume");
    last_checksum(resumed);
    cr_expect_str_eq(whole, resumed, "%d ranks", ranks);
  }
  finish();
}

/* A product of the two vectors tells whether the letters are the same. */
Test(pairs, are_learned_and_evaluated, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_pairs();
  train_pairs(2, "run", "--set train.steps=150 --set model.dropout=0 --set train.batch_size=15");
  checkpoint_of("run", 150, path);
  cr_assert_eq(longwave(0, "evaluate %s --split train --gradients %s/g.h5", path, folder), 0, "%s",
               output);
  const double loss = number_after("loss "), accuracy = number_after("accuracy ");
  cr_expect_geq(accuracy, 95.0, "%s", output);
  cr_expect(strstr(output, "samples 30,"), "%s", output);
  cr_assert_eq(longwave(2, "evaluate %s --split train --sequence 2 --logits %s/l.h5", path, folder),
               0, "%s", output);
  cr_expect_float_eq(number_after("loss "), loss, 1e-5);
  cr_expect_eq(number_after("accuracy "), accuracy);
  finish();
}

Test(pairs, can_be_looked_into, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_pairs();
  train_pairs(1, "run", "--set train.steps=1");
  checkpoint_of("run", 1, path);
  static const char *const tokens[] = {"over 37 tokens", "over 148 tokens"};
  for (int document = 1; document <= 2; document++) {
    cr_assert_eq(longwave(2, "inspect --attention %s --sample 1 --document %d --out %s/m.h5", path,
                          document, folder),
                 0, "%s", output);
    cr_expect(strstr(output, tokens[document - 1]), "%s", output);
  }
  cr_assert_eq(longwave(0, "inspect %s/pairs.h5 --samples 2", folder), 0, "%s", output);
  cr_expect(strstr(output, "test 1: label 0 (unrelated), 37 tokens:"), "%s", output);
  cr_expect(strstr(output, "  and 148 tokens:"), "%s", output);
  cr_assert_eq(longwave(0, "doctor %s/pairs.h5", folder), 0, "%s", output);
  cr_expect(strstr(output, "no duplicate samples"), "%s", output);
  cr_assert_eq(longwave(2,
                        "bench step %s/job.yaml --steps 1 --warmup 0 --set data.path=%s/pairs.h5 "
                        "--set parallel.sequence=2",
                        folder, folder),
               0, "%s", output);
  finish();
}

Test(pairs, and_single_samples_are_not_taken_for_each_other, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_pairs();
  train_pairs(1, "pairs", "--set train.steps=1");
  checkpoint_of("pairs", 1, path);
  cr_assert_eq(longwave(0,
                        "prepare text --out %s/text.h5 --train %s/train.tsv --test %s/test.tsv "
                        "--validation 0",
                        folder, folder, folder),
               0, "%s", output);
  cr_assert_eq(longwave(2, "evaluate %s --data %s/text.h5", path, folder), 2, "%s", output);
  cr_expect_eq(
      times_in_output("text.h5 holds single samples, but the checkpoint's model was trained "
                      "on pairs of documents"),
      1, "%s", output);
  train_well(1, "single", "--set train.steps=1");
  checkpoint_of("single", 1, path);
  cr_assert_eq(longwave(2, "inspect --attention %s --document 2 --out %s/m.h5", path, folder), 2);
  cr_expect_eq(times_in_output("set.h5 holds no pairs"), 1, "%s", output);
  finish();
}
