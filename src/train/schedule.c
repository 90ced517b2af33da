#include "longwave/train/schedule.h"
#include <math.h>

static double constant(const lw_optimizer_options *options, double part, double plateau_scale)
{
  (void)options, (void)part, (void)plateau_scale;
  return 1.0;
}

static double cosine(const lw_optimizer_options *options, double part, double plateau_scale)
{
  (void)plateau_scale;
  const double last = options->final_rate;
  return last + (1.0 - last) * 0.5 * (1.0 + cos(3.141592653589793 * part));
}

static double linear(const lw_optimizer_options *options, double part, double plateau_scale)
{
  (void)plateau_scale;
  const double last = options->final_rate;
  return last + (1.0 - last) * (1.0 - part);
}

static double trapezoid(const lw_optimizer_options *options, double part, double plateau_scale)
{
  const double left = 1.0 - part, fall = options->decay_share;
  return left < fall ? linear(options, 1.0 - left / fall, plateau_scale) : 1.0;
}

static double plateau(const lw_optimizer_options *options, double part, double plateau_scale)
{
  (void)options, (void)part;
  return plateau_scale;
}

static const lw_schedule_kind kinds[] = {
    [LW_SCHEDULE_CONSTANT] = {.share = constant},
    [LW_SCHEDULE_COSINE] = {.share = cosine, .ends = true},
    [LW_SCHEDULE_LINEAR] = {.share = linear, .ends = true},
    [LW_SCHEDULE_TRAPEZOID] = {.share = trapezoid, .ends = true, .falls_late = true},
    [LW_SCHEDULE_PLATEAU] = {.share = plateau, .judged = true},
};

const lw_schedule_kind *lw_schedule_of(const lw_optimizer_options *options)
{
  return &kinds[options->schedule];
}

/* Of a rate that is `rate` at most. */
static double scheduled(const lw_optimizer_options *options, double rate, int64_t steps,
                        int64_t step, double plateau_scale)
{
  if (step < options->warmup) return rate * (double)(step + 1) / (double)options->warmup;
  double whole = (double)(steps - options->warmup);
  double part = whole > 0.0 ? (double)(step - options->warmup) / whole : 1.0;
  return rate * lw_schedule_of(options)->share(options, part, plateau_scale);
}

double lw_schedule_rate(const lw_optimizer_options *options, int64_t steps, int64_t step,
                        double plateau_scale)
{
  return scheduled(options, options->learning_rate, steps, step, plateau_scale);
}

double lw_schedule_share(const lw_optimizer_options *options, int64_t steps, int64_t step,
                         double plateau_scale)
{
  return scheduled(options, 1.0, steps, step, plateau_scale);
}
