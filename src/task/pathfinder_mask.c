/* The mask, and where it still lets a curve begin. This is computed for all pixels of a row at
   once: one bit for each pixel, 64 in a word. */
#include "pathfinder_desk.h"
#include <assert.h>
#include <string.h>

/* Mask values as bytes: taken above 0.3; two dashes meet when their masks add up to 1.8. */
enum { TAKEN = 77, MEET = 459 };
/* No short curve is begun when less than this share of the pixels is free. */
static const double free_least = 0.01;

void lw_mask_clear(lw_pathfinder_desk *desk)
{
  const int64_t side = desk->pathfinder->settings.side, closed = desk->pathfinder->settings.padding;
  memset(desk->mask, LW_MASK_FULL, (size_t)(side * side));
  for (int64_t y = closed; y < side - closed; y++)
    memset(desk->mask + y * side + closed, 0, (size_t)(side - 2 * closed));
}

void lw_mask_join(lw_pathfinder_desk *desk, const lw_placed_dash *placed)
{
  const int64_t side = desk->pathfinder->settings.side, reach = desk->dashes->reach;
  const uint8_t *footprint = lw_dashes_get(desk->dashes, placed->dash).footprint;
  const lw_patch_part part = lw_patch_within(side, placed->position, reach);
  for (int64_t y = part.first[0]; y <= part.last[0]; y++) {
    uint8_t *mask = desk->mask + (placed->position[0] + y) * side + placed->position[1];
    const uint8_t *row = footprint + (reach + y) * (2 * reach + 1) + reach;
    for (int64_t x = part.first[1]; x <= part.last[1]; x++)
      mask[x] = row[x] > mask[x] ? row[x] : mask[x];
  }
}

bool lw_mask_meets(const lw_pathfinder_desk *desk, const lw_placed_dash *placed)
{
  const int64_t side = desk->pathfinder->settings.side, reach = desk->dashes->reach;
  const uint8_t *footprint = lw_dashes_get(desk->dashes, placed->dash).footprint;
  const lw_patch_part part = lw_patch_within(side, placed->position, reach);
  for (int64_t y = part.first[0]; y <= part.last[0]; y++) {
    const uint8_t *mask = desk->mask + (placed->position[0] + y) * side + placed->position[1];
    const uint8_t *row = footprint + (reach + y) * (2 * reach + 1) + reach;
    for (int64_t x = part.first[1]; x <= part.last[1]; x++)
      if (row[x] + mask[x] >= MEET) return true;
  }
  return false;
}

int lw_mask_near(const lw_pathfinder_desk *desk, const int64_t position[2])
{
  const int64_t side = desk->pathfinder->settings.side, margin = desk->dashes->margin;
  const lw_patch_part part = lw_patch_within(side, position, margin);
  const uint8_t *mask = desk->mask + position[0] * side + position[1];
  int greatest = 0;
  for (int64_t y = part.first[0]; y <= part.last[0] && greatest < LW_MASK_FULL; y++) {
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
  assert(-64 < dx && dx < 64);
  for (int64_t w = 0; w < desk->words; w++) {
    const int64_t other = dx < 0 ? w - 1 : w + 1;
    const uint64_t next = other >= 0 && other < desk->words ? blocked[other] : 0;
    if (dx == 0) hit[w] |= blocked[w];
    if (dx > 0) hit[w] |= blocked[w] >> dx | next << (64 - dx);
    if (dx < 0) hit[w] |= blocked[w] << -dx | next >> (64 + dx);
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

/* Bits that are pixels and free; `word` counts the words of the rows. */
static uint64_t free_bits(const lw_pathfinder_desk *desk, const uint64_t *hits, int64_t word)
{
  return ~hits[word] & bits_between(word % desk->words, 0, desk->pathfinder->settings.side);
}

bool lw_room_choose(lw_pathfinder_desk *desk, const uint64_t *hits, int64_t position[2])
{
  const int64_t count = desk->pathfinder->settings.side * desk->words;
  int64_t there = 0;
  for (int64_t i = 0; i < count; i++) there += count_bits(free_bits(desk, hits, i));
  if (!there) return false;
  int64_t wanted = lw_desk_below(desk, there), i = 0;
  uint64_t bits = free_bits(desk, hits, 0);
  while (wanted >= count_bits(bits)) {
    wanted -= count_bits(bits);
    bits = free_bits(desk, hits, ++i);
  }
  while (wanted-- > 0) bits &= bits - 1;
  position[0] = i / desk->words;
  position[1] = i % desk->words * 64 + __builtin_ctzll(bits);
  return true;
}

/* Where the first curve may begin depends on its direction alone. */
const uint64_t *lw_room_first(lw_pathfinder_desk *desk, int dash)
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

const uint64_t *lw_room_later(lw_pathfinder_desk *desk, int dash)
{
  const int64_t side = desk->pathfinder->settings.side, frame = 1;
  if ((double)block(desk, frame) < free_least * (double)(side * side)) return NULL;
  mark_hit(desk, dash, frame, desk->hit);
  return desk->hit;
}
