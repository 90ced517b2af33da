/** Inside Pathfinder: the working memory of one thread that makes pictures, and the steps that use
 *  it. The order of the steps stands at the top of pathfinder.c. Coordinates are y, x. */
#ifndef LONGWAVE_TASK_PATHFINDER_DESK_H
#define LONGWAVE_TASK_PATHFINDER_DESK_H

#include "longwave/base/rng.h"
#include "pathfinder_dash.h"

struct lw_pathfinder {
  lw_pathfinder_settings settings;
  lw_dashes dashes[2]; /* one for each margin */
  uint8_t *disc;
  int64_t disc_reach;
};

typedef struct lw_placed_dash {
  int64_t position[2];
  int dash;
  bool distractor;
} lw_placed_dash;

struct lw_pathfinder_desk {
  const lw_pathfinder *pathfinder; /* borrowed */
  lw_rng rng;
  uint64_t drawn;          /* random numbers so far */
  const lw_dashes *dashes; /* of this picture's margin; borrowed */
  uint8_t *mask, *kept;    /* [side, side] now; before the curve that is being tried */
  uint64_t *blocked,
      *hit;               /* [side, words] taken or in the frame; a dash from here would cover it */
  uint64_t *first_hit[2]; /* [dashes, side, words] of each margin: hit, for the first curve */
  bool *first_known[2];   /* [dashes] */
  int (*cover)[2];        /* [reach square] */
  int64_t words;
  lw_placed_dash *placed; /* [placed_room] */
  int64_t placed_count;
  double *weight; /* [ring] */
  float *light;   /* [side, side] */
};

static inline int64_t lw_desk_below(lw_pathfinder_desk *desk, int64_t bound)
{
  return (int64_t)lw_rng_below(desk->rng, desk->drawn++, (uint64_t)bound);
}

/** The part of a patch of half size `reach` around `position` that lies in the picture, as
 *  offsets. */
typedef struct lw_patch_part {
  int64_t first[2], last[2];
} lw_patch_part;

static inline lw_patch_part lw_patch_within(int64_t side, const int64_t position[2], int64_t reach)
{
  lw_patch_part part;
  for (int axis = 0; axis < 2; axis++) {
    part.first[axis] = position[axis] < reach ? -position[axis] : -reach;
    part.last[axis] = side - 1 - position[axis] < reach ? side - 1 - position[axis] : reach;
  }
  return part;
}

/* ---- pathfinder_mask.c: what is taken, and where a curve may begin ---- */

enum { LW_MASK_FULL = 255 };
/** Only the border is taken. */
void lw_mask_clear(lw_pathfinder_desk *desk);
void lw_mask_join(lw_pathfinder_desk *desk, const lw_placed_dash *placed);
bool lw_mask_meets(const lw_pathfinder_desk *desk, const lw_placed_dash *placed);
/** The greatest value within a margin of `position`, which is inside. */
int lw_mask_near(const lw_pathfinder_desk *desk, const int64_t position[2]);

/** hits [side, words]: a bit for each pixel from which a dash must not be drawn. For the first
 *  curve of an empty picture; for a short curve, NULL when the picture is full. */
const uint64_t *lw_room_first(lw_pathfinder_desk *desk, int dash);
const uint64_t *lw_room_later(lw_pathfinder_desk *desk, int dash);
/** One of the pixels without a bit, all alike; false when there is none. */
bool lw_room_choose(lw_pathfinder_desk *desk, const uint64_t *hits, int64_t position[2]);

/* ---- pathfinder_curve.c ---- */

typedef struct lw_curve {
  const lw_direction *direction; /* of the last dash */
  int64_t pivot[2], start[2], end[2];
  lw_placed_dash last; /* not yet in the mask */
} lw_curve;

/** Begin the picture with its two long curves; false when one found no room. */
bool lw_curves_long(lw_pathfinder_desk *desk, lw_curve curves[2]);
/** Returns how many of the short curves found room. */
int64_t lw_curves_short(lw_pathfinder_desk *desk);

#endif
