/* What submit checks before it sends, what it knows of sbatch, what it leaves behind, and a study as
   an array. tests/system/test_queue.c has the rest. */
#define _POSIX_C_SOURCE 200809L
#include "slurm_case.h"

#define TEST_LIMIT 180.0

static void fails(int code, const char *says, const char *flags)
{
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/new %s", folder, folder, flags), code,
               "%s: %s", flags, output);
  cr_assert(strstr(output, says), "%s: no '%s' in %s", flags, says, output);
  cr_assert_not(exists("new"), "%s", flags);
}

Test(submit, checks_data_and_memory_before_it_sends, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  write_text("nodes", "64000+ main*\n30 low\n");
  fails(4, "--set data.path: there is no file 'none.h5'", "--set data.path=none.h5");
  fails(5, "is an empty file", "--set data.path=/proc/self/status");
  fails(2, "3 ranks on the sequence axis do not divide the 2 ranks",
        "--set parallel.sequence=3");
  fails(3, "but has 5.0 MiB (its part of --mem=10M)", "--mem=10M");
  fails(3, "but has 8.0 MiB (its part of --mem-per-cpu=4M)", "--mem-per-cpu 4M -c 2");
  fails(3, "but has 1.0 MiB (parallel.memory)", "--set parallel.memory=1");
  cr_assert_str_eq(calls(), "");
  write_text("nodes", "30 low\n");
  fails(3, "but has 15.0 MiB (its part of a node's memory", "-p low");
  /* Where sinfo does not know, nothing is refused. */
  write_text("nodes", "1 main*\n");
  write_text("refuse", "");
  fails(2, "sbatch failed (code 1)", "");
  finish();
}

Test(submit, knows_the_options_of_sbatch_in_all_forms, .timeout = TEST_LIMIT)
{
  static const char *const same[] = {
      "-p long -t 1:00:00 -N 2 -n 5 -c 3 -A us -q debug -J mine -w n1 -x n2 -C avx --mem 8G "
      "--gres gpu:1 -H",
      "-plong -t1:00:00 -N2 -n5 -c3 -Aus -qdebug -Jmine -wn1 -xn2 -Cavx --mem=8G --gres=gpu:1 -H",
      "--partition=long --time=1:00:00 --nodes=2 --ntasks=5 --cpus-per-task=3 --account us "
      "--qos=debug --job-name=mine --nodelist n1 --exclude=n2 --constraint=avx -- --mem=8G "
      "--gres=gpu:1 --hold"};
  char want[4 * TRAIN_PATH];
  start_with_stand_ins();
  snprintf(want, sizeof want,
           "sbatch\n--parsable\n--job-name=mine\n--nodes=2\n--ntasks=5\n--ntasks-per-node=3\n"
           "--cpus-per-task=3\n--exclusive\n--time=1:00:00\n--partition=long\n--account=us\n"
           "--signal=B:USR1@180\n--requeue\n--open-mode=append\n--output=%s/r/slurm-%%j.out\n"
           "--qos=debug\n--nodelist=n1\n--exclude=n2\n--constraint=avx\n--mem=8G\n--gres=gpu:1\n"
           "--hold\n--\n%s/r/submit.sbatch\n",
           folder, folder);
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    write_text("calls", "");
    write_text("queue", "");
    cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/r %s", folder, folder, same[i]), 0, "%s",
                 output);
    /* squeue is asked whether the one before is still there */
    const char *told = strstr(calls(), "sbatch\n--parsable");
    cr_assert(told, "%s", calls());
    cr_assert_str_eq(told, want);
  }
  fails(2, "'-n' needs a value", "-n");
  fails(2, "9 ranks do not fit 2 nodes of 4 ranks", "-n 9 -N 2 --ranks-per-node 4");
  finish();
}

Test(submit, leaves_nothing_behind_when_sbatch_refuses, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  write_text("refuse", "");
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/a/b/c", folder, folder), 2, "%s", output);
  cr_assert_not(exists("a"));
  /* What stood there before stays as it was. */
  shell("mkdir -p %s/a/b && echo mine >%s/a/b/submit.sbatch && touch -d @1 %s/a/b/submit.sbatch",
        folder, folder, folder);
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/a/b", folder, folder), 2, "%s", output);
  shell("cd %s/a/b && [ \"$(ls -A)\" = submit.sbatch ] && [ \"$(cat submit.sbatch)\" = mine ] && "
        "[ $(stat -c %%Y submit.sbatch) = 1 ]",
        folder);
  shell("rm %s/refuse", folder);
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/a/b", folder, folder), 0, "%s", output);
  cr_assert(!exists("a/b/.submit.sbatch.before") && exists("a/b/checkpoints"));
  /* Its number is known from here on, to cancel before it starts, and lest it is sent twice. */
  write_text("queue", "31\n");
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/a/b", folder, folder), 2, "%s", output);
  expect_in_output("job 31 for ");
  expect_in_output(" is still in the queue");
  write_text("queue", "PENDING\n");
  cr_assert_eq(longwave(0, "cancel %s/a/b", folder), 0, "%s", output);
  expect_in_output("job 31: taken out of the queue");
  finish();
}

Test(submit, shows_what_matters_and_runs_a_setup_file, .timeout = TEST_LIMIT)
{
  static const char *const begins = "\nmodule load mpi\n# the rest\ncd '";
  start_with_stand_ins();
  write_text("setup.sh", "module load mpi\n# the rest\n");
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/new --dry-run --setup %s/setup.sh", folder,
                        folder, folder),
               0, "%s", output);
  expect_in_output(begins);
  expect_in_output("\n#SBATCH --time=01:00:00\n");
  expect_in_output(" lines that start the ranks, save in time and come back: --show prints them\n");
  cr_assert(!strstr(output, "trap "), "%s", output);
  int lines = 0;
  for (const char *c = output; *c; c++) lines += *c == '\n';
  cr_assert_leq(lines, 25, "%d lines: %s", lines, output);
  shell("LONGWAVE_SETUP=%s/setup.sh %s submit %s/job.yaml --run %s/new --dry-run --show "
        ">%s/script && bash -n %s/script",
        folder, run_longwave(), folder, folder, folder, folder);
  shell("cat %s/script", folder);
  expect_in_output(begins);
  expect_in_output("trap pass_on USR1");
  fails(4, "none.sh' (--setup): No such file", "--setup none.sh");
  finish();
}

Test(submit, sends_the_runs_of_a_study_that_are_left, .timeout = TEST_LIMIT)
{
  char study[2 * TRAIN_PATH];
  start_with_stand_ins();
  snprintf(study, sizeof study,
           "job: %s/job.yaml\nruns: %s/study\nlaunch: mpirun -n 9\nseeds: [1, 2, 3, 4, 5]\n",
           folder, folder);
  write_text("study.yaml", study);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --only 2 --launch env", folder), 0, "%s", output);
  cr_assert_eq(longwave(0, "submit %s/study.yaml -N 1 --at-most 2", folder), 0, "%s", output);
  expect_in_output("study.yaml: 5 runs, 4 to be done\n");
  expect_in_output("\n#SBATCH --job-name=study\n");
  expect_in_output("\n#SBATCH --array=1,3-5%2\n");
  expect_in_output("/study/slurm-%A_%a.out\n");
  expect_in_output("\nlongwave_study=yes\nset -- '");
  cr_assert(!strstr(output, "--run"), "%s", output);
  cr_assert(exists("study/submit.sbatch") && !exists("study/seed-1"));
  /* Tasks that wait stand together in the queue. */
  write_text("queue", "31_[3-5%2]\n");
  cr_assert_eq(longwave(0, "submit %s/study.yaml", folder), 2, "%s", output);
  expect_in_output("job 31 for ");
  write_text("queue", "");
  cr_assert_eq(longwave(0, "submit %s/study.yaml --seeds 1-2", folder), 2, "%s", output);
  expect_in_output("is a study, which has its own runs, seeds and settings");
  /* One of the runs names data that are not there. */
  snprintf(study + strlen(study), 64, "grid: {data.path: [none.h5]}\n");
  write_text("study.yaml", study);
  cr_assert_eq(longwave(0, "submit %s/study.yaml", folder), 4, "%s", output);
  expect_in_output("study.yaml:5:20: data.path: there is no file 'none.h5'");
  finish();
}

Test(status, finds_a_task_among_those_that_wait, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *queue, *end;
  } cases[] = {{"31_7", "running"}, {"31_[4-9%2]", "running"}, {"31_[1,7]", "running"},
               {"31_[1-6]", "lost"}, {"31_77", "lost"},        {"311_7", "lost"}};
  char text[TRAIN_PATH];
  start_with_stand_ins();
  train_well(0, "run", "");
  write_text("run/lives.csv", "life,job,ranks,first_step,last_step,end,began,ended,where\n"
                              "1,31_7,2,0,5,running,a,-,n1\n");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(text, sizeof text, "  JOBID\n   %s  RUNNING\n", cases[i].queue);
    write_text("queue", text);
    cr_assert_eq(longwave(0, "status --runs %s", folder), 0, "%s", output);
    cr_assert(strstr(output, cases[i].end), "%s: %s", cases[i].queue, output);
  }
  finish();
}
