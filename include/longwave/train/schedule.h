/** Step to learning rate. Pure arithmetic. */
#ifndef LONGWAVE_TRAIN_SCHEDULE_H
#define LONGWAVE_TRAIN_SCHEDULE_H

#include "longwave/train/job.h"

typedef enum lw_schedule {
  LW_SCHEDULE_CONSTANT,
  /* half a cosine from 1 to final_rate; source: [Loshchilov2017] in docs/notation.md */
  LW_SCHEDULE_COSINE,
  LW_SCHEDULE_LINEAR, /* a line from 1 to final_rate */
  /* times plateau_scale, which the trainer lowers when the validation loss stops falling */
  LW_SCHEDULE_PLATEAU,
} lw_schedule;

/** Learning rate of step `step` (from 0) of `steps`. In the warm-up: learning_rate (step + 1) /
 *  warmup. */
double lw_schedule_rate(const lw_optimizer_options *options, int64_t steps, int64_t step,
                        double plateau_scale);

#endif
