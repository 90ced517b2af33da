/* slurm/train.sbatch when ranks die before MPI has connected them, with stand-ins for srun and
   scontrol. (tests/slurm runs it on SLURM.) */
#define _POSIX_C_SOURCE 200809L
#include "slurm_case.h"

#define TEST_LIMIT 60.0

/* What each start of the ranks does. */
typedef struct starts {
  const char *first, *later;
  const char *meanwhile; /* what happens to the script, $p */
} starts;

#define CONNECTED "echo started >$LONGWAVE_STARTED; "

static void write_program(const char *name, const char *text)
{
  char path[TRAIN_PATH];
  write_text(name, text);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  cr_assert_eq(chmod(path, 0755), 0);
}

/* The script's exit code; the file `starts` has a line for each start of the ranks. */
static int script(const starts *of)
{
  char text[4096];
  const char *root = getenv("LONGWAVE_ROOT");
  write_program("scontrol", "#!/bin/sh\n"
                            "[ \"$1\" = show ] || exec echo \"$@\"\n"
                            "printf 'JobId=7 JobName=x\\n JobState=RUNNING Reason=None\\n'\n");
  snprintf(text, sizeof text,
           "#!/bin/bash\ncase $* in *--version*) exec echo 'longwave 0' ;; esac\n"
           "echo start >>starts\nif [ $(wc -l <starts) = 1 ]; then %s\nelse %s\nfi\n",
           of->first, of->later);
  write_program("srun", text);
  snprintf(text, sizeof text,
           "cd %s && rm -f starts && export PATH=%s:$PATH SLURM_JOB_ID=7 SLURM_NTASKS=2 "
           "SLURM_JOB_NODELIST=n1 SLURM_CPUS_ON_NODE=2 SLURM_JOB_NUM_NODES=1 LONGWAVE=%s\n"
           "bash %s/slurm/train.sbatch job.yaml & p=$!\n%s\nwait $p",
           folder, folder, run_longwave(), root ? root : ".", of->meanwhile);
  return shell_code(text);
}

static int started(void)
{
  char path[TRAIN_PATH];
  int lines = 0;
  snprintf(path, sizeof path, "%s/starts", folder);
  FILE *file = fopen(path, "r");
  for (int c; file && (c = fgetc(file)) != EOF;) lines += c == '\n';
  if (file) fclose(file);
  return lines;
}

Test(start_again, ranks_that_die_before_they_are_connected, .timeout = TEST_LIMIT)
{
  cr_assert(temp_folder_make(folder));
  int code = script(&(starts){"kill -SEGV $$", CONNECTED "exit 0", ""});
  cr_assert_eq(code, 0, "%d, %s", code, output);
  cr_assert_eq(started(), 2, "%s", output);
  cr_assert(strstr(output, "the ranks died with code 139 before MPI had connected them"), "%s",
            output);
  cr_assert(!exists(".longwave-7.started"));
  code = script(&(starts){"exit 1", "exit 1", ""});
  cr_assert_eq(code, 1, "%d, %s", code, output);
  cr_assert_eq(started(), 3, "%s", output);
  cr_assert(strstr(output, "ended with code 1 and does not go back into the queue"), "%s", output);
  finish();
}

Test(start_again, not_what_the_program_itself_has_failed_at, .timeout = TEST_LIMIT)
{
  cr_assert(temp_folder_make(folder));
  int code = script(&(starts){CONNECTED "kill -SEGV $$", "exit 0", ""});
  cr_assert_eq(code, 139, "%d, %s", code, output);
  cr_assert_eq(started(), 1, "%s", output);
  code = script(&(starts){"exit 2", "exit 0", ""});
  cr_assert_eq(code, 2, "%d, %s", code, output);
  cr_assert_eq(started(), 1, "%s", output);
  finish();
}

/* The signal comes at the start of srun, which would lose it. */
Test(start_again, the_time_limit_waits_until_they_are_connected, .timeout = TEST_LIMIT)
{
  static const char until_started[] = "until [ -s starts ]; do sleep 0.05; done; kill -USR1 $p";
  cr_assert(temp_folder_make(folder));
  int code = script(&(starts){"sleep 1; trap 'exit 130' USR1; " CONNECTED
                              "for i in $(seq 200); do sleep 0.1; done; exit 5",
                              "exit 5", until_started});
  cr_assert_eq(code, 130, "%d, %s", code, output);
  cr_assert(strstr(output, "requeue 7"), "%s", output);
  code = script(&(starts){"sleep 1; kill -SEGV $$", "exit 5", until_started});
  cr_assert_eq(code, 138, "%d, %s", code, output);
  cr_assert_eq(started(), 1, "%s", output);
  cr_assert(strstr(output, "requeue 7"), "%s", output);
  finish();
}
