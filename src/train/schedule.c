#include "longwave/train/schedule.h"
#include <math.h>

double lw_schedule_rate(const lw_optimizer_options *options, int64_t steps, int64_t step,
                        double plateau_scale)
{
  double rate = options->learning_rate, last = options->final_rate;
  if (step < options->warmup) return rate * (double)(step + 1) / (double)options->warmup;
  double whole = (double)(steps - options->warmup);
  double part = whole > 0.0 ? (double)(step - options->warmup) / whole : 1.0;
  switch (options->schedule) {
  case LW_SCHEDULE_COSINE:
    return rate * (last + (1.0 - last) * 0.5 * (1.0 + cos(3.141592653589793 * part)));
  case LW_SCHEDULE_LINEAR:
    return rate * (last + (1.0 - last) * (1.0 - part));
  case LW_SCHEDULE_PLATEAU:
    return rate * plateau_scale;
  case LW_SCHEDULE_CONSTANT:
  default:
    return rate;
  }
}
