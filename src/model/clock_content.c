/* Gates that look at the tokens: the step of token m is softplus(r - w . x_m - b) ticks, r what the
   decay at the start is softplus of. Parameters: clock.weight [H, C], clock.bias [H], 0 at the
   start. The bias case, causal, is the forgetting attention of Lin et al. 2025 with
   r = -ln(e^alpha - 1) in its bias. */
#include "longwave/model/clock.h"
#include <math.h>
#include <stdio.h>

static lw_status create(lw_block_clock *clock, const lw_layer_site *site)
{
  char name[LW_PARAM_NAME_MAX];
  const lw_projection_shape shape = {.in = clock->C, .out = clock->attention->heads};
  snprintf(name, sizeof name, "%s.clock", site->name);
  const lw_status status = lw_projection_init(&clock->gate, &shape, site->params, name);
  if (status == LW_OK) site->params->table[clock->gate.weight].kind = LW_PARAM_READOUT;
  return status;
}

static void steps(const lw_block_clock *clock, const lw_clock_call *call, double *step)
{
  const int64_t rows = call->pass->batch->rows, H = clock->attention->heads;
  lw_projection_forward(&clock->gate, call->pass->params, call->x, rows, call->gate);
  for (int64_t h = 0; h < H; h++) {
    const double r = clock->start[h] > 0 ? lw_clock_unplus(clock->start[h]) : -INFINITY;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < rows; t++)
      step[h * rows + t] =
          lw_clock_plus(r - (double)call->gate[t * H + h]) * lw_clock_tick(clock, call->pass, t);
  }
}

static void backward(const lw_block_clock *clock, const lw_clock_call *call, const double *dstep)
{
  const int64_t rows = call->pass->batch->rows, H = clock->attention->heads, C = clock->C;
  const lw_params *params = call->pass->params;
  for (int64_t h = 0; h < H; h++) {
    const double r = lw_clock_learns(clock, h) ? lw_clock_unplus(clock->start[h]) : -INFINITY;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < rows; t++) {
      const double z = r - (double)call->gate[t * H + h];
      const double slope = 1 / (1 + exp(-z)), tick = lw_clock_tick(clock, call->pass, t);
      const bool crosses = lw_clock_crosses(lw_clock_plus(z) * tick);
      call->dgate[t * H + h] = crosses ? (float)(-dstep[h * rows + t] * slope * tick) : 0;
    }
  }
  lw_projection_backward(&clock->gate, params, call->dgate, call->x, rows, call->room);
#pragma omp parallel for simd schedule(static)
  for (int64_t n = 0; n < rows * C; n++) call->dx[n] += call->room[n];
}

static void tell(const lw_block_clock *clock, const lw_params *params, int64_t h,
                 lw_clock_head *head)
{
  const float *w = lw_param_value(params, clock->gate.weight) + h * clock->C;
  double square = 0;
  for (int64_t c = 0; c < clock->C; c++) square += (double)w[c] * (double)w[c];
  head->weight = sqrt(square);
  head->bias = (double)lw_param_value(params, clock->gate.bias)[h];
  head->now = lw_clock_plus(lw_clock_unplus(clock->start[h]) - head->bias);
}

const lw_clock_row lw_clock_content = {.kind = LW_CLOCK_CONTENT,
                                       .gated = true,
                                       .create = create,
                                       .steps = steps,
                                       .backward = backward,
                                       .tell = tell};
