/* submit, status and cancel as far as they go without SLURM (tests/slurm has the rest), with
   stand-ins for its programs that write down what they are told; and lives of runs. */
#define _POSIX_C_SOURCE 200809L
#include "slurm_case.h"

#define TEST_LIMIT 180.0

/* ---- submit ---- */

Test(submit, writes_shows_and_sends, .timeout = TEST_LIMIT)
{
  char want[2 * TRAIN_PATH];
  start_with_stand_ins();
  int code = longwave(0,
                      "submit %s/job.yaml --run %s/run --nodes 3 --ranks-per-node 4 --threads 8 "
                      "--time 2-00:00:00 --partition low --account=us --warning 90 "
                      "--set train.steps=7 -- --qos=debug",
                      folder, folder);
  cr_assert_eq(code, 0, "%s", output);
  static const char *const lines[] = {"#!/bin/bash\n",
                                      "\n#SBATCH --job-name=run\n",
                                      "\n#SBATCH --nodes=3\n",
                                      "\n#SBATCH --ntasks-per-node=4\n",
                                      "\n#SBATCH --cpus-per-task=8\n",
                                      "\n#SBATCH --time=2-00:00:00\n",
                                      "\n#SBATCH --partition=low\n",
                                      "\n#SBATCH --account=us\n",
                                      "\n#SBATCH --signal=B:USR1@90\n",
                                      "\n#SBATCH --qos=debug\n",
                                      "--set 'train.steps=7'\n",
                                      "\njob 31 is in the queue"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    cr_assert_eq(times_in_output(lines[i]), 1, "%s: %s", lines[i], output);
  /* On the command line as well, where they win over the environment. */
  snprintf(want, sizeof want,
           "sbatch\n--parsable\n--job-name=run\n--nodes=3\n--ntasks-per-node=4\n--cpus-per-task=8\n"
           "--exclusive\n--time=2-00:00:00\n--partition=low\n--account=us\n--signal=B:USR1@90\n"
           "--requeue\n--open-mode=append\n--output=%s/run/slurm-%%j.out\n--qos=debug\n"
           "--\n%s/run/submit.sbatch\n",
           folder, folder);
  cr_assert_str_eq(calls(), want);
  snprintf(want, sizeof want, "bash -n %s/run/submit.sbatch", folder);
  cr_assert_eq(shell_code(want), 0, "%s", output);
  finish();
}

static const char *environment_of(const char *program)
{
  static char text[32768];
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s.environment", folder, program);
  FILE *file = fopen(path, "r");
  text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
  if (file) fclose(file);
  return text;
}

/* A user's or an outer job's variables are options in disguise to SLURM's commands, and a job's
   script would believe what it inherits; where SLURM is, and what is the user's own, stays. */
Test(submit, obeys_no_strange_environment, .timeout = TEST_LIMIT)
{
  static const char *const strange[] = {
      "SBATCH_TIMELIMIT",   "SBATCH_ARRAY_INX",   "SLURM_CPUS_PER_TASK",
      "SLURM_ARRAY_JOB_ID", "SLURM_EXPORT_ENV",   "SQUEUE_STATES",
      "SCANCEL_STATE",      "SRUN_CPUS_PER_TASK", "OMPI_MCA_orte_hnp_uri"};
  static const char *const programs[] = {"sbatch", "squeue", "scancel"};
  static const char *const own[] = {"SLURM_CONF", "LONGWAVE_LAUNCH", "OMPI_MCA_btl"};
  char text[16 * TRAIN_PATH];
  size_t used = 0;
  start_with_stand_ins();
  for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s=1 ", strange[i]);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s=1 ", own[i]);
  snprintf(text + used, sizeof text - used,
           "sh -c 'echo RUNNING >\"$2/queue\"; \"$1\" submit $2/job.yaml --run $2/r; "
           "\"$1\" status --runs $2; \"$1\" cancel 5' sh %s %s",
           run_longwave(), folder);
  cr_assert_eq(shell_code(text), 0, "%s", output);
  cr_assert(strstr(output, "SBATCH_TIMELIMIT, SBATCH_ARRAY_INX of the environment are ignored") ||
                strstr(output, "SBATCH_ARRAY_INX, SBATCH_TIMELIMIT of the environment are ignored"),
            "%s", output);
  for (size_t p = 0; p < sizeof programs / sizeof *programs; p++) {
    const char *seen = environment_of(programs[p]);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
      cr_assert_null(strstr(seen, strange[i]), "%s sees %s", programs[p], strange[i]);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
      cr_assert(strstr(seen, own[i]), "%s does not see %s", programs[p], own[i]);
  }
  finish();
}

Test(submit, dry_run_touches_nothing, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  int code =
      longwave(0, "submit %s/job.yaml --run %s/run --seeds 1-4%%2 --dry-run", folder, folder);
  cr_assert_eq(code, 0, "%s", output);
  cr_assert_eq(times_in_output("\n#SBATCH --array=1-4%2\n"), 1, "%s", output);
  cr_assert_eq(times_in_output("/run/slurm-%A_%a.out\n"), 1, "%s", output);
  cr_assert_str_eq(calls(), "");
  cr_assert_not(exists("run"));
  finish();
}

Test(submit, refuses_before_the_queue_does, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *flags, *says;
  } refused[] = {
      {"--set model.heads=3", "(3) must divide"},
      {"--time soon", "--time cannot be 'soon'"},
      {"--time=", "'--time'"},
      {"--seeds 1;2", "--seeds cannot be '1;2'"},
      {"--nodes 0", "'--nodes'"},
      {"--run a\\b", "backslash"},
      {"--name a\nb", "line end"},
      {"-- qos=debug", "'qos=debug' is no option of sbatch"},
      {"-- --a\nb", "line end"},
      {"--nodse 2", "did you mean '--nodes'"},
  };
  start_with_stand_ins();
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    int code = longwave(0, "submit %s/job.yaml --dry-run %s", folder, refused[i].flags);
    cr_assert_eq(code, 2, "%s: %d, %s", refused[i].flags, code, output);
    cr_assert(strstr(output, refused[i].says), "%s: %s", refused[i].flags, output);
  }
  cr_assert_eq(longwave(0, "submit %s/none.yaml", folder), 4, "%s", output);
  cr_assert_eq(longwave(0, "submit"), 2, "%s", output);
  cr_assert_eq(longwave(2, "submit %s/job.yaml", folder), 2, "%s", output);
  cr_assert_eq(times_in_output("start it without mpirun or srun"), 1, "%s", output);
  train_well(0, "run", "");
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/run", folder, folder), 2, "%s", output);
  cr_assert(strstr(output, "already holds a run"), "%s", output);
  cr_assert_str_eq(calls(), "");
  finish();
}

Test(submit, says_where_slurm_is_missing, .timeout = TEST_LIMIT)
{
  char *path = strdup(getenv("PATH"));
  start();
  setenv("PATH", "/nowhere", 1);
  int code = longwave(0, "submit %s/job.yaml --run %s/run", folder, folder);
  cr_assert_eq(code, 2, "%s", output);
  cr_assert(strstr(output, "there is no sbatch here"), "%s", output);
  code = longwave(0, "status --runs %s", folder);
  cr_assert_eq(code, 0, "%s", output);
  cr_assert(strstr(output, "warning: there is no squeue here"), "%s", output);
  setenv("PATH", path, 1);
  free(path);
  finish();
}

/* ---- status and cancel ---- */

static const char lives[] = "life,job,ranks,first_step,last_step,end,began,ended,where\n"
                            "1,30,2,0,5,stopped,a,b,\"n[1-2]\"\n2,31,2,5,5,running,a,-,\"n1\"\n";

Test(status, tells_of_every_run, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  train_well(0, "one", "");
  train_well(0, "two", "");
  write_text("two/lives.csv", lives);
  write_text("queue", "           JOBID      STATE\n              31    RUNNING\n");
  cr_assert_eq(longwave(0, "status --runs %s", folder), 0, "%s", output);
  cr_assert(strstr(output, "31    RUNNING\n"), "%s", output);
  cr_assert(strstr(output, "\n        12 "), "%s", output);
  cr_assert(strstr(output, "    1  finished  -         one\n"), "%s", output);
  cr_assert(strstr(output, "    2  running   31        two\n"), "%s", output);
  /* 310 is another job than 31. */
  write_text("queue", "           JOBID      STATE\n             310    RUNNING\n");
  cr_assert_eq(longwave(0, "status --runs %s", folder), 0, "%s", output);
  cr_assert(strstr(output, "    2  lost      31        two\n"), "%s", output);
  cr_assert_eq(longwave(0, "status --runs %s/none", folder), 2, "%s", output);
  finish();
}

/* Both end by themselves some looks after the run did; only the last page stays as it is. */
Test(status, follows_a_run_as_report_does, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  train_well(0, "one", "");
  shell("cd %s && sed -i 's/,finished,/,running,/' one/lives.csv && "
        "{ %s status --follow --every 1 one >looks & s=$!; "
        "%s report --follow --every 1 --maps 0 --out r.html one >made & r=$!; "
        "tries=0; until [ -s r.html ]; do [ $((tries += 1)) -le 300 ] && sleep 0.1; done; "
        "grep -q '^<meta http-equiv=\"refresh\" content=\"1\">' r.html; refreshes=$?; "
        "sed -i 's/,running,/,finished,/' one/lives.csv; wait $s && wait $r; } && [ $refreshes = 0 ] && "
        "[ $(grep -c ' finished  - .* one$' looks) -ge 3 ] && ! grep refresh r.html && "
        "[ -e one/evaluation-test.csv ] && cat made",
        folder, run_longwave(), run_longwave());
  expect_in_output("\nr.html\n");
  finish();
}

Test(cancel, asks_those_that_run_and_takes_out_those_that_wait, .timeout = TEST_LIMIT)
{
  start_with_stand_ins();
  train_well(0, "run", "");
  cr_assert_eq(longwave(0, "cancel %s/run", folder), 2, "%s", output);
  cr_assert(strstr(output, "no SLURM job found for"), "%s", output);
  write_text("run/lives.csv", lives);
  write_text("queue", "RUNNING\nPENDING\n");
  cr_assert_eq(longwave(0, "cancel %s/run", folder), 0, "%s", output);
  cr_assert_str_eq(calls(), "squeue\n--noheader\n--jobs=31\n--format=%T\n"
                            "scancel\n--state=PENDING\n31\n"
                            "scancel\n--state=RUNNING\n--batch\n--signal=INT\n31\n");
  write_text("calls", "");
  cr_assert_eq(longwave(0, "cancel --now 12_3 4"), 0, "%s", output);
  cr_assert_str_eq(calls(), "scancel\n12_3\nscancel\n4\n");
  cr_assert_eq(longwave(0, "cancel"), 2, "%s", output);
  finish();
}

/* ---- lives ---- */

static int train_as_job(const char *job)
{
  char text[8 * TRAIN_PATH];
  snprintf(text, sizeof text, "SLURM_JOB_ID=%s exec %s train %s/job.yaml --run %s/run --resume",
           job, run_longwave(), folder, folder);
  return shell_code(text);
}

Test(lives, a_job_without_progress_ends_with_its_own_code, .timeout = TEST_LIMIT)
{
  start();
  train_well(0, "run", "");
  write_text("run/lives.csv", "life,job,ranks,first_step,last_step,end,began,ended,where\n"
                              "1,31,2,12,12,lost,a,-,n1\n2,31,2,12,12,running,a,-,n1\n");
  int code = train_as_job("31");
  cr_assert_eq(code, 8, "%d: %s", code, output);
  cr_assert_eq(times_in_output("error: job 31 came back from the queue without progress"), 1, "%s",
               output);
  cr_assert_eq(train_as_job("32"), 0, "%s", output);
  finish();
}

Test(lives, a_failure_is_written_down, .timeout = TEST_LIMIT)
{
  start();
  int code = train(2, "run",
                   "--set optimizer.learning_rate=10 --set optimizer.weight_decay=10 "
                   "--set optimizer.warmup=0 --set optimizer.clip=0 "
                   "--set train.steps=500");
  cr_assert_eq(code, 6, "%d: %s", code, output);
  cr_assert(strstr(output, "Lower optimizer.learning_rate"), "%s", output);
  cr_assert_eq(longwave(0, "status --runs %s", folder), 0, "%s", output);
  cr_assert(strstr(output, "    1  failed    -         run\n"), "%s", output);
  finish();
}

Test(lives, a_seed_has_its_own_folder, .timeout = TEST_LIMIT)
{
  start();
  train_well(0, "run", "--seed 5");
  cr_assert(exists("run-seed-5/checkpoints/latest.h5"));
  cr_assert_not(exists("run"));
  cr_assert_eq(longwave(0, "inspect --job %s/run-seed-5/checkpoints/latest.h5", folder), 0, "%s",
               output);
  cr_assert(strstr(output, "  seed: 5\n"), "%s", output);
  finish();
}
