/* A picture is made in four stages.
 *
 * Mask. What dashes keep free around themselves: 0 free .. 255 taken; a border of `padding` pixels
 * is taken from the start. A dash enters the mask only when its curve has got its next one, for a
 * curve must not shy from its own end.
 *
 * Long curves. The first begins at a free pixel at least 2 seed_distance from the border, in a
 * direction of whole degrees; the second at seed_distance from it. Then both get their further
 * dashes in turn. From a curve's pivot, one length and two margins ahead of the last, the next head
 * lies on a circle around it, with weight (1 - mask within a margin) cos^2(continuity x turn); the
 * dash is drawn back from there. Any failure begins both curves anew.
 *
 * Short curves. One after the other in the same way from any free pixel, five tries each.
 *
 * Discs, on the start of one long curve and the end of the same (label 1) or of the other (0). */
#include "longwave/data/pathfinder.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "pathfinder_dash.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Mask values as bytes: taken above 0.3; two dashes meet when their masks add up to 1.8. */
enum { TAKEN = 77, MEET = 459, FULL = 255 };
/* Draws of one dash; tries to seed a curve that would leave the picture; tries of a short curve. */
enum { DASH_DRAWS = 3, SEED_DRAWS = 3, SHORT_TRIES = 5 };
/* No short curve is begun when less than this share of the pixels is free. */
static const double free_least = 0.01;

struct lw_pathfinder {
  lw_pathfinder_settings settings;
  lw_dashes dashes[2]; /* one for each margin */
  uint8_t *disc;
  int64_t disc_reach;
};

typedef struct placed_dash {
  int64_t place[2];
  int dash;
  bool distractor;
} placed_dash;

typedef struct curve {
  const lw_direction *direction; /* of the last dash */
  int64_t pivot[2], start[2], end[2];
  placed_dash last; /* not yet in the mask */
} curve;

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
  placed_dash *placed; /* [placed_room] */
  int64_t placed_count;
  double *weight; /* [ring] */
  float *light;   /* [side, side] */
};

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

/* ---- small things ---- */

static int64_t below(lw_pathfinder_desk *desk, int64_t bound)
{
  return (int64_t)lw_rng_below(desk->rng, desk->drawn++, (uint64_t)bound);
}

static bool inside(const lw_pathfinder_desk *desk, const int64_t place[2])
{
  const int64_t side = desk->pathfinder->settings.side;
  return place[0] >= 0 && place[0] < side && place[1] >= 0 && place[1] < side;
}

static void moved(const int64_t from[2], const double way[2], int64_t to[2])
{
  for (int axis = 0; axis < 2; axis++) to[axis] = (int64_t)ceil((double)from[axis] + way[axis]);
}

/* The part of a patch of half size `reach` around `place` that lies in the picture, as offsets. */
typedef struct cut_patch {
  int64_t first[2], last[2];
} cut_patch;

static cut_patch cut(int64_t side, const int64_t place[2], int64_t reach)
{
  cut_patch part;
  for (int axis = 0; axis < 2; axis++) {
    part.first[axis] = place[axis] < reach ? -place[axis] : -reach;
    part.last[axis] = side - 1 - place[axis] < reach ? side - 1 - place[axis] : reach;
  }
  return part;
}

/* ---- the mask ---- */

static void mask_join(lw_pathfinder_desk *desk, const placed_dash *placed)
{
  const int64_t side = desk->pathfinder->settings.side, reach = desk->dashes->reach;
  const uint8_t *footprint = lw_dashes_get(desk->dashes, placed->dash).footprint;
  const cut_patch part = cut(side, placed->place, reach);
  for (int64_t y = part.first[0]; y <= part.last[0]; y++) {
    uint8_t *mask = desk->mask + (placed->place[0] + y) * side + placed->place[1];
    const uint8_t *row = footprint + (reach + y) * (2 * reach + 1) + reach;
    for (int64_t x = part.first[1]; x <= part.last[1]; x++)
      mask[x] = row[x] > mask[x] ? row[x] : mask[x];
  }
}

static bool mask_meets(const lw_pathfinder_desk *desk, const placed_dash *placed)
{
  const int64_t side = desk->pathfinder->settings.side, reach = desk->dashes->reach;
  const uint8_t *footprint = lw_dashes_get(desk->dashes, placed->dash).footprint;
  const cut_patch part = cut(side, placed->place, reach);
  for (int64_t y = part.first[0]; y <= part.last[0]; y++) {
    const uint8_t *mask = desk->mask + (placed->place[0] + y) * side + placed->place[1];
    const uint8_t *row = footprint + (reach + y) * (2 * reach + 1) + reach;
    for (int64_t x = part.first[1]; x <= part.last[1]; x++)
      if (row[x] + mask[x] >= MEET) return true;
  }
  return false;
}

/* The greatest value within a margin of `place`, which is inside. */
static int mask_near(const lw_pathfinder_desk *desk, const int64_t place[2])
{
  const int64_t side = desk->pathfinder->settings.side, margin = desk->dashes->margin;
  const cut_patch part = cut(side, place, margin);
  const uint8_t *mask = desk->mask + place[0] * side + place[1];
  int greatest = 0;
  for (int64_t y = part.first[0]; y <= part.last[0] && greatest < FULL; y++) {
    int64_t half = margin;
    while (half * half + y * y > margin * margin) half--;
    const int64_t last = half < part.last[1] ? half : part.last[1];
    for (int64_t x = -half > part.first[1] ? -half : part.first[1]; x <= last; x++)
      if (mask[y * side + x] > greatest) greatest = mask[y * side + x];
  }
  return greatest;
}

/* ---- where a curve may begin ---- */

static int64_t count_bits(uint64_t bits)
{
  return __builtin_popcountll(bits);
}

/* Bits [first, last) of a word that begins at bit 64 word. */
static uint64_t bits_between(int64_t word, int64_t first, int64_t last)
{
  const int64_t low = first - 64 * word, high = last - 64 * word;
  const uint64_t below_high = high >= 64 ? ~UINT64_C(0) : high > 0 ? (UINT64_C(1) << high) - 1 : 0;
  const uint64_t below_low = low >= 64 ? ~UINT64_C(0) : low > 0 ? (UINT64_C(1) << low) - 1 : 0;
  return below_high & ~below_low;
}

/* What the mask has taken, and a frame. Returns the free pixels without the frame. */
static int64_t block(lw_pathfinder_desk *desk, int64_t frame)
{
  const int64_t side = desk->pathfinder->settings.side;
  int64_t open = 0;
  for (int64_t y = 0; y < side; y++)
    for (int64_t word = 0; word < desk->words; word++) {
      const uint8_t *mask = desk->mask + y * side + 64 * word;
      const int64_t pixels = side - 64 * word < 64 ? side - 64 * word : 64;
      const bool framed = y < frame || y >= side - frame;
      const uint64_t inner = framed ? 0 : bits_between(word, frame, side - frame);
      uint64_t taken = 0;
      for (int64_t x = 0; x < pixels; x++) taken |= (uint64_t)(mask[x] >= TAKEN) << x;
      open += pixels - count_bits(taken);
      desk->blocked[y * desk->words + word] = (taken | ~inner) & bits_between(word, 0, side);
    }
  return open;
}

/* hit[row] |= blocked[from] moved by `dx`: bit x of the result is bit x + dx. */
static void join_row(const lw_pathfinder_desk *desk, int64_t row, int64_t from, int64_t dx,
                     uint64_t *hits)
{
  uint64_t *hit = hits + row * desk->words;
  const uint64_t *blocked = desk->blocked + from * desk->words;
  const int64_t n = dx < 0 ? -dx : dx;
  for (int64_t w = 0; w < desk->words; w++) {
    const int64_t other = dx < 0 ? w - 1 : w + 1;
    const uint64_t next = other >= 0 && other < desk->words ? blocked[other] : 0;
    if (!n) hit[w] |= blocked[w];
    if (dx > 0) hit[w] |= blocked[w] >> n | next << (64 - n);
    if (dx < 0) hit[w] |= blocked[w] << n | next >> (64 - n);
  }
}

/* Places from which the dash would cover something blocked. In rows that are deep in the frame that
 * is everywhere. */
static void mark_hit(lw_pathfinder_desk *desk, int dash, int64_t frame, uint64_t *hits)
{
  const int64_t side = desk->pathfinder->settings.side;
  const int64_t deep = frame - (desk->dashes->length + desk->dashes->margin);
  const int64_t first = deep > 0 ? deep : 0, last = side - first;
  const int64_t count = lw_dashes_cover(desk->dashes, dash, desk->cover);
  memset(hits, 0xff, (size_t)(side * desk->words) * sizeof *hits);
  memset(hits + first * desk->words, 0, (size_t)((last - first) * desk->words) * sizeof *hits);
  for (int64_t i = 0; i < count; i++) {
    const int dy = desk->cover[i][0];
    for (int64_t row = first; row < last; row++)
      if (row + dy >= 0 && row + dy < side) join_row(desk, row, row + dy, desk->cover[i][1], hits);
  }
}

/* Bits that are pixels and free; `place` counts the words of the rows. */
static uint64_t free_bits(const lw_pathfinder_desk *desk, const uint64_t *hits, int64_t place)
{
  return ~hits[place] & bits_between(place % desk->words, 0, desk->pathfinder->settings.side);
}

/* One of the free pixels, all alike; false when there is none. */
static bool choose_free(lw_pathfinder_desk *desk, const uint64_t *hits, int64_t place[2])
{
  const int64_t count = desk->pathfinder->settings.side * desk->words;
  int64_t there = 0;
  for (int64_t i = 0; i < count; i++) there += count_bits(free_bits(desk, hits, i));
  if (!there) return false;
  int64_t wanted = below(desk, there), i = 0;
  uint64_t bits = free_bits(desk, hits, 0);
  while (wanted >= count_bits(bits)) {
    wanted -= count_bits(bits);
    bits = free_bits(desk, hits, ++i);
  }
  while (wanted-- > 0) bits &= bits - 1;
  place[0] = i / desk->words;
  place[1] = i % desk->words * 64 + __builtin_ctzll(bits);
  return true;
}

/* Where the first curve may begin depends on its direction alone. */
static const uint64_t *first_hits(lw_pathfinder_desk *desk, int dash)
{
  const lw_pathfinder *own = desk->pathfinder;
  const int which = desk->dashes == &own->dashes[1];
  uint64_t *hits = desk->first_hit[which] + dash * own->settings.side * desk->words;
  const int64_t frame = 2 * own->settings.seed_distance;
  if (!desk->first_known[which][dash]) {
    (void)block(desk, frame);
    mark_hit(desk, dash, frame, hits);
  }
  desk->first_known[which][dash] = true;
  return hits;
}

/* Where a short curve may begin; NULL when the picture is full. */
static const uint64_t *later_hits(lw_pathfinder_desk *desk, int dash)
{
  const int64_t side = desk->pathfinder->settings.side, frame = 1;
  if ((double)block(desk, frame) < free_least * (double)(side * side)) return NULL;
  mark_hit(desk, dash, frame, desk->hit);
  return desk->hit;
}

/* ---- curves ---- */

/* Begin at `tail`; false when the dash or its pivot leaves the picture. */
static bool begin(const lw_pathfinder_desk *desk, const lw_direction *direction,
                  const int64_t tail[2], bool distractor, curve *out)
{
  int64_t head[2], pivot[2];
  moved(tail, direction->head, head);
  moved(head, direction->back, pivot);
  if (!inside(desk, head) || !inside(desk, pivot)) return false;
  *out = (curve){.direction = direction,
                 .pivot = {pivot[0], pivot[1]},
                 .start = {tail[0], tail[1]},
                 .last = {{tail[0], tail[1]}, direction->dash, distractor}};
  return true;
}

/* A curve that begins at any free pixel. */
static bool seed_anywhere(lw_pathfinder_desk *desk, bool distractor, curve *out)
{
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    const lw_direction *direction = &desk->dashes->seed[below(desk, LW_SEED_DIRECTIONS)];
    int64_t tail[2];
    if (!direction->usable) return false;
    const uint64_t *hits =
        distractor ? later_hits(desk, direction->dash) : first_hits(desk, direction->dash);
    if (!hits || !choose_free(desk, hits, tail)) return false;
    if (begin(desk, direction, tail, distractor, out)) return true;
  }
  return false;
}

/* The second long curve, near the first. */
static bool seed_beside(lw_pathfinder_desk *desk, const curve *first, curve *out)
{
  const double distance = (double)desk->pathfinder->settings.seed_distance;
  for (int draw = 0; draw < SEED_DRAWS; draw++) {
    const lw_direction *direction = &desk->dashes->seed[below(desk, LW_SEED_DIRECTIONS)];
    const double angle = (double)below(desk, 360) * pi / 180.0;
    const int64_t tail[2] = {first->start[0] + llrint(distance * sin(angle)),
                             first->start[1] + llrint(distance * cos(angle))};
    if (begin(desk, direction, tail, false, out)) return true;
  }
  return false;
}

/* What the turn alone would give. */
static double weight_of_turn(const lw_pathfinder_desk *desk, const curve *now,
                             const lw_direction *next)
{
  double turn = fabs(next->angle - now->direction->angle);
  if (turn > pi) turn = 2.0 * pi - turn;
  turn *= desk->pathfinder->settings.continuity;
  return turn < pi / 2.0 ? cos(turn) * cos(turn) : 0.0;
}

static double weight_of(const lw_pathfinder_desk *desk, const curve *now, const int64_t pivot[2],
                        const lw_direction *next)
{
  const int64_t head[2] = {pivot[0] + next->ring[0], pivot[1] + next->ring[1]};
  if (!inside(desk, head)) return 0.0;
  const double weight = weight_of_turn(desk, now, next);
  return weight > 0.0 ? weight * (FULL - mask_near(desk, head)) / FULL : 0.0;
}

/* A place of the ring with the chance of its weight. */
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

static void place(lw_pathfinder_desk *desk, const placed_dash *placed)
{
  desk->placed[desk->placed_count++] = *placed;
}

static bool extend(lw_pathfinder_desk *desk, curve *now)
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
    const placed_dash dash = {
        {pivot[0] + next->ring[0], pivot[1] + next->ring[1]}, next->dash, distractor};
    if (mask_meets(desk, &dash)) continue;
    mask_join(desk, &now->last);
    place(desk, &dash);
    memcpy(now->pivot, pivot, sizeof pivot);
    memcpy(now->end, dash.place, sizeof now->end);
    now->direction = next;
    now->last = dash;
    return true;
  }
  return false;
}

static void clear_mask(lw_pathfinder_desk *desk)
{
  const int64_t side = desk->pathfinder->settings.side, closed = desk->pathfinder->settings.padding;
  memset(desk->mask, FULL, (size_t)(side * side));
  for (int64_t y = closed; y < side - closed; y++)
    memset(desk->mask + y * side + closed, 0, (size_t)(side - 2 * closed));
}

static bool long_curves(lw_pathfinder_desk *desk, curve curves[2])
{
  const lw_pathfinder_settings *set = &desk->pathfinder->settings;
  clear_mask(desk);
  desk->placed_count = 0;
  if (!seed_anywhere(desk, false, &curves[0])) return false;
  if (!seed_beside(desk, &curves[0], &curves[1])) return false;
  for (int i = 0; i < 2; i++) place(desk, &curves[i].last);
  for (int64_t n = 1; n < set->contour_length; n++)
    for (int i = 0; i < 2; i++)
      if (!extend(desk, &curves[i])) return false;
  /* The end of the first curve stays out of the mask, as in the original. */
  mask_join(desk, &curves[1].last);
  return true;
}

static bool short_curve(lw_pathfinder_desk *desk)
{
  const int64_t before = desk->placed_count;
  curve now;
  if (!seed_anywhere(desk, true, &now)) return false;
  place(desk, &now.last);
  for (int64_t n = 1; n < desk->pathfinder->settings.distractor_length; n++)
    if (!extend(desk, &now)) {
      desk->placed_count = before;
      return false;
    }
  mask_join(desk, &now.last);
  return true;
}

static int64_t short_curves(lw_pathfinder_desk *desk)
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

/* ---- light ---- */

static void shine(lw_pathfinder_desk *desk, const int64_t at[2], const uint8_t *patch,
                  int64_t reach, float contrast)
{
  const int64_t side = desk->pathfinder->settings.side;
  const cut_patch part = cut(side, at, reach);
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
    const placed_dash *placed = &desk->placed[i];
    const double own_contrast = placed->distractor ? 1.0 : own->settings.paddle_contrast;
    shine(desk, placed->place, lw_dashes_get(desk->dashes, placed->dash).ink, desk->dashes->reach,
          (float)(contrast * own_contrast));
  }
  for (int i = 0; i < 2; i++) shine(desk, truth->disc[i], own->disc, own->disc_reach, 1.0f);
  float least = desk->light[0], greatest = desk->light[0];
  for (int64_t i = 1; i < count; i++) {
    least = fminf(least, desk->light[i]);
    greatest = fmaxf(greatest, desk->light[i]);
  }
  const float stretch = FULL / (greatest - least);
  for (int64_t i = 0; i < count; i++)
    pixels[i] = (uint8_t)((desk->light[i] - least) * stretch + 0.5f);
}

bool lw_pathfinder_draw(lw_pathfinder_desk *desk, uint64_t seed, uint64_t number, uint8_t *pixels,
                        lw_pathfinder_truth *truth)
{
  curve curves[2];
  lw_pathfinder_truth own = {0};
  bool found = false;
  desk->rng = (lw_rng){seed, LW_RNG_DATA, (uint32_t)number, (uint32_t)(number >> 32)};
  desk->drawn = 0;
  own.label = (int32_t)below(desk, 2);
  desk->dashes = &desk->pathfinder->dashes[below(desk, 2)];
  while (!found && own.attempts < LW_PATHFINDER_ATTEMPTS) {
    own.attempts++;
    found = long_curves(desk, curves);
  }
  if (!found) return false;
  own.distractors = short_curves(desk);
  const int64_t from = below(desk, 2), to = own.label ? from : 1 - from;
  memcpy(own.disc[0], curves[from].start, sizeof own.disc[0]);
  memcpy(own.disc[1], curves[to].end, sizeof own.disc[1]);
  expose(desk, &own, pixels);
  *truth = own;
  return true;
}
