/* Distance by the times of the data set, with the decays of attention.decay. Nothing is trained. */
#include "longwave/model/clock.h"

static void steps(const lw_block_clock *clock, const lw_clock_call *call, double *step)
{
  const int64_t rows = call->pass->batch->rows;
  for (int64_t h = 0; h < clock->attention->heads; h++)
    for (int64_t t = 0; t < rows; t++)
      step[h * rows + t] = (double)clock->start[h] * lw_clock_tick(clock, call->pass, t);
}

const lw_clock_row lw_clock_time = {.kind = LW_CLOCK_TIME, .steps = steps};
