/* What a terminal that is closed, a reader that is gone, a limit of the system do to a run: what was
   learnt is saved, and what a command has done is done. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <unistd.h>

#define TEST_LIMIT 180.0
#define QUICK ENDLESS " --set checkpoint.every=0"

/* Exit code of a shell's lines; $1: the program, $2: the folder, $3: the project. `runs NAME` waits
   until the run has done some steps. */
static int lines(const char *text)
{
  static char script[8192];
  snprintf(script, sizeof script,
           "rows() { wc -l 2>/dev/null <\"%s/$1/metrics.csv\" || echo 0; }\n"
           "runs() { until [ \"$(rows \"$1\")\" -gt \"${2:-3}\" ]; do sleep 0.05; done; }\n"
           "job=\"%s/job.yaml --run %s\"\n%s",
           folder, folder, folder, text);
  const char *root = getenv("LONGWAVE_ROOT");
  return run_program((const char *const[]){"sh", "-c", script, "sh", run_longwave(), folder,
                                           root ? root : ".", NULL},
                     0, TRAIN_LIMIT, output, sizeof output);
}

Test(signals, every_wish_to_leave_saves, .timeout = TEST_LIMIT)
{
  static const char *const names[] = {"HUP", "QUIT", "USR2", "XCPU", "ALRM", "PWR"};
  char text[2048];
  start();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(text, sizeof text,
             "env --default-signal=QUIT \"$1\" train $job/%s %s & p=$!\n"
             "runs %s; kill -%s $p; wait $p",
             names[i], QUICK, names[i], names[i]);
    const int code = lines(text);
    cr_assert_eq(code, 130, "%s: %d, %s", names[i], code, output);
    cr_assert_gt(newest_step(names[i]), 0, "%s", names[i]);
  }
  finish();
}

Test(signals, below_mpirun_as_well, .timeout = TEST_LIMIT)
{
  start();
  const int code = lines("mpirun -n 2 \"$1\" train $job/run " QUICK " & p=$!\n"
                         "runs run; kill -USR2 $p; wait $p");
  cr_assert_eq(code, 130, "%d, %s", code, output);
  cr_assert_gt(newest_step("run"), 0);
  finish();
}

/* Else one rank would be gone, and the other would wait for it. */
Test(signals, while_mpi_starts_they_wait, .timeout = TEST_LIMIT)
{
  start();
  const int code =
      lines("mpirun -n 2 sh -c 'echo $$ >\"$0/pid.$OMPI_COMM_WORLD_RANK\"\n"
            "until [ $OMPI_COMM_WORLD_RANK = 0 ] || [ -e \"$0/go\" ]; do sleep 0.05; done\n"
            "exec \"$@\"' \"$2\" \"$1\" train $job/run " QUICK " & p=$!\n"
            "holds() { grep -q '^SigBlk:.*[2367abef]..$' \"/proc/$(cat \"$2/pid.0\")/status\"; }\n"
            "until [ -s \"$2/pid.0\" ] && holds \"$@\"; do sleep 0.05; done 2>/dev/null\n"
            "kill -USR1 $(cat \"$2/pid.0\"); touch \"$2/go\"; wait $p");
  cr_assert_eq(code, 130, "%d, %s", code, output);
  cr_assert(strstr(output, "as asked, everything is saved"), "%s", output);
  finish();
}

Test(signals, under_nohup_a_closed_terminal_is_nothing, .timeout = TEST_LIMIT)
{
  start();
  const int code = lines("(trap '' HUP; exec \"$1\" train $job/run " QUICK ") & p=$!\n"
                         "runs run; kill -HUP $p; runs run $(($(rows run) + 20))\n"
                         "kill -TERM $p; wait $p");
  cr_assert_eq(code, 130, "%d, %s", code, output);
  finish();
}

Test(signals, training_outlives_the_reader_of_its_lines, .timeout = TEST_LIMIT)
{
  start();
  int code = lines("{ \"$1\" train $job/run --set train.log_every=1 2>&1; echo $? >\"$2/code\"; } |"
                   " true; exit $(cat \"$2/code\")");
  cr_assert_eq(code, 0, "%d, %s", code, output);
  cr_assert_eq(newest_step("run"), 12);
  code = lines("{ LONGWAVE=$1 sh \"$3/jobs/launch.sh\" 2 train $job/two --set train.log_every=1 "
               "2>&1; echo $? >\"$2/code\"; } | true; exit $(cat \"$2/code\")");
  cr_assert_eq(code, 0, "%d, %s", code, output);
  cr_assert_eq(newest_step("two"), 12);
  finish();
}

Test(signals, launch_passes_a_closed_terminal_on_and_loses_no_line, .timeout = TEST_LIMIT)
{
  start();
  const int code = lines("LONGWAVE=$1 sh \"$3/jobs/launch.sh\" 2 train $job/run " QUICK
                         " & p=$!\nruns run; kill -HUP $p; wait $p");
  cr_assert_eq(code, 130, "%d, %s", code, output);
  cr_assert(strstr(output, "as asked, everything is saved"), "%s", output);
  cr_assert_gt(newest_step("run"), 0);
  finish();
}

/* The log is at the limit from the first line on; a checkpoint has 64 KiB more. */
Test(signals, a_limit_of_file_size_fails_a_write_and_not_the_run, .timeout = TEST_LIMIT)
{
  start();
  const int code = lines("mkdir \"$2/run\"; head -c 524288 /dev/zero >\"$2/run/train.log\"\n"
                         "ulimit -f 1024; exec \"$1\" train $job/run");
  cr_assert_eq(code, 0, "%d, %s", code, output);
  cr_assert_eq(newest_step("run"), 12);
  finish();
}

/* Else the first files to be opened would get the lines that are meant for people. */
Test(signals, closed_streams_get_into_no_file, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  const int code = lines("exec \"$1\" train $job/run >&- 2>&- <&-");
  cr_assert_eq(code, 0, "%d, %s", code, output);
  cr_assert_eq(longwave(0, "inspect --verify %s", checkpoint_of("run", 12, path)), 0, "%s", output);
  shell("! grep -rl 'longwave [0-9]' --include='*.csv' %s/run", folder);
  finish();
}

Test(signals, a_reader_that_is_gone_is_no_failure_and_a_full_disk_is, .timeout = TEST_LIMIT)
{
  static const char *const commands[] = {"inspect \"$2/set.h5\"", "doctor \"$2/set.h5\"",
                                         "train --help"};
  char text[1024];
  start();
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    snprintf(text, sizeof text,
             "{ \"$1\" %s 2>\"$2/err\"; echo $? >\"$2/code\"; } | true\n"
             "grep -a error \"$2/err\"; exit $(cat \"$2/code\")",
             commands[i]);
    cr_assert_eq(lines(text), 0, "%s: %s", commands[i], output);
    cr_assert_str_empty(output, "%s: %s", commands[i], output);
    snprintf(text, sizeof text, "\"$1\" %s >/dev/full", commands[i]);
    cr_assert_eq(lines(text), 4, "%s: %s", commands[i], output);
    cr_assert(strstr(output, "cannot write all of the standard output"), "%s", output);
  }
  finish();
}
