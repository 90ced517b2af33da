/* Curves, dash by dash. */
#include "pathfinder_desk.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Draws of one dash; tries to seed a curve that would leave the picture; tries of a short curve. */
enum { DASH_DRAWS = 3, SEED_DRAWS = 3, SHORT_TRIES = 5 };

static bool inside(const lw_pathfinder_desk *desk, const int64_t position[2])
{
  const int64_t side = desk->pathfinder->settings.side;
  return position[0] >= 0 && position[0] < side && position[1] >= 0 && position[1] < side;
}

static void moved(const int64_t from[2], const double way[2], int64_t to[2])
{
  for (int axis = 0; axis < 2; axis++) to[axis] = (int64_t)ceil((double)from[axis] + way[axis]);
}

/* Begin at `tail`; false when the dash or its pivot leaves the picture. */
static bool begin(const lw_pathfinder_desk *desk, const lw_direction *direction,
                  const int64_t tail[2], bool distractor, lw_curve *out)
{
  int64_t head[2], pivot[2];
  moved(tail, direction->head, head);
  moved(head, direction->back, pivot);
  if (!inside(desk, head) || !inside(desk, pivot)) return false;
  *out = (lw_curve){.direction = direction,
                    .pivot = {pivot[0], pivot[1]},
                    .start = {tail[0], tail[1]},
                    .last = {{tail[0], tail[1]}, direction->dash, distractor}};
  return true;
}

/* A curve that begins at any free pixel. */
static bool seed_anywhere(lw_pathfinder_desk *desk, bool distractor, lw_curve *out)
{
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    const lw_direction *direction = &desk->dashes->seed[lw_desk_below(desk, LW_SEED_DIRECTIONS)];
    int64_t tail[2];
    if (!direction->usable) return false;
    const uint64_t *hits =
        distractor ? lw_room_later(desk, direction->dash) : lw_room_first(desk, direction->dash);
    if (!hits || !lw_room_choose(desk, hits, tail)) return false;
    if (begin(desk, direction, tail, distractor, out)) return true;
  }
  return false;
}

/* The second long curve, near the first. */
static bool seed_beside(lw_pathfinder_desk *desk, const lw_curve *first, lw_curve *out)
{
  const double distance = (double)desk->pathfinder->settings.seed_distance;
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    const lw_direction *direction = &desk->dashes->seed[lw_desk_below(desk, LW_SEED_DIRECTIONS)];
    const double angle = (double)lw_desk_below(desk, 360) * pi / 180.0;
    const int64_t tail[2] = {first->start[0] + llrint(distance * sin(angle)),
                             first->start[1] + llrint(distance * cos(angle))};
    if (begin(desk, direction, tail, false, out)) return true;
  }
  return false;
}

/* What the turn alone would give. */
static double weight_of_turn(const lw_pathfinder_desk *desk, const lw_curve *now,
                             const lw_direction *next)
{
  double turn = fabs(next->angle - now->direction->angle);
  if (turn > pi) turn = 2.0 * pi - turn;
  turn *= desk->pathfinder->settings.continuity;
  return turn < pi / 2.0 ? cos(turn) * cos(turn) : 0.0;
}

static double weight_of(const lw_pathfinder_desk *desk, const lw_curve *now, const int64_t pivot[2],
                        const lw_direction *next)
{
  const int64_t head[2] = {pivot[0] + next->ring[0], pivot[1] + next->ring[1]};
  if (!inside(desk, head)) return 0.0;
  const double weight = weight_of_turn(desk, now, next);
  return weight > 0.0 ? weight * (LW_MASK_FULL - lw_mask_near(desk, head)) / LW_MASK_FULL : 0.0;
}

/* A pixel of the ring with the chance of its weight. */
static int64_t choose(lw_pathfinder_desk *desk, double total)
{
  double rest = lw_rng_uniform(desk->rng, desk->drawn++) * total;
  int64_t i = 0, last = 0;
  for (; i < desk->dashes->ring_count; i++) {
    if (desk->weight[i] <= 0.0) continue;
    last = i;
    rest -= desk->weight[i];
    if (rest < 0.0) break;
  }
  return last;
}

static void place(lw_pathfinder_desk *desk, const lw_placed_dash *placed)
{
  desk->placed[desk->placed_count++] = *placed;
}

static bool extend(lw_pathfinder_desk *desk, lw_curve *now)
{
  const lw_dashes *dashes = desk->dashes;
  const bool distractor = now->last.distractor;
  int64_t pivot[2];
  double total = 0.0;
  moved(now->pivot, now->direction->advance, pivot);
  for (int64_t i = 0; i < dashes->ring_count; i++)
    total += desk->weight[i] = weight_of(desk, now, pivot, &dashes->ring[i]);
  if (total < 1e-4) return false;
  for (int draw = 0; draw < DASH_DRAWS; draw++) {
    const lw_direction *next = &dashes->ring[choose(desk, total)];
    const lw_placed_dash dash = {
        {pivot[0] + next->ring[0], pivot[1] + next->ring[1]}, next->dash, distractor};
    if (lw_mask_meets(desk, &dash)) continue;
    lw_mask_join(desk, &now->last);
    place(desk, &dash);
    memcpy(now->pivot, pivot, sizeof pivot);
    memcpy(now->end, dash.position, sizeof now->end);
    now->direction = next;
    now->last = dash;
    return true;
  }
  return false;
}

bool lw_curves_long(lw_pathfinder_desk *desk, lw_curve curves[2])
{
  const lw_pathfinder_settings *set = &desk->pathfinder->settings;
  lw_mask_clear(desk);
  desk->placed_count = 0;
  if (!seed_anywhere(desk, false, &curves[0])) return false;
  if (!seed_beside(desk, &curves[0], &curves[1])) return false;
  for (int i = 0; i < 2; i++) place(desk, &curves[i].last);
  for (int64_t n = 1; n < set->contour_length; n++)
    for (int i = 0; i < 2; i++)
      if (!extend(desk, &curves[i])) return false;
  /* The end of the first curve stays out of the mask, as in the original. */
  lw_mask_join(desk, &curves[1].last);
  return true;
}

static bool short_curve(lw_pathfinder_desk *desk)
{
  const int64_t before = desk->placed_count;
  lw_curve now;
  if (!seed_anywhere(desk, true, &now)) return false;
  place(desk, &now.last);
  for (int64_t n = 1; n < desk->pathfinder->settings.distractor_length; n++)
    if (!extend(desk, &now)) {
      desk->placed_count = before;
      return false;
    }
  lw_mask_join(desk, &now.last);
  return true;
}

int64_t lw_curves_short(lw_pathfinder_desk *desk)
{
  const lw_pathfinder_settings *set = &desk->pathfinder->settings;
  const size_t pixels = (size_t)(set->side * set->side);
  int64_t found = 0;
  for (int64_t i = 0; i < set->distractors; i++)
    for (int try = 0; try < SHORT_TRIES; try++) {
      memcpy(desk->kept, desk->mask, pixels);
      if (short_curve(desk)) {
        found++;
        break;
      }
      memcpy(desk->mask, desk->kept, pixels);
    }
  return found;
}
