#define _POSIX_C_SOURCE 200809L
#include "launcher.h"
#include "longwave/base/log.h"
#include <stdio.h>
#include <stdlib.h>

static int tasks; /* that were started together, as far as the environment tells */

static int number(const char *name)
{
  const char *text = getenv(name);
  return text ? (int)strtol(text, NULL, 10) : 0;
}

/* 0: nobody says so. Below mpirun only its own word counts. A step of SLURM has its number of tasks
   in any case; other launchers, which may stand in a step of one task, set PMI_SIZE. */
static int count_tasks(void)
{
  const int mpirun = number("OMPI_COMM_WORLD_SIZE"), step = number("SLURM_STEP_NUM_TASKS"),
            other = number("PMI_SIZE");
  if (mpirun > 0) return mpirun;
  return step > other ? step : other;
}

/* Whether there is something by which MPI may find others. */
static bool has_address(void)
{
  return getenv("OMPI_COMM_WORLD_RANK") || getenv("PMIX_RANK") || getenv("PMI_RANK");
}

bool lw_launcher_has_others(void)
{
  tasks = count_tasks();
  return tasks > 1 || (tasks == 0 && has_address());
}

static lw_status fail(void)
{
  return lw_fail(
      LW_ERROR_INPUT,
      "this is one of %d tasks that MPI cannot connect: each would do the whole work, in the same "
      "files; start them by srun --mpi=pmix, or by the mpirun of the MPI that "
      "longwave was built with",
      tasks);
}

lw_status lw_launcher_check(void)
{
  return tasks > 1 && !has_address() ? fail() : LW_OK;
}

/* Of the MPI that the program was built with: others have launchers that speak PMI. */
#ifdef OPEN_MPI
enum { NEEDS_PMIX = 1 };
#else
enum { NEEDS_PMIX = 0 };
#endif

/* MPI_Init ends a program whose srun speaks another language than it, in many words, none of which
   says what to do. */
void lw_launcher_begin(void)
{
  if (NEEDS_PMIX && tasks > 1 && getenv("PMI_RANK") && !getenv("PMIX_RANK") &&
      number("PMI_RANK") == 0 && !getenv("OMPI_COMM_WORLD_RANK"))
    lw_log_root(LW_LOG_WARN,
                "the launcher of these %d tasks does not speak PMIx; if MPI cannot connect them, "
                "start them by srun --mpi=pmix, or by the mpirun of the MPI that longwave was "
                "built with",
                tasks);
}

static void tell_script(void)
{
  const char *path = getenv("LONGWAVE_STARTED");
  FILE *file = path && *path ? fopen(path, "w") : NULL;
  if (!file) return;
  fputs("started\n", file);
  fclose(file);
}

lw_status lw_launcher_end(const lw_world *world)
{
  if (tasks > 1 && world->size == 1) return fail();
  if (tasks > 0 && world->rank == 0) tell_script();
  return LW_OK;
}
