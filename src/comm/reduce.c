#include "longwave/comm/reduce.h"

/* MPI counts are int: go in pieces of at most this many items. */
enum { PIECE = 1 << 28 };

static void reduce(const lw_world *world, char *x, int64_t count, int64_t size, MPI_Datatype type,
                   MPI_Op operation)
{
  if (world->size == 1) return;
  for (int64_t first = 0; first < count; first += PIECE) {
    int64_t n = count - first < PIECE ? count - first : PIECE;
    MPI_Allreduce(MPI_IN_PLACE, x + first * size, (int)n, type, operation, world->all);
  }
}

void lw_reduce_sum_floats(const lw_world *world, float *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_FLOAT, MPI_SUM);
}

void lw_reduce_sum_doubles(const lw_world *world, double *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_DOUBLE, MPI_SUM);
}

void lw_reduce_max_floats(const lw_world *world, float *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_FLOAT, MPI_MAX);
}

void lw_reduce_max_doubles(const lw_world *world, double *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_DOUBLE, MPI_MAX);
}

void lw_reduce_sum_integers(const lw_world *world, int64_t *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_INT64_T, MPI_SUM);
}

void lw_reduce_scatter_floats(const lw_world *world, const float *x, const int *counts, float *own)
{
  MPI_Reduce_scatter(x, own, counts, MPI_FLOAT, MPI_SUM, world->all);
}

void lw_gather_floats(const lw_world *world, float *x, const int *counts, const int *firsts)
{
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, counts, firsts, MPI_FLOAT, world->all);
}

void lw_broadcast(const lw_world *world, void *data, int64_t bytes)
{
  for (int64_t first = 0; first < bytes; first += PIECE) {
    int64_t n = bytes - first < PIECE ? bytes - first : PIECE;
    MPI_Bcast((char *)data + first, (int)n, MPI_BYTE, 0, world->all);
  }
}

void lw_gather_doubles(const lw_world *world, double own, double *out)
{
  MPI_Gather(&own, 1, MPI_DOUBLE, out, 1, MPI_DOUBLE, 0, world->all);
}
