/* The clock that attention.clock chooses. */
#include "longwave/model/clock.h"
#include "longwave/model/model.h"

lw_status lw_clock_create(const lw_layer_site *site, lw_attention *attention, const float *start,
                          lw_block_clock *clock)
{
  *clock = (lw_block_clock){.attention = attention, .start = start, .C = site->options->width};
  for (int n = 0; lw_clock_table[n]; n++)
    if (lw_clock_table[n]->kind == site->attention->clock) clock->row = lw_clock_table[n];
  return clock->row && clock->row->create ? clock->row->create(clock, site) : LW_OK;
}
