/** Inside Pathfinder: where a curve may turn, and with which weight.
 *
 *  From a pivot the next head lies on one of the pixels of a ring, with weight
 *    w_i open_i / 255,   w_i = cos^2(continuity x turn_i),
 *  open_i from the mask. Real numbers define which pixel a random number u chooses: the first i
 *  with
 *    (u total - weight_0) - weight_1 .. - weight_i < 0,
 *  in this order of rounding. Whole numbers W_i = 2^31 w_i decide it in nearly every case, in a few
 *  instructions; where they are too near to tell, the real ones are computed. Neighbours:
 *  pathfinder_dash.h (the ring). */
#ifndef LONGWAVE_TASK_PATHFINDER_TURNS_H
#define LONGWAVE_TASK_PATHFINDER_TURNS_H

#include "pathfinder_dash.h"
#include "longwave/base/rng.h"

enum { LW_TURNS_MOST = 512 }; /* pixels of a ring with a weight */

/** A place to turn to. */
typedef struct lw_turn {
  uint32_t whole; /* W_i */
  int32_t step;   /* from the pivot to the pixel, in a plane */
} lw_turn;

enum { LW_TURNS_AT_ONCE = 4 };

/** For each direction (seeds, then the ring) the pixels of the ring with a weight, in its order,
 *  and up to `room`, a multiple of LW_TURNS_AT_ONCE, some without. */
typedef struct lw_turns {
  int64_t room;
  uint64_t least; /* a curve ends when the sum is below */
  lw_turn *turn;  /* [directions, room] */
  int32_t *next;  /* [directions, room] its number on the ring */
  int32_t *dash;  /* [directions, room] that ends there */
  double *weight; /* [directions, room] w_i */
} lw_turns;

LW_MUST_USE lw_status lw_turns_init(const lw_dashes *dashes, double continuity, int64_t stride,
                                    lw_turns *turns);
void lw_turns_done(lw_turns *turns);

/** The weights of one pivot. */
typedef struct lw_choice {
  const lw_turns *turns; /* borrowed */
  int64_t first;         /* of the direction in the tables */
  const uint8_t *open;   /* the plane, at the pivot; borrowed */
  uint64_t sum[LW_TURNS_MOST];
} lw_choice;

/** Where the real numbers decide: the place in the tables that 64 random bits choose, and whether
 *  enough is open. */
int64_t lw_choice_draw_real(const lw_choice *choice, uint64_t bits);
bool lw_choice_open_real(const lw_choice *choice);

/** How far a sum of n terms W open, or a share of it, can be from 255 x 2^31 times the real
 *  one: half of 255 for each W, as much for the share, and below 255 for all roundings of real
 *  numbers. */
static inline uint64_t lw_turns_doubt(const lw_turns *turns)
{
  return 255 * ((uint64_t)turns->room + 1);
}

/** direction: its number. False when nearly nothing is open: then the curve ends. */
static inline bool lw_choice_begin(const lw_turns *turns, int64_t direction, const uint8_t *open,
                                   lw_choice *choice)
{
  const int64_t room = turns->room, first = direction * room;
  const lw_turn *turn = turns->turn + first;
  uint64_t sum = 0;
  int64_t i = 0;
  choice->turns = turns;
  choice->first = first;
  choice->open = open;
  do {
    for (int64_t k = i; k < i + LW_TURNS_AT_ONCE; k++) {
      sum += (uint64_t)turn[k].whole * open[turn[k].step];
      choice->sum[k] = sum;
    }
    i += LW_TURNS_AT_ONCE;
  } while (i < room);
  if (sum + lw_turns_doubt(turns) < turns->least) return false;
  return sum > turns->least + lw_turns_doubt(turns) || lw_choice_open_real(choice);
}

/** The place in the tables that 64 random bits choose. */
static inline int64_t lw_choice_draw(const lw_choice *choice, uint64_t bits)
{
  const lw_turns *turns = choice->turns;
  const int64_t room = turns->room;
  const uint64_t share = lw_rng_scaled(bits, choice->sum[room - 1]), doubt = lw_turns_doubt(turns);
  uint64_t below = UINT64_MAX;
  int64_t count[LW_TURNS_AT_ONCE] = {0};
  for (int64_t j = 0; j < room; j += LW_TURNS_AT_ONCE)
    for (int64_t k = 0; k < LW_TURNS_AT_ONCE; k++) count[k] += choice->sum[j + k] <= share;
  const int64_t i = count[0] + count[1] + count[2] + count[3];
  if (i > 0) below = share - choice->sum[i - 1];
  if (below < doubt || i == room || choice->sum[i] - share < doubt)
    return lw_choice_draw_real(choice, bits);
  return choice->first + i;
}

#endif
