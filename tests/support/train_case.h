/** Trainings by the program itself, in a folder of the test's own: a tiny ListOps set, a job,
 *  runs. */
#ifndef TESTS_SUPPORT_TRAIN_CASE_H
#define TESTS_SUPPORT_TRAIN_CASE_H

#include "longwave/base/mem.h"
#include "longwave/run/folder.h"
#include "run.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN_LIMIT 60.0
enum { TRAIN_PATH = TEMP_FOLDER_MAX + 128, TRAIN_WORDS = 48 };

static char folder[TEMP_FOLDER_MAX], output[RUN_OUTPUT_MAX];

/** Exit code of `longwave` with these arguments, one string, blanks between them; %s as in printf.
 *  ranks 0: without mpirun. Everything it says is in `output`. */
__attribute__((format(printf, 2, 3))) static int longwave(int ranks, const char *format, ...)
{
  static char text[16 * TRAIN_PATH];
  const char *argv[TRAIN_WORDS + 1] = {run_longwave()};
  int words = 1;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *next = text; *next && words < TRAIN_WORDS;) {
    argv[words++] = next;
    next += strcspn(next, " ");
    if (*next) *next++ = '\0';
  }
  return run_program(argv, ranks, TRAIN_LIMIT, output, sizeof output);
}

static inline void write_text(const char *name, const char *text)
{
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write %s", path);
}

/** The folder with set.h5 (40, 12 and 12 samples of 5 to 20 tokens) and job.yaml, which needs 12
 *  steps of 6 samples in 2 pieces, with dropout and batch norm. */
static inline void start(void)
{
  char job[2 * TRAIN_PATH];
  cr_assert(temp_folder_make(folder));
  int code = longwave(0,
                      "prepare listops --out %s/set.h5 --train 40 --validation 12 --test 12 "
                      "--min-length 5 --max-length 20 --max-depth 4",
                      folder);
  cr_assert_eq(code, 0, "%s", output);
  snprintf(job, sizeof job,
           "data:\n  path: %s/set.h5\n"
           "model:\n  layers: 2\n  width: 8\n  heads: 2\n  norm: batch\n  dropout: 0.2\n"
           "attention:\n  bound: 0.2\n"
           "train:\n  steps: 12\n  batch_size: 6\n  accumulation: 2\n  evaluate_every: 4\n"
           "optimizer:\n  learning_rate: 0.01\n  warmup: 2\n"
           "checkpoint:\n  every: 5\n  keep: 20\n"
           "parallel:\n  threads: 1\n",
           folder);
  write_text("job.yaml", job);
}

static inline void finish(void)
{
  cr_assert(temp_folder_remove(folder));
}

/** `longwave train job.yaml --run NAME` and more arguments. */
static inline int train(int ranks, const char *name, const char *more)
{
  return longwave(ranks, "train %s/job.yaml --run %s/%s %s", folder, folder, name, more);
}

/** The same, which must go well. */
static inline void train_well(int ranks, const char *name, const char *more)
{
  cr_assert_eq(train(ranks, name, more), 0, "%s on %d ranks: %s", name, ranks, output);
}

/** path [TRAIN_PATH] of a run's checkpoint. */
static inline const char *checkpoint_of(const char *name, int step, char *path)
{
  snprintf(path, TRAIN_PATH, "%s/%s/checkpoints/step-%08d.h5", folder, name, step);
  return path;
}

static inline int times_in_output(const char *text)
{
  int times = 0;
  for (const char *c = output; (c = strstr(c, text)); c += strlen(text)) times++;
  return times;
}

static inline void expect_in_output(const char *text)
{
  cr_assert(strstr(output, text), "no '%s' in: %s", text, output);
}

/** The number behind the first `word` in the output. */
static inline double number_after(const char *word)
{
  const char *found = strstr(output, word);
  cr_assert(found, "no '%s': %s", word, output);
  return atof(found + strlen(word));
}

/* ---- runs ---- */

/** Step of a run's newest checkpoint. */
static inline int64_t newest_step(const char *run)
{
  char path[TRAIN_PATH];
  int64_t *steps = NULL, count = 0;
  snprintf(path, sizeof path, "%s/%s", folder, run);
  cr_assert_eq(lw_folder_steps(path, &steps, &count), LW_OK, "%s", lw_fail_message());
  cr_assert_gt(count, 0, "%s has no checkpoint", path);
  int64_t newest = steps[0];
  lw_mem_give(steps);
  return newest;
}

/** A shell command that must go well; what it says is in `output`. */
__attribute__((format(printf, 1, 2))) static inline void shell(const char *format, ...)
{
  char text[4 * TRAIN_PATH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const char *const argv[] = {"sh", "-c", text, NULL};
  cr_assert_eq(run_program(argv, 0, TRAIN_LIMIT, output, sizeof output), 0, "%s", output);
}

/** Endless trainings are ended by a signal when they have saved step 20. */
#define ENDLESS                                                                                    \
  "--set train.steps=1000000 --set train.evaluate_every=0 --set optimizer.schedule=constant "      \
  "--set train.log_every=1000000"

/* ---- metrics ---- */

enum { ROWS_MAX = 512 };
typedef struct row {
  int step;
  char split[16], computed[512]; /* the columns that are no clocks, as text */
  double loss, accuracy;
} row;

/** Rows of metrics.csv of a run, of which there must be some. rows [ROWS_MAX] out */
static inline int read_metrics(const char *run, row *rows)
{
  char path[TRAIN_PATH], line[512];
  snprintf(path, sizeof path, "%s/%s/metrics.csv", folder, run);
  FILE *file = fopen(path, "r");
  cr_assert(file && fgets(line, sizeof line, file), "no %s", path);
  static const char columns[] = "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,"
                                "tokens_per_second,seconds";
  cr_assert(!strncmp(line, columns, strlen(columns)), "%s begins with %s", path, line);
  int count = 0;
  for (; count < ROWS_MAX && fgets(line, sizeof line, file); count++) {
    row *r = &rows[count];
    int fields =
        sscanf(line, "%d,%*f,%15[a-z],%lf,%lf,", &r->step, r->split, &r->loss, &r->accuracy);
    cr_assert_eq(fields, 4, "%s: %s", path, line);
    char *cell = line, *clocks;
    for (int commas = 0; commas < 7; cell++) commas += *cell == ',';
    clocks = cell;
    for (int commas = 0; commas < 2 && *cell; cell++) commas += *cell == ',';
    memmove(clocks, cell, strlen(cell) + 1);
    memcpy(r->computed, line, sizeof line);
  }
  fclose(file);
  cr_assert_gt(count, 0, "no row in %s", path);
  return count;
}

static inline int rows_of(const row *rows, int count, const char *split)
{
  int found = 0;
  for (int i = 0; i < count; i++) found += strcmp(rows[i].split, split) == 0;
  return found;
}

/** All but the clocks, to the letter. */
static inline void expect_same_metrics(const char *a, const char *b)
{
  static row left[ROWS_MAX], right[ROWS_MAX];
  int count = read_metrics(a, left);
  cr_assert_eq(read_metrics(b, right), count);
  for (int i = 0; i < count; i++) cr_assert_str_eq(left[i].computed, right[i].computed);
}

/** Greatest relative difference of losses. */
static inline double metrics_error(const char *a, const char *b)
{
  static row left[ROWS_MAX], right[ROWS_MAX];
  double worst = 0.0;
  int count = read_metrics(a, left);
  cr_assert_eq(read_metrics(b, right), count);
  for (int i = 0; i < count; i++) {
    cr_assert_eq(left[i].step, right[i].step);
    const double error = fabs(left[i].loss - right[i].loss) / left[i].loss;
    if (!(error <= worst)) worst = error; /* keeps what is no number, which fmax drops */
  }
  return worst;
}

/** The mean loss of a step over all `samples` training samples, in pieces, that changes nothing is
 *  that of an evaluation of the training split. */
static inline void expect_step_is_evaluation(int samples, const char *more)
{
  static row rows[ROWS_MAX];
  char all[4 * TRAIN_PATH], path[TRAIN_PATH];
  snprintf(all, sizeof all,
           "--set train.steps=1 --set train.batch_size=%d --set train.accumulation=3 --set "
           "optimizer.learning_rate=0 --set model.norm=layer --set model.dropout=0 %s",
           samples, more);
  train_well(2, "still", all);
  cr_assert_gt(read_metrics("still", rows), 0);
  cr_assert_str_eq(rows[0].split, "train");
  cr_assert_eq(longwave(2, "evaluate %s --split train", checkpoint_of("still", 1, path)), 0, "%s",
               output);
  cr_assert_eq((int)number_after("samples "), samples, "%s", output);
  const double loss = number_after("loss ");
  cr_expect_float_eq(rows[0].loss, loss, 1e-5 * loss, "a step has %.7g, an evaluation %.7g",
                     rows[0].loss, loss);
}

#endif
