/* The life cycle on a real SLURM: each test is a case of cases.sh, with a cluster of its own on this
   machine. Skipped, with a line that says so, where SLURM's packages are missing. */
#include "run.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT 300.0
enum { SKIPPED = 77 };

static void run_case(const char *name)
{
  static char script[4096], output[RUN_OUTPUT_MAX];
  const char *root = getenv("LONGWAVE_ROOT");
  cr_assert(root, "LONGWAVE_ROOT is not set: run this by meson test");
  snprintf(script, sizeof script, "%s/tests/slurm/cases.sh", root);
  const char *const argv[] = {"sh", script, name, run_longwave(), root, NULL};
  int code = run_program(argv, 0, LIMIT, output, sizeof output);
  if (code == SKIPPED) {
    fputs(output, stderr);
    cr_skip_test("%s", output);
  }
  cr_assert_eq(code, 0, "case %s ended with %d: %s", name, code, output);
}

#define CASE(name, text)                                                                           \
  Test(slurm, text, .timeout = LIMIT + 20)                                                         \
  {                                                                                                \
    run_case(name);                                                                                \
  }

CASE("limit", the_time_limit_costs_no_bit_of_the_result)
CASE("node", a_job_goes_on_when_a_node_dies)
CASE("plain", a_job_on_two_nodes_is_done_by_srun_and_by_mpirun)
CASE("mpirun", under_mpirun_the_script_passes_the_signal_on)
CASE("cancel", a_cancelled_job_saves_and_stays_away)
CASE("preempt", a_job_gives_way_and_comes_back)
CASE("preempt_term", a_job_gives_way_to_term_as_well)
CASE("array", each_task_of_an_array_lives_by_itself)
CASE("submit", odd_paths_reach_the_job_as_they_are)
CASE("step", a_lone_command_in_a_step_is_alone_and_copies_are_refused)
CASE("stale", an_outer_job_s_environment_is_nothing_to_a_job)
