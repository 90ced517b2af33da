/* What is seen: each pixel has the light of the brightest thing on it, which is ink times contrast,
 * and the picture is stretched to 0..255. Things of one contrast are joined as bytes, for the
 * brightest of them is the one with the most ink. */
#include "pathfinder_desk.h"
#include <math.h>
#include <string.h>

static float greater(float a, float b)
{
  return a > b ? a : b;
}

/* ink [3]: the plane of each owner. */
static void join_all(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth, const int ink[3])
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  for (int i = 0; i < LW_INKS; i++)
    memset(desk->ink[i] + lw_plane_first(shape), 0, (size_t)lw_plane_span(shape));
  for (int64_t i = 0; i < desk->placed_count; i++) {
    const lw_placed_dash *placed = &desk->placed[i];
    lw_stamp_join(&desk->kit->stamps.ink, placed->dash, shape->stride,
                  lw_plane_place(shape, placed->position[0], placed->position[1]),
                  desk->ink[ink[placed->owner]]);
  }
  for (int i = 0; i < 2; i++)
    lw_stamp_join(&desk->pathfinder->disc, 0, shape->stride,
                  lw_plane_place(shape, truth->disc[i][0], truth->disc[i][1]),
                  desk->ink[LW_INK_DISC]);
}

/* Of the rows of one picture: ink [LW_INKS] of the row's pixels. */
typedef struct lw_lamps {
  float contrast[LW_INKS];
  float least, stretch;
} lw_lamps;

static inline float light_of(const lw_lamps *lamps, uint8_t a, uint8_t b, uint8_t c)
{
  const float *contrast = lamps->contrast;
  return greater(greater((float)a * contrast[0], (float)b * contrast[1]), (float)c * contrast[2]);
}

/* No light is below 0, so that one dark pixel settles it. */
static float least_light(const lw_pathfinder_desk *desk, const lw_lamps *lamps)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  float least = INFINITY;
  for (int64_t y = 0; y < shape->side && least > 0.0f; y++) {
    const int64_t row = lw_plane_place(shape, y, 0);
    for (int64_t x = row; x < row + shape->side && least > 0.0f; x++) {
      const float light = light_of(lamps, desk->ink[0][x], desk->ink[1][x], desk->ink[2][x]);
      least = light < least ? light : least;
    }
  }
  return least;
}

static float greatest_light(const lw_pathfinder_desk *desk, const lw_lamps *lamps)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  uint8_t most[LW_INKS] = {0};
  for (int i = 0; i < LW_INKS; i++)
    for (int64_t y = 0; y < shape->side; y++) {
      const uint8_t *ink = desk->ink[i] + lw_plane_place(shape, y, 0);
      uint8_t here = 0;
      for (int64_t x = 0; x < shape->side; x++) here = ink[x] > here ? ink[x] : here;
      most[i] = here > most[i] ? here : most[i];
    }
  return light_of(lamps, most[0], most[1], most[2]);
}

static void stretch_row(const lw_lamps *lamps, const uint8_t *const ink[LW_INKS], int64_t place,
                        int64_t side, uint8_t *restrict pixels)
{
  const lw_lamps own = *lamps;
  const uint8_t *a = ink[0] + place, *b = ink[1] + place, *c = ink[2] + place;
  for (int64_t x = 0; x < side; x++) {
    const float light = light_of(&own, a[x], b[x], c[x]);
    pixels[x] = (uint8_t)(int32_t)((light - own.least) * own.stretch + 0.5f);
  }
}

void lw_light_expose(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth, uint8_t *pixels)
{
  const lw_pathfinder_settings *set = &desk->pathfinder->settings;
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const uint8_t *const ink[LW_INKS] = {desk->ink[0], desk->ink[1], desk->ink[2]};
  lw_lamps lamps = {
      .contrast = {[LW_INK_LONG] = (float)(set->snake_contrast * set->paddle_contrast),
                   [LW_INK_SHORT] = (float)set->snake_contrast,
                   [LW_INK_DISC] = 1.0f}};
  join_all(desk, truth, (const int[]){LW_INK_LONG, LW_INK_LONG, LW_INK_SHORT});
  lamps.least = least_light(desk, &lamps);
  lamps.stretch = LW_FULL / (greatest_light(desk, &lamps) - lamps.least);
  for (int64_t y = 0; y < shape->side; y++)
    stretch_row(&lamps, ink, lw_plane_place(shape, y, 0), shape->side, pixels + y * shape->side);
}

void lw_pathfinder_trace(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth, uint8_t *steps)
{
  enum { MARKED = LW_INK_LONG, OTHER = LW_INK_SHORT, QUARTER = 64 };
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const int64_t side = shape->side;
  join_all(
      desk, truth,
      (const int[]){truth->marked[0] ? MARKED : OTHER, truth->marked[1] ? MARKED : OTHER, OTHER});
  for (int64_t i = 0; i < side * side; i++) {
    const int64_t place = lw_plane_place(shape, i / side, i % side);
    const int disc = desk->ink[LW_INK_DISC][place], other = desk->ink[OTHER][place];
    const int marked = desk->ink[MARKED][place] > disc ? desk->ink[MARKED][place] : disc;
    steps[i] = LW_PATHFINDER_BACKGROUND;
    if (marked >= QUARTER || other >= QUARTER)
      steps[i] = marked >= other ? LW_PATHFINDER_MARKED : LW_PATHFINDER_ANOTHER;
  }
}
