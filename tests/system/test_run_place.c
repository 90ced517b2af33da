/* A run goes by many names: its folder, the job in it, its checkpoints. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 120.0

/* A rate so small that no parameter moves: the best, of step 4, is not the newest. */
#define STILL                                                                                      \
  "--set model.norm=layer --set optimizer.learning_rate=1e-30 --set optimizer.warmup=0 "           \
  "--set checkpoint.every=0"

static void expect_code(int ranks, int code, const char *arguments, const char *says)
{
  cr_assert_eq(longwave(ranks, "%s", arguments), code, "%s: %s", arguments, output);
  cr_assert(strstr(output, says), "'%s' does not say '%s': %s", arguments, says, output);
}

static void enter(void)
{
  start();
  cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
  cr_assert_eq(chdir("/"), 0);
  finish();
}

Test(run_place, a_run_has_many_names, .timeout = TEST_LIMIT)
{
  enter();
  train_well(0, "run", STILL " --set optimizer.schedule=constant");
  expect_code(0, 0, "train run/job.yaml --resume --set train.steps=13", "finished 13 steps");
  expect_code(0, 0, "train --resume run// --set train.steps=14", "finished 14 steps");
  expect_code(0, 0, "train run --run run/checkpoints/ --resume=auto", "run: finished at step 14 of 14: nothing to do");
  cr_assert_neq(access("runs", F_OK), 0, "another folder was made");
  expect_code(2, 0, "evaluate run", "run: the best checkpoint is run/checkpoints/step-00000004.h5");
  expect_code(0, 0, "inspect run/job.yaml",
              "run: the newest checkpoint is run/checkpoints/step-00000014.h5");
  expect_code(0, 0, "inspect --attention run --pictures pictures", "step-00000014.h5");
  expect_code(0, 0, "table run/checkpoints --kept --csv", "run,run,1,");
  expect_code(0, 0, "report run/job.yaml --kept --out r.html", "r.html");
  expect_code(2, 0, "train ./run/checkpoints/ --resume --set train.steps=15", "finished 15 steps");
  cr_assert_eq(chdir("run/checkpoints"), 0);
  expect_code(0, 0, "inspect .", "step 15 of 15");
  leave();
}

Test(run_place, a_job_of_a_run_trains_elsewhere_if_told, .timeout = TEST_LIMIT)
{
  enter();
  train_well(0, "run", "--set train.steps=2 --set model.width=16");
  expect_code(0, 0, "train run --run other/ --seed 3", "finished 2 steps");
  expect_code(0, 0, "train run/job.yaml --seed 3", "finished 2 steps");
  cr_assert_eq(access("other-seed-3/checkpoints/latest.h5", F_OK), 0);
  cr_assert_eq(access("run-seed-3/checkpoints/latest.h5", F_OK), 0);
  shell("mkdir mine && cp job.yaml mine"); /* a folder with a job in it is no run yet */
  expect_code(0, 0, "train mine/job.yaml --set train.steps=1", "runs/job/");
  expect_code(0, 2, "train mine", "mine is not a run folder");
  shell("rm run/job.yaml");
  expect_code(0, 2, "train run/checkpoints/best.h5", "is a checkpoint; name its run folder, run");
  expect_code(0, 2, "train run --resume", "'longwave inspect --job run >FILE.yaml'");
  leave();
}

/* A run that has saved nothing yet is one, too, whatever job it began with. */
Test(run_place, without_checkpoints_says_so, .timeout = TEST_LIMIT)
{
  enter();
  shell("mkdir -p run/checkpoints && cp job.yaml run && printf 'life,job\\n1,-\\n' >run/lives.csv");
  expect_code(0, 2, "evaluate run", "the run run has no checkpoint yet");
  expect_code(0, 2, "train run --resume", "there is no checkpoint in run to go on from");
  expect_code(0, 0, "train run --resume=auto", "run has no checkpoint yet: starting from step 0");
  leave();
}

Test(run_place, verify_looks_at_every_checkpoint, .timeout = TEST_LIMIT)
{
  enter();
  train_well(0, "run", STILL);
  shell("truncate -s -100 run/checkpoints/step-00000012.h5");
  for (int ranks = 0; ranks <= 2; ranks += 2) {
    expect_code(ranks, 5, "inspect --verify run/", "1 of 2 checkpoints of run are damaged");
    expect_in_output("step-00000004.h5: all checksums agree");
  }
  /* With all of them damaged nothing is started anew, under whatever names they are. */
  shell("truncate -s -100 run/checkpoints/step-00000004.h5");
  cr_assert_eq(train(0, "run", "--resume"), 5, "%s", output);
  shell("cd run/checkpoints && rm latest.h5 best.h5 && mv step-00000012.h5 latest.h5 && rm step-*");
  cr_assert_eq(train(0, "run", "--resume=auto"), 5, "%s", output);
  leave();
}

Test(run_place, what_is_no_run_is_refused, .timeout = TEST_LIMIT)
{
  enter();
  shell("mkdir empty");
  expect_code(0, 2, "status none", "there is no file or folder none");
  expect_code(0, 2, "status empty", "empty is not a run folder");
  expect_code(0, 2, "table none", "there is no file or folder none");
  expect_code(2, 2, "report set.h5", "set.h5 is a file, not a run folder");
  expect_code(0, 2, "cancel none", "no SLURM job found for 'none'");
  leave();
}
