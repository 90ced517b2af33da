/* A checkpoint meets data whose numbers mean something else, or that were mended. */
#define _POSIX_C_SOURCE 200809L
#include "h5_change.h"
#include "longwave/train/checkpoint.h"
#include "train_case.h"

#define TEST_LIMIT 240.0

/* A copy of the test's data set. */
static const char *copy_set(const char *name, char *path)
{
  shell("cp %s/set.h5 %s/%s", folder, folder, name);
  snprintf(path, TRAIN_PATH, "%s/%s", folder, name);
  return path;
}

/* class.h5: class 3 is called x; token.h5: token 10, [MIN, is called MIN. And a run on set.h5. */
static void start_with_others(void)
{
  char path[TRAIN_PATH];
  start();
  h5_change_text(copy_set("class.h5", path), "/class_names", 3, "x");
  h5_change_text(copy_set("token.h5", path), "/token_names", 10, "MIN");
  train_well(1, "run", "");
}

/* Another set under the path of the run's own. */
static void put_in_place(const char *name)
{
  shell("cp %s/%s %s/set.h5", folder, name, folder);
}

#define CLASS_SAYS "class 3 is '3' in the checkpoint and 'x' in "
#define TOKEN_SAYS "token 10 is '[MIN' in the checkpoint and 'MIN' in "

Test(other_data, names_that_differ_are_refused_by_name, .timeout = TEST_LIMIT)
{
  static const char *const cases[][2] = {{"class.h5", CLASS_SAYS}, {"token.h5", TOKEN_SAYS}};
  char path[TRAIN_PATH];
  start_with_others();
  checkpoint_of("run", 12, path);
  for (size_t i = 0; i < 2; i++) {
    const char *name = cases[i][0], *says = cases[i][1];
    for (int ranks = 0; ranks <= 2; ranks += 2) {
      cr_assert_eq(longwave(ranks, "evaluate %s --data %s/%s", path, folder, name), 2, "%s",
                   output);
      expect_in_output(says);
      expect_in_output("--accept-data");
    }
    cr_assert_eq(longwave(2, "inspect --attention %s --data %s/%s --pictures %s/maps", path, folder,
                          name, folder),
                 2, "%s", output);
    expect_in_output(says);
    cr_assert_eq(longwave(2, "evaluate %s --data %s/%s --accept-data", path, folder, name), 0, "%s",
                 output);
    expect_in_output("warning: accepted");
    expect_in_output(says);
    expect_in_output("on the test split of");
    cr_assert_eq(longwave(0, "inspect --attention %s --data %s/%s --pictures %s/maps --accept-data",
                          path, folder, name, folder),
                 0, "%s", output);
  }
  cr_assert_eq(longwave(0, "evaluate %s --data %s/set.h5", path, folder), 0, "%s", output);
  finish();
}

/* The data set under the run's own path is made anew: nothing is measured on it. */
Test(other_data, is_not_taken_for_the_run_s_own, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_with_others();
  checkpoint_of("run", 12, path);
  put_in_place("class.h5");
  cr_assert_eq(longwave(0, "evaluate %s", path), 2, "%s", output);
  expect_in_output(CLASS_SAYS);
  cr_assert_eq(longwave(0, "table %s/run", folder), 0, "%s", output);
  expect_in_output("cannot be tested");
  expect_in_output(CLASS_SAYS);
  cr_assert_eq(longwave(0, "report %s/run --out %s/report.html", folder, folder), 0, "%s", output);
  expect_in_output("no samples and no attention of it");
  finish();
}

Test(other_data, another_scale_is_refused, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH], other[TRAIN_PATH];
  start();
  cr_assert_eq(longwave(0,
                        "prepare pathfinder --out %s/set.h5 --size 16 --train 40 --validation 12 "
                        "--test 12 --force",
                        folder),
               0, "%s", output);
  train_well(1, "run", "");
  checkpoint_of("run", 12, path);
  h5_change_real(copy_set("scale.h5", other), "scale", 1.0);
  h5_change_real(copy_set("shift.h5", other), "shift", -0.5);
  cr_assert_eq(longwave(2, "evaluate %s --data %s/scale.h5", path, folder), 2, "%s", output);
  expect_in_output(
      "scale 0.00392156863 and shift 0 in the checkpoint's data, and with scale 1 and");
  cr_assert_eq(longwave(2, "evaluate %s --data %s/shift.h5", path, folder), 2, "%s", output);
  expect_in_output("and shift -0.5 in");
  finish();
}

/* ---- going on with mended data ---- */

Test(mended_data, a_class_renamed_is_taken_by_a_flag_and_kept, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_with_others();
  put_in_place("class.h5");
  cr_assert_eq(train(0, "new", "--accept-data"), 2, "%s", output);
  expect_in_output("give --resume, too");
  cr_assert_eq(train(2, "run", "--resume --set train.steps=14"), 2, "%s", output);
  expect_in_output(CLASS_SAYS);
  expect_in_output("the checksum was");
  expect_in_output("--accept-data");
  train_well(2, "run", "--resume --set train.steps=14 --accept-data");
  shell("grep -q \"%s\" %s/run/train.log", CLASS_SAYS, folder);
  train_well(1, "run", "--resume --set train.steps=16"); /* it is the run's own now */
  cr_assert_not(strstr(output, "has changed"), "%s", output);
  cr_assert_eq(longwave(0, "evaluate %s", checkpoint_of("run", 16, path)), 0, "%s", output);
  finish();
}

/* Other counts: the order of samples is another, the epoch goes on where it was, the best loss is
   of other samples; all of it the same on any ranks. */
Test(mended_data, other_counts_are_said_and_followed, .timeout = TEST_LIMIT)
{
  static lw_checkpoint_info info;
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  cr_assert_eq(longwave(0,
                        "prepare listops --out %s/set.h5 --train 37 --validation 11 --test 12 "
                        "--min-length 5 --max-length 20 --max-depth 4 --force",
                        folder),
               0, "%s", output);
  cr_assert_eq(train(1, "run", "--resume --set train.steps=14"), 2, "%s", output);
  shell("cp -a %s/run %s/two", folder, folder);
  train_well(1, "run", "--resume --set train.steps=14 --accept-data");
  expect_in_output("the train split had 40 samples and has 37");
  expect_in_output("the validation split had 12 samples and has 11");
  expect_in_output("from here on the order is that of 37 samples");
  expect_in_output("evaluations use other samples from now on (the validation split has changed)");
  expect_in_output("step 14: validation loss");
  expect_in_output("best so far");
  train_well(2, "two", "--resume --set train.steps=14 --accept-data");
  cr_assert_leq(metrics_error("run", "two"), 1e-5);
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("run", 14, path), &info), LW_OK, "%s",
               lw_fail_message());
  /* 12 steps of 6 samples are 1.8 epochs of 40: 0.8 of 37 is sample 29 */
  cr_assert_eq(info.progress.cursor, 37 + 29 + 2 * 6, "%lld", (long long)info.progress.cursor);
  cr_assert_eq(info.progress.best_step, 14);
  cr_assert_eq(info.mark.samples[LW_SPLIT_TRAIN], 37);
  finish();
}

/* ---- earlier checkpoints ---- */

/* What version 2 of the format says of itself. */
static uint32_t head_of_version_2(const lw_checkpoint_info *info)
{
  const lw_progress *p = &info->progress;
  const int64_t whole[] = {
      p->step, p->cursor, p->tokens, p->best_step, p->evaluations_worse, p->plateau_worse};
  const double real[] = {info->epoch, p->seconds, p->best.value[0], p->best.value[1],
                         p->plateau_scale};
  const void *const numbers[] = {&whole[0],
                                 &real[0],
                                 &whole[1],
                                 &whole[2],
                                 &real[1],
                                 &real[2],
                                 &real[3],
                                 &whole[3],
                                 &whole[4],
                                 &real[4],
                                 &whole[5],
                                 &info->data.vocabulary,
                                 &info->data.outputs,
                                 &info->data.most_positions};
  uint32_t sum = lw_crc32(0, info->job, (int64_t)strlen(info->job) + 1);
  sum = lw_crc32(sum, info->task, (int64_t)strlen(info->task) + 1);
  sum = lw_crc32(sum, "tokens", 7);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sum = lw_crc32(sum, numbers[i], 8);
  sum = lw_crc32(sum, &info->data_checksum, 4);
  return lw_crc32(sum, &info->checksum, 4);
}

static void make_version_2(const char *path)
{
  static const char *const later[] = {
      "scale",        "shift",         "train_samples",          "validation_samples",
      "test_samples", "train_content", "validation_content",     "test_content",
      "class_names",  "token_names",   "best_balanced_accuracy", "best_macro_f1",
      "best_auroc"};
  static lw_checkpoint_info info;
  cr_assert_eq(lw_checkpoint_read_info(path, &info), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(info.format, 4);
  h5_change_integer(path, "version", 2);
  h5_change_integer(path, "head", head_of_version_2(&info));
  hid_t file = h5_change_open(path);
  for (size_t i = 0; i < sizeof later / sizeof *later; i++)
    cr_assert(H5Adelete(file, later[i]) >= 0, "%s", later[i]);
  cr_assert(H5Ldelete(file, "/data", H5P_DEFAULT) >= 0);
  H5Fclose(file);
  cr_assert_eq(lw_checkpoint_read_info(path, &info), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(info.format, 2);
}

Test(earlier_checkpoint, is_read_and_refuses_nothing_unknown, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_with_others();
  shell("cp -a %s/run %s/whole", folder, folder);
  make_version_2(checkpoint_of("run", 12, path));
  cr_assert_eq(longwave(0, "inspect --verify %s", path), 0, "%s", output);
  cr_assert_eq(longwave(0, "evaluate %s --data %s/class.h5", path, folder), 0, "%s", output);
  expect_in_output("has an earlier format, without names and scale");
  cr_assert_eq(longwave(0, "evaluate %s", path), 0, "%s", output);
  cr_assert(!strstr(output, "warning"), "%s", output);
  train_well(1, "whole", "--resume --set train.steps=14");
  train_well(1, "run", "--resume --set train.steps=14");
  expect_same_metrics("whole", "run");
  make_version_2(checkpoint_of("run", 14, path));
  put_in_place("class.h5");
  cr_assert_eq(train(1, "run", "--resume --set train.steps=16"), 2, "%s", output);
  expect_in_output("the checksum was");
  expect_in_output("has an earlier format and cannot say more");
  train_well(1, "run", "--resume --set train.steps=16 --accept-data");
  finish();
}

/* ---- files that lie ---- */

Test(damaged_names, are_found_and_named, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  const int64_t none = 0;
  start();
  train_well(1, "run", "");
  checkpoint_of("run", 12, path);
  shell("cp %s %s.good", path, path);
  h5_change_text(path, "/data/class_names", 3, "x"); /* its own checksum follows, the head's not */
  cr_assert_eq(longwave(2, "inspect --verify %s", path), 5, "%s", output);
  expect_in_output("/data/class_names");
  shell("cp %s.good %s", path, path);
  hid_t file = h5_change_open(path);
  cr_assert(H5Ldelete(file, "/data/token_names", H5P_DEFAULT) >= 0);
  H5Fclose(file);
  cr_assert_eq(longwave(2, "evaluate %s", path), 5, "%s", output);
  expect_in_output("/data/token_names");
  shell("cp %s.good %s", path, path);
  h5_change_integer(path, "class_names", none);
  cr_assert_eq(longwave(2, "evaluate %s", path), 5, "%s", output);
  expect_in_output("checksum of its attributes");
  finish();
}
