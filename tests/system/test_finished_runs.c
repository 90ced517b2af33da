/* A run that is finished stays as it is; a run folder is judged by its checkpoints, with or without
   links. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 240.0

#define OTHER_RATE "--resume --set optimizer.learning_rate=0.5 "

/* All files of both runs but those that tell of each start. */
static void expect_same_files(const char *a, const char *b)
{
  shell("cd %s && diff -r -x train.log -x lives.csv -x lock %s %s && ls -l %s/checkpoints | wc -l",
        folder, a, b, b);
}

Test(finished_run, is_left_alone_by_other_options, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run", "--set train.evaluate_every=1 --set train.patience=100");
  shell("cp -a %s/run %s/copy; touch -h -d 2001-01-01 %s/run/checkpoints/*.h5 %s/run/job.yaml",
        folder, folder, folder, folder);
  for (int ranks = 1; ranks <= 2; ranks++) {
    train_well(ranks, "run", OTHER_RATE "--set train.evaluate_every=1 --set train.patience=100");
    expect_in_output("run: finished at step 12 of 12: nothing to do; raise train.steps to go on");
    cr_assert_not(strstr(output, "time of rank 0") || strstr(output, "resumed"), "%s", output);
    expect_in_output("not applied");
    expect_in_output("optimizer.learning_rate: 0.01 in the checkpoint, 0.5 in the job");
    cr_assert_not(strstr(output, "options that changed"), "%s", output);
    expect_same_files("copy", "run");
  }
  shell("cd %s/run && [ -z \"$(find job.yaml checkpoints -name '*.*' -newermt 2001-01-02)\" ]",
        folder);
  train_well(1, "run", OTHER_RATE "--set train.steps=10"); /* fewer than it has */
  expect_in_output("finished at step 12 of 10: nothing to do");
  expect_same_files("copy", "run");
  finish();
}

Test(finished_run, stopped_early_is_left_alone_too, .timeout = TEST_LIMIT)
{
  const char *still = "--set model.norm=layer --set optimizer.learning_rate=1e-30 "
                      "--set train.evaluate_every=1 --set train.patience=2";
  char again[512];
  start();
  train_well(1, "run", still);
  shell("cp -a %s/run %s/copy", folder, folder);
  snprintf(again, sizeof again, "%s --resume --set optimizer.clip=7", still);
  train_well(1, "run", again);
  expect_in_output("optimizer.clip: 1 in the checkpoint, 7 in the job");
  expect_in_output("stopped early at step 3 of 12: nothing to do; raise train.patience");
  shell("tail -n 1 %s/run/lives.csv | grep -q ,early,", folder);
  expect_same_files("copy", "run");
  finish();
}

/* job.yaml is the job of the newest checkpoint: neither a refused life nor one that was killed
   before it saved anything has trained what stays. */
Test(job_of_a_run, is_that_of_its_newest_checkpoint, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run", "");
  shell("cp %s/run/job.yaml %s/before.yaml", folder, folder);
  cr_assert_eq(train(1, "run", OTHER_RATE "--set train.steps=20 --set model.ffn=9"), 2, "%s", output);
  shell("cmp %s/run/job.yaml %s/before.yaml", folder, folder);
  shell("cd %s; %s train job.yaml --run run %s %s --set checkpoint.every=0 2>/dev/null & "
        "until [ \"$(wc -l <%s/run/metrics.csv)\" -gt 40 ]; do sleep 0.05; done; kill -9 $!; "
        "wait $!; cmp %s/run/job.yaml %s/before.yaml",
        folder, run_longwave(), OTHER_RATE, ENDLESS, folder, folder, folder);
  cr_assert_eq(longwave(0, "table %s/run --csv", folder), 0, "%s", output);
  cr_assert_not(strstr(output, "0.5"), "%s", output);
  train_well(1, "run", OTHER_RATE "--set train.steps=14");
  shell("grep -q 'learning_rate: 0.5' %s/run/job.yaml && grep -q 'steps: 14' %s/run/job.yaml",
        folder, folder);
  finish();
}

/* Tables and sweeps believe the checkpoint, where an earlier version has left another job.yaml. */
Test(job_of_a_run, in_a_table_is_what_was_trained, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run", "");
  train_well(1, "other", "");
  shell("sed -i 's/learning_rate: 0.01/learning_rate: 0.5/' %s/run/job.yaml", folder);
  cr_assert_eq(longwave(0, "table %s/run %s/other", folder, folder), 0, "%s", output);
  cr_assert_not(strstr(output, "| learning_rate"), "%s", output);
  finish();
}

/* ---- copies ---- */

/* The table of $D/NAME/run, by the figures of run itself. */
static void expect_same_table(const char *name)
{
  shell("cd %s && %s table run >want 2>/dev/null && cd %s && %s table run >../found 2>&1 && "
        "diff ../want ../found",
        folder, run_longwave(), name, run_longwave());
}

/* A rate so small that no parameter moves: the best is not the newest. */
#define STILL "--set model.norm=layer --set optimizer.learning_rate=1e-30 --set optimizer.warmup=0 "

/* What rsync without -l, rsync -L, a link with its whole path, and a part of a copy leave. */
Test(copied_run, counts_as_the_run_itself, .timeout = TEST_LIMIT)
{
  static const char *const ways[] = {
      "rm latest.h5 best.h5",
      "cp --remove-destination step-00000012.h5 latest.h5; "
      "cp --remove-destination step-00000004.h5 best.h5",
      "ln -sfn $D/elsewhere/checkpoints/step-00000012.h5 latest.h5; "
      "ln -sfn $D/elsewhere/checkpoints/step-00000004.h5 best.h5",
      "cp --remove-destination step-00000012.h5 latest.h5; "
      "cp --remove-destination step-00000004.h5 best.h5; rm step-*.h5",
      "rm best.h5; ln -sfn step-00000099.h5 latest.h5",
  };
  start();
  train_well(1, "run", STILL);
  cr_assert_eq(longwave(0, "table %s/run", folder), 0, "%s", output);
  setenv("D", folder, 1);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    char name[16];
    snprintf(name, sizeof name, "way-%d", (int)i);
    shell("cd %s && mkdir %s && cp -a run %s/run && cd %s/run/checkpoints && %s", folder, name,
          name, name, ways[i]);
    expect_same_table(name);
    snprintf(name, sizeof name, "way-%d/run", (int)i);
    cr_assert_eq(train(1, name, STILL), 2, "way %d: %s", (int)i, output);
    train_well(1, name, STILL "--resume --set train.steps=14");
    expect_in_output("step-00000012.h5: step 12");
    shell("cd %s/%s/checkpoints && [ \"$(readlink latest.h5)\" = step-00000014.h5 ] && "
          "[ \"$(readlink best.h5)\" = step-00000004.h5 ] && [ -s step-00000004.h5 ]",
          folder, name);
  }
  finish();
}

Test(copied_run, without_its_best_says_so, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run", STILL);
  shell("cd %s/run/checkpoints && rm best.h5 step-00000004.h5", folder);
  cr_assert_eq(longwave(0, "table %s/run", folder), 0, "%s", output);
  expect_in_output("the best checkpoint, of step 4, is missing");
  finish();
}

Test(copied_run, is_no_other_run_to_a_sweep, .timeout = TEST_LIMIT)
{
  static const char study[] = "job: %s/job.yaml\nruns: %s/study\ngrid:\n"
                              "  rate:\n    x: {optimizer.learning_rate: %s}\n";
  char text[4 * TRAIN_PATH];
  start();
  snprintf(text, sizeof text, study, folder, folder, "1e-3");
  write_text("study.yaml", text);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  shell("rm %s/study/x/checkpoints/latest.h5 %s/study/x/checkpoints/best.h5", folder, folder);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  expect_in_output("finished already");
  snprintf(text, sizeof text, study, folder, folder, "5e-2");
  write_text("study.yaml", text);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 2, "%s", output);
  expect_in_output("with other settings");
  shell("grep -q 'learning_rate: 0.001' %s/study/x/job.yaml", folder);
  finish();
}
