/* train.epochs: the same training as that of so many steps, in the order that goes on from one epoch
   into the next; resumed, and in a study. One rank, alone. */
#define _GNU_SOURCE
#include "run.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define LIMIT 60.0

static char output[RUN_OUTPUT_MAX], folder[TEMP_FOLDER_MAX];

/* longwave, with FOLDER/ before each word that begins with '@'. */
static int longwave(const char *line)
{
  char words[16][3 * TEMP_FOLDER_MAX];
  const char *argv[20] = {run_longwave()};
  int count = 0;
  for (line += strspn(line, " "); *line && count < 16; line += strspn(line, " ")) {
    const int length = (int)strcspn(line, " "), at = *line == '@';
    snprintf(words[count], sizeof words[count], "%s%s%.*s", at ? folder : "", at ? "/" : "",
             length - at, line + at);
    argv[count + 1] = words[count];
    count++;
    line += length;
  }
  return run_program(argv, 0, LIMIT, output, sizeof output);
}

static void write_file(const char *name, const char *text)
{
  char path[2 * TEMP_FOLDER_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  cr_assert_not_null(file);
  fprintf(file, text, folder);
  fclose(file);
}

/* 20 samples in batches of 8: two epochs are 5 steps, three 8; rounded up by the epoch, 6 and 9. */
static void begin(void)
{
  cr_assert(temp_folder_make(folder));
  cr_assert_eq(longwave("prepare random --out @data.h5 --train 20 --validation 0 --test 2 "
                        "--min-length 8 --max-length 16 --vocabulary 9"), 0, "%s", output);
  write_file("job.yaml", "data: {path: '%s/data.h5'}\n"
                         "model: {layers: 1, width: 8, heads: 2, dropout: 0.1}\n"
                         "train: {batch_size: 8, epochs: 2}\n"
                         "optimizer: {warmup: 2}\n");
}

/* The content checksum of the checkpoint of `step` that the last command has told. */
static void take_checksum(int step, char checksum[16])
{
  char before[64];
  snprintf(before, sizeof before, "saved step %d in ", step);
  const char *line = strstr(output, before);
  cr_assert_not_null(line, "%s", output);
  line = strstr(line, "checksum ");
  cr_assert_not_null(line, "%s", output);
  snprintf(checksum, 16, "%.8s", line + strlen("checksum "));
}

static int has(const char *text)
{
  return strstr(output, text) != NULL;
}

Test(epochs, are_so_many_steps_of_the_same_training, .timeout = 4 * LIMIT)
{
  char epochs[16], steps[16], longer[16];
  begin();
  cr_assert_eq(longwave("train @job.yaml --run @epochs"), 0, "%s", output);
  cr_assert(has("5 steps (2 epochs)"), "%s", output);
  take_checksum(5, epochs);
  cr_assert_eq(longwave("train @job.yaml --run @steps --set train.steps=5"), 0, "%s", output);
  cr_assert(has("5 steps\n"), "steps of the command line stand for the file's epochs: %s", output);
  take_checksum(5, steps);
  cr_assert_str_eq(epochs, steps);

  /* Resumed from the job of the run, which has epochs and steps, with more of them. */
  const char *more = "train @epochs/job.yaml --run @epochs --resume --set train.epochs=3 "
                     "--set optimizer.schedule=constant";
  cr_assert_eq(longwave(more), 0, "%s", output);
  cr_assert(has("train.epochs: 2 in the checkpoint, 3 in the job") && has("8 steps (3 epochs)"),
            "%s", output);
  take_checksum(8, longer);
  cr_assert_eq(longwave("train @steps/job.yaml --run @steps --resume --set train.steps=8 "
                        "--set optimizer.schedule=constant"), 0, "%s", output);
  take_checksum(8, steps);
  cr_assert_str_eq(longer, steps);
  cr_assert_eq(longwave(more), 0, "%s", output);
  cr_assert(has("finished at step 8 of 8: nothing to do; raise train.epochs"), "%s", output);

  /* Other batches after a resume: what is left of the epochs in the new ones, 20 samples in 4 steps. */
  cr_assert_eq(longwave("train @epochs/job.yaml --run @epochs --resume --set train.epochs=4 "
                        "--set train.batch_size=4"), 0, "%s", output);
  cr_assert(has("finished 12 steps"), "%s", output);
  cr_assert_eq(longwave("train @epochs/job.yaml --run @epochs --resume"), 0, "%s", output);
  cr_assert(has("finished at step 12 of 12"), "%s", output);
  cr_assert(temp_folder_remove(folder));
}

Test(epochs, or_steps_and_not_both, .timeout = 2 * LIMIT)
{
  begin();
  cr_assert_eq(longwave("train @job.yaml --run @x --set train.steps=5 --set train.epochs=2"), 2);
  cr_assert(has("--set gives both train.steps and train.epochs; leave one out"), "%s", output);
  cr_assert_eq(longwave("train @job.yaml --run @x --set train.epochs=0"), 2);
  cr_assert(has("'train.steps' (optimizer steps of the whole training) or 'train.epochs' is "
                "required"), "%s", output);
  write_file("both.yaml", "data: {path: '%s/data.h5'}\ntrain: {steps: 4, epochs: 2}\n");
  cr_assert_eq(longwave("train @both.yaml --run @x"), 2);
  cr_assert(has("train.steps: 4 and train.epochs: 2 are both given, and these epochs of 20 training "
                "samples are 2 steps; leave one of the two out"), "%s", output);
  cr_assert_eq(longwave("inspect @x"), 4, "no folder is made: %s", output);
  cr_assert(temp_folder_remove(folder));
}

Test(epochs, of_a_study_that_is_done, .timeout = 2 * LIMIT)
{
  begin();
  write_file("study.yaml", "job: '%1$s/job.yaml'\nruns: '%1$s/runs'\nseeds: [1]\nset: {train.epochs: 1}\n");
  cr_assert_eq(longwave("sweep @study.yaml"), 0, "%s", output);
  cr_assert(has("finished 3 steps"), "%s", output);
  cr_assert_eq(longwave("sweep @study.yaml"), 0, "%s", output);
  cr_assert(has("finished already"), "%s", output);
  write_file("study.yaml", "job: '%1$s/job.yaml'\nruns: '%1$s/runs'\nseeds: [1]\nset: {train.epochs: 2}\n");
  cr_assert_eq(longwave("sweep @study.yaml"), 0, "%s", output);
  cr_assert(has("finished 5 steps"), "longer, it goes on: %s", output);
  cr_assert(temp_folder_remove(folder));
}
