/* What a resume leaves in the run folder, and what an evaluation writes and refuses to write. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <sys/stat.h>
#include <unistd.h>

#define TEST_LIMIT 180.0

/* Where checkpoints/NAME of a run points to. */
static void expect_link(const char *run, const char *name, const char *target)
{
  char path[TRAIN_PATH], found[64] = "";
  snprintf(path, sizeof path, "%s/%s/checkpoints/%s", folder, run, name);
  cr_assert(readlink(path, found, sizeof found - 1) > 0, "no link %s", path);
  cr_assert_str_eq(found, target, "%s points to %s", path, found);
}

static bool exists(const char *name)
{
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

/* A rate so small that no parameter moves: the first evaluation stays the best. */
#define STILL "--set model.norm=layer --set optimizer.learning_rate=1e-30 --set optimizer.warmup=0 "

Test(files, links_follow_a_resume_from_an_older_checkpoint, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(2, "run", STILL);
  expect_link("run", "latest.h5", "step-00000012.h5");
  expect_link("run", "best.h5", "step-00000004.h5");
  cr_assert_eq(truncate(checkpoint_of("run", 12, path), 5000), 0);
  train_well(3, "run", STILL "--resume --set train.steps=10");
  cr_assert(times_in_output("finished at step 10 of 10: nothing to do"), "%s", output);
  expect_link("run", "latest.h5", "step-00000010.h5");
  expect_link("run", "best.h5", "step-00000004.h5");
  finish();
}

Test(files, an_early_stop_stays_one_until_patience_is_raised, .timeout = TEST_LIMIT)
{
  const char *more = STILL "--set train.evaluate_every=1 --set train.patience=2";
  const char *again = STILL "--set train.evaluate_every=1 --set train.patience=2 --resume";
  const char *longer = STILL "--set train.evaluate_every=1 --set train.patience=4 --resume";
  start();
  train_well(2, "run", more);
  expect_link("run", "latest.h5", "step-00000003.h5");
  train_well(2, "run", again);
  cr_assert(times_in_output("raise train.patience"), "%s", output);
  expect_link("run", "latest.h5", "step-00000003.h5");
  train_well(2, "run", longer);
  expect_link("run", "latest.h5", "step-00000005.h5");
  finish();
}

/* A name is cut after 11 characters, not within one. */
Test(files, the_confusion_table_keeps_characters_whole, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  write_text("t.tsv", "a234567890\303\244xyz\tab\n\303\244b\tabab\na234567890\303\244xyz\tba\n");
  cr_assert_eq(longwave(0,
                        "prepare text --train %s/t.tsv --class-names a234567890\303\244xyz,\303\244b "
                        "--validation 0 --force --out %s/set.h5",
                        folder, folder),
               0, "%s", output);
  train_well(0, "run", "--set train.steps=1 --set train.evaluate_every=0");
  cr_assert_eq(longwave(0, "evaluate %s --split train", checkpoint_of("run", 1, path)), 0, "%s",
               output);
  cr_assert_eq(times_in_output("\n 0 a234567890\303\244      "), 1, "%s", output);
  cr_assert_eq(times_in_output("\n 1 \303\244b               "), 1, "%s", output);
  finish();
}

Test(files, an_evaluation_meets_a_missing_folder_before_the_work, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  checkpoint_of("run", 12, path);
  cr_assert_eq(longwave(2, "evaluate %s --logits %s/none/l.h5", path, folder), 4, "%s", output);
  cr_assert_eq(times_in_output("accuracy"), 0, "%s", output);
  cr_assert_eq(longwave(2, "evaluate %s --logits %s/l.h5 --gradients %s/none/g.h5", path, folder,
                        folder), 4, "%s", output);
  cr_assert_not(exists("l.h5"));
  shell("! ls -A %s | grep l.h5", folder);
  cr_assert_eq(longwave(2, "evaluate %s --logits %s/l.h5 --gradients %s/l.h5", path, folder,
                        folder), 2, "%s", output);
  cr_assert_eq(longwave(2, "evaluate %s --logits %s/l.h5 --limit 1000000 --batch-size 1000000000",
                        path, folder), 0, "%s", output);
  cr_assert(times_in_output("samples 12,"), "%s", output);
  cr_assert(exists("l.h5"));
  finish();
}

Test(files, an_evaluation_tells_of_data_made_anew, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  cr_assert_eq(longwave(0, "evaluate %s", checkpoint_of("run", 12, path)), 0, "%s", output);
  cr_assert_eq(times_in_output("warning:"), 0, "%s", output);
  cr_assert_eq(longwave(0, "prepare listops --out %s/set.h5 --train 40 --validation 12 --test 12 "
                           "--min-length 5 --max-length 20 --max-depth 4 --seed 2 --force", folder), 0);
  cr_assert_eq(longwave(2, "evaluate %s", path), 0, "%s", output);
  cr_assert_eq(times_in_output("warning:"), 1, "%s", output);
  finish();
}

Test(files, a_pipe_is_no_data_set, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/pipe", folder);
  cr_assert_eq(mkfifo(path, 0600), 0);
  cr_assert_eq(longwave(2, "inspect %s", path), 4, "%s", output);
  cr_assert(times_in_output("is not a regular file"), "%s", output);
  finish();
}

/* Whatever the mask of the one who starts it. */
Test(files, a_run_is_not_for_all_to_write_in, .timeout = TEST_LIMIT)
{
  static const char *const names[] = {"run", "run/checkpoints", "run/checkpoints/step-00000012.h5",
                                      "run/metrics.csv", "run/train.log", "run/job.yaml", "set.h5"};
  char path[TRAIN_PATH];
  umask(0);
  start();
  train_well(2, "run", "");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    cr_assert_eq(stat(path, &about), 0, "no %s", path);
    cr_assert_eq(about.st_mode & S_IWOTH, 0, "all may write to %s", path);
  }
  finish();
}
