/* A picture is made in four stages, on a desk (pathfinder_desk.h).
 *
 * Mask (pathfinder_curve.c). What dashes keep free around themselves: 0 free .. 255 taken; a border
 * of `padding` pixels is taken from the start. A dash enters the mask only when its curve has got
 * its next one, so that a curve is not repelled by its own end.
 *
 * Long curves (pathfinder_curve.c). The first begins at a free pixel at least 2 seed_distance from
 * the border (pathfinder_room.c), in a direction of whole degrees; the second at seed_distance from
 * it. Then both get their further dashes in turn. From a curve's pivot, one length and two margins
 * ahead of the last (pathfinder_ways.c), the next head lies on a circle around it, with weight
 * (1 - mask within a margin) cos^2(continuity x turn) (pathfinder_turns.c); the dash is drawn back
 * from there. Any failure begins both curves anew, and most attempts fail: of a hard picture of 16
 * pixels thousands. So what an attempt needs is made once, as tables and stamps
 * (pathfinder_stamps.c).
 *
 * Short curves. One after the other in the same way from any free pixel, five tries each.
 *
 * Discs, on the start of one long curve and the end of the same (label 1) or of the other (0). */
#include "longwave/base/mem.h"
#include "pathfinder_desk.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- making ---- */

static lw_status make_kit(const lw_pathfinder *own, int64_t margin, lw_pathfinder_kit *kit)
{
  lw_status status = LW_OK;
  LW_TRY(lw_dashes_init(&kit->dashes, &own->settings, margin));
  LW_TRY(lw_dash_stamps_init(&kit->dashes, &own->shape, &kit->stamps));
  LW_TRY(lw_ways_init(&kit->dashes, &own->shape, &kit->ways));
  LW_TRY(lw_covers_init(&kit->dashes, &kit->covers));
  LW_TRY(lw_turns_init(&kit->dashes, own->settings.continuity, own->shape.stride, &kit->turns));
  LW_TRY(LW_TAKE(&kit->open, lw_plane_bytes(&own->shape)));
  lw_plane_frame(&own->shape, own->settings.padding + margin, (const uint8_t[]){LW_FULL, 0, 0},
                 kit->open);
done:
  return status;
}

static lw_status make_disc(double radius, const lw_plane_shape *shape, lw_stamps *stamps)
{
  const int64_t reach = lw_disc_reach(radius), size = 2 * reach + 1;
  uint8_t *disc = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&disc, size * size));
  LW_TRY(lw_disc_draw(radius, disc));
  LW_TRY(lw_stamps_init(&(lw_patches){disc, size * size, 1, reach, 1, 0}, shape, stamps));
done:
  lw_mem_give(disc);
  return status;
}

/* Whole degrees, rounded to the nearest pixel. */
static void make_beside(lw_pathfinder *own)
{
  const double distance = (double)own->settings.seed_distance;
  for (int degree = 0; degree < LW_SEED_DIRECTIONS; degree++) {
    const double angle = (double)degree * pi / 180.0;
    own->beside[degree][0] = (int)llrint(distance * sin(angle));
    own->beside[degree][1] = (int)llrint(distance * cos(angle));
  }
}

/* Stamps reach beyond the edges of the picture, and rings around pivots that lie beyond them. */
static int64_t pad_of(const lw_pathfinder_settings *set)
{
  int64_t most = lw_disc_reach(set->disc_radius);
  for (int i = 0; i < 2; i++) {
    const int64_t length = set->paddle_length + set->margin[i];
    const int64_t reach = length + (int64_t)ceil(set->thickness) + set->margin[i];
    const int64_t pad = reach > 2 * length ? reach : 2 * length;
    if (pad > most) most = pad;
  }
  return most;
}

lw_status lw_pathfinder_create(const lw_pathfinder_settings *settings, lw_pathfinder **out)
{
  lw_pathfinder *own = NULL;
  lw_status status = LW_TAKE(&own, 1);
  if (status != LW_OK) return status;
  own->settings = *settings;
  own->shape = lw_plane_shape_of(settings->side, pad_of(settings));
  LW_TRY(LW_TAKE(&own->border, lw_plane_bytes(&own->shape)));
  LW_TRY(LW_TAKE(&own->within, lw_plane_bytes(&own->shape)));
  LW_TRY(LW_TAKE(&own->beside, LW_SEED_DIRECTIONS));
  lw_plane_frame(&own->shape, settings->padding, (const uint8_t[]){0, LW_FULL, 0}, own->border);
  lw_plane_frame(&own->shape, 0, (const uint8_t[]){LW_FULL, LW_FULL, 0}, own->within);
  make_beside(own);
  LW_TRY(make_disc(settings->disc_radius, &own->shape, &own->disc));
  for (int i = 0; i < 2; i++) LW_TRY(make_kit(own, settings->margin[i], &own->kit[i]));
  *out = own;
  own = NULL;
done:
  lw_pathfinder_destroy(&own);
  return status;
}

void lw_pathfinder_destroy(lw_pathfinder **pathfinder)
{
  lw_pathfinder *own = *pathfinder;
  if (!own) return;
  for (int i = 0; i < 2; i++) {
    lw_dash_stamps_done(&own->kit[i].stamps);
    lw_ways_done(&own->kit[i].ways);
    lw_covers_done(&own->kit[i].covers);
    lw_turns_done(&own->kit[i].turns);
    lw_dashes_done(&own->kit[i].dashes);
    lw_mem_give(own->kit[i].open);
  }
  lw_stamps_done(&own->disc);
  lw_mem_give(own->border);
  lw_mem_give(own->within);
  lw_mem_give(own->beside);
  lw_mem_give(own);
  *pathfinder = NULL;
}

/* ---- desks ---- */

static lw_status make_rooms(lw_pathfinder_desk *desk)
{
  const int64_t side = desk->pathfinder->settings.side, words = desk->words;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&desk->blocked, side * words));
  LW_TRY(LW_TAKE(&desk->later.hits, side * words));
  LW_TRY(LW_TAKE(&desk->later.rows, desk->rows + 1));
  for (int i = 0; i < 2; i++) {
    const int64_t count = desk->pathfinder->kit[i].dashes.count;
    LW_TRY(LW_TAKE(&desk->first[i].hits, count * side * words));
    LW_TRY(LW_TAKE(&desk->first[i].rows, count * (desk->rows + 1)));
    LW_TRY(LW_TAKE(&desk->first[i].known, count));
  }
done:
  return status;
}

static lw_status make_planes(lw_pathfinder_desk *desk)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const int64_t bytes = lw_plane_bytes(shape);
  lw_status status = LW_OK;
  lw_mask *masks[] = {&desk->mask, &desk->kept};
  for (int i = 0; i < 2; i++) {
    LW_TRY(LW_TAKE(&masks[i]->taken, bytes));
    LW_TRY(LW_TAKE(&masks[i]->open, bytes));
  }
  for (int i = 0; i < LW_INKS; i++) LW_TRY(LW_TAKE(&desk->ink[i], bytes));
done:
  return status;
}

lw_status lw_pathfinder_desk_create(const lw_pathfinder *pathfinder, lw_pathfinder_desk **out)
{
  const lw_pathfinder_settings *set = &pathfinder->settings;
  const int64_t dashes = 2 * set->contour_length + set->distractors * set->distractor_length;
  lw_pathfinder_desk *desk = NULL;
  lw_status status = LW_TAKE(&desk, 1);
  if (status != LW_OK) return status;
  desk->pathfinder = pathfinder;
  desk->words = (set->side + 63) / 64;
  desk->rows = 1;
  while (desk->rows < set->side) desk->rows *= 2;
  LW_TRY(make_rooms(desk));
  LW_TRY(make_planes(desk));
  LW_TRY(LW_TAKE(&desk->placed, dashes));
  *out = desk;
  desk = NULL;
done:
  lw_pathfinder_desk_destroy(&desk);
  return status;
}

void lw_pathfinder_desk_destroy(lw_pathfinder_desk **desk)
{
  lw_pathfinder_desk *own = *desk;
  if (!own) return;
  for (int i = 0; i < 2; i++) {
    lw_mem_give(own->first[i].hits);
    lw_mem_give(own->first[i].rows);
    lw_mem_give(own->first[i].known);
  }
  lw_mem_give(own->later.hits);
  lw_mem_give(own->later.rows);
  lw_mem_give(own->blocked);
  lw_mem_give(own->mask.taken);
  lw_mem_give(own->mask.open);
  lw_mem_give(own->kept.taken);
  lw_mem_give(own->kept.open);
  for (int i = 0; i < LW_INKS; i++) lw_mem_give(own->ink[i]);
  lw_mem_give(own->placed);
  lw_mem_give(own);
  *desk = NULL;
}

/* ---- a picture ---- */

bool lw_pathfinder_draw(lw_pathfinder_desk *desk, uint64_t seed, uint64_t number, uint8_t *pixels,
                        lw_pathfinder_truth *truth)
{
  lw_curve curves[2];
  lw_pathfinder_truth own = {0};
  desk->rng = (lw_rng){seed, LW_RNG_DATA, (uint32_t)number, (uint32_t)(number >> 32)};
  desk->drawn = 0;
  own.label = (int32_t)lw_desk_below(desk, 2);
  desk->kit = &desk->pathfinder->kit[lw_desk_below(desk, 2)];
  own.attempts = lw_curves_long(desk, curves);
  if (!own.attempts) return false;
  own.distractors = lw_curves_short(desk);
  const int64_t from = lw_desk_below(desk, 2), to = own.label ? from : 1 - from;
  own.marked[from] = own.marked[to] = true;
  memcpy(own.disc[0], curves[from].start, sizeof own.disc[0]);
  memcpy(own.disc[1], curves[to].last.position, sizeof own.disc[1]);
  lw_light_expose(desk, &own, pixels);
  *truth = own;
  return true;
}
