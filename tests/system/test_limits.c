/* Limits take drawn samples, not the front, and say which. The validation and the test split are
   sorted by class: 30 texts of vowels, then 30 of consonants. */
#include "longwave/data/subset.h"
#include "longwave/io/h5.h"
#include "train_case.h"

#define TEST_LIMIT 120.0
enum { EACH = 30, ALL = 2 * EACH, LIMIT = 10, CLASSES = 2 };

static void write_lines(const char *name, int least)
{
  static const char *const letters[CLASSES] = {"aeiou", "bcdfg"};
  char text[ALL * 32], *end = text;
  for (int i = 0; i < ALL; i++) {
    end += sprintf(end, "%d\t", i / EACH);
    for (int n = 0; n < least + i % 7; n++) *end++ = letters[i / EACH][(i * 7 + n * n) % 5];
    *end++ = '\n';
  }
  *end = 0;
  write_text(name, text);
}

static void start_sorted(void)
{
  char job[2 * TRAIN_PATH];
  cr_assert(temp_folder_make(folder));
  write_lines("train.tsv", 3);
  write_lines("held.tsv", 10);
  int code = longwave(0,
                      "prepare text --train %s/train.tsv --validation-from %s/held.tsv "
                      "--class-names vowels,consonants --out %s/set.h5",
                      folder, folder, folder);
  cr_assert_eq(code, 0, "%s", output);
  snprintf(job, sizeof job,
           "data: {path: %s/set.h5}\nmodel: {layers: 1, width: 8, heads: 2}\n"
           "train: {steps: 4, batch_size: 6, evaluate_every: 4, evaluate_limit: %d}\n"
           "parallel: {threads: 1}\n",
           folder, LIMIT);
  write_text("job.yaml", job);
}

typedef struct scores {
  float logits[ALL * CLASSES];
  int32_t labels[ALL];
  int64_t samples[ALL];
  bool numbered;
} scores;

/* What evaluate writes of `rows` samples of the validation split. */
static void evaluate(int ranks, const char *more, int64_t rows, scores *out)
{
  char path[TRAIN_PATH];
  lw_h5 *file = NULL;
  int code = longwave(ranks,
                      "evaluate %s/run/checkpoints/best.h5 --split validation --logits %s/l.h5 %s",
                      folder, folder, more);
  cr_assert_eq(code, 0, "%s", output);
  snprintf(path, sizeof path, "%s/l.h5", folder);
  cr_assert_eq(lw_h5_open(path, &file), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_read(file, "/logits", LW_H5_F32, 0, rows, out->logits), LW_OK);
  cr_assert_eq(lw_h5_read(file, "/labels", LW_H5_I32, 0, rows, out->labels), LW_OK);
  out->numbered = lw_h5_has(file, "/samples");
  if (out->numbered)
    cr_assert_eq(lw_h5_read(file, "/samples", LW_H5_I64, 0, rows, out->samples), LW_OK);
  lw_h5_close(&file);
}

static void expect_rows_of(const scores *all, const scores *some)
{
  int64_t list[LIMIT];
  cr_assert_eq(lw_subset_draw(ALL, LIMIT, list), LW_OK);
  cr_assert(some->numbered);
  for (int r = 0; r < LIMIT; r++) {
    const int64_t sample = some->samples[r];
    cr_assert_eq(sample, list[r]);
    cr_assert_eq(some->labels[r], all->labels[sample]);
    for (int k = 0; k < CLASSES; k++)
      cr_assert_float_eq(some->logits[r * CLASSES + k], all->logits[sample * CLASSES + k], 1e-5);
  }
}

Test(limits, of_an_evaluation_are_drawn_and_say_which_samples, .timeout = TEST_LIMIT)
{
  static scores all, some;
  int32_t ones = 0;
  start_sorted();
  train_well(1, "run", "");
  evaluate(1, "", ALL, &all);
  cr_assert(!all.numbered, "a whole split needs no numbers");
  cr_assert(strstr(output, "samples 60, loss"), "%s", output);
  const char *last = strstr(output, ", macro F1 ");
  cr_assert(last && strstr(last, " tokens/s"), "all figures in one line: %s", output);
  evaluate(1, "--limit 10", LIMIT, &some);
  cr_assert(strstr(output, "samples 10 drawn from 60, loss"), "%s", output);
  expect_rows_of(&all, &some);
  for (int r = 0; r < LIMIT; r++) ones += some.labels[r];
  cr_assert(ones > 0 && ones < LIMIT, "all of one class");
  evaluate(3, "--limit 10 --batch-size 3", LIMIT, &some);
  expect_rows_of(&all, &some);
  finish();
}

/* The last line of the run's metrics.csv of the validation split: loss and accuracy. */
static void validation_of(const char *run, double figures[2])
{
  char path[TRAIN_PATH], line[512];
  bool found = false;
  snprintf(path, sizeof path, "%s/%s/metrics.csv", folder, run);
  FILE *file = fopen(path, "r");
  cr_assert(file, "%s", path);
  while (fgets(line, sizeof line, file)) {
    const char *found_at = strstr(line, ",validation,");
    if (found_at) found = sscanf(found_at, ",validation,%lf,%lf", &figures[0], &figures[1]) == 2;
  }
  fclose(file);
  cr_assert(found);
}

Test(limits, of_a_training_are_those_of_an_evaluation_on_any_ranks, .timeout = TEST_LIMIT)
{
  double figures[2];
  start_sorted();
  for (int ranks = 1; ranks <= 3; ranks += 2) {
    char name[16];
    snprintf(name, sizeof name, "on-%d", ranks);
    train_well(ranks, name, "");
    validation_of(name, figures);
    cr_assert_eq(longwave(1, "evaluate %s/%s/checkpoints/best.h5 --split validation --limit %d",
                          folder, name, LIMIT), 0, "%s", output);
    cr_assert_float_eq(number_after(", loss "), figures[0], 2e-6, "%s", output);
    cr_assert_float_eq(number_after("accuracy "), 100.0 * figures[1], 0.006, "%s", output);
  }
  finish();
}
