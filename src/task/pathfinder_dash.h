/** What Pathfinder pictures are put together from: dashes in all directions, and the disc, as small
 *  patches. Neighbours: pathfinder.c places them. */
#ifndef LONGWAVE_TASK_PATHFINDER_DASH_H
#define LONGWAVE_TASK_PATHFINDER_DASH_H

#include "longwave/task/pathfinder.h"

/** One dash from the middle of its patch outwards. Lent from lw_dashes. */
typedef struct lw_dash {
  const uint8_t *ink;       /* [patch, patch] brightness */
  const uint8_t *footprint; /* [patch, patch] what it keeps free around itself */
} lw_dash;

/** A direction in which a curve may go on. Ways are (y, x); a position plus a way is rounded up,
 *  after the addition, for where a right angle leaves a last bit it decides, as in the original. */
typedef struct lw_direction {
  double angle;      /* -pi .. pi; (sin, cos) is (y, x) */
  double head[2];    /* seeds: from the tail of the dash to its head */
  double back[2];    /* seeds: from the head to the pivot before the dash */
  double advance[2]; /* from a pivot to the next one */
  int ring[2];       /* ring: from the pivot to the head of the next dash */
  int dash;          /* seeds: drawn from the tail. Ring: drawn from the head, backwards */
  bool usable;       /* seeds: see lw_dashes_cover */
} lw_direction;

enum { LW_SEED_DIRECTIONS = 360 };

/** All dashes of one margin. */
typedef struct lw_dashes {
  int64_t length, margin, reach; /* reach: half a patch */
  int64_t count;
  uint8_t *patches; /* [count, 2, patch, patch] */
  lw_direction seed[LW_SEED_DIRECTIONS];
  lw_direction *ring; /* [ring_count] in the order of (y, x) */
  int64_t ring_count;
} lw_dashes;

LW_MUST_USE lw_status lw_dashes_init(lw_dashes *dashes, const lw_pathfinder_settings *settings,
                                     int64_t margin);
void lw_dashes_done(lw_dashes *dashes);
lw_dash lw_dashes_get(const lw_dashes *dashes, int64_t index);

/** What a seed must find free: offsets (y, x) from its tail at which the footprint is full, cut to
 *  a square of length + margin and moved by one pixel to the lower right, as in the original.
 *  offsets [(2 (length + margin) + 1)^2] out. Returns their number. */
int64_t lw_dashes_cover(const lw_dashes *dashes, int64_t index, int (*offsets)[2]);

/** disc [2 reach + 1, 2 reach + 1] out, reach = lw_disc_reach(radius) */
int64_t lw_disc_reach(double radius);
LW_MUST_USE lw_status lw_disc_draw(double radius, uint8_t *disc);

#endif
