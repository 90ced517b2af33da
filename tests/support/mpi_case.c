#define _POSIX_C_SOURCE 200809L
#include "mpi_case.h"
#include "run.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the place of a name, for all that share a start. */
static const char every_case[] = "every-case";

static mpi_case *first_case, **last_place = &first_case;
static int failures, own_rank;

void mpi_case_add(mpi_case *entry)
{
  *last_place = entry;
  last_place = &entry->next;
}

void mpi_case_blame(const char *file, int line, const char *condition, const char *format, ...)
{
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  failures++;
  fprintf(stderr, "%s:%d: rank %d: not %s: %s\n", file, line, own_rank, condition, text);
}

int mpi_case_run(const char *name, int ranks, double limit, char *output)
{
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) return RUN_NOT_STARTED;
  self[length] = '\0';
  const bool alone = ranks == 1;
  const char *const words[] = {self, alone ? "--lone-case" : "--mpi-case", name ? name : every_case,
                               NULL};
  return run_program(words, alone ? 0 : ranks, limit, output, RUN_OUTPUT_MAX);
}

void mpi_case_assert(const char *name, int ranks)
{
  static char output[RUN_OUTPUT_MAX];
  int code = mpi_case_run(name, ranks, name ? MPI_CASE_LIMIT : MPI_CASES_LIMIT, output);
  cr_assert_eq(code, 0, "%s on %d ranks ended with %d\n%s", name ? name : every_case, ranks, code,
               output);
}

/* The last name that is printed is that of the case which hung or crashed. The verdict is that of
   all ranks, so that every rank exits with the same code. */
static int run_case(const mpi_case *chosen)
{
  lw_world *world = NULL;
  if (lw_world_create(MPI_COMM_WORLD, &world) != LW_OK) MPI_Abort(MPI_COMM_WORLD, 3);
  own_rank = world->rank;
  if (!own_rank) fprintf(stderr, "case %s\n", chosen->name);
  lw_log_rank_set(own_rank);
  chosen->run(world);
  lw_world_destroy(&world);
  CHECK(lw_mem_live() == 0, "%lld bytes kept", (long long)lw_mem_live());
  int most = 0;
  MPI_Allreduce(&failures, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  return most != 0;
}

static int run_rank(const char *name, bool alone)
{
  int granted, code = RUN_NOT_STARTED;
  if (alone) lw_world_stay_alone();
  MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &granted);
  const bool every = strcmp(name, every_case) == 0;
  for (const mpi_case *entry = first_case; entry; entry = entry->next)
    if (every ? entry->shares_start : strcmp(entry->name, name) == 0) code = run_case(entry);
  if (code == RUN_NOT_STARTED) fprintf(stderr, "there is no case %s\n", name);
  MPI_Finalize();
  return code;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "--mpi-case") == 0) return run_rank(argv[2], false);
  if (argc == 3 && strcmp(argv[1], "--lone-case") == 0) return run_rank(argv[2], true);
  struct criterion_test_set *tests = criterion_initialize();
  int passed = 1;
  criterion_options.jobs = 1; /* each test brings its own processes; -j still wins */
  if (criterion_handle_args(argc, argv, true)) passed = criterion_run_all_tests(tests);
  criterion_finalize(tests);
  return !passed;
}
