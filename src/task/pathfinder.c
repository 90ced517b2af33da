/* A picture is made in four stages, on a desk (pathfinder_desk.h).
 *
 * Mask (pathfinder_mask.c). What dashes keep free around themselves: 0 free .. 255 taken; a border
 * of `padding` pixels is taken from the start. A dash enters the mask only when its curve has got
 *  its next one, so that a curve is not repelled by its own end.
 *
 * Long curves (pathfinder_curve.c). The first begins at a free pixel at least 2 seed_distance from
 * the border, in a direction of whole degrees; the second at seed_distance from it. Then both get
 * their further dashes in turn. From a curve's pivot, one length and two margins ahead of the last,
 * the next head lies on a circle around it, with weight
 * (1 - mask within a margin) cos^2(continuity x turn); the dash is drawn back from there. Any
 * failure begins both curves anew.
 *
 * Short curves. One after the other in the same way from any free pixel, five tries each.
 *
 * Discs, on the start of one long curve and the end of the same (label 1) or of the other (0). */
#include "longwave/base/mem.h"
#include "pathfinder_desk.h"
#include <math.h>
#include <string.h>

/* ---- making ---- */

lw_status lw_pathfinder_create(const lw_pathfinder_settings *settings, lw_pathfinder **out)
{
  lw_pathfinder *pathfinder = NULL;
  lw_status status = LW_TAKE(&pathfinder, 1);
  if (status != LW_OK) return status;
  const int64_t reach = lw_disc_reach(settings->disc_radius);
  pathfinder->settings = *settings;
  pathfinder->disc_reach = reach;
  LW_TRY(LW_TAKE(&pathfinder->disc, (2 * reach + 1) * (2 * reach + 1)));
  LW_TRY(lw_disc_draw(settings->disc_radius, pathfinder->disc));
  for (int i = 0; i < 2; i++)
    LW_TRY(lw_dashes_init(&pathfinder->dashes[i], settings, settings->margin[i]));
  *out = pathfinder;
  pathfinder = NULL;
done:
  lw_pathfinder_destroy(&pathfinder);
  return status;
}

void lw_pathfinder_destroy(lw_pathfinder **pathfinder)
{
  if (!*pathfinder) return;
  for (int i = 0; i < 2; i++) lw_dashes_done(&(*pathfinder)->dashes[i]);
  lw_mem_give((*pathfinder)->disc);
  lw_mem_give(*pathfinder);
  *pathfinder = NULL;
}

lw_status lw_pathfinder_desk_create(const lw_pathfinder *pathfinder, lw_pathfinder_desk **out)
{
  const lw_pathfinder_settings *set = &pathfinder->settings;
  const int64_t pixels = set->side * set->side, words = (set->side + 63) / 64;
  const int64_t a = pathfinder->dashes[0].ring_count, b = pathfinder->dashes[1].ring_count;
  const int64_t dashes = 2 * set->contour_length + set->distractors * set->distractor_length;
  const int64_t square = 2 * LW_PATHFINDER_REACH_MOST + 1;
  lw_pathfinder_desk *desk = NULL;
  lw_status status = LW_TAKE(&desk, 1);
  if (status != LW_OK) return status;
  desk->pathfinder = pathfinder;
  desk->words = words;
  LW_TRY(LW_TAKE(&desk->mask, pixels));
  LW_TRY(LW_TAKE(&desk->kept, pixels));
  LW_TRY(LW_TAKE(&desk->blocked, set->side * words));
  LW_TRY(LW_TAKE(&desk->cover, square * square));
  LW_TRY(LW_TAKE(&desk->hit, set->side * words));
  for (int i = 0; i < 2; i++) {
    const int64_t count = pathfinder->dashes[i].count;
    LW_TRY(LW_TAKE(&desk->first_hit[i], count * set->side * words));
    LW_TRY(LW_TAKE(&desk->first_known[i], count));
  }
  LW_TRY(LW_TAKE(&desk->placed, dashes));
  LW_TRY(LW_TAKE(&desk->weight, a > b ? a : b));
  LW_TRY(LW_TAKE(&desk->light, pixels));
  *out = desk;
  desk = NULL;
done:
  lw_pathfinder_desk_destroy(&desk);
  return status;
}

void lw_pathfinder_desk_destroy(lw_pathfinder_desk **desk)
{
  if (!*desk) return;
  lw_mem_give((*desk)->mask);
  lw_mem_give((*desk)->kept);
  for (int i = 0; i < 2; i++) {
    lw_mem_give((*desk)->first_hit[i]);
    lw_mem_give((*desk)->first_known[i]);
  }
  lw_mem_give((*desk)->blocked);
  lw_mem_give((*desk)->cover);
  lw_mem_give((*desk)->hit);
  lw_mem_give((*desk)->placed);
  lw_mem_give((*desk)->weight);
  lw_mem_give((*desk)->light);
  lw_mem_give(*desk);
  *desk = NULL;
}

/* ---- light ---- */

static void shine(lw_pathfinder_desk *desk, const int64_t at[2], const uint8_t *patch,
                  int64_t reach, float contrast)
{
  const int64_t side = desk->pathfinder->settings.side;
  const lw_patch_part part = lw_patch_within(side, at, reach);
  for (int64_t y = part.first[0]; y <= part.last[0]; y++) {
    float *light = desk->light + (at[0] + y) * side + at[1];
    const uint8_t *row = patch + (reach + y) * (2 * reach + 1) + reach;
    for (int64_t x = part.first[1]; x <= part.last[1]; x++)
      if ((float)row[x] * contrast > light[x]) light[x] = (float)row[x] * contrast;
  }
}

/* All dashes and discs, stretched to 0..255. */
static void expose(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth, uint8_t *pixels)
{
  const lw_pathfinder *own = desk->pathfinder;
  const int64_t count = own->settings.side * own->settings.side;
  const double contrast = own->settings.snake_contrast;
  memset(desk->light, 0, (size_t)count * sizeof *desk->light);
  for (int64_t i = 0; i < desk->placed_count; i++) {
    const lw_placed_dash *placed = &desk->placed[i];
    const double own_contrast = placed->distractor ? 1.0 : own->settings.paddle_contrast;
    shine(desk, placed->position, lw_dashes_get(desk->dashes, placed->dash).ink,
          desk->dashes->reach, (float)(contrast * own_contrast));
  }
  for (int i = 0; i < 2; i++) shine(desk, truth->disc[i], own->disc, own->disc_reach, 1.0f);
  float least = desk->light[0], greatest = desk->light[0];
  for (int64_t i = 1; i < count; i++) {
    least = fminf(least, desk->light[i]);
    greatest = fmaxf(greatest, desk->light[i]);
  }
  const float stretch = LW_MASK_FULL / (greatest - least);
  for (int64_t i = 0; i < count; i++)
    pixels[i] = (uint8_t)((desk->light[i] - least) * stretch + 0.5f);
}

bool lw_pathfinder_draw(lw_pathfinder_desk *desk, uint64_t seed, uint64_t number, uint8_t *pixels,
                        lw_pathfinder_truth *truth)
{
  lw_curve curves[2];
  lw_pathfinder_truth own = {0};
  bool found = false;
  desk->rng = (lw_rng){seed, LW_RNG_DATA, (uint32_t)number, (uint32_t)(number >> 32)};
  desk->drawn = 0;
  own.label = (int32_t)lw_desk_below(desk, 2);
  desk->dashes = &desk->pathfinder->dashes[lw_desk_below(desk, 2)];
  while (!found && own.attempts < LW_PATHFINDER_ATTEMPTS) {
    own.attempts++;
    found = lw_curves_long(desk, curves);
  }
  if (!found) return false;
  own.distractors = lw_curves_short(desk);
  const int64_t from = lw_desk_below(desk, 2), to = own.label ? from : 1 - from;
  memcpy(own.disc[0], curves[from].start, sizeof own.disc[0]);
  memcpy(own.disc[1], curves[to].end, sizeof own.disc[1]);
  expose(desk, &own, pixels);
  *truth = own;
  return true;
}
