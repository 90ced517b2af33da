/** Inside Pathfinder: the working memory of one thread that makes pictures, and the steps that use
 *  it. The order of the steps stands at the top of pathfinder.c. Coordinates are y, x. */
#ifndef LONGWAVE_TASK_PATHFINDER_DESK_H
#define LONGWAVE_TASK_PATHFINDER_DESK_H

#include "longwave/base/rng.h"
#include "pathfinder_stamps.h"
#include "pathfinder_turns.h"
#include "pathfinder_ways.h"

/** Of all dashes, what a seed must find free: offsets (y, x) first[dash] .. first[dash + 1] - 1. */
typedef struct lw_covers {
  int64_t *first;       /* [dashes + 1] */
  int16_t (*offset)[2]; /* (y, x) */
} lw_covers;

/** What depends on the margin. */
typedef struct lw_pathfinder_kit {
  lw_dashes dashes;
  lw_dash_stamps stamps;
  lw_ways ways;
  lw_covers covers;
  lw_turns turns;
  uint8_t *open; /* plane: by the border alone */
} lw_pathfinder_kit;

struct lw_pathfinder {
  lw_pathfinder_settings settings;
  lw_pathfinder_kit kit[2]; /* one for each margin */
  lw_plane_shape shape;     /* of all planes */
  uint8_t *border, *within; /* planes: what is closed from the start; 255 in the picture, else 0 */
  lw_stamps disc;
  int (*beside)[2]; /* [LW_SEED_DIRECTIONS] from the start of one long curve to the other's */
};

/** Whose a dash is: of a long curve, 0 or 1, or of a short one. */
enum { LW_OWNER_SHORT = 2 };

/** What is seen, by its contrast. */
enum { LW_INK_LONG, LW_INK_SHORT, LW_INK_DISC, LW_INKS };

typedef struct lw_placed_dash {
  int64_t position[2];
  int dash, owner;
} lw_placed_dash;

/** Where a dash may begin. Lent from the desk. */
typedef struct lw_room {
  uint64_t *hits; /* [side, words] a bit for each pixel from which a dash must not be drawn */
  int32_t *rows;  /* [rows + 1] free pixels above each row */
} lw_room;

/** Of one margin, for all dashes. */
typedef struct lw_first_rooms {
  uint64_t *hits; /* [dashes, side, words] */
  int32_t *rows;  /* [dashes, rows + 1] */
  bool *known;    /* [dashes] */
} lw_first_rooms;

/** Planes of what dashes keep free: 0 free .. 255 taken. */
typedef struct lw_mask {
  uint8_t *taken; /* where it is enough to close a pixel */
  uint8_t *open;  /* 255 - the greatest within a margin; 0 beyond the picture */
} lw_mask;

struct lw_pathfinder_desk {
  const lw_pathfinder *pathfinder; /* borrowed */
  lw_rng rng;
  uint64_t drawn; /* random numbers so far */
  uint64_t ahead[LW_RNG_MANY];
  const lw_pathfinder_kit *kit; /* of this picture's margin; borrowed */
  lw_mask mask, kept;           /* now; before the curve that is being tried */
  bool blocked_known;
  int64_t free_pixels;
  uint64_t *blocked; /* [side, words] taken, or in the frame */
  lw_room later;
  lw_first_rooms first[2]; /* of the kits */
  int64_t words;
  int64_t rows;           /* of the picture, and up to a power of 2 */
  lw_placed_dash *placed; /* [placed_room] */
  int64_t placed_count;
  uint8_t *ink[LW_INKS]; /* planes */
};

/** The next random number of the picture. */
static inline uint64_t lw_desk_bits(lw_pathfinder_desk *desk)
{
  const uint64_t place = desk->drawn % LW_RNG_MANY;
  if (!place) lw_rng_bits_many(desk->rng, desk->drawn, desk->ahead);
  desk->drawn++;
  return desk->ahead[place];
}

static inline int64_t lw_desk_below(lw_pathfinder_desk *desk, int64_t bound)
{
  return (int64_t)lw_rng_scaled(lw_desk_bits(desk), (uint64_t)bound);
}

/* ---- pathfinder_room.c ---- */

LW_MUST_USE lw_status lw_covers_init(const lw_dashes *dashes, lw_covers *covers);
void lw_covers_done(lw_covers *covers);

/** For the first curve of an empty picture; for a short curve, false when the picture is full. */
lw_room lw_room_first(lw_pathfinder_desk *desk, int dash);
bool lw_room_later(lw_pathfinder_desk *desk, int dash, lw_room *room);
/** The mask is no longer what it was at the last lw_room_later. */
static inline void lw_room_forget(lw_pathfinder_desk *desk)
{
  desk->blocked_known = false;
}
/** One of the free pixels, all alike; false when there is none. */
bool lw_room_choose(lw_pathfinder_desk *desk, const lw_room *room, int64_t position[2]);

/* ---- pathfinder_curve.c ---- */

typedef struct lw_curve {
  int direction; /* of the last dash: its number among seeds, then the ring */
  int64_t pivot[2], start[2];
  lw_placed_dash last; /* not yet in the mask */
} lw_curve;

/** Begin the picture with its two long curves. Returns the attempts, 0 when they were too few. */
int64_t lw_curves_long(lw_pathfinder_desk *desk, lw_curve curves[2]);
/** Returns how many of the short curves found room. */
int64_t lw_curves_short(lw_pathfinder_desk *desk);

/* ---- pathfinder_light.c ---- */

enum { LW_FULL = 255 };

/** All dashes and the discs, stretched to 0..255. */
void lw_light_expose(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth, uint8_t *pixels);

#endif
