/** Stop 7. Gradients of all ranks to one: each rank gets the sum of the rows that it owns
 *  (train/shard.h); its norm, the factor that clips it, and what is not finite in it. */
#ifndef LONGWAVE_TRAIN_GRADIENT_H
#define LONGWAVE_TRAIN_GRADIENT_H

#include "longwave/train/shard.h"

/** The sum over ranks, of the own rows. */
typedef struct lw_gradient {
  lw_shard *shard; /* borrowed */
  float *own;      /* [shard->floats]; with one rank shard->params->gradient itself */
  float *summed;   /* owned memory of own; NULL with one rank */
} lw_gradient;

/** The shard, of parameters allocated with gradients, is borrowed. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_gradient_init(lw_gradient *gradient, lw_shard *shard);
void lw_gradient_done(lw_gradient *gradient);

/** params->gradient = 0, before the first backward of a step. Local. */
void lw_gradient_zero(lw_params *params);

/** gradient->own from the gradients of all ranks. Collective over shard->world. */
void lw_gradient_sum(lw_gradient *gradient);

/** Every rank gets the whole sum, in params->gradient, of entries that are shared out that of its
 *  shard: for an evaluation that asks for it. Not in training, where nobody needs all. Collective
 *  over all, which are arranged. */
void lw_gradient_sum_all(lw_params *params, const lw_world *world);

/** Euclidean norm over all parameters, in double, of the summed gradient. Collective over
 *  shard->world; all ranks get the same bits. */
double lw_gradient_norm(const lw_gradient *gradient);

/** Factor that brings a gradient of this norm to at most `clip`; clip 0: 1. Local. Source:
 *  [Pascanu2013] in docs/notation.md. */
double lw_gradient_clip(double norm, double clip);

/** Norms of every parameter and its gradient, and how many numbers in each are not finite: a table
 *  for the log, as text [room] out, the same on all ranks. Collective over shard->world. */
void lw_gradient_table(const lw_gradient *gradient, char *text, int64_t room);

#endif
