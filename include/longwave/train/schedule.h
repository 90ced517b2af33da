/** Step to learning rate. Pure arithmetic. */
#ifndef LONGWAVE_TRAIN_SCHEDULE_H
#define LONGWAVE_TRAIN_SCHEDULE_H

#include "longwave/train/job.h"

/** Learning rate of step `step` (from 0) of `steps`. In the warm-up: learning_rate (step + 1) /
 *  warmup. */
double lw_schedule_rate(const lw_optimizer_options *options, int64_t steps, int64_t step,
                        double plateau_scale);

#endif
