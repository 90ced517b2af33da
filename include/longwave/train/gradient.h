/** Stop 7. Gradients of all ranks to one, its norm, and what is not finite in it. */
#ifndef LONGWAVE_TRAIN_GRADIENT_H
#define LONGWAVE_TRAIN_GRADIENT_H

#include "longwave/train/shard.h"

/** Local. */
void lw_gradient_zero(lw_params *params);

/** Every rank gets the whole sum. Collective over all. In training nobody needs it: there the sum
 *  goes to the owners (train/shard.h). */
void lw_gradient_sum(lw_params *params, const lw_world *world);

/** Euclidean norm over all parameters, in double, of the gradient whose own rows are `own`
 *  [shard->floats]. Collective over shard->world; all ranks get the same bits. */
double lw_gradient_norm(const lw_shard *shard, const float *own);

/** Factor that brings a gradient of this norm to at most `clip`; clip 0: 1. Local. Source:
 *  [Pascanu2013] in docs/notation.md. */
double lw_gradient_clip(double norm, double clip);

/** Norms of every parameter and its gradient, and how many numbers in each are not finite: a table
 *  for the log, as text [room] out, the same on all ranks. Collective over shard->world. */
void lw_gradient_table(const lw_shard *shard, const float *own, char *text, int64_t room);

#endif
