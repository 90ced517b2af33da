/* World, agreement, sums and copies. Counts are such that no rank count divides them. */
#include "mpi_case.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <stdio.h>
#include <string.h>

MPI_TEST_1234(the_world_knows_its_ranks)
{
  int size, rank, relation;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  CHECK(world->size == size && world->rank == rank, "%d of %d", world->rank, world->size);
  CHECK(world->node_size == size && world->node_rank == rank, "%d of %d on this node",
        world->node_rank, world->node_size);
  MPI_Comm_compare(world->all, MPI_COMM_WORLD, &relation);
  CHECK(relation == MPI_CONGRUENT, "a duplicate, not the communicator itself");
}

MPI_TEST_1234(worlds_come_and_go)
{
  for (int i = 0; i < 10; i++) {
    lw_world *inner = NULL;
    CHECK(lw_world_create(world->all, &inner) == LW_OK, "%s", lw_fail_message());
    CHECK(inner->size == world->size, "size %d", inner->size);
    lw_world_destroy(&inner);
    CHECK(inner == NULL, "destroy forgets the world");
    lw_world_destroy(&inner);
  }
}

MPI_TEST_1234(all_well_is_agreed)
{
  (void)!lw_fail(LW_ERROR_FILE, "an old failure, long dealt with");
  CHECK(lw_agree(world, LW_OK) == LW_OK, "%s", lw_fail_message());
}

MPI_TEST_1234(the_failure_of_any_one_rank_is_everybodys)
{
  for (int failing = 0; failing < world->size; failing++) {
    char want[64];
    snprintf(want, sizeof want, "rank %d has no file", failing);
    lw_status own = world->rank == failing ? lw_fail(LW_ERROR_FILE, "%s", want) : LW_OK;
    lw_status agreed = lw_agree(world, own);
    CHECK(agreed == LW_ERROR_FILE, "status %d", (int)agreed);
    CHECK(strcmp(lw_fail_message(), want) == 0, "%s", lw_fail_message());
  }
}

MPI_TEST_1234(the_lowest_failing_rank_is_heard)
{
  /* Every rank but rank 0 fails, each in its own way; alone, rank 0 fails itself. */
  int first = world->size > 1 ? 1 : 0;
  lw_status own = LW_OK;
  if (world->rank >= first)
    own = lw_fail(world->rank == first ? LW_ERROR_MEMORY : LW_ERROR_INPUT, "rank %d", world->rank);
  char want[64];
  snprintf(want, sizeof want, "rank %d", first);
  lw_status agreed = lw_agree(world, own);
  CHECK(agreed == LW_ERROR_MEMORY, "status %d", (int)agreed);
  CHECK(strcmp(lw_fail_message(), want) == 0, "%s", lw_fail_message());
}

static lw_status leave_together(const lw_world *world, int failing, int *reached)
{
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, world->rank == failing ? lw_fail(LW_ERROR_INPUT, "mine") : LW_OK);
  *reached = 1;
done:
  return status;
}

MPI_TEST_1234(trying_together_leaves_together)
{
  int reached = 0;
  CHECK(leave_together(world, world->size - 1, &reached) == LW_ERROR_INPUT, "%d", reached);
  CHECK(!reached, "no rank goes on");
  CHECK(leave_together(world, -1, &reached) == LW_OK && reached, "%d", reached);
}

static const int64_t counts[] = {0, 1, 2, 3, 5, 17, 1009};
enum { MOST = 1009, COUNTS = sizeof counts / sizeof *counts };

MPI_TEST_1234(sums_and_maxima_over_all_ranks)
{
  int64_t size = world->size, ranks = size * (size + 1) / 2; /* sum of rank + 1 */
  for (int k = 0; k < COUNTS; k++) {
    float floats[MOST + 1];
    double doubles[MOST + 1], most[MOST + 1];
    int64_t integers[MOST + 1];
    for (int64_t i = 0; i <= MOST; i++) {
      integers[i] = (world->rank + 1) * (i + 1) + ((int64_t)1 << 55);
      floats[i] = (float)((world->rank + 1) * (i + 1));
      doubles[i] = (double)floats[i] + 0.5;
      most[i] = world->rank == i % size ? (double)i : -1.0;
    }
    int64_t count = counts[k];
    lw_reduce_sum_integers(world, integers, count);
    lw_reduce_sum_floats(world, floats, count);
    lw_reduce_sum_doubles(world, doubles, count);
    lw_reduce_max_doubles(world, most, count);
    for (int64_t i = 0; i < count; i++) {
      CHECK(integers[i] == ranks * (i + 1) + (size << 55), "integer %d", (int)i);
      CHECK(floats[i] == (float)(ranks * (i + 1)), "float %d is %g", (int)i, (double)floats[i]);
      CHECK(doubles[i] == (double)(ranks * (i + 1)) + 0.5 * (double)size, "double %d", (int)i);
      CHECK(most[i] == (double)i, "maximum %d is %g", (int)i, most[i]);
    }
    /* What stands behind the last item is not touched. */
    CHECK(floats[count] == (float)((world->rank + 1) * (count + 1)), "behind %d", (int)count);
  }
}

MPI_TEST_1234(every_rank_gets_the_same_bits)
{
  enum { N = 257 };
  float x[N];
  for (int i = 0; i < N; i++) x[i] = 1.0f / (float)(3 + i + 7 * world->rank);
  lw_reduce_sum_floats(world, x, N);
  float roots[N];
  memcpy(roots, x, sizeof x);
  lw_broadcast(world, roots, sizeof roots);
  CHECK(memcmp(roots, x, sizeof x) == 0, "rank %d has other sums than the root", world->rank);
}

MPI_TEST_1234(the_roots_bytes_reach_all)
{
  for (int k = 0; k < COUNTS; k++) {
    unsigned char bytes[MOST + 1];
    memset(bytes, world->rank == 0 ? 0 : 0xEE, sizeof bytes);
    for (int i = 0; i <= MOST && world->rank == 0; i++) bytes[i] = (unsigned char)(i * 7);
    lw_broadcast(world, bytes, counts[k]);
    for (int i = 0; i < counts[k]; i++)
      CHECK(bytes[i] == (unsigned char)(i * 7), "byte %d of %d", i, (int)counts[k]);
    if (world->rank != 0) CHECK(bytes[counts[k]] == 0xEE, "behind byte %d", (int)counts[k]);
  }
}

MPI_TEST_1234(one_double_of_each_in_rank_order)
{
  double all[4] = {-1, -1, -1, -1};
  lw_gather_doubles(world, 1.5 * world->rank, all);
  for (int rank = 0; rank < world->size; rank++) {
    double want = world->rank == 0 ? 1.5 * rank : -1.0;
    CHECK(all[rank] == want, "from %d: %g", rank, all[rank]);
  }
}
