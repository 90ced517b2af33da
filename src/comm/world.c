#define _GNU_SOURCE /* sched_getaffinity */
#include "longwave/comm/world.h"
#include "longwave/base/available.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a launcher of one task, or a shell below it, has left: Open MPI would look for a daemon,
   which knows one process only, and only once. */
static void forget_launcher(void)
{
  static const char *const prefixes[] = {"PMI_",           "PMIX_",        "SLURM_STEP",
                                         "OMPI_MCA_orte_", "OMPI_MCA_ess", "OMPI_MCA_pmix"};
  for (char **entry = environ; *entry;) {
    char name[256];
    bool foreign = false;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(*entry, "="), *entry);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
      foreign |= !strncmp(name, prefixes[i], strlen(prefixes[i]));
    if (!foreign || unsetenv(name) != 0) entry++; /* else the list has moved up */
  }
}

/* MPI_Finalize crashed on one of the daemon's messages once in some thousand times (compare Open
   MPI's issue 10117). Without a daemon all who are alone have the same number: they would remove
   the session folder under each other, and their segments of shared memory, which a user may have
   asked for with ranks in mind, would have the same name; so the folder, what needs it, and all
   ways to others are left out, whatever the environment says. */
void lw_world_stay_alone(void)
{
  static const char *const settings[][2] = {{"OMPI_MCA_ess_singleton_isolated", "1"},
                                            {"OMPI_MCA_orte_create_session_dirs", "0"},
                                            {"OMPI_MCA_sharedfp", "individual"},
                                            {"OMPI_MCA_pml", "ob1"},
                                            {"OMPI_MCA_btl", "self"}};
  forget_launcher();
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    setenv(settings[i][0], settings[i][1], 1);
}

/* OMPIO's other components for shared file pointers, which nothing here uses, write the path of a
   file into a buffer of 256 bytes and abort when it is longer. */
void lw_world_allow_long_paths(void)
{
  setenv("OMPI_MCA_sharedfp", "individual", 1);
}

/* Cores of this rank and, as a union of masks, of all ranks of the node; not more than the time
   that a control group gives them, which ranks of one node share. */
static void count_cores(lw_world *world)
{
  cpu_set_t own;
  int64_t quota = lw_available_cores("");
  CPU_ZERO(&own);
  if (sched_getaffinity(0, sizeof own, &own)) CPU_SET(0, &own);
  world->cores = CPU_COUNT(&own);
  MPI_Allreduce(MPI_IN_PLACE, &own, (int)sizeof own, MPI_BYTE, MPI_BOR, world->node);
  world->node_cores = CPU_COUNT(&own);
  MPI_Allreduce(MPI_IN_PLACE, &quota, 1, MPI_INT64_T, MPI_MIN, world->node);
  if (quota >= world->node_cores) return;
  world->quota = world->node_cores = (int)quota;
  if (world->cores > world->node_cores) world->cores = world->node_cores;
}

/* `all` becomes the world's own. */
static void fill(lw_world *world, MPI_Comm all)
{
  world->all = all;
  MPI_Comm_rank(world->all, &world->rank);
  MPI_Comm_size(world->all, &world->size);
  MPI_Comm_split_type(world->all, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL, &world->node);
  MPI_Comm_rank(world->node, &world->node_rank);
  MPI_Comm_size(world->node, &world->node_size);
  count_cores(world);
}

lw_status lw_world_create(MPI_Comm base, lw_world **out)
{
  lw_world *world = NULL;
  lw_status status = LW_TAKE(&world, 1);
  if (status != LW_OK) return status;
  MPI_Comm all;
  MPI_Comm_dup(base, &all);
  fill(world, all);
  status = lw_world_arrange(world, 1);
  if (status == LW_OK)
    *out = world;
  else
    lw_world_destroy(&world);
  return status;
}

/* "1, 2 or 4": the divisors of `number`, without the middle ones when there are many. */
static void list_divisors(int number, char *text, size_t room)
{
  enum { MOST = 12 };
  lw_text to = lw_text_in(text, room);
  int listed = 1;
  lw_text_add(&to, "1");
  for (int divisor = 2; divisor < number && listed < MOST; divisor++) {
    if (number % divisor != 0) continue;
    listed++;
    lw_text_add(&to, ", %d", divisor);
  }
  if (number > 1) lw_text_add(&to, "%s or %d", listed == MOST ? ", ..." : "", number);
}

lw_status lw_world_check_sequence(int ranks, int sequence)
{
  char divisors[256];
  if (sequence >= 1 && ranks % sequence == 0) return LW_OK;
  list_divisors(ranks, divisors, sizeof divisors);
  return lw_fail(LW_ERROR_INPUT,
                 "%d ranks on the sequence axis do not divide the %d rank%s there %s: use %s",
                 sequence, ranks, ranks > 1 ? "s" : "", ranks > 1 ? "are" : "is", divisors);
}

const lw_world *lw_world_lone(void)
{
#define ALONE                                                                                      \
  .all = MPI_COMM_NULL, .node = MPI_COMM_NULL, .size = 1, .node_size = 1, .cores = 1,              \
  .node_cores = 1
  static const lw_world axis = {ALONE};
  /* Nobody writes to an axis, though a world of its own could. */
  static const lw_world lone = {ALONE, .data = (lw_world *)&axis, .sequence = (lw_world *)&axis};
#undef ALONE
  return &lone;
}

lw_status lw_world_arrange(lw_world *world, int sequence)
{
  lw_world *data_axis = NULL, *sequence_axis = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_world_check_sequence(world->size, sequence));
  LW_TRY(lw_world_split(world, world->rank % sequence, &data_axis));
  LW_TRY(lw_world_split(world, world->rank / sequence, &sequence_axis));
  lw_world_destroy(&world->data);
  lw_world_destroy(&world->sequence);
  world->data = data_axis;
  world->sequence = sequence_axis;
  data_axis = sequence_axis = NULL;
done:
  lw_world_destroy(&data_axis);
  lw_world_destroy(&sequence_axis);
  return status;
}

lw_status lw_world_split(const lw_world *world, int part, lw_world **out)
{
  lw_world *made = NULL;
  lw_status status = LW_OK;
  MPI_Comm all;
  LW_TRY_TOGETHER(world, LW_TAKE(&made, 1));
  MPI_Comm_split(world->all, part < 0 ? MPI_UNDEFINED : part, world->rank, &all);
  *out = NULL;
  if (all == MPI_COMM_NULL) goto done;
  fill(made, all);
  *out = made;
  made = NULL;
done:
  lw_mem_give(made);
  return status;
}

void lw_world_destroy(lw_world **world)
{
  if (!*world) return;
  lw_world_destroy(&(*world)->data);
  lw_world_destroy(&(*world)->sequence);
  MPI_Comm_free(&(*world)->node);
  MPI_Comm_free(&(*world)->all);
  lw_mem_give(*world);
  *world = NULL;
}

void lw_world_library(char *text)
{
  char whole[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_Get_library_version(whole, &length);
  whole[strcspn(whole, ",\n")] = 0; /* the rest is how it was packaged */
  snprintf(text, LW_WORLD_LIBRARY_MAX, "%.100s", whole);
}
