/* The pieces that a step's batch is computed in: they do not matter, whatever their number and
   however unequal they are, but for batch norm, which says so. */
#define _POSIX_C_SOURCE 200809L
#include "pairs_case.h"

#define TEST_LIMIT 180.0

/* Batches of 7 samples, so that no number of pieces but 7 divides them; everything that a step does
   with the whole batch: smoothing, dropout, clipping. Gradient norms are in the metrics that are
   compared by losses, as each step follows from all before. */
#define SEVEN                                                                                      \
  "--set model.norm=layer --set model.dropout=0.2 --set train.batch_size=7 "                       \
  "--set train.label_smoothing=0.2 --set optimizer.clip=0.05"

/* The seventh column: figures of evaluations follow. */
static double norm_of(const row *r)
{
  const char *cell = r->computed;
  for (int column = 1; column < 7 && (cell = strchr(cell, ',')); column++) cell++;
  cr_assert_not_null(cell, "%s", r->computed);
  return atof(cell);
}

/* Losses and gradient norms of all steps. */
static void expect_same_steps(const char *one, const char *other)
{
  static row a[ROWS_MAX], b[ROWS_MAX];
  const int count = read_metrics(one, a);
  cr_assert_eq(read_metrics(other, b), count);
  for (int i = 0; i < count; i++) {
    cr_expect_float_eq(b[i].loss / a[i].loss, 1.0, 1e-5, "%s, line %d: loss %g, not %g", other,
                       i + 2, b[i].loss, a[i].loss);
    if (strcmp(a[i].split, "train") != 0) continue;
    cr_assert_gt(norm_of(&a[i]), 0.0, "%s", a[i].computed);
    cr_expect_float_eq(norm_of(&b[i]) / norm_of(&a[i]), 1.0, 1e-4, "%s, line %d: norm %g, not %g",
                       other, i + 2, norm_of(&b[i]), norm_of(&a[i]));
  }
}

static void expect_any_pieces(const char *settings, int most)
{
  char more[4 * TRAIN_PATH], name[32];
  static const int pieces[] = {2, 5, 7};
  snprintf(more, sizeof more, "%s --set train.accumulation=1", settings);
  train_well(1, "whole", more);
  for (int i = 0; i < 3 && pieces[i] <= most; i++) {
    snprintf(name, sizeof name, "pieces%d", pieces[i]);
    snprintf(more, sizeof more, "%s --set train.accumulation=%d", settings, pieces[i]);
    train_well(i % 2 ? 2 : 1, name, more);
    expect_same_steps("whole", name);
  }
}

Test(pieces, unequal_ones_do_not_matter, .timeout = TEST_LIMIT)
{
  start();
  expect_any_pieces(SEVEN, 7);
  finish();
}

Test(pieces, do_not_weigh_the_next_token, .timeout = TEST_LIMIT)
{
  char more[2 * TRAIN_PATH];
  start();
  shell("seq 1 1000 > %s/numbers.txt", folder);
  cr_assert_eq(longwave(0,
                        "prepare language --out %s/text.h5 --text %s/numbers.txt --length 70 "
                        "--validation 10 --test 10",
                        folder, folder),
               0, "%s", output);
  snprintf(more, sizeof more,
           SEVEN " --set data.path=%s/text.h5 --set attention.alignment=causal "
                 "--set train.steps=6",
           folder);
  expect_any_pieces(more, 5);
  finish();
}

/* With batch norm a piece of one pair has two documents to take statistics from. */
Test(pieces, of_pairs_do_not_matter_either, .timeout = TEST_LIMIT)
{
  char more[2 * TRAIN_PATH];
  start_pairs();
  snprintf(more, sizeof more,
           SEVEN " --set data.path=%s/pairs.h5 --set data.max_length=60 --set train.steps=6",
           folder);
  expect_any_pieces(more, 5);
  snprintf(more, sizeof more,
           "--set data.path=%s/pairs.h5 --set data.max_length=60 --set train.accumulation=6",
           folder);
  train_well(2, "statistics", more);
  cr_expect_eq(times_in_output("warning: batch norm computes"), 1, "%s", output);
  snprintf(more, sizeof more,
           "--set data.path=%s/pairs.h5 --set data.max_length=60 --set train.accumulation=1 "
           "--set train.batch_size=1",
           folder);
  train_well(1, "one", more);
  finish();
}

Test(pieces, of_one_sample_are_refused_with_batch_norm, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *settings, *says;
  } refused[] = {
      {"train.accumulation=6", "set train.accumulation to 3 or less"},
      {"train.accumulation=4", "(train.batch_size: 6 in train.accumulation: 4)"},
      {"train.accumulation=1 --set train.batch_size=1", "raise train.batch_size"},
  };
  char path[TRAIN_PATH];
  start();
  for (int i = 0; i < 3; i++) {
    char more[256];
    snprintf(more, sizeof more, "--set %s", refused[i].settings);
    cr_expect_eq(train(1 + i % 2, "refused", more), 2, "%s: %s", more, output);
    cr_expect_eq(times_in_output("error: "), 1, "%s: %s", more, output);
    cr_expect(strstr(output, refused[i].says), "%s: %s", more, output);
    cr_expect(strstr(output, "model.norm: layer"), "%s: %s", more, output);
  }
  cr_expect_eq(longwave(0,
                        "prepare listops --out %s/one.h5 --train 1 --validation 2 --test 2 "
                        "--min-length 5 --max-length 20 --max-depth 4",
                        folder),
               0, "%s", output);
  snprintf(path, sizeof path, "--set data.path=%s/one.h5", folder);
  cr_expect_eq(train(2, "refused", path), 2, "%s", output);
  cr_expect(strstr(output, "one.h5 has one training sample"), "%s", output);
  train_well(1, "twos", "--set train.accumulation=3");
  cr_expect_eq(times_in_output("warning: batch norm computes its statistics for each of the 3 "), 1,
               "%s", output);
  train_well(1, "whole", "--set train.accumulation=1");
  cr_expect_eq(times_in_output("warning: batch norm"), 0, "%s", output);
  train_well(1, "layer", "--set train.accumulation=6 --set model.norm=layer");
  cr_expect_eq(times_in_output("warning: batch norm"), 0, "%s", output);
  cr_expect_eq(longwave(0, "evaluate %s", checkpoint_of("twos", 12, path)), 0, "%s", output);
  finish();
}
