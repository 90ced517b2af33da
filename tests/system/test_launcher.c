/* Who is alone: a process that nobody has started as one of several tasks, and a task that is the
   only one, as in the shell of a SLURM step, however often. (tests/slurm does it with SLURM.) */
#include "train_case.h"

#define TEST_LIMIT 120.0
#define SLURM_STEP "SLURM_JOBID=1 SLURM_JOB_ID=1 SLURM_NODELIST=n1 SLURM_STEPID=0 SLURM_STEP_ID=0 "
#define PMIX "PMIX_RANK=0 PMIX_NAMESPACE=slurm.pmix.3.0 PMIX_SERVER_URI4='pmix.40;tcp4://127.0.0.1:9' "

/* What the program says and its exit code, the environment first. */
static int in_environment(const char *variables, const char *arguments)
{
  char text[8 * TRAIN_PATH];
  snprintf(text, sizeof text, "%s exec \"%s\" %s", variables, run_longwave(), arguments);
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

Test(launcher, one_task_is_alone, .timeout = TEST_LIMIT)
{
  static const char *const steps[] = {
      "PMI_RANK=0 PMI_SIZE=1", SLURM_STEP "SLURM_STEP_NUM_TASKS=1",
      SLURM_STEP "SLURM_STEP_NUM_TASKS=1 SLURM_NTASKS=4",
      SLURM_STEP "SLURM_STEP_NUM_TASKS=1 PMI_RANK=0 PMI_SIZE=1 PMI_FD=99",
      SLURM_STEP PMIX "SLURM_STEP_NUM_TASKS=1"};
  char arguments[4 * TRAIN_PATH];
  start();
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    snprintf(arguments, sizeof arguments, "inspect %s/set.h5", folder);
    cr_assert_eq(in_environment(steps[i], arguments), 0, "%s: %s", steps[i], output);
    cr_assert(strstr(output, "set.h5: task listops"), "%s: %s", steps[i], output);
    snprintf(arguments, sizeof arguments, "submit %s/job.yaml --run %s/r --dry-run", folder,
             folder);
    cr_assert_eq(in_environment(steps[i], arguments), 0, "%s: %s", steps[i], output);
  }
  snprintf(arguments, sizeof arguments, "train %s/job.yaml --run %s/r", folder, folder);
  cr_assert_eq(in_environment(steps[4], arguments), 0, "%s", output);
  finish();
}

Test(launcher, below_a_shell_that_is_mpirun_s_one_task_as_well, .timeout = TEST_LIMIT)
{
  start();
  shell("mpirun -n 1 sh -c '\"%s\" inspect %s/set.h5 && \"%s\" inspect %s/set.h5'",
        run_longwave(), folder, run_longwave(), folder);
  cr_assert_eq(times_in_output("set.h5: task listops"), 2, "%s", output);
  finish();
}

/* Each would train in the same folder. */
Test(launcher, copies_are_refused, .timeout = TEST_LIMIT)
{
  static const char *const steps[] = {SLURM_STEP "SLURM_STEP_NUM_TASKS=2",
                                      "PMI_RANK=0 PMI_SIZE=2", "OMPI_COMM_WORLD_SIZE=2"};
  char arguments[4 * TRAIN_PATH];
  start();
  snprintf(arguments, sizeof arguments, "train %s/job.yaml --run %s/r", folder, folder);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    cr_assert_eq(in_environment(steps[i], arguments), 2, "%s: %s", steps[i], output);
    cr_assert(strstr(output, "srun --mpi=pmix"), "%s: %s", steps[i], output);
    shell("test ! -e %s/r", folder);
  }
  finish();
}
