#define _POSIX_C_SOURCE 200809L
#include "run.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char output[RUN_OUTPUT_MAX];

static int shell(const char *script, double limit)
{
  return run_program((const char *const[]){"sh", "-c", script, NULL}, 0, limit, output,
                     sizeof output);
}

Test(run, codes_and_output_come_back)
{
  cr_assert_eq(shell("echo out; echo err >&2; exit 3", 20.0), 3);
  cr_assert_str_eq(output, "out\nerr\n");
  cr_assert_eq(shell("kill -SEGV $$", 20.0), 128 + 11);
  cr_assert_eq(shell("cat", 20.0), 0, "standard input is empty");
}

Test(run, what_cannot_start_is_told)
{
  const char *const argv[] = {"/no/such/program", NULL};
  cr_assert_eq(run_program(argv, 0, 20.0, output, sizeof output), RUN_NOT_STARTED);
}

Test(run, what_does_not_end_is_ended)
{
  cr_assert_eq(shell("echo begun; exec sleep 100", 0.5), RUN_TIMED_OUT);
  cr_assert_str_eq(output, "begun\n");
  cr_assert_eq(shell("exec >/dev/null 2>&1; exec sleep 100", 0.5), RUN_TIMED_OUT,
               "closed output is not the end");
}

Test(run, of_too_much_output_start_and_end_are_kept)
{
  cr_assert_eq(shell("echo start; seq 100000; echo end", 20.0), 0);
  cr_assert(strlen(output) < sizeof output);
  cr_assert_eq(strncmp(output, "start\n1\n", 8), 0);
  cr_assert_str_eq(output + strlen(output) - 4, "end\n");
}

Test(run, an_outer_job_is_not_joined)
{
  setenv("SLURM_JOB_ID", "1", 1);
  setenv("PMIX_RANK", "2", 1);
  setenv("BXFI_MAP", "x", 1);
  cr_assert_eq(
      shell("env | grep -E '^(SLURM_|PMIX_|BXFI_)' && exit 1; test \"$OMP_NUM_THREADS\"", 20.0), 0,
      "%s", output);
}
