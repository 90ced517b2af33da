/* Making and examining data sets by the program: the same bytes on any number of ranks, nothing left
 * behind by a failure, and what the doctor finds. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 120.0

static bool exists(const char *name)
{
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

Test(data, pathfinder_is_the_same_on_any_number_of_ranks, .timeout = TEST_LIMIT)
{
  start();
  char checksum[32] = "";
  for (int ranks = 0; ranks <= 3; ranks++) {
    cr_assert_eq(longwave(ranks,
                          "prepare pathfinder --force --out %s/set.h5 --train 20 --validation 5 --test 2",
                          folder),
                 0, "%s", output);
    const char *found = strstr(output, "checksum ");
    cr_assert(found, "%s", output);
    if (!ranks) snprintf(checksum, sizeof checksum, "%.17s", found);
    cr_expect(!strncmp(found, checksum, 17), "%d ranks: %.17s, not %s", ranks, found, checksum);
    cr_assert_eq(longwave(2, "inspect %s/set.h5 --verify", folder), 0, "%s", output);
  }
  finish();
}

Test(data, a_failure_leaves_no_data_set, .timeout = TEST_LIMIT)
{
  start();
  write_text("train.tsv", "0\tgood\n1\tbad\n7\tugly\n");
  cr_assert_eq(longwave(2, "prepare text --out %s/new.h5 --train %s/train.tsv", folder, folder), 2,
               "%s", output);
  cr_expect_eq(times_in_output("train.tsv' line 3: label '7'"), 1, "%s", output);
  cr_expect(!exists("new.h5"));
  shell("! ls -A %s | grep new.h5", folder);
  finish();
}

/* Before the work: pictures of a day must not end in a sentence about a folder. */
Test(data, a_place_that_cannot_be_written_to_is_met_first, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *place, *says;
  } bad[] = {{"none/set.h5", "none': No such file or directory"},
             {"", "it is a folder; give a file in it"},
             {"train.tsv/set.h5", "train.tsv' is not a folder"}};
  start();
  write_text("train.tsv", "0\tgood\n");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cr_assert_eq(longwave(2, "prepare pathfinder --size 256 --train 100000000 --out %s/%s", folder,
                          bad[i].place),
                 4, "%s", output);
    cr_expect_eq(times_in_output(bad[i].says), 1, "%s", output);
  }
  finish();
}

/* What makes a process alone start faster must not be heard of. */
Test(data, alone_or_as_one_rank_all_that_is_said_is_the_same, .timeout = TEST_LIMIT)
{
  static const char *const commands[] = {"prepare random --force --out %s/other.h5", "inspect %s/set.h5",
                                         "doctor %s/set.h5"};
  static char alone[sizeof output];
  start();
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    for (int ranks = 0; ranks < 2; ranks++) {
      char line[2 * TRAIN_PATH];
      snprintf(line, sizeof line, commands[i], folder);
      cr_assert_eq(longwave(ranks, "%s", line), 0, "%s", output);
      char *clock = strstr(output, "made in");
      if (clock) *clock = '\0';
      if (!ranks) memcpy(alone, output, sizeof output);
    }
    cr_expect_str_eq(alone, output);
  }
  finish();
}

/* One rank dies in the middle: the others end, and nothing new stands there. */
Test(data, a_rank_that_dies_leaves_the_old_data_set, .timeout = TEST_LIMIT)
{
  char line[8 * TRAIN_PATH];
  start();
  cr_assert_eq(longwave(0, "prepare random --out %s/new.h5", folder), 0, "%s", output);
  snprintf(line, sizeof line,
           "test $OMPI_COMM_WORLD_RANK = 1 && (sleep 2; kill -9 $$) & "
           "exec %s prepare pathfinder --force --size 128 --train 20000 --out %s/new.h5",
           run_longwave(), folder);
  const int code = run_program((const char *const[]){"sh", "-c", line, NULL}, 3, TRAIN_LIMIT,
                               output, sizeof output);
  cr_assert(code != 0 && code != RUN_TIMED_OUT, "%d: %s", code, output);
  cr_expect_eq(times_in_output("signal 9"), 1, "%s", output);
  cr_assert_eq(longwave(0, "inspect %s/new.h5", folder), 0, "%s", output);
  cr_expect_eq(times_in_output("task random"), 1, "%s", output);
  finish();
}

Test(data, the_doctor_finds_what_was_put_in, .timeout = TEST_LIMIT)
{
  start();
  write_text("train.tsv", "0\taaaa\n0\taaab\n1\tbbbb\n1\tbbba\n1\tbbbb\n");
  write_text("test.tsv", "0\tbbbb\n1\tbbbbb\n0\taaaaa\n");
  cr_assert_eq(
      longwave(
          0, "prepare text --force --out %s/set.h5 --train %s/train.tsv --test %s/test.tsv "
             "--validation 0",
          folder, folder, folder),
      0, "%s", output);
  cr_assert_eq(longwave(2, "doctor %s/set.h5", folder), 0, "%s", output);
  cr_expect_eq(times_in_output("1 of 5 train samples are also in their own split"), 1, "%s", output);
  cr_expect_eq(times_in_output("1 of 3 test samples are also in train"), 1, "%s", output);
  cr_expect_eq(times_in_output("1 of these equal samples have another label"), 1, "%s", output);
  cr_expect_eq(times_in_output("3 of 5 train samples are one token repeated"), 1, "%s", output);
  cr_expect_eq(times_in_output(" 33.33 % +- 54.43  always the commonest"), 1, "%s", output);
  cr_expect_eq(times_in_output(" 66.67 % +- 54.43  how often each token"), 1, "%s", output);
  cr_expect_eq(times_in_output(" 33.33 % +- 54.43  the length alone"), 1, "%s", output);
  cr_expect_eq(times_in_output("6 findings"), 1, "%s", output);

  /* What is longer is of class 1. */
  char lines[40 * 64] = "";
  for (int i = 0; i < 100; i++)
    snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "%d\tab%02d%s\n", i % 2, i,
             i % 2 ? "ababab" : "");
  write_text("train.tsv", lines);
  cr_assert_eq(longwave(0, "prepare text --force --out %s/set.h5 --train %s/train.tsv --validation 40",
                        folder, folder),
               0, "%s", output);
  cr_assert_eq(longwave(0, "doctor %s/set.h5", folder), 0, "%s", output);
  cr_expect_eq(times_in_output("look: the length alone tells the class better"), 1, "%s", output);

  cr_assert_eq(
      longwave(0, "prepare pathfinder --size 16 --train 9 --validation 0 --test 4 --force --out "
                  "%s/set.h5",
               folder),
      0, "%s", output);
  cr_assert_eq(longwave(0, "doctor %s/set.h5 --pictures %s/sheet.png", folder, folder), 0, "%s",
               output);
  cr_expect(exists("sheet.png"));
  finish();
}
