/* Curves, dash by dash, and the mask that they grow in: what dashes keep free around themselves,
 * and the greatest of it within a margin, which weakens the pixels of a ring. That of several
 * dashes is the greatest of each, so a dash changes both planes by one stamp. */
#include "pathfinder_desk.h"
#include <string.h>

/* Draws of one dash; tries to seed a curve that would leave the picture; tries of a short curve. */
enum { DASH_DRAWS = 3, SEED_DRAWS = 3, SHORT_TRIES = 5 };

/* ---- the mask ---- */

static void copy(const lw_plane_shape *shape, const uint8_t *from, uint8_t *to)
{
  const int64_t first = lw_plane_first(shape);
  memcpy(to + first, from + first, (size_t)lw_plane_span(shape));
}

static void copy_mask(const lw_pathfinder_desk *desk, const lw_mask *from, lw_mask *to)
{
  copy(&desk->pathfinder->shape, from->taken, to->taken);
  copy(&desk->pathfinder->shape, from->open, to->open);
}

/* Only the border is taken. */
static void clear_mask(lw_pathfinder_desk *desk)
{
  copy(&desk->pathfinder->shape, desk->pathfinder->border, desk->mask.taken);
  copy(&desk->pathfinder->shape, desk->kit->open, desk->mask.open);
}

/* Footprints end at the edges of the picture. `open` is 0 there, by the border. */
static void join_mask(lw_pathfinder_desk *desk, const lw_placed_dash *placed)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const lw_dash_stamps *stamps = &desk->kit->stamps;
  const int64_t place = lw_plane_place(shape, placed->position[0], placed->position[1]);
  lw_stamp_join_within(&stamps->taken, placed->dash, shape->stride, place, desk->pathfinder->within,
                       desk->mask.taken);
  lw_stamp_lower(&stamps->open, placed->dash, shape->stride, place, desk->mask.open);
}

/* ---- how a curve begins ---- */

/* Begin at `tail`; false when the dash or its pivot leaves the picture. */
static bool begin(const lw_pathfinder_desk *desk, int direction, const int64_t tail[2], int owner,
                  lw_curve *out)
{
  const lw_ways *ways = &desk->kit->ways;
  int64_t pivot[2];
  if (!lw_ways_stay(ways, direction, tail)) return false;
  lw_ways_move(ways, ways->begin, direction, tail, pivot);
  *out = (lw_curve){.direction = direction,
                    .pivot = {pivot[0], pivot[1]},
                    .start = {tail[0], tail[1]},
                    .last = {{tail[0], tail[1]}, ways->dash[direction], owner}};
  return true;
}

static int draw_direction(lw_pathfinder_desk *desk)
{
  return (int)lw_desk_below(desk, LW_SEED_DIRECTIONS);
}

/* A curve that begins at any free pixel, in this direction at first. */
static bool seed_anywhere(lw_pathfinder_desk *desk, int direction, int owner, lw_curve *out)
{
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    int64_t tail[2];
    lw_room room;
    if (draw) direction = draw_direction(desk);
    if (!desk->kit->ways.usable[direction]) return false;
    const int dash = desk->kit->ways.dash[direction];
    if (owner != LW_OWNER_SHORT)
      room = lw_room_first(desk, dash);
    else if (!lw_room_later(desk, dash, &room))
      return false;
    if (!lw_room_choose(desk, &room, tail)) return false;
    if (begin(desk, direction, tail, owner, out)) return true;
  }
  return false;
}

/* The second long curve, near the first. */
static bool seed_beside(lw_pathfinder_desk *desk, const lw_curve *first, lw_curve *out)
{
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    const int direction = draw_direction(desk);
    const int *way = desk->pathfinder->beside[lw_desk_below(desk, LW_SEED_DIRECTIONS)];
    const int64_t tail[2] = {first->start[0] + way[0], first->start[1] + way[1]};
    if (begin(desk, direction, tail, 1, out)) return true;
  }
  return false;
}

/* ---- how it goes on ---- */

/* Number by number: a copy of the whole would wait until all of it, which is new, is in memory. */
static void place(lw_pathfinder_desk *desk, const int64_t position[2], int dash, int owner)
{
  lw_placed_dash *to = &desk->placed[desk->placed_count++];
  to->position[0] = position[0];
  to->position[1] = position[1];
  to->dash = dash;
  to->owner = owner;
}

/* To the pixel `i` of the ring around a pivot. */
static void go_on(lw_pathfinder_desk *desk, lw_curve *now, const int64_t pivot[2], int i)
{
  const lw_direction *next = &desk->kit->dashes.ring[i];
  const int64_t head[2] = {pivot[0] + next->ring[0], pivot[1] + next->ring[1]};
  for (int axis = 0; axis < 2; axis++) {
    now->pivot[axis] = pivot[axis];
    now->last.position[axis] = head[axis];
  }
  now->direction = LW_SEED_DIRECTIONS + i;
  now->last.dash = next->dash;
  place(desk, head, next->dash, now->last.owner);
}

/* Can a head on the ring around it lie in the picture? */
static bool reaches(const lw_pathfinder_desk *desk, const int64_t pivot[2])
{
  const lw_dashes *dashes = &desk->kit->dashes;
  const int64_t side = desk->pathfinder->settings.side, radius = dashes->length + dashes->margin;
  return pivot[0] >= -radius && pivot[0] < side + radius && pivot[1] >= -radius &&
         pivot[1] < side + radius;
}

static bool extend(lw_pathfinder_desk *desk, lw_curve *now)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const lw_pathfinder_kit *kit = desk->kit;
  lw_choice choice;
  int64_t pivot[2];
  lw_ways_move(&kit->ways, kit->ways.advance, now->direction, now->pivot, pivot);
  if (!reaches(desk, pivot)) return false;
  const int64_t place = lw_plane_place(shape, pivot[0], pivot[1]);
  if (!lw_choice_begin(&kit->turns, now->direction, desk->mask.open + place, &choice)) return false;
  for (int draw = 0; draw < DASH_DRAWS; draw++) {
    const int64_t i = lw_choice_draw(&choice, lw_desk_bits(desk));
    if (lw_stamp_meets(&kit->stamps.meets, kit->turns.dash[i], shape->stride,
                       place + kit->turns.turn[i].step, desk->mask.taken))
      continue;
    join_mask(desk, &now->last);
    go_on(desk, now, pivot, kit->turns.next[i]);
    return true;
  }
  return false;
}

/* ---- the curves of a picture ---- */

static bool long_curves(lw_pathfinder_desk *desk, int direction, lw_curve curves[2])
{
  if (!seed_anywhere(desk, direction, 0, &curves[0])) return false;
  if (!seed_beside(desk, &curves[0], &curves[1])) return false;
  clear_mask(desk);
  desk->placed_count = 0;
  for (int i = 0; i < 2; i++) place(desk, curves[i].start, curves[i].last.dash, i);
  for (int64_t n = 1; n < desk->pathfinder->settings.contour_length; n++)
    for (int i = 0; i < 2; i++)
      if (!extend(desk, &curves[i])) return false;
  /* The end of the first curve stays out of the mask, as in the original. */
  join_mask(desk, &curves[1].last);
  return true;
}

/* Attempts up to `last` that end with their first random number, as most do. *direction: of the
 * next one, that goes on. Returns its number, or more than `last`. */
static int64_t pass_over(lw_pathfinder_desk *desk, int64_t attempt, int64_t last, int *direction)
{
  const bool *usable = desk->kit->ways.usable;
  do {
    *direction = draw_direction(desk);
    attempt++;
  } while (attempt <= last && !usable[*direction]);
  return attempt;
}

int64_t lw_curves_long(lw_pathfinder_desk *desk, lw_curve curves[2])
{
  int64_t attempt = 0;
  for (;;) {
    int direction;
    attempt = pass_over(desk, attempt, LW_PATHFINDER_ATTEMPTS, &direction);
    if (attempt > LW_PATHFINDER_ATTEMPTS) return 0;
    if (long_curves(desk, direction, curves)) return attempt;
  }
}

/* The mask is kept in case that the curve does not come to its end. */
static bool short_curve(lw_pathfinder_desk *desk)
{
  const int64_t before = desk->placed_count;
  lw_curve now;
  if (!seed_anywhere(desk, draw_direction(desk), LW_OWNER_SHORT, &now)) return false;
  copy_mask(desk, &desk->mask, &desk->kept);
  place(desk, now.start, now.last.dash, LW_OWNER_SHORT);
  for (int64_t n = 1; n < desk->pathfinder->settings.distractor_length; n++)
    if (!extend(desk, &now)) {
      desk->placed_count = before;
      copy_mask(desk, &desk->kept, &desk->mask);
      return false;
    }
  join_mask(desk, &now.last);
  lw_room_forget(desk);
  return true;
}

int64_t lw_curves_short(lw_pathfinder_desk *desk)
{
  int64_t found = 0;
  lw_room_forget(desk);
  for (int64_t i = 0; i < desk->pathfinder->settings.distractors; i++)
    for (int try = 0; try < SHORT_TRIES; try++)
      if (short_curve(desk)) {
        found++;
        break;
      }
  return found;
}
