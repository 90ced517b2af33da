/* Where the mask still lets a curve begin. This is computed for all pixels of a row at once: one
 * bit for each pixel, 64 in a word. */
#include "pathfinder_desk.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <string.h>

/* No short curve is begun when less than this share of the pixels is free. */
static const double free_least = 0.01;

/* ---- what a seed must find free ---- */

lw_status lw_covers_init(const lw_dashes *dashes, lw_covers *covers)
{
  const int64_t square = 2 * (dashes->length + dashes->margin) + 1;
  int(*offset)[2] = NULL;
  lw_covers made = {0};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&offset, square * square));
  LW_TRY(LW_TAKE(&made.first, dashes->count + 1));
  for (int64_t i = 0; i < dashes->count; i++)
    made.first[i + 1] = made.first[i] + lw_dashes_cover(dashes, i, offset);
  LW_TRY(LW_TAKE(&made.offset, made.first[dashes->count]));
  for (int64_t i = 0; i < dashes->count; i++) {
    const int64_t count = lw_dashes_cover(dashes, i, offset);
    for (int64_t k = 0; k < 2 * count; k++)
      made.offset[made.first[i] + k / 2][k % 2] = (int16_t)offset[k / 2][k % 2];
  }
  *covers = made;
  made = (lw_covers){0};
done:
  lw_covers_done(&made);
  lw_mem_give(offset);
  return status;
}

void lw_covers_done(lw_covers *covers)
{
  lw_mem_give(covers->first);
  lw_mem_give(covers->offset);
  *covers = (lw_covers){0};
}

/* ---- bits ---- */

/* Without an instruction that not every processor has: pairs, fours, eights, all. */
static int64_t count_bits(uint64_t bits)
{
  bits -= bits >> 1 & UINT64_C(0x5555555555555555);
  bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
  bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  return (int64_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* Bits [first, last) of a word that begins at bit 64 word. */
static uint64_t bits_between(int64_t word, int64_t first, int64_t last)
{
  const int64_t low = first - 64 * word, high = last - 64 * word;
  const uint64_t below_high = high >= 64 ? ~UINT64_C(0) : high > 0 ? (UINT64_C(1) << high) - 1 : 0;
  const uint64_t below_low = low >= 64 ? ~UINT64_C(0) : low > 0 ? (UINT64_C(1) << low) - 1 : 0;
  return below_high & ~below_low;
}

/* Which of `count` bytes are not 0. What lies behind the last is in a pad and ends with it. */
static uint64_t bits_of(const uint8_t *bytes, int64_t count)
{
  uint64_t bits = 0;
  for (int64_t x = 0; x < count; x += LW_STRIP)
    bits |= (uint64_t)lw_strip_full(lw_strip_load(bytes + x)) << x;
  return bits;
}

/* ---- rooms ---- */

/* What the mask has taken, and a frame. Counts the free pixels without the frame. */
static void block(lw_pathfinder_desk *desk, const uint8_t *taken, int64_t frame)
{
  const lw_plane_shape *shape = &desk->pathfinder->shape;
  const int64_t side = shape->side;
  int64_t open = 0;
  for (int64_t word = 0; word < desk->words; word++) {
    const uint64_t all = bits_between(word, 0, side),
                   inner = bits_between(word, frame, side - frame);
    const int64_t pixels = side - 64 * word < 64 ? side - 64 * word : 64;
    for (int64_t y = 0; y < side; y++) {
      const bool framed = y < frame || y >= side - frame;
      const uint64_t bits = bits_of(taken + lw_plane_place(shape, y, 64 * word), pixels) & all;
      open += count_bits(all & ~bits);
      desk->blocked[y * desk->words + word] = framed ? all : bits | (all & ~inner);
    }
  }
  desk->free_pixels = open;
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

/* The same for rows [first, last) at once, of pictures up to 64 pixels wide. */
static void join_words(const uint64_t *restrict blocked, int64_t dx, uint64_t *restrict hit,
                       int64_t count)
{
  const int64_t back = -dx;
  for (int64_t row = 0; dx >= 0 && row < count; row++) hit[row] |= blocked[row] >> dx;
  for (int64_t row = 0; dx < 0 && row < count; row++) hit[row] |= blocked[row] << back;
}

/* Places from which the dash would cover something blocked. In rows that are deep in the frame that
 * is everywhere. */
static void mark_hit(lw_pathfinder_desk *desk, int dash, int64_t frame, uint64_t *hits)
{
  const lw_dashes *dashes = &desk->kit->dashes;
  const int64_t side = desk->pathfinder->settings.side;
  const int64_t deep = frame - (dashes->length + dashes->margin);
  const int64_t first = deep > 0 ? deep : 0, last = side - first;
  const lw_covers *covers = &desk->kit->covers;
  memset(hits, 0xff, (size_t)(side * desk->words) * sizeof *hits);
  memset(hits + first * desk->words, 0, (size_t)((last - first) * desk->words) * sizeof *hits);
  for (int64_t i = covers->first[dash]; i < covers->first[dash + 1]; i++) {
    const int dy = covers->offset[i][0], dx = covers->offset[i][1];
    const int64_t top = first + dy < 0 ? -dy : first, end = last + dy > side ? side - dy : last;
    if (desk->words == 1)
      join_words(desk->blocked + top + dy, dx, hits + top, end - top);
    else
      for (int64_t row = top; row < end; row++) join_row(desk, row, row + dy, dx, hits);
  }
}

/* Bits that are pixels and free. */
static uint64_t free_bits(const lw_pathfinder_desk *desk, const uint64_t *hits, int64_t row,
                          int64_t word)
{
  return ~hits[row * desk->words + word] & bits_between(word, 0, desk->pathfinder->settings.side);
}

static void count_rows(const lw_pathfinder_desk *desk, const lw_room *room)
{
  const int64_t side = desk->pathfinder->settings.side;
  room->rows[0] = 0;
  for (int64_t row = 0; row < side; row++) {
    int64_t count = room->rows[row];
    for (int64_t word = 0; word < desk->words; word++)
      count += count_bits(free_bits(desk, room->hits, row, word));
    room->rows[row + 1] = (int32_t)count;
  }
  for (int64_t row = side; row < desk->rows; row++) room->rows[row] = room->rows[side];
}

bool lw_room_choose(lw_pathfinder_desk *desk, const lw_room *room, int64_t position[2])
{
  const int64_t side = desk->pathfinder->settings.side, there = room->rows[side];
  int64_t row = 0, word = 0;
  if (!there) return false;
  int64_t wanted = lw_desk_below(desk, there);
  for (int64_t step = LW_PATHFINDER_SIDE_MOST / 2; step;
       step /= 2) /* the last row with no more above it */
    if (row + step < side && room->rows[row + step] <= wanted) row += step;
  wanted -= room->rows[row];
  uint64_t bits = free_bits(desk, room->hits, row, 0);
  while (desk->words > 1 && wanted >= count_bits(bits)) {
    wanted -= count_bits(bits);
    bits = free_bits(desk, room->hits, row, ++word);
  }
  while (wanted-- > 0) bits &= bits - 1;
  position[0] = row;
  position[1] = 64 * word + __builtin_ctzll(bits);
  return true;
}

/* Where the first curve may begin depends on its direction alone. */
lw_room lw_room_first(lw_pathfinder_desk *desk, int dash)
{
  const lw_pathfinder *own = desk->pathfinder;
  const int64_t side = own->settings.side, frame = 2 * own->settings.seed_distance;
  lw_first_rooms *first = &desk->first[desk->kit == &own->kit[1]];
  const lw_room room = {first->hits + dash * side * desk->words,
                        first->rows + dash * (desk->rows + 1)};
  if (!first->known[dash]) {
    block(desk, own->border, frame);
    mark_hit(desk, dash, frame, room.hits);
    count_rows(desk, &room);
    desk->blocked_known = false;
  }
  first->known[dash] = true;
  return room;
}

bool lw_room_later(lw_pathfinder_desk *desk, int dash, lw_room *room)
{
  const int64_t side = desk->pathfinder->settings.side, frame = 1;
  if (!desk->blocked_known) block(desk, desk->mask.taken, frame);
  desk->blocked_known = true;
  if ((double)desk->free_pixels < free_least * (double)(side * side)) return false;
  mark_hit(desk, dash, frame, desk->later.hits);
  count_rows(desk, &desk->later);
  *room = desk->later;
  return true;
}
