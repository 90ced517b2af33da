/** Stop 7. Gradients of all ranks to one, its norm, and what is not finite in it. */
#ifndef LONGWAVE_TRAIN_GRADIENT_H
#define LONGWAVE_TRAIN_GRADIENT_H

#include "longwave/comm/world.h"
#include "longwave/model/param.h"

void lw_gradient_zero(lw_params *params);

/** Every rank gets the sum. Collective over all. */
void lw_gradient_sum(lw_params *params, const lw_world *world);

/** Euclidean norm over all parameters, in double, the same on all ranks after lw_gradient_sum.
 *  Local. */
double lw_gradient_norm(const lw_params *params);

/** Factor that brings a gradient of this norm to at most `clip`; clip 0: 1. */
double lw_gradient_clip(double norm, double clip);

/** Norms of every parameter and its gradient, and how many numbers in each are not finite: a table
 *  for the log, as text [room] out. Local. */
void lw_gradient_table(const lw_params *params, char *text, int64_t room);

#endif
