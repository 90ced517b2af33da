/* A clock of one file: loud tokens take longer. The step of token m is
   alpha exp(rate u_m) tick_m, u_m the mean square of its channels; rate [H] is trained, 0 at the
   start. Its table takes the place of the program's (model/clock.h), and its row that of `content`,
   so that the tests of layers hold it to differences, and to one rank on any number of ranks. */
#include "longwave/model/clock.h"
#include <math.h>

static lw_status create(lw_block_clock *clock, const lw_layer_site *site)
{
  const lw_param_shape shape = {
      .kind = LW_PARAM_VECTOR, .dims = {clock->attention->heads, 1}, .start = LW_START_ZERO};
  return lw_params_add(site->params, shape, &clock->rate, "%s.clock.loudness", site->name);
}

static double loudness_of(const lw_block_clock *clock, const lw_clock_call *call, int64_t t)
{
  double sum = 0;
  for (int64_t c = 0; c < clock->C; c++)
    sum += (double)call->x[t * clock->C + c] * (double)call->x[t * clock->C + c];
  return sum / (double)clock->C;
}

static double rate_of(const lw_block_clock *clock, const lw_clock_call *call, int64_t h)
{
  return (double)lw_param_value(call->pass->params, clock->rate)[h];
}

/* Of token t, with loudness u. */
static double step_of(const lw_block_clock *clock, const lw_clock_call *call, int64_t h, int64_t t,
                      double u)
{
  return (double)clock->start[h] * exp(rate_of(clock, call, h) * u) *
         lw_clock_tick(clock, call->pass, t);
}

static void steps(const lw_block_clock *clock, const lw_clock_call *call, double *step)
{
  const int64_t rows = call->pass->batch->rows;
  for (int64_t t = 0; t < rows; t++) {
    const double u = loudness_of(clock, call, t);
    for (int64_t h = 0; h < clock->attention->heads; h++)
      step[h * rows + t] = step_of(clock, call, h, t, u);
  }
}

/* d step / d rate = step u;  d step / d x_c = step rate 2 x_c / C. */
static void backward(const lw_block_clock *clock, const lw_clock_call *call, const double *dstep)
{
  const int64_t rows = call->pass->batch->rows, C = clock->C;
  float *drate = lw_param_gradient(call->pass->params, clock->rate);
  for (int64_t t = 0; t < rows; t++) {
    const double u = loudness_of(clock, call, t);
    double du = 0;
    for (int64_t h = 0; h < clock->attention->heads; h++) {
      if (!lw_clock_learns(clock, h)) continue;
      const double change = dstep[h * rows + t] * step_of(clock, call, h, t, u);
      drate[h] += (float)(change * u);
      du += change * rate_of(clock, call, h);
    }
    for (int64_t c = 0; c < C; c++)
      call->dx[t * C + c] += (float)(du * 2 * (double)call->x[t * C + c] / (double)C);
  }
}

static const lw_clock_row loud = {
    .kind = LW_CLOCK_CONTENT, .create = create, .steps = steps, .backward = backward};

const lw_clock_row *const lw_clock_table[] = {&lw_clock_time, &lw_clock_learned, &loud, NULL};
