/** Inside Pathfinder: what each dash leaves in the planes of a picture, ready to be joined.
 *  Neighbours: pathfinder_plane.h (how), pathfinder_dash.h (the dashes). */
#ifndef LONGWAVE_TASK_PATHFINDER_STAMPS_H
#define LONGWAVE_TASK_PATHFINDER_STAMPS_H

#include "pathfinder_dash.h"
#include "pathfinder_plane.h"

/** Each set has a stamp for every dash. */
typedef struct lw_dash_stamps {
  lw_stamps ink;
  lw_stamps taken; /* footprints where they are enough to close a pixel */
  lw_stamps meets; /* against `taken` of others: 1 and more where the two could meet */
  lw_stamps open;  /* 255 - the greatest footprint within a margin of each pixel */
} lw_dash_stamps;

LW_MUST_USE lw_status lw_dash_stamps_init(const lw_dashes *dashes, const lw_plane_shape *shape,
                                          lw_dash_stamps *stamps);
void lw_dash_stamps_done(lw_dash_stamps *stamps);

#endif
