/** Tests of code that needs MPI. Criterion gives each test a process of its own, and a rank can be
 *  initialised only once: so a test starts `mpirun -n N <this program> --mpi-case NAME` and judges
 *  its exit code; one rank starts by itself, as the program does alone. One program, two lives:
 *  Criterion's runner and one rank of one case. The file with the tests is linked with mpi_case.c,
 *  which holds main.
 *
 *    MPI_TEST_1234(sums_are_equal_everywhere)
 *    {
 *      double x = world->rank;
 *      lw_reduce_sum_doubles(world, &x, 1);
 *      CHECK(x == world->size * (world->size - 1) / 2.0, "got %g", x);
 *    }
 *    MPI_TESTS_1234
 *
 *  A start of mpirun takes most of the time of a short case: all cases of a file that want 1, 2, 3
 *  and 4 ranks share one start for each number of ranks, one after the other in that process.
 *
 *  A case fails when a CHECK fails on any rank, when it hangs, or when it keeps memory of
 *  base/mem.h. All ranks must return from it, also after a failed CHECK. */
#ifndef TESTS_SUPPORT_MPI_CASE_H
#define TESTS_SUPPORT_MPI_CASE_H

#include "longwave/comm/world.h"
#include <criterion/criterion.h>
#include <string.h>

/** Seconds for a case. Criterion's own limit ends the test but not its mpirun: it is the longer. */
#define MPI_CASE_LIMIT 60.0
#define MPI_TEST_LIMIT 90.0
/** The same for all cases that share a start. */
#define MPI_CASES_LIMIT 180.0
#define MPI_TESTS_LIMIT 210.0

typedef struct mpi_case {
  const char *name;
  void (*run)(const lw_world *world);
  bool shares_start;
  struct mpi_case *next;
} mpi_case;

/** Make a case known to main, as the last one; called before main by MPI_CASE. */
void mpi_case_add(mpi_case *entry);

/** Exit code of the case on so many ranks, 0 when all checks held; NULL is all that share a start.
 *  output [RUN_OUTPUT_MAX] */
int mpi_case_run(const char *name, int ranks, double limit, char *output);

/** The same as an assertion of the current test. */
void mpi_case_assert(const char *name, int ranks);

/** Defined by MPI_TESTS_1234: a file that forgot it does not link. */
extern const bool mpi_tests_1234;

/** Count a failure and tell it, with the rank, on standard error. */
void mpi_case_blame(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** CHECK(x == 3, "x is %d", x); goes on after a failure. */
#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (!(condition)) mpi_case_blame(__FILE__, __LINE__, #condition, __VA_ARGS__);                 \
  } while (0)

/** A call that must go well; one that must fail so, its message with `says` in it. */
#define FINE(call) CHECK((call) == LW_OK, "%s", lw_fail_message())
#define FAILS(call, wanted, says)                                                                  \
  do {                                                                                             \
    CHECK((call) == (wanted), "%s", lw_fail_message());                                            \
    CHECK(strstr(lw_fail_message(), says), "'%s' in: %s", says, lw_fail_message());                \
  } while (0)

/** A case alone: its body follows. */
#define MPI_CASE_OF(case_name, shared)                                                             \
  static void case_name(const lw_world *world);                                                    \
  __attribute__((constructor)) static void case_name##_add(void)                                   \
  {                                                                                                \
    static mpi_case entry = {.name = #case_name, .run = case_name};                                \
    entry.shares_start = shared;                                                                   \
    mpi_case_add(&entry);                                                                          \
  }                                                                                                \
  static void case_name(const lw_world *world __attribute__((unused)))
#define MPI_CASE(case_name) MPI_CASE_OF(case_name, false)

/** A test that runs a case, with a name of its own: Criterion reports all parameters of a
 *  parameterized test under one name. */
#define MPI_CASE_ON(case_name, ranks)                                                              \
  Test(mpi, case_name##_on_##ranks, .timeout = MPI_TEST_LIMIT)                                     \
  {                                                                                                \
    mpi_case_assert(#case_name, ranks);                                                            \
  }

/** A case and its test on `ranks` (a literal number). */
#define MPI_TEST(case_name, ranks) MPI_CASE_ON(case_name, ranks) MPI_CASE(case_name)

/** A case for 1, 2, 3 and 4 ranks, and, at the end of the file, the tests that run all of them. */
#define MPI_TEST_1234(case_name) MPI_CASE_OF(case_name, mpi_tests_1234)
#define MPI_TESTS_ON(ranks)                                                                        \
  Test(mpi, all_cases_on_##ranks, .timeout = MPI_TESTS_LIMIT)                                      \
  {                                                                                                \
    mpi_case_assert(NULL, ranks);                                                                  \
  }
#define MPI_TESTS_1234                                                                             \
  const bool mpi_tests_1234 = true;                                                                \
  MPI_TESTS_ON(1)                                                                                  \
  MPI_TESTS_ON(2)                                                                                  \
  MPI_TESTS_ON(3)                                                                                  \
  MPI_TESTS_ON(4)

#endif
