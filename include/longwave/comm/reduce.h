/** Sums, maxima and copies over all ranks; the only file with their MPI calls. Collective over
 *  all. What is sent is counted (comm/traffic.h), and the time spent is booked as
 *  LW_PROFILE_WAIT. */
#ifndef LONGWAVE_COMM_REDUCE_H
#define LONGWAVE_COMM_REDUCE_H

#include "longwave/comm/world.h"
#include <stdint.h>

/** x[i] = sum over ranks of x[i], every rank gets the same bits; count may exceed 2^31. */
void lw_reduce_sum_floats(const lw_world *world, float *x, int64_t count);
void lw_reduce_sum_doubles(const lw_world *world, double *x, int64_t count);
void lw_reduce_max_floats(const lw_world *world, float *x, int64_t count);
void lw_reduce_max_doubles(const lw_world *world, double *x, int64_t count);
void lw_reduce_sum_integers(const lw_world *world, int64_t *x, int64_t count);
/** A number and where it was found; of two equal numbers the one with the lower index is taken. */
typedef struct lw_peak {
  float value;
  int32_t index;
} lw_peak;
/** x[i] = the greatest over ranks. */
void lw_reduce_max_peaks(const lw_world *world, lw_peak *x, int64_t count);
/** Rows of all ranks to all: rank r's own [count[r], width] stand in out from row first[r] on, in
 *  any order. Counts and rows below 2^31. */
void lw_gather_rows(const lw_world *world, const float *own, int64_t width, const int *count,
                    const int *first, float *out);

/** How a figure differs between ranks. */
typedef struct lw_spread {
  double least, mean, greatest;
} lw_spread;
/** x [count]: in, this rank's figures as `mean`; out, the same on all ranks. */
void lw_reduce_spread(const lw_world *world, lw_spread *x, int count);

/** own [counts[rank]] = this rank's share of the sum over ranks of x, in which the shares
 *  [counts[r]] of all ranks stand one behind another; together below 2^31. */
void lw_reduce_scatter_floats(const lw_world *world, const float *x, const int *counts, float *own);
/** x: the share of each rank r, counts[r] floats from x + firsts[r], to all. */
void lw_gather_floats(const lw_world *world, float *x, const int *counts, const int *firsts);
/** Root's bytes to all. */
void lw_broadcast(const lw_world *world, void *data, int64_t bytes);
/** The same from another rank. */
void lw_broadcast_from(const lw_world *world, int rank, void *data, int64_t bytes);
/** out [size] on the root: one double from each rank, in rank order; out is not touched
 *  elsewhere. */
void lw_gather_doubles(const lw_world *world, double own, double *out);

#endif
