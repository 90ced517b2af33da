/* Lines and discs are drawn at twice their size and reduced with a Lanczos kernel, in bytes, so
 * that their brightness is that of the original generator, which let an image library do it. */
#include "pathfinder_dash.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE = 2, KERNEL_REACH = 3, FULL = 255 };

static const double pi = 3.14159265358979323846;

/* ---- reduction ---- */

static double lanczos(double x)
{
  if (x == 0.0) return 1.0;
  if (fabs(x) >= KERNEL_REACH) return 0.0;
  const double a = pi * x, b = a / KERNEL_REACH;
  return sin(a) / a * sin(b) / b;
}

/* One axis: to[i] of row r is a weighted mean of from[r, ...]; the result lies transposed. */
static void reduce_axis(const uint8_t *from, int64_t rows, int64_t from_size, uint8_t *to,
                        int64_t to_size)
{
  const double ratio = (double)from_size / (double)to_size, support = KERNEL_REACH * ratio;
  double weight[8 * KERNEL_REACH * SCALE];
  for (int64_t i = 0; i < to_size; i++) {
    const double centre = ((double)i + 0.5) * ratio;
    int64_t first = (int64_t)(centre - support + 0.5), last = (int64_t)(centre + support + 0.5);
    if (centre - support + 0.5 < 0.0) first = 0;
    if (last > from_size) last = from_size;
    double total = 0.0;
    for (int64_t j = first; j < last; j++)
      total += weight[j - first] = lanczos(((double)j - centre + 0.5) / ratio);
    for (int64_t r = 0; r < rows; r++) {
      double sum = 0.0;
      for (int64_t j = first; j < last; j++) sum += weight[j - first] * from[r * from_size + j];
      const double value = floor(sum / total + 0.5);
      to[i * rows + r] = (uint8_t)(value < 0.0 ? 0.0 : value > FULL ? FULL : value);
    }
  }
}

/* from [from_size, from_size], to [to_size, to_size]; between [to_size, from_size] scratch */
static void reduce(const uint8_t *from, int64_t from_size, uint8_t *between, uint8_t *to,
                   int64_t to_size)
{
  reduce_axis(from, from_size, from_size, between, to_size);
  reduce_axis(between, to_size, from_size, to, to_size);
}

/* ---- drawing at the larger size ---- */

/* Halves go up, or down. */
static int64_t nearest_up(double x)
{
  return (int64_t)(x < 0.0 ? -floor(0.5 - x) : floor(x + 0.5));
}

static int64_t nearest_down(double x)
{
  return (int64_t)(x < 0.0 ? -ceil(-x - 0.5) : ceil(x - 0.5));
}

/* One pixel in each row or column, whichever axis is the longer one, by Bresenham's rule. */
static void draw_thin(uint8_t *canvas, int64_t size, const int64_t from[2], const int64_t to[2])
{
  const int64_t dy = llabs(to[0] - from[0]), dx = llabs(to[1] - from[1]);
  const int64_t step_y = to[0] < from[0] ? -1 : 1, step_x = to[1] < from[1] ? -1 : 1;
  const int64_t most = dy > dx ? dy : dx, least = dy > dx ? dx : dy;
  int64_t y = from[0], x = from[1], error = 2 * least - most;
  for (int64_t n = 0; n <= most; n++) {
    canvas[y * size + x] = FULL;
    const bool aside = error >= 0;
    if (aside) error -= 2 * most;
    error += 2 * least;
    y += dy > dx || aside ? step_y : 0;
    x += dy <= dx || aside ? step_x : 0;
  }
}

/* The pixels between the left and the right edge of a four-cornered shape, row by row. */
static void fill_shape(uint8_t *canvas, int64_t size, int64_t corner[4][2])
{
  for (int64_t y = 0; y < size; y++) {
    double left = INFINITY, right = -INFINITY;
    for (int i = 0; i < 4; i++) {
      const int64_t *a = corner[i], *b = corner[(i + 1) % 4];
      const int64_t low = a[0] < b[0] ? a[0] : b[0], high = a[0] < b[0] ? b[0] : a[0];
      if (y < low || y > high) continue;
      const double slope = high > low ? (double)(b[1] - a[1]) / (double)(b[0] - a[0]) : 0.0;
      const double here = (double)a[1] + slope * (double)(y - a[0]);
      const double there = high > low ? here : (double)b[1];
      left = fmin(left, fmin(here, there));
      right = fmax(right, fmax(here, there));
    }
    if (left > right) continue;
    int64_t first = nearest_up(left), last = nearest_down(right);
    if (first < 0) first = 0;
    if (last >= size) last = size - 1;
    for (int64_t x = first; x <= last; x++) canvas[y * size + x] = FULL;
  }
}

static void draw_wide(uint8_t *canvas, int64_t size, const int64_t from[2], const int64_t to[2],
                      int64_t width)
{
  const double dy = (double)(to[0] - from[0]), dx = (double)(to[1] - from[1]);
  const double half = (double)(width - 1) / 2.0, length = hypot(dy, dx);
  const double more = (double)nearest_up(half) / length, less = (double)nearest_down(half) / length;
  const int64_t x_less = nearest_down(less * dy), x_more = nearest_down(more * dy);
  const int64_t y_less = nearest_up(less * dx), y_more = nearest_up(more * dx);
  int64_t corner[4][2] = {{from[0] + y_more, from[1] - x_less},
                          {to[0] + y_more, to[1] - x_less},
                          {to[0] - y_less, to[1] + x_more},
                          {from[0] - y_less, from[1] + x_more}};
  fill_shape(canvas, size, corner);
}

/* Every pixel within `radius` of a lit one. */
static void widen(const uint8_t *canvas, int64_t size, int64_t radius, uint8_t *wide)
{
  memset(wide, 0, (size_t)(size * size));
  for (int64_t i = 0; i < size * size; i++)
    for (int64_t dy = -radius; canvas[i] && dy <= radius; dy++)
      for (int64_t dx = -radius; dx <= radius; dx++) {
        const int64_t y = i / size + dy, x = i % size + dx;
        if (dy * dy + dx * dx <= radius * radius && y >= 0 && x >= 0 && y < size && x < size)
          wide[y * size + x] = FULL;
      }
}

int64_t lw_disc_reach(double radius)
{
  return (int64_t)ceil(radius) + KERNEL_REACH;
}

lw_status lw_disc_draw(double radius, uint8_t *disc)
{
  const int64_t reach = lw_disc_reach(radius), patch = 2 * reach + 1, size = SCALE * patch;
  uint8_t *canvas = NULL, *between = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&canvas, size * size));
  LW_TRY(LW_TAKE(&between, size * patch));
  for (int64_t i = 0; i < size * size; i++) {
    const int64_t y = i / size - SCALE * reach, x = i % size - SCALE * reach;
    if ((double)(y * y + x * x) <= radius * radius * SCALE * SCALE) canvas[i] = FULL;
  }
  reduce(canvas, size, between, disc, patch);
done:
  lw_mem_give(between);
  lw_mem_give(canvas);
  return status;
}

/* ---- all dashes ---- */

static void walk(double angle, double distance, double way[2])
{
  way[0] = distance * sin(angle);
  way[1] = distance * cos(angle);
}

static double turned_back(double angle)
{
  return angle < 0.0 ? angle + pi : angle - pi;
}

/* Dashes are told apart by where their heads lie at the larger size. */
typedef struct lw_dash_maker {
  lw_dashes *dashes;
  int64_t patch, size, width;
  int64_t room;
  int (*heads)[2];                  /* [room], of the dashes so far */
  uint8_t *canvas, *wide, *between; /* [size, size], the same, [patch, size] */
  int (*offsets)[2];                /* [patch, patch] scratch */
} lw_dash_maker;

static void draw_dash(const lw_dash_maker *maker, const int head[2], uint8_t *ink,
                      uint8_t *footprint)
{
  const int64_t middle = SCALE * maker->dashes->reach;
  const int64_t from[2] = {middle, middle}, to[2] = {middle + head[0], middle + head[1]};
  memset(maker->canvas, 0, (size_t)(maker->size * maker->size));
  if (maker->width > 1)
    draw_wide(maker->canvas, maker->size, from, to, maker->width);
  else
    draw_thin(maker->canvas, maker->size, from, to);
  reduce(maker->canvas, maker->size, maker->between, ink, maker->patch);
  widen(maker->canvas, maker->size, maker->dashes->margin * SCALE, maker->wide);
  reduce(maker->wide, maker->size, maker->between, footprint, maker->patch);
}

static int dash_of(lw_dash_maker *maker, double angle)
{
  lw_dashes *dashes = maker->dashes;
  double way[2];
  int head[2];
  walk(angle, (double)(dashes->length * SCALE), way);
  /* sines that should be 0 must not be rounded up to 1 */
  for (int axis = 0; axis < 2; axis++) head[axis] = (int)ceil(way[axis] - 1e-9);
  for (int64_t i = 0; i < dashes->count; i++)
    if (maker->heads[i][0] == head[0] && maker->heads[i][1] == head[1]) return (int)i;
  uint8_t *ink = dashes->patches + 2 * dashes->count * maker->patch * maker->patch;
  draw_dash(maker, head, ink, ink + maker->patch * maker->patch);
  memcpy(maker->heads[dashes->count], head, sizeof head);
  return (int)dashes->count++;
}

lw_dash lw_dashes_get(const lw_dashes *dashes, int64_t index)
{
  const int64_t patch = 2 * dashes->reach + 1;
  const uint8_t *ink = dashes->patches + 2 * index * patch * patch;
  return (lw_dash){ink, ink + patch * patch};
}

int64_t lw_dashes_cover(const lw_dashes *dashes, int64_t index, int (*offsets)[2])
{
  const int square = (int)(dashes->length + dashes->margin), reach = (int)dashes->reach;
  const uint8_t *footprint = lw_dashes_get(dashes, index).footprint;
  int64_t count = 0;
  for (int dy = -square; dy <= square; dy++)
    for (int dx = -square; dx <= square; dx++) {
      const int y = reach + dy - 1, x = reach + dx - 1;
      if (y < 0 || x < 0 || footprint[y * (2 * reach + 1) + x] != FULL) continue;
      offsets[count][0] = dy;
      offsets[count++][1] = dx;
    }
  return count;
}

/* The original fails for a direction that would cover nothing of the picture from some corner: its
 * dilation is then undefined there. With 32 pixels this leaves one direction in twelve, up and to
 * the left, and so few short curves; with larger dashes every one. offsets: scratch */
static bool covers_corners(const lw_dashes *dashes, int64_t dash, int (*offsets)[2])
{
  const int64_t count = lw_dashes_cover(dashes, dash, offsets);
  bool corner[2][2] = {{false}};
  for (int64_t i = 0; i < count; i++)
    for (int low = 0; low < 2; low++)
      for (int right = 0; right < 2; right++)
        if ((low ? offsets[i][0] <= 0 : offsets[i][0] >= 0) &&
            (right ? offsets[i][1] <= 0 : offsets[i][1] >= 0))
          corner[low][right] = true;
  return corner[0][0] && corner[0][1] && corner[1][0] && corner[1][1];
}

static void make_seeds(lw_dash_maker *maker)
{
  lw_dashes *dashes = maker->dashes;
  const double length = (double)dashes->length, margin = (double)dashes->margin;
  const int ahead = LW_SEED_DIRECTIONS / 2;
  for (int degree = 0; degree < LW_SEED_DIRECTIONS; degree++) {
    lw_direction *seed = &dashes->seed[degree];
    seed->angle = (degree - ahead) * pi / 180.0;
    walk(seed->angle, length, seed->head);
    walk(turned_back(seed->angle), length + margin, seed->back);
    walk(seed->angle, length + 2.0 * margin, seed->advance);
    seed->dash = dash_of(maker, seed->angle);
    seed->usable = covers_corners(dashes, seed->dash, maker->offsets);
  }
}

static int by_place(const void *a, const void *b)
{
  const lw_direction *p = a, *q = b;
  const int rows = p->ring[0] - q->ring[0];
  return rows ? rows : p->ring[1] - q->ring[1];
}

/* The pixels of the circle on which the next head lies, each once. */
static void make_ring(lw_dash_maker *maker, int64_t samples)
{
  lw_dashes *dashes = maker->dashes;
  const double radius = (double)(dashes->length + dashes->margin);
  int64_t kept = 0;
  for (int64_t i = 0; i < samples; i++) {
    const double angle = (double)i / radius;
    dashes->ring[i].ring[0] = (int)floor(radius * sin(angle) + 1e-9);
    dashes->ring[i].ring[1] = (int)floor(radius * cos(angle) + 1e-9);
  }
  qsort(dashes->ring, (size_t)samples, sizeof *dashes->ring, by_place);
  for (int64_t i = 0; i < samples; i++)
    if (!i || by_place(&dashes->ring[i], &dashes->ring[kept - 1]))
      dashes->ring[kept++] = dashes->ring[i];
  dashes->ring_count = kept;
  for (int64_t i = 0; i < kept; i++) {
    lw_direction *ring = &dashes->ring[i];
    ring->angle = atan2(ring->ring[0], ring->ring[1]);
    walk(ring->angle, radius + (double)dashes->margin, ring->advance);
    ring->dash = dash_of(maker, turned_back(ring->angle));
  }
}

lw_status lw_dashes_init(lw_dashes *dashes, const lw_pathfinder_settings *settings, int64_t margin)
{
  const int64_t reach = settings->paddle_length + (int64_t)ceil(settings->thickness) + margin;
  const double circle = 2.0 * pi * (double)(settings->paddle_length + margin);
  const int64_t samples = (int64_t)ceil(circle);
  lw_dash_maker maker = {.dashes = dashes,
                         .patch = 2 * reach + 1,
                         .size = 2 * reach * SCALE + 1,
                         .width = (int64_t)lrint(settings->thickness * SCALE),
                         .room = LW_SEED_DIRECTIONS + samples};
  lw_status status = LW_OK;
  *dashes = (lw_dashes){.length = settings->paddle_length, .margin = margin, .reach = reach};
  LW_TRY(LW_TAKE(&dashes->ring, samples));
  LW_TRY(LW_TAKE(&dashes->patches, 2 * maker.room * maker.patch * maker.patch));
  LW_TRY(LW_TAKE(&maker.heads, maker.room));
  LW_TRY(LW_TAKE(&maker.offsets, maker.patch * maker.patch));
  LW_TRY(LW_TAKE(&maker.canvas, maker.size * maker.size));
  LW_TRY(LW_TAKE(&maker.wide, maker.size * maker.size));
  LW_TRY(LW_TAKE(&maker.between, maker.size * maker.patch));
  make_seeds(&maker);
  make_ring(&maker, samples);
done:
  lw_mem_give(maker.between);
  lw_mem_give(maker.wide);
  lw_mem_give(maker.canvas);
  lw_mem_give(maker.offsets);
  lw_mem_give(maker.heads);
  return status;
}

void lw_dashes_done(lw_dashes *dashes)
{
  lw_mem_give(dashes->patches);
  lw_mem_give(dashes->ring);
  *dashes = (lw_dashes){0};
}
