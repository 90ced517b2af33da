/* The table of clocks. */
#include "longwave/model/clock.h"
#include "longwave/model/model.h"

static const lw_clock_row *const rows[] = {&lw_clock_time, &lw_clock_learned, &lw_clock_content};

lw_status lw_clock_create(const lw_layer_site *site, lw_attention *attention, const float *start,
                          lw_block_clock *clock)
{
  *clock = (lw_block_clock){.attention = attention, .start = start, .C = site->options->width};
  for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
    if (rows[n]->kind == site->attention->clock) clock->row = rows[n];
  return clock->row && clock->row->create ? clock->row->create(clock, site) : LW_OK;
}
