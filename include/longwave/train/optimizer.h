/** Stop 8. AdamW over the whole parameter table (op/adam.h); its two moments have the
 *  parameters' places. */
#ifndef LONGWAVE_TRAIN_OPTIMIZER_H
#define LONGWAVE_TRAIN_OPTIMIZER_H

#include "longwave/model/param.h"
#include "longwave/train/job.h"

typedef struct lw_optimizer {
  int64_t floats;
  float *first, *second; /* [floats], as params.value */
} lw_optimizer;

LW_MUST_USE lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_params *params);
void lw_optimizer_done(lw_optimizer *optimizer);

/** Step number `step` (from 1) with learning rate `rate`; gradients are multiplied by `scale`.
 *  Local, the same on all ranks. */
void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         lw_params *params, int64_t step, double rate, double scale);

#endif
