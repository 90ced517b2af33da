/* Decays that are trained: softplus(r + rate), r what the decay at the start is softplus of.
   Parameter: clock.rate [H]. */
#include "longwave/model/clock.h"
#include <math.h>

static lw_status create(lw_block_clock *clock, const lw_layer_site *site)
{
  const lw_param_shape shape = {
      .kind = LW_PARAM_VECTOR, .dims = {clock->attention->heads, 1}, .start = LW_START_ZERO};
  return lw_params_add(site->params, shape, &clock->rate, "%s.clock.rate", site->name);
}

static double sum_of(const lw_block_clock *clock, const lw_params *params, int64_t h)
{
  return lw_clock_unplus(clock->start[h]) + (double)lw_param_value(params, clock->rate)[h];
}

static void decays(const lw_block_clock *clock, const lw_params *params)
{
  for (int64_t h = 0; h < clock->attention->heads; h++)
    clock->attention->alpha[h] =
        clock->start[h] > 0 ? (float)lw_clock_plus(sum_of(clock, params, h)) : 0;
}

static void steps(const lw_block_clock *clock, const lw_clock_call *call, double *step)
{
  const int64_t rows = call->pass->batch->rows;
  for (int64_t h = 0; h < clock->attention->heads; h++)
    for (int64_t t = 0; t < rows; t++)
      step[h * rows + t] = (double)clock->attention->alpha[h] * lw_clock_tick(clock, call->pass, t);
}

static void backward(const lw_block_clock *clock, const lw_clock_call *call, const double *dstep)
{
  const lw_params *params = call->pass->params;
  const int64_t rows = call->pass->batch->rows;
  for (int64_t h = 0; h < clock->attention->heads; h++) {
    double sum = 0;
    if (!lw_clock_learns(clock, h)) continue;
    for (int64_t t = 0; t < rows; t++) {
      const double tick = lw_clock_tick(clock, call->pass, t);
      if (lw_clock_crosses((double)clock->attention->alpha[h] * tick))
        sum += dstep[h * rows + t] * tick;
    }
    const double slope = 1 / (1 + exp(-sum_of(clock, params, h)));
    lw_param_gradient(params, clock->rate)[h] += (float)(sum * slope);
  }
}

static void tell(const lw_block_clock *clock, const lw_params *params, int64_t h,
                 lw_clock_head *head)
{
  head->now = lw_clock_plus(sum_of(clock, params, h));
}

const lw_clock_row lw_clock_learned = {.kind = LW_CLOCK_LEARNED,
                                       .create = create,
                                       .decays = decays,
                                       .steps = steps,
                                       .backward = backward,
                                       .tell = tell};
