/** The tokens of one sample to one vector, some consecutive tokens after the other: lw_pool_begin,
 *  lw_pool_add for each stretch in order, lw_pool_end. Where ranks share the sample, what they have
 *  before lw_pool_end is summed up (mean, last), or the greatest is found (max). Local. */
#ifndef LONGWAVE_OP_POOL_H
#define LONGWAVE_OP_POOL_H

#include "longwave/base/choice.h"
#include <stdint.h>

#define LW_POOLING_CHOICES(TYPE, ITEM)                                                             \
  TYPE(lw_pooling)                                                                                 \
  ITEM(LW_POOLING_MEAN, "mean")                                                                    \
  ITEM(LW_POOLING_LAST, "last")                                                                    \
  ITEM(LW_POOLING_MAX, "max")
LW_CHOICE(LW_POOLING_CHOICES);

/** Tokens [first, first + count) of a sample of `tokens`; count >= 1. */
typedef struct lw_pool_stretch {
  int64_t first, count, tokens;
} lw_pool_stretch;

/** Without any token: out [C] is 0, or for MAX less than all with its argmax behind all.
 *  argmax [C]: token of the greatest (first among equals), only for MAX, else may be NULL. */
void lw_pool_begin(lw_pooling pooling, int64_t C, float *out, int32_t *argmax);
/** x [count, C] in; out, argmax [C] in and out: MEAN the sum, LAST the last token, MAX the greatest
 *  of the tokens so far. */
void lw_pool_add(lw_pooling pooling, const float *x, lw_pool_stretch stretch, int64_t C, float *out,
                 int32_t *argmax);
/** out [C] in and out: MEAN sum to mean. */
void lw_pool_end(lw_pooling pooling, int64_t tokens, int64_t C, float *out);

/** dx [count, C] (written, all rows). dout [C] in, argmax as above. */
void lw_pool_backward(lw_pooling pooling, const float *dout, lw_pool_stretch stretch, int64_t C,
                      const int32_t *argmax, float *dx);

#endif
