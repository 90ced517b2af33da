#include "longwave/array/sharded.h"
#include "longwave/base/mem.h"

lw_status lw_sharded_set(lw_sharded *sharded, const lw_world *axis, bool paired, int64_t sequences)
{
  const lw_strips strips = {.ranks = axis->size, .paired = paired};
  lw_status status = lw_mem_grow((void **)&sharded->sequences, &sharded->sequence_room, sequences,
                                 (int64_t)sizeof *sharded->sequences);
  if (status != LW_OK) return status;
  sharded->axis = axis;
  sharded->strips = strips;
  sharded->count = lw_strips_count(strips);
  sharded->own = lw_strips_each(strips);
  for (int j = 0; j < sharded->own; j++) sharded->strip[j] = lw_strips_of(strips, axis->rank, j);
  sharded->sequence_count = sequences;
  return LW_OK;
}

void lw_sharded_done(lw_sharded *sharded)
{
  lw_mem_give(sharded->sequences);
  *sharded = (lw_sharded){0};
}
