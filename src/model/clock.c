/* What clocks share. */
#include "longwave/model/clock.h"
#include <math.h>

double lw_clock_unplus(float alpha)
{
  return (double)alpha + log(-expm1(-(double)alpha));
}

double lw_clock_tick(const lw_block_clock *clock, const lw_pass *pass, int64_t row)
{
  return lw_clock_times(&clock->attention->options) ? pass->batch->ticks[row] : 1;
}
