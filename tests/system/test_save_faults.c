/* File systems that refuse what is not needed, disks that fail in the middle of a file, and paths that
   libraries do not like: saved or told, but never crashed. */
#define _POSIX_C_SOURCE 200809L
#include "fault.h"
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 120.0

static void expect_file(const char *run, int step, bool there)
{
  char path[TRAIN_PATH];
  cr_expect_eq(access(checkpoint_of(run, step, path), F_OK) == 0, there, "%s", path);
}

static void expect_said(const char *text, int times)
{
  cr_expect_eq(times_in_output(text), times, "'%s' not %d times in: %s", text, times, output);
}

static int train_under(const char *rules, int ranks, const char *run, const char *more)
{
  faults(rules);
  const int code = train(ranks, run, more);
  faults_end();
  return code;
}

/* ---- after the rename ---- */

/* Checkpoints at 5, 10 and 12, of which the newest stays, beside the best one. */
Test(refusals_of_the_disk, cost_a_warning_and_no_checkpoint, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *rules, *says;
    bool prunes;
  } cases[] = {
      {"fsync_folder errno=EINVAL", "cannot save the file names of folder", true},
      {"fsync_folder errno=EACCES", "cannot save the file names of folder", true},
      {"fsync errno=ENOSYS", "cannot tell when a file is on the disk", true},
      {"symlink errno=EPERM", "cannot make the link", true},
      {"symlink errno=ENOSPC", "cannot make the link", true},
      {"unlink path=step- errno=EPERM", "cannot remove", false},
      {"fallocate errno=EOPNOTSUPP", NULL, true},
      {"fallocate errno=EINVAL", NULL, true},
      {"fallocate errno=EINTR times=1", NULL, true},
      {"lock errno=ENOLCK", "has no locks", true},
  };
  char run[16];
  start();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(run, sizeof run, "run-%d", (int)i);
    const int code = train_under(cases[i].rules, 0, run,
                                 "--set checkpoint.keep=1 --set train.evaluate_every=0");
    cr_assert_eq(code, 0, "%s: %d: %s", cases[i].rules, code, output);
    expect_said("is not saved", 0);
    expect_said("saved step", 3);
    if (cases[i].says) expect_said(cases[i].says, 1);
    expect_file(run, 12, true);
    expect_file(run, 5, !cases[i].prunes);
  }
  finish();
}

/* Which checkpoint is best is known without links, and it stays. */
Test(refusals_of_the_disk, a_run_without_links_keeps_its_best, .timeout = TEST_LIMIT)
{
  char best[TRAIN_PATH];
  start();
  const char *more = "--set checkpoint.keep=1 --set train.steps=4 --set model.norm=layer"
                     " --set optimizer.schedule=constant";
  cr_assert_eq(train_under("symlink errno=EPERM", 2, "run", more), 0, "%s", output);
  cr_assert(strstr(output, "at step 4: "), "%s", output);
  cr_assert(strstr(output, checkpoint_of("run", 4, best)), "%s", output);
  more = "--resume --set checkpoint.keep=1 --set train.evaluate_every=0 --set model.norm=layer"
         " --set optimizer.learning_rate=0 --set optimizer.schedule=constant";
  cr_assert_eq(train_under("symlink errno=EPERM", 2, "run", more), 0, "%s", output);
  expect_file("run", 4, true);
  expect_file("run", 12, true);
  expect_file("run", 10, false);
  finish();
}

/* ---- a disk that fails in the middle ---- */

/* Step 5 is not saved; what follows is, and the process ends as if nothing had been. */
static void fail_once(const char *rules, int ranks, const char *run)
{
  const int code = train_under(rules, ranks, run, "--set train.evaluate_every=0");
  cr_expect_eq(code, 0, "%s on %d ranks: %d: %s", rules, ranks, code, output);
  expect_said("step 5 is not saved", 1);
  expect_said("finished 12 steps", 1);
  expect_file(run, 5, false);
  expect_file(run, 10, true);
  shell("! ls -A %s/%s/checkpoints | grep tmp-", folder, run);
}

Test(failing_disk, costs_one_checkpoint_wherever_it_fails, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *rules;
    int ranks;
  } cases[] = {
      {"write path=step-00000005 times=1 errno=EDQUOT", 0},          /* the head */
      {"write path=step-00000005 after=6 errno=EDQUOT", 0},          /* and all that follows */
      {"write path=step-00000005 after=40 times=1 errno=EIO", 0},    /* an array */
      {"write path=step-00000005 rank=1 times=1 errno=EDQUOT", 2},   /* that of one rank */
      {"fsync path=step-00000005 errno=EIO", 0},
      {"fsync path=step-00000005 rank=1 errno=EIO", 2},
      {"fallocate path=step-00000005 errno=EDQUOT", 2},
      {"open path=step-00000005 times=1 errno=EDQUOT", 0},
      {"open path=step-00000005 rank=1 times=1 errno=EMFILE", 2},
      {"rename path=step-00000005 errno=EDQUOT", 2},
      {"read path=step-00000005 errno=EIO", 0},
  };
  char run[16];
  start();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(run, sizeof run, "run-%d", (int)i);
    fail_once(cases[i].rules, cases[i].ranks, run);
  }
  finish();
}

Test(failing_disk, that_takes_half_of_each_write_takes_all, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  cr_assert_eq(train_under("write path=step- short", 2, "run", ""), 0, "%s", output);
  expect_said("is not saved", 0);
  cr_assert_eq(longwave(0, "inspect --verify %s", checkpoint_of("run", 12, path)), 0, "%s", output);
  finish();
}

Test(failing_disk, ends_a_command_with_one_sentence_and_leaves_nothing, .timeout = TEST_LIMIT)
{
  static const char *const rules[] = {"write path=new.h5 errno=EDQUOT",
                                      "write path=new.h5 after=1 errno=EIO",
                                      "fsync path=new.h5 errno=EIO"};
  static const char *const commands[] = {
      "prepare random --out %s/new.h5 --train 40 --min-length 20 --max-length 20",
      "evaluate %s/run/checkpoints/best.h5 --logits %s/new.h5",
      "inspect --attention %s/run/checkpoints/best.h5 --out %s/new.h5"};
  char command[4 * TRAIN_PATH];
  start();
  train_well(0, "run", "");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      snprintf(command, sizeof command, commands[i], folder, folder);
#pragma GCC diagnostic pop
      faults(rules[k]);
      const int code = longwave(0, "%s", command);
      faults_end();
      cr_expect_eq(code, 4, "%s under '%s': %d: %s", command, rules[k], code, output);
      expect_said("error: ", 1);
      shell("! ls -A %s | grep new", folder);
    }
  finish();
}

/* Before the first step, and not at the first checkpoint. */
Test(failing_disk, what_cannot_be_saved_is_not_trained, .timeout = TEST_LIMIT)
{
  static const char *const rules[] = {"write path=checkpoints errno=EROFS",
                                      "rename path=checkpoints errno=EPERM",
                                      "open path=checkpoints rank=1 errno=EACCES"};
  char run[16];
  start();
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    snprintf(run, sizeof run, "run-%d", (int)i);
    const int code = train_under(rules[i], 2, run, "");
    cr_expect_eq(code, 4, "%s: %d: %s", rules[i], code, output);
    expect_said("error: ", 1);
    expect_said("is not saved", 0);
  }
  finish();
}

/* ---- paths ---- */

static const char *long_name(int parts, char *name)
{
  for (int i = 0; i < parts; i++) {
    memset(name + 101 * i, 'a' + i, 100);
    name[101 * i + 100] = i + 1 < parts ? '/' : 0;
  }
  return name;
}

Test(paths, may_be_longer_than_libraries_like, .timeout = TEST_LIMIT)
{
  char name[1100];
  start();
  for (int ranks = 0; ranks <= 2; ranks += 2) {
    train_well(ranks, long_name(3 + 2 * ranks, name), "");
    shell("rm -r %s/aaaa*", folder);
  }
  finish();
}

Test(paths, that_are_too_long_are_refused_by_a_sentence, .timeout = TEST_LIMIT)
{
  static char name[8 * TRAIN_PATH];
  start();
  for (int parts = 11; parts <= 45; parts += 17) { /* beyond option texts, and beyond all paths */
    cr_expect_eq(train(2, long_name(parts, name), ""), 2, "%s", output);
    expect_said("error: ", 1);
    expect_said("saved step", 0);
  }
  memset(name, 'x', 300);
  name[300] = 0;
  cr_expect_eq(train(2, name, ""), 4, "%s", output);
  expect_said("File name too long", 1);
  finish();
}

/* ROMIO takes what stands before a colon for a kind of file system. */
Test(paths, with_a_colon_are_fine_for_every_component, .timeout = TEST_LIMIT)
{
  static const char *const components[] = {"ompio", "^ompio"};
  start();
  for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
    setenv("OMPI_MCA_io", components[i], 1);
    train_well(2, "run:12:00", "");
    shell("rm -r %s/run:12:00", folder);
  }
  unsetenv("OMPI_MCA_io");
  finish();
}

/* A name of a run is made of all its settings: 255 bytes are soon used up. */
Test(paths, names_of_a_study_that_no_disk_takes_are_refused_before_the_first_run,
     .timeout = TEST_LIMIT)
{
  char text[4096], name[91];
  start();
  memset(name, 'm', 90);
  name[90] = 0;
  snprintf(text, sizeof text,
           "job: job.yaml\nruns: runs\ngrid:\n"
           "  one: {a: {train.steps: 2}, %s: {train.steps: 3}}\n"
           "  two: {%s: {model.dropout: 0}}\n  three: {%s: {model.width: 8}}\n",
           name, name, name);
  write_text("study.yaml", text);
  const int code = longwave(0, "sweep %s/study.yaml", folder);
  cr_expect_eq(code, 2, "%d: %s", code, output);
  expect_said("error: ", 1);
  expect_said("== run", 0);
  cr_expect(strstr(output, "at most 255 bytes"), "%s", output);
  finish();
}
