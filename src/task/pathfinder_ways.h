/** Inside Pathfinder: the steps of curves in whole pixels.
 *
 *  A position plus a way is rounded up after the addition, in floating point, so the step also
 *  depends on the position; here is a table of it, for each direction, axis and position.
 *  Neighbours: pathfinder_dash.h (the ways). */
#ifndef LONGWAVE_TASK_PATHFINDER_WAYS_H
#define LONGWAVE_TASK_PATHFINDER_WAYS_H

#include "pathfinder_dash.h"
#include "pathfinder_plane.h"

/** Tails (y, x) from which a seed and its pivot stay in the picture. */
typedef struct lw_tails {
  int16_t first[2], end[2];
} lw_tails;

/** Positions from -pad on, `positions` of them. */
typedef struct lw_ways {
  int64_t pad, positions;
  lw_tails tails[LW_SEED_DIRECTIONS];
  int8_t *begin;   /* [LW_SEED_DIRECTIONS, 2, positions] from the tail of a seed to its pivot */
  int8_t *advance; /* [directions, 2, positions] between pivots; seeds first, then the ring */
  int dash[LW_SEED_DIRECTIONS];
  bool usable[LW_SEED_DIRECTIONS];
} lw_ways;

LW_MUST_USE lw_status lw_ways_init(const lw_dashes *dashes, const lw_plane_shape *shape,
                                   lw_ways *ways);
void lw_ways_done(lw_ways *ways);

/** table: one of the two; from: -pad .. side + pad - 1 on both axes */
static inline void lw_ways_move(const lw_ways *ways, const int8_t *table, int64_t direction,
                                const int64_t from[2], int64_t to[2])
{
  const int8_t *y = table + 2 * direction * ways->positions + ways->pad, *x = y + ways->positions;
  to[0] = from[0] + y[from[0]];
  to[1] = from[1] + x[from[1]];
}

static inline bool lw_ways_stay(const lw_ways *ways, int64_t direction, const int64_t tail[2])
{
  const lw_tails *tails = &ways->tails[direction];
  return tail[0] >= tails->first[0] && tail[0] < tails->end[0] && tail[1] >= tails->first[1] &&
         tail[1] < tails->end[1];
}

#endif
