#include "pathfinder_ways.h"
#include "longwave/base/mem.h"
#include <math.h>

static int64_t moved(int64_t from, double way)
{
  return (int64_t)ceil((double)from + way);
}

static void tabulate_seed(const lw_direction *seed, int64_t side, lw_ways *ways, int64_t index)
{
  lw_tails *tails = &ways->tails[index];
  int8_t *table = ways->begin + 2 * index * ways->positions;
  for (int axis = 0; axis < 2; axis++) {
    tails->first[axis] = (int16_t)side;
    for (int64_t i = 0; i < ways->positions; i++) {
      const int64_t tail = i - ways->pad, head = moved(tail, seed->head[axis]);
      const int64_t pivot = moved(head, seed->back[axis]);
      table[axis * ways->positions + i] = (int8_t)(pivot - tail);
      if (head < 0 || head >= side || pivot < 0 || pivot >= side) continue;
      if (tail < tails->first[axis]) tails->first[axis] = (int16_t)tail;
      tails->end[axis] = (int16_t)(tail + 1);
    }
  }
}

static void tabulate_advance(const lw_direction *direction, lw_ways *ways, int64_t index)
{
  int8_t *table = ways->advance + 2 * index * ways->positions;
  for (int axis = 0; axis < 2; axis++)
    for (int64_t i = 0; i < ways->positions; i++) {
      const int64_t from = i - ways->pad;
      table[axis * ways->positions + i] = (int8_t)(moved(from, direction->advance[axis]) - from);
    }
}

lw_status lw_ways_init(const lw_dashes *dashes, const lw_plane_shape *shape, lw_ways *ways)
{
  lw_ways made = {.pad = shape->pad, .positions = shape->side + 2 * shape->pad};
  const int64_t row = 2 * made.positions;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&made.begin, LW_SEED_DIRECTIONS * row));
  LW_TRY(LW_TAKE(&made.advance, (LW_SEED_DIRECTIONS + dashes->ring_count) * row));
  for (int64_t i = 0; i < LW_SEED_DIRECTIONS; i++) {
    tabulate_seed(&dashes->seed[i], shape->side, &made, i);
    tabulate_advance(&dashes->seed[i], &made, i);
    made.dash[i] = dashes->seed[i].dash;
    made.usable[i] = dashes->seed[i].usable;
  }
  for (int64_t i = 0; i < dashes->ring_count; i++)
    tabulate_advance(&dashes->ring[i], &made, LW_SEED_DIRECTIONS + i);
  *ways = made;
  made = (lw_ways){0};
done:
  lw_ways_done(&made);
  return status;
}

void lw_ways_done(lw_ways *ways)
{
  lw_mem_give(ways->begin);
  lw_mem_give(ways->advance);
  *ways = (lw_ways){0};
}
