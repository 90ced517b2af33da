/* The judge is judged: what is wrong on one rank must show. */
#include "mpi_case.h"
#include "run.h"
#include "longwave/base/mem.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char output[RUN_OUTPUT_MAX];

MPI_CASE(wrong_on_the_last_rank)
{
  CHECK(world->rank < world->size - 1, "deliberate %d", 42);
}

MPI_CASE(silent_rank)
{
  if (world->rank == 0) pause();
  MPI_Barrier(world->all);
}

MPI_CASE(crashing_rank)
{
  if (world->rank == 1) raise(SIGSEGV);
  MPI_Barrier(world->all);
}

MPI_CASE(forgetful_rank)
{
  char *block = NULL;
  if (world->rank == 1) CHECK(LW_TAKE(&block, 10) == LW_OK, "%s", lw_fail_message());
}

Test(mpi, a_failed_check_on_one_rank_shows, .timeout = MPI_TEST_LIMIT)
{
  cr_assert_eq(mpi_case_run("wrong_on_the_last_rank", 3, MPI_CASE_LIMIT, output), 1, "%s", output);
  cr_assert(strstr(output, "rank 2: not world->rank < world->size - 1: deliberate 42"), "%s",
            output);
  cr_assert_not(strstr(output, "rank 1: not"), "%s", output);
}

Test(mpi, a_hang_is_ended, .timeout = MPI_TEST_LIMIT)
{
  cr_assert_eq(mpi_case_run("silent_rank", 2, 3.0, output), RUN_TIMED_OUT, "%s", output);
}

Test(mpi, a_crash_shows, .timeout = MPI_TEST_LIMIT)
{
  cr_assert_eq(mpi_case_run("crashing_rank", 2, MPI_CASE_LIMIT, output), 128 + SIGSEGV, "%s",
               output);
}

Test(mpi, kept_memory_shows, .timeout = MPI_TEST_LIMIT)
{
  cr_assert_eq(mpi_case_run("forgetful_rank", 2, MPI_CASE_LIMIT, output), 1, "%s", output);
  cr_assert(strstr(output, "10 bytes kept"), "%s", output);
}

Test(mpi, an_unknown_case_shows, .timeout = MPI_TEST_LIMIT)
{
  cr_assert_eq(mpi_case_run("no_such_case", 1, MPI_CASE_LIMIT, output), RUN_NOT_STARTED, "%s",
               output);
}
