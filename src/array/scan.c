#include "longwave/array/scan.h"
#include "longwave/base/mem.h"
#include <string.h>

/* The tag of a message is this number plus the strip that receives it. */
enum { TAG = 16 };

lw_status lw_scan_set(lw_scan *scan, const lw_sharded *sharded, int64_t floats)
{
  const int64_t count = sharded->own * floats, size = (int64_t)sizeof(float);
  lw_status status = LW_OK;
  scan->sharded = sharded;
  scan->floats = floats;
  LW_TRY(lw_mem_grow((void **)&scan->part, &scan->part_room, count, size));
  LW_TRY(lw_mem_grow((void **)&scan->come, &scan->come_room, count, size));
  LW_TRY(lw_flight_reserve(&scan->flight, 2 * LW_STRIPS_EACH));
done:
  return status;
}

float *lw_scan_part(const lw_scan *scan, int own)
{
  return scan->part + own * scan->floats;
}

static bool exists(const lw_scan *scan, int strip)
{
  return strip >= 0 && strip < scan->sharded->count;
}

/* Send the sum so far to the strip that is `distance` strips further. */
static void pass(lw_scan *scan, int distance)
{
  const lw_sharded *sharded = scan->sharded;
  const lw_world *axis = sharded->axis;
  const int64_t floats = scan->floats;
  for (int j = 0; j < sharded->own; j++) {
    const int strip = sharded->strip[j], to = strip + distance, from = strip - distance;
    if (exists(scan, from) && lw_sharded_rank(sharded, from) != axis->rank)
      lw_flight_receive(&scan->flight, axis, lw_sharded_rank(sharded, from), TAG + strip,
                        scan->come + j * floats, floats);
    if (!exists(scan, to)) continue;
    if (lw_sharded_rank(sharded, to) != axis->rank)
      lw_flight_send(&scan->flight, axis, lw_sharded_rank(sharded, to), TAG + to,
                     lw_scan_part(scan, j), floats);
    else
      memcpy(scan->come + lw_sharded_own(sharded, to) * floats, lw_scan_part(scan, j),
             (size_t)floats * sizeof *scan->come);
  }
  lw_flight_finish(&scan->flight);
}

/* The sum from `distance` strips away is weighted as the strip after its sender reads it. */
static void take(const lw_scan *scan, int distance, int next, lw_scan_adder add, float *sums)
{
  const lw_sharded *sharded = scan->sharded;
  for (int j = 0; j < sharded->own; j++) {
    const int strip = sharded->strip[j], reached = strip - distance + next;
    const float *come = scan->come + j * scan->floats;
    if (!exists(scan, strip - distance)) continue;
    add.join(add.context, sums + j * scan->floats, strip, come, reached);
    if (exists(scan, strip + next))
      add.join(add.context, lw_scan_part(scan, j), strip + next, come, reached);
  }
}

void lw_scan_run(lw_scan *scan, lw_scan_way way, lw_scan_adder add, float *sums)
{
  const int next = way == LW_SCAN_TO_LATER ? 1 : -1;
  memset(sums, 0, (size_t)(scan->sharded->own * scan->floats) * sizeof *sums);
  for (int distance = 1; distance < scan->sharded->count; distance *= 2) {
    pass(scan, next * distance);
    take(scan, next * distance, next, add, sums);
  }
}

void lw_scan_done(lw_scan *scan)
{
  lw_mem_give(scan->part);
  lw_mem_give(scan->come);
  lw_flight_done(&scan->flight);
  *scan = (lw_scan){0};
}

int lw_scan_messages(lw_strips strips, int rank, lw_scan_way way)
{
  const int count = lw_strips_count(strips), next = way == LW_SCAN_TO_LATER ? 1 : -1;
  int messages = 0;
  for (int j = 0; j < lw_strips_each(strips); j++)
    for (int distance = 1; distance < count; distance *= 2) {
      const int to = lw_strips_of(strips, rank, j) + next * distance;
      messages += to >= 0 && to < count && lw_strips_rank(strips, to) != rank;
    }
  return messages;
}
