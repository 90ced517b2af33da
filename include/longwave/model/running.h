/** Running sums of doubles along the sequences of a packing, whole ones and sharded ones
 *  (array/scan.h): x_i becomes the sum of x_m over m <= i, or over m >= i. The order of additions
 *  depends on the strips, not on threads. Zero-initialise lw_running. */
#ifndef LONGWAVE_MODEL_RUNNING_H
#define LONGWAVE_MODEL_RUNNING_H

#include "longwave/array/scan.h"
#include "longwave/data/packing.h"

typedef struct lw_running {
  lw_sharded sharded;
  lw_scan scan;
  float *outside; /* [own strips, sequences, lists] doubles */
  int64_t outside_room;
} lw_running;

/** Memory for `lists` lists. axis: the sequence axis. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_running_set(lw_running *running, const lw_packing *packing,
                                     const lw_world *axis, int64_t lists);
/** Zero-initialised is fine. Local. */
void lw_running_done(lw_running *running);

/** x [lists, rows] in/out; `back`: over what comes behind, itself included. Collective over the
 *  sequence axis; cannot fail. */
void lw_running_sum(lw_running *running, const lw_packing *packing, int64_t lists, double *x,
                    bool back);

#endif
