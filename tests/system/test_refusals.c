/* What the program does not do: each refusal is one message that says what, where and what to do,
   an exit code that tells its kind, and no hang, on one rank and on two. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <stdlib.h>

#define TEST_LIMIT 180.0

/* %1 stands for the test's folder. */
typedef struct refusal {
  const char *arguments;
  int code;
  const char *says[4];
} refusal;

static const refusal refusals[] = {
    {"train", 2, {"no job file given"}},
    {"train %1/none.yaml", 4, {"none.yaml", "No such file"}},
    {"train %1/job.yaml two.yaml", 2, {"'two.yaml'"}},
    {"train %1/job.yaml --reusme", 2, {"'--reusme'", "did you mean '--resume'"}},
    {"tarin %1/job.yaml", 2, {"no command 'tarin'", "did you mean 'train'"}},
    {"train %1/key.yaml", 2, {"key.yaml:3:3: unknown key 'model.widht'", "'model.width'"}},
    {"train %1/twice.yaml", 2, {"twice.yaml:4:3: 'train.steps' is given twice", "line 3"}},
    {"train %1/type.yaml", 2, {"type.yaml:3:11: 'model.layers' must be a whole number"}},
    {"train %1/range.yaml", 2, {"range.yaml:3:12: 'model.dropout' must be from 0 to 0.99"}},
    {"train %1/many.yaml", 2, {":2:11:", ":3:3:", "'model.width'", ":4:10:"}},
    {"train %1/empty.yaml", 2, {"data.path", "train.steps"}},
    {"train %1/job.yaml --set model.heads=3", 2, {"--set", "(3) must divide", "(8)"}},
    {"train %1/job.yaml --set attention.window=4", 2, {"--set", "must be odd, not 4"}},
    {"train %1/job.yaml --set attention.decay=list", 2, {"one decay a head (2), not 0"}},
    {"train %1/job.yaml --set model.positions=learned,sinusoidal", 2, {"--set", "two codes"}},
    {"train %1/job.yaml --set model.pooling=cls", 2, {"--set", "with 'attention.causal: true'"}},
    {"train %1/job.yaml --set train.accumulation=7", 2, {"(7) cannot exceed", "(6)"}},
    {"train %1/job.yaml --set optimizer.muon_momentum=1", 2, {"must be from 0 to 0.999999"}},
    {"train %1/job.yaml --set optimizer.kind=muon --set parallel.matmul=scalapack", 2,
     {"--set: 'optimizer.kind: muon' needs whole matrices", "take 'parallel.matmul: local'"}},
    {"train %1/job.yaml --run %1/new --set data.path=%1/none.h5", 4,
     {"--set data.path: there is no file", "none.h5", "prepare --help"}},
    {"train %1/job.yaml --run %1/new --set data.path=%1/job.yaml", 5, {"not an HDF5 file"}},
    {"train %1/job.yaml --run %1/new --set data.path=%1/run/checkpoints/latest.h5", 5,
     {"--set data.path: '", "is a checkpoint and no longwave data set"}},
    {"train %1/job.yaml --run %1/job.yaml/below", 4, {"Not a directory"}},
    {"train %1/job.yaml --run %1/new --set parallel.memory=1", 3,
     {"a rank needs up to", "but has 1.0 MiB (parallel.memory)", "this would fit"}},
    {"train %1/job.yaml --run %1/run", 2, {"already holds a run, at step 12", "--resume", "--run"}},
    {"train %1/run", 2, {"already holds a run, at step 12", "--resume", "--run"}},
    {"train %1/job.yaml --run %1/new --resume", 2,
     {"no checkpoint in", "leave --resume out", "--resume=auto"}},
    {"evaluate %1", 2, {"is not a run folder, but holds 1 run: name one", "/run)"}},
    {"train %1/job.yaml --run %1/run --resume --set model.width=16", 2,
     {"another model", "model.width: 8 in the checkpoint, 16 in the job"}},
    {"train %1/job.yaml --run %1/run --resume --set train.seed=2", 2, {"train.seed: 1 in"}},
    {"train %1/job.yaml --run %1/run --resume --set data.path=%1/other.h5", 2,
     {"is not the data set of its training", "other.h5"}},
    {"train %1/job.yaml --run %1/new --set parallel.sequence=3", 2,
     {"'parallel.sequence': 3 ranks", "do not divide", "use 1"}},
    {"train %1/job.yaml --run %1/new --set parallel.sequence=21", 2,
     {"'parallel.sequence' (21)", "the longest sample has tokens (20)"}},
    {"train %1/job.yaml --set parallel.sequence=two", 2, {"whole number or auto, not 'two'"}},
    {"train %1/job.yaml --set parallel.sequence=0", 2, {"'parallel.sequence' must be from 1"}},
    {"evaluate %1/run/checkpoints/latest.h5 --sequence 3", 2, {"'--sequence': 3 ranks"}},
    {"evaluate", 2, {"no checkpoint given"}},
    {"evaluate %1/none.h5", 4, {"none.h5", "No such file"}},
    {"evaluate %1/set.h5", 5, {"set.h5 is not a Longwave checkpoint"}},
    {"evaluate %1/run/checkpoints/latest.h5 --data %1/marked.h5", 2,
     {"marked.h5", "vocabulary 16", "does not fit", "vocabulary 15"}},
    {"evaluate %1/run/checkpoints/latest.h5 --split tset", 2, {"'tset'", "did you mean 'test'"}},
    {"evaluate %1/run/checkpoints/latest.h5 --logits %1/none/l.h5", 4, {"none/l.h5"}},
    {"inspect %1/job.yaml", 5, {"not an HDF5 file"}},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static void write_jobs(void)
{
  write_text("key.yaml", "model:\n  layers: 2\n  widht: 8\n");
  write_text("twice.yaml", "train:\n  batch_size: 2\n  steps: 3\n  steps: 4\n");
  write_text("type.yaml", "model:\n  width: 8\n  layers: two\n");
  write_text("range.yaml", "model:\n  width: 8\n  dropout: 1.5\n");
  write_text("many.yaml", "model:\n  layers: two\n  widht: 8\n  heads: 0\n");
  write_text("empty.yaml", "model:\n  layers: 2\n");
}

/* The arguments with the folder in them. text [room] */
static void fill_in(const char *arguments, char *text, size_t room)
{
  size_t used = 0;
  for (const char *c = arguments; *c && used + 1 < room;) {
    if (strncmp(c, "%1", 2) != 0) {
      text[used++] = *c++;
      continue;
    }
    used += (size_t)snprintf(text + used, room - used, "%s", folder);
    c += 2;
  }
  text[used < room ? used : room - 1] = '\0';
}

static void check_refusals(int ranks)
{
  char text[8 * TRAIN_PATH], path[TRAIN_PATH];
  start();
  write_jobs();
  cr_assert_eq(longwave(0, "prepare listops --out %s/other.h5 --train 20 --validation 2 --test 2 "
                           "--min-length 5 --max-length 20 --max-depth 4 --seed 2", folder), 0);
  cr_assert_eq(longwave(0, "prepare listops --out %s/marked.h5 --train 20 --validation 2 --test 2 "
                           "--min-length 5 --max-length 20 --max-depth 4 --end-mark", folder), 0);
  train_well(ranks, "run", "");
  for (int i = 0; i < REFUSALS; i++) {
    const refusal *r = &refusals[i];
    fill_in(r->arguments, text, sizeof text);
    int code = longwave(ranks, "%s", text);
    cr_assert_eq(code, r->code, "'%s' on %d ranks ended with %d: %s", text, ranks, code, output);
    cr_assert_eq(times_in_output("error: "), 1, "'%s' on %d ranks: %s", text, ranks, output);
    for (int s = 0; s < 4 && r->says[s]; s++)
      cr_assert(strstr(output, r->says[s]), "'%s' does not say '%s': %s", text, r->says[s], output);
  }
  /* Nothing of it has touched the run or left a folder. */
  train_well(ranks, "run", "--resume");
  cr_assert(strstr(output, "nothing to do"), "%s", output);
  cr_assert_not(strstr(output, "options that changed"), "%s", output);
  snprintf(path, sizeof path, "%s/new", folder);
  FILE *left = fopen(path, "r");
  cr_assert_null(left, "a refused run has left its folder");
  finish();
}

Test(refusals, on_one_rank, .timeout = TEST_LIMIT)
{
  check_refusals(0);
}

Test(refusals, on_two_ranks, .timeout = TEST_LIMIT)
{
  check_refusals(2);
}
