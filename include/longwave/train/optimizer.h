/** Stop 8. AdamW over the whole parameter table (op/adam.h). Each rank updates the rows that it
 *  owns (train/shard.h) and keeps moments for these alone, then gives the new values to all. */
#ifndef LONGWAVE_TRAIN_OPTIMIZER_H
#define LONGWAVE_TRAIN_OPTIMIZER_H

#include "longwave/train/job.h"
#include "longwave/train/shard.h"

typedef struct lw_optimizer {
  lw_shard shard;
  float *first, *second; /* [shard.floats] moments */
  float *gradient;       /* [shard.floats] sum over ranks; with one rank params.gradient itself */
  float *summed;         /* owned memory of gradient; NULL with one rank */
} lw_optimizer;

/** params, allocated with gradients, and world are borrowed. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_params *params,
                                        const lw_world *world);
void lw_optimizer_done(lw_optimizer *optimizer);

/** Stop 7: optimizer->gradient from the params.gradient of all ranks. Collective over all. */
void lw_optimizer_sum(lw_optimizer *optimizer, const lw_params *params);

/** Step number `step` (from 1) with learning rate `rate`; gradients are multiplied by `scale`.
 *  After it all ranks have the same values. Collective over all. */
void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         lw_params *params, int64_t step, double rate, double scale);

#endif
