/* What clocks share. */
#include "longwave/model/clock.h"
#include <math.h>
#include <string.h>

void lw_clock_set_decays(const lw_block_clock *clock, const lw_params *params)
{
  lw_attention *attention = clock->attention;
  if (clock->row && clock->row->decays)
    clock->row->decays(clock, params);
  else if (attention->shifting)
    memcpy(attention->alpha, clock->start, (size_t)attention->heads * sizeof *clock->start);
}

bool lw_clock_learns(const lw_block_clock *clock, int64_t h)
{
  const lw_reals *fixed = &clock->attention->options.fixed_heads;
  for (int64_t n = 0; n < fixed->count; n++)
    if (fixed->value[n] == (double)h) return false;
  return clock->start[h] > 0;
}

double lw_clock_unplus(float alpha)
{
  return (double)alpha + log(-expm1(-(double)alpha));
}

double lw_clock_plus(double z)
{
  return fmax(z, 0) + log1p(exp(-fabs(z)));
}

bool lw_clock_crosses(double step)
{
  return step < 1000;
}

double lw_clock_tick(const lw_block_clock *clock, const lw_pass *pass, int64_t row)
{
  return lw_clock_times(&clock->attention->options) ? pass->batch->ticks[row] : 1;
}

lw_clock_head lw_clock_tell(const lw_block_clock *clock, const lw_params *params, int64_t h)
{
  const double start = (double)clock->start[h];
  lw_clock_head head = {.start = start, .now = start, .bias = NAN, .weight = NAN};
  if (clock->row && clock->row->tell && start > 0) clock->row->tell(clock, params, h, &head);
  return head;
}
