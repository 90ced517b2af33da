/* A training with easier data sets before its own, and with samples that grow: on any number of ranks and
   through a stop it is the same; what does not fit is refused. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 120.0

static void make(const char *name, int least, int most)
{
  const int code = longwave(0,
                            "prepare listops --out %s/%s.h5 --train 30 --validation 4 --test 4 "
                            "--min-length %d --max-length %d --max-depth 3 --max-arguments 4",
                            folder, name, least, most);
  cr_assert_eq(code, 0, "%s", output);
}

/* job.yaml with easier data sets. */
static void write_job(const char *before)
{
  shell("cd %s && sed 's|^  path: .*|&\\n  before: %s|' job.yaml >staged.yaml", folder, before);
}

static int train_staged(int ranks, const char *name, const char *more)
{
  return longwave(ranks, "train %s/staged.yaml --run %s/%s %s", folder, folder, name, more);
}

static void staged(int ranks, const char *name, int steps, const char *more)
{
  char words[512];
  snprintf(words, sizeof words,
           "--set train.steps=%d --set optimizer.schedule=constant --set model.norm=layer "
           "--set data.length_warmup=9 --set data.length_start=4 %s",
           steps, more);
  cr_assert_eq(train_staged(ranks, name, words), 0, "%s on %d: %s", name, ranks, output);
}

static uint32_t checksum_at(int step)
{
  char words[64];
  unsigned sum = 0;
  snprintf(words, sizeof words, "saved step %d in", step);
  const char *line = strstr(output, words), *found = line ? strstr(line, "checksum ") : NULL;
  cr_assert(found && sscanf(found, "checksum %x", &sum) == 1, "%s: %s", words, output);
  return sum;
}

Test(curriculum, goes_on_where_it_was_stopped, .timeout = TEST_LIMIT)
{
  char before[2 * TRAIN_PATH];
  start();
  make("a", 4, 6);
  make("b", 5, 10);
  snprintf(before, sizeof before, "%s/a.h5 3, %s/b.h5 4", folder, folder);
  write_job(before);
  staged(1, "straight", 12, "");
  expect_in_output("step 1: learning from");
  expect_in_output("step 4: learning from");
  expect_in_output("step 8: learning from");
  const uint32_t straight = checksum_at(12);
  const double loss = number_after("step 12: validation loss ");
  staged(1, "stopped", 8, "--set train.evaluate_every=0");
  staged(1, "stopped", 12, "--resume --set train.evaluate_every=4");
  cr_assert_eq(checksum_at(12), straight);
  staged(2, "shared", 12, "");
  cr_assert_lt(fabs(number_after("step 12: validation loss ") - loss), 2e-4 * loss);
  finish();
}

static void refused(const char *before, int code, const char *sentence)
{
  write_job(before);
  cr_assert_eq(train_staged(2, "new", ""), code, "%s", output);
  expect_in_output(sentence);
}

Test(curriculum, what_does_not_fit_is_refused, .timeout = TEST_LIMIT)
{
  char before[TRAIN_PATH];
  start();
  make("long", 22, 30);
  refused("nothing", 2, "staged.yaml:3:3: 'data.before' has 'nothing'");
  refused("none.h5 4", 4, "data.before: ");
  snprintf(before, sizeof before, "%s/long.h5 4", folder);
  refused(before, 2, "long.h5 has longer samples: it cannot come before");
  snprintf(before, sizeof before, "%s/set.h5 12", folder);
  refused(before, 2, "'data.before' takes 12 steps, and train.steps has 12");
  finish();
}
