#include "longwave/comm/reduce.h"
#include "longwave/base/profile.h"
#include "longwave/comm/traffic.h"
#include <math.h>

/* MPI counts are int: longer arrays are sent in pieces of at most this many items. */
enum { PIECE = 1 << 28 };

/* Around every call: what this rank must at least send, and the time it takes. */
static void enter(int64_t bytes)
{
  lw_traffic_add(bytes);
  lw_profile_begin(LW_PROFILE_WAIT);
}

static void leave(void)
{
  lw_profile_end();
}

/* `times` n (p-1)/p in whole bytes, rounded up */
static int64_t share_sent(const lw_world *world, int64_t times, int64_t bytes)
{
  return (times * bytes * (world->size - 1) + world->size - 1) / world->size;
}

static void reduce(const lw_world *world, char *x, int64_t count, int64_t size, MPI_Datatype type,
                   MPI_Op operation)
{
  if (world->size == 1) return;
  enter(share_sent(world, 2, count * size));
  for (int64_t first = 0; first < count; first += PIECE) {
    int64_t n = count - first < PIECE ? count - first : PIECE;
    MPI_Allreduce(MPI_IN_PLACE, x + first * size, (int)n, type, operation, world->all);
  }
  leave();
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

void lw_reduce_max_peaks(const lw_world *world, lw_peak *x, int64_t count)
{
  reduce(world, (char *)x, count, (int64_t)sizeof *x, MPI_FLOAT_INT, MPI_MAXLOC);
}

static int64_t sum_of(const lw_world *world, const int *counts)
{
  int64_t sum = 0;
  for (int rank = 0; rank < world->size; rank++) sum += counts[rank];
  return sum;
}

void lw_gather_rows(const lw_world *world, const float *own, int64_t width, const int *count,
                    const int *first, float *out)
{
  MPI_Datatype row;
  MPI_Type_contiguous((int)width, MPI_FLOAT, &row);
  MPI_Type_commit(&row);
  enter(share_sent(world, 1, sum_of(world, count) * width * (int64_t)sizeof *own));
  MPI_Allgatherv(own, count[world->rank], row, out, count, first, row, world->all);
  leave();
  MPI_Type_free(&row);
}

/* Spreads of several figures: least, sum and greatest of each, one after the other. */
static void merge_spreads(void *from, void *into, int *count, MPI_Datatype *type)
{
  const lw_spread *more = from;
  lw_spread *all = into;
  (void)type;
  for (int i = 0; i < *count; i++) {
    all[i].least = fmin(all[i].least, more[i].least);
    all[i].mean += more[i].mean; /* a sum until all are there */
    all[i].greatest = fmax(all[i].greatest, more[i].greatest);
  }
}

void lw_reduce_spread(const lw_world *world, lw_spread *x, int count)
{
  MPI_Datatype type;
  MPI_Op merge;
  MPI_Type_contiguous(sizeof(lw_spread) / sizeof(double), MPI_DOUBLE, &type);
  MPI_Type_commit(&type);
  MPI_Op_create(merge_spreads, 1, &merge);
  for (int i = 0; i < count; i++) x[i].least = x[i].greatest = x[i].mean;
  reduce(world, (char *)x, count, (int64_t)sizeof *x, type, merge);
  for (int i = 0; i < count; i++) x[i].mean /= world->size;
  MPI_Op_free(&merge);
  MPI_Type_free(&type);
}

void lw_reduce_scatter_floats(const lw_world *world, const float *x, const int *counts, float *own)
{
  enter(share_sent(world, 1, sum_of(world, counts) * (int64_t)sizeof *x));
  MPI_Reduce_scatter(x, own, counts, MPI_FLOAT, MPI_SUM, world->all);
  leave();
}

void lw_gather_floats(const lw_world *world, float *x, const int *counts, const int *firsts)
{
  enter(share_sent(world, 1, sum_of(world, counts) * (int64_t)sizeof *x));
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, counts, firsts, MPI_FLOAT, world->all);
  leave();
}

void lw_broadcast_from(const lw_world *world, int rank, void *data, int64_t bytes)
{
  if (world->size == 1) return;
  enter(world->rank == rank ? bytes : 0);
  for (int64_t first = 0; first < bytes; first += PIECE) {
    int64_t n = bytes - first < PIECE ? bytes - first : PIECE;
    MPI_Bcast((char *)data + first, (int)n, MPI_BYTE, rank, world->all);
  }
  leave();
}

void lw_broadcast(const lw_world *world, void *data, int64_t bytes)
{
  lw_broadcast_from(world, 0, data, bytes);
}

void lw_gather_doubles(const lw_world *world, double own, double *out)
{
  enter(world->rank == 0 ? 0 : (int64_t)sizeof own);
  MPI_Gather(&own, 1, MPI_DOUBLE, out, 1, MPI_DOUBLE, 0, world->all);
  leave();
}
