/* Runs meet full disks, a second run, dead and silent ranks: what is promised then holds. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/checkpoint.h"
#include "train_case.h"
#include <stdlib.h>
#include <unistd.h>

#define TEST_LIMIT 180.0

/* For scripts. $P: the program, $D: the folder of the test, $ENDLESS: see train_case.h.
   try COMMAND: until it succeeds, at most 20 s; endless RANKS [SETTINGS]: starts $job, a run in
   $D/run that saves every 20 steps, and waits for its first checkpoint; ranks: its processes, that
   of rank 0 first. */
static const char tools[] =
    "try() { for i in $(seq 1000); do \"$@\" && return; sleep 0.02; done\n"
    "  echo \"in vain: $*\"; kill -TERM $job; wait; exit 99; }\n"
    "endless() { count=$1; shift; mpirun -n $count $P train $D/job.yaml --run $D/run $ENDLESS \\\n"
    "    --set checkpoint.every=20 \"$@\" & job=$!\n"
    "  try [ -e $D/run/checkpoints/step-00000020.h5 ]; }\n"
    "ranks() { cat /proc/$job/task/$job/children; }\n";

/* Exit code of a shell script. At the end of the time nothing started by it may stay. */
static int script(const char *text)
{
  char whole[8192];
  setenv("P", run_longwave(), 1);
  setenv("D", folder, 1);
  setenv("ENDLESS", ENDLESS, 1);
  snprintf(whole, sizeof whole, "trap 'trap \"\" TERM; kill -TERM $job; wait; exit 124' TERM\n%s%s",
           tools, text);
  return run_program((const char *const[]){"sh", "-c", whole, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

static void expect_file(const char *run, int step, bool there)
{
  char path[TRAIN_PATH];
  cr_assert_eq(access(checkpoint_of(run, step, path), F_OK) == 0, there, "%s", path);
}

/* ---- which checkpoints there are ---- */

Test(saving, goes_by_minutes_too, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "run",
             "--set checkpoint.every=0 --set checkpoint.minutes=1e-6 "
             "--set train.evaluate_every=0");
  for (int step = 2; step <= 12; step++) expect_file("run", step, true);
  train_well(2, "late",
             "--set checkpoint.every=0 --set checkpoint.minutes=60 "
             "--set train.evaluate_every=0");
  cr_assert_eq(times_in_output("saved step"), 1, "%s", output);
  finish();
}

Test(saving, keeps_some_for_ever, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "run",
             "--set checkpoint.every=1 --set checkpoint.keep=2 "
             "--set checkpoint.keep_every=4 --set train.evaluate_every=0");
  for (int step = 1; step <= 12; step++) expect_file("run", step, step % 4 == 0 || step >= 11);
  finish();
}

Test(saving, says_the_checksum_that_the_file_has, .timeout = TEST_LIMIT)
{
  static lw_checkpoint_info info;
  char path[TRAIN_PATH], line[64];
  start();
  train_well(2, "run", "");
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("run", 12, path), &info), LW_OK);
  snprintf(line, sizeof line, "checksum %08x", info.checksum);
  expect_in_output(line);
  cr_assert_eq(longwave(0, "inspect --verify %s", path), 0, "%s", output);
  snprintf(line, sizeof line, "all checksums agree; the state's is %08x", info.checksum);
  expect_in_output(line);
  cr_assert_eq(longwave(2, "inspect --verify %s/set.h5", folder), 0, "%s", output);
  expect_in_output("all checksums agree; the set's is");
  shell("printf x | dd of=%s bs=1 seek=$(($(stat -c %%s %s) / 2)) conv=notrunc", path, path);
  cr_assert_eq(longwave(0, "inspect --verify %s", path), 5, "%s", output);
  expect_in_output(path);
  finish();
}

/* ---- full disks ---- */

/* Run the script with a file system of 12 MiB at $D/small; where none can be made, leave the test
   out. It is gone with the script. */
static int script_on_small_disk(const char *text)
{
  char whole[4096];
  const char *const probe[] = {"unshare", "-Um", "--map-root-user", "mount", "-t", "tmpfs", "none",
                               "/mnt",    NULL};
  if (run_program(probe, 0, TRAIN_LIMIT, output, sizeof output) != 0)
    cr_skip_test("no file system can be mounted here: %s", output);
  snprintf(whole, sizeof whole,
           "mkdir $D/small; mount -t tmpfs -o size=12m none $D/small || exit 98\n%s%s", tools,
           text);
  setenv("INNER", whole, 1);
  return script(
      "unshare -Um --map-root-user --kill-child=TERM sh -c \"$INNER\" & job=$!\nwait $job");
}

/* Neither a checkpoint nor a line of metrics.csv can be written for a while. What is said of it is
   looked for where there is room: train.log is on the full disk as well. */
Test(disk, full_for_a_while_costs_nothing, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  start();
  int code = script_on_small_disk(
      "mpirun -n 2 $P train $D/job.yaml --run $D/small/run $ENDLESS --set checkpoint.every=20"
      " --set checkpoint.keep=1 2>$D/said & job=$!\n"
      "log=$D/said; try grep -q 'saved step' $log; cat /dev/zero >$D/small/filler\n"
      "try grep -q 'MiB are free.*training goes on' $log; try grep -q 'kept in memory' $log; rm "
      "$D/small/filler\n"
      "before=$(grep -c 'saved step' $log)\n"
      "more() { [ $(grep -c 'saved step' $log) -gt $before ]; }; try more\n"
      "kill -USR1 $job; wait $job; code=$?; cp -r $D/small/run $D/run; tail -n 20 $log; exit "
      "$code");
  cr_assert_eq(code, 130, "%d: %s", code, output);
  int count = read_metrics("run", rows);
  for (int i = 0; i < count; i++) cr_assert_eq(rows[i].step, i + 1, "line %d is lost", i + 2);
  cr_assert(count == ROWS_MAX || newest_step("run") == rows[count - 1].step);
  finish();
}

/* What has not been saved at the end is a failure, with the sentence of the disk. */
Test(disk, full_at_the_end_fails_the_run, .timeout = TEST_LIMIT)
{
  start();
  int code = script_on_small_disk(
      "mpirun -n 2 $P train $D/job.yaml --run $D/small/run $ENDLESS --set checkpoint.every=20"
      " 2>$D/said & job=$!\n"
      "try grep -q 'saved step' $D/said; cat /dev/zero >$D/small/filler\n"
      "try grep -q 'MiB are free.*training goes on' $D/said\n"
      "kill -USR1 $job; wait $job; code=$?; tail -n 20 $D/said; exit $code");
  cr_assert_eq(code, 4, "%d: %s", code, output);
  expect_in_output("error: cannot write");
  finish();
}

/* Nothing is trained that could not be saved. */
Test(disk, full_at_the_start_is_told_before_the_first_step, .timeout = TEST_LIMIT)
{
  start();
  int code = script_on_small_disk("dd if=/dev/zero of=$D/small/filler bs=1M count=10\n"
                                  "mpirun -n 2 $P train $D/job.yaml --run $D/small/run");
  cr_assert_eq(code, 4, "%d: %s", code, output);
  expect_in_output("error: cannot write");
  expect_in_output("MiB are needed in '");
  cr_assert_eq(times_in_output("step 1/"), 0, "%s", output);
  finish();
}

/* Hours of drawing are not begun for a disk that cannot take them. */
Test(disk, too_small_for_a_data_set_is_told_before_it_is_drawn, .timeout = TEST_LIMIT)
{
  start();
  int code = script_on_small_disk("$P prepare pathfinder --size 256 --train 1000000 "
                                  "--out $D/small/set.h5; code=$?; ls -A $D/small; exit $code");
  cr_assert_eq(code, 4, "%d: %s", code, output);
  expect_in_output("MiB are needed in '");
  cr_assert_eq(times_in_output("set.h5"), 1, "%s", output);
  finish();
}

/* ---- two runs at once ---- */

Test(lock, a_second_run_is_refused_and_a_killed_one_hinders_nobody, .timeout = TEST_LIMIT)
{
  start();
  int code = script("endless 2\n"
                    "$P train $D/job.yaml --run $D/run --resume $ENDLESS; code=$?\n"
                    "kill -KILL $(ranks) $job; wait; exit $code");
  cr_assert_eq(code, 2, "%d: %s", code, output);
  expect_in_output("another run writes in");
  expect_in_output(": process ");
  char more[256];
  snprintf(more, sizeof more, "--resume %s --set train.steps=%lld", ENDLESS,
           (long long)newest_step("run") + 1);
  train_well(2, "run", more);
  finish();
}

/* ---- silent and dead ranks ---- */

/* STOP in the middle of a step, whatever the rank does. */
static int stop_rank(int rank)
{
  char text[256];
  snprintf(text, sizeof text,
           "endless 3 --set train.stall_minutes=0.1\n"
           "set -- $(ranks); shift %d; kill -STOP $1; wait $job",
           rank);
  return script(text);
}

/* A rank that is stopped before its first sign has none to date. */
static void check_stall(int rank, const char *silent, const char *waiting)
{
  start();
  int code = stop_rank(rank);
  cr_assert_eq(code, 7, "%d: %s", code, output);
  expect_in_output("no progress for");
  expect_in_output(silent);
  expect_in_output(waiting);
  expect_in_output(", wait");
  finish();
}

Test(stall, names_the_rank_that_gives_no_sign, .timeout = TEST_LIMIT)
{
  check_stall(1, "\n  rank 1: no sign of life", "\n  rank 2: step ");
}

Test(stall, of_the_root_is_told_by_the_next_rank, .timeout = TEST_LIMIT)
{
  /* One line for both, or one each: rank 1 may be a step ahead. */
  check_stall(0, "\n  rank 0: no sign of life", " 2: step ");
}

Test(death, of_one_rank_ends_the_job, .timeout = TEST_LIMIT)
{
  start();
  int code = script("endless 3; set -- $(ranks); kill -KILL $2; wait $job");
  cr_assert_eq(code, 137, "%d: %s", code, output);
  finish();
}

/* ---- one rank alone fails ---- */

/* Each rank compares a part of the data set: the damage is in that of one. */
Test(alone, a_rank_that_finds_damage_ends_all, .timeout = TEST_LIMIT)
{
  start();
  shell("cd %s; tr '\\000' '\\001' <set.h5 | tail -c 300 >end;"
        "dd if=end of=set.h5 bs=1 conv=notrunc seek=$(($(stat -c %%s set.h5) - 300))",
        folder);
  int code = train(3, "run", "");
  cr_assert_eq(code, 5, "%d: %s", code, output);
  cr_assert_eq(times_in_output("error: "), 1, "%s", output);
  expect_in_output("set.h5");
  finish();
}

/* The file shrinks under the feet of a training. */
Test(alone, a_rank_that_cannot_read_ends_all, .timeout = TEST_LIMIT)
{
  start();
  int code = script("endless 3; truncate -s 4000 $D/set.h5; wait $job");
  cr_assert(code == 4 || code == 5, "%d: %s", code, output);
  cr_assert_eq(times_in_output("error: "), 1, "%s", output);
  expect_in_output("set.h5");
  finish();
}

Test(alone, a_rank_without_memory_ends_all, .timeout = TEST_LIMIT)
{
  start();
  int code = script("mpirun -n 3 sh -c '[ $OMPI_COMM_WORLD_RANK != 1 ] || ulimit -v 1200000;"
                    " exec $P train $D/job.yaml --run $D/run --set model.width=2048"
                    " --set model.layers=4'");
  cr_assert_eq(code, 3, "%d: %s", code, output);
  cr_assert_eq(times_in_output("error: "), 1, "%s", output);
  finish();
}

/* ---- other ranks ---- */

/* A checkpoint has the same content on any ranks (mpi/test_checkpoint.c): of all pairs (p, q), those
   of an odd sum, with fewer and with more ranks, and one rank after one. */
Test(ranks, saved_on_any_resumed_on_any, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "one", "");
  for (int p = 1; p <= 4; p++) {
    train_well(p, "part",
               "--set train.evaluate_every=4 --set train.steps=6 "
               "--set optimizer.schedule=constant");
    for (int q = 1; q <= 4; q++) {
      if ((p + q) % 2 == 0 && p + q > 2) continue;
      shell("rm -rf %s/whole; cp -a %s/part %s/whole", folder, folder, folder);
      train_well(q, "whole", "--resume --set optimizer.schedule=constant");
      if (p == 1 && q == 1) shell("rm -rf %s/one; cp -a %s/whole %s/one", folder, folder, folder);
      double error = metrics_error("one", "whole");
      cr_assert_leq(error, 1e-5, "saved on %d, resumed on %d: losses differ by %g", p, q, error);
    }
    shell("rm -rf %s/part", folder);
  }
  finish();
}
