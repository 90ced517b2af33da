/** The tokens of one sample to one vector, some consecutive tokens after the other: lw_pool_begin,
 *  lw_pool_add for each stretch in order, lw_pool_end. Where ranks share the sample, what they have
 *  before lw_pool_end is summed up (mean, last, cls), or the greatest is found (max). Local. */
#ifndef LONGWAVE_OP_POOL_H
#define LONGWAVE_OP_POOL_H

#include "longwave/base/choice.h"
#include <stdint.h>

#define LW_POOLING_CHOICES(TYPE, ITEM)                                                             \
  TYPE(lw_pooling)                                                                                 \
  ITEM(LW_POOLING_MEAN, "mean")                                                                    \
  ITEM(LW_POOLING_LAST, "last")                                                                    \
  ITEM(LW_POOLING_MAX, "max")                                                                      \
  ITEM(LW_POOLING_CLS, "cls")             /* the first token */                                    \
  ITEM(LW_POOLING_ATTENTION, "attention") /* of a learned query; by the functions at the end */
LW_CHOICE(LW_POOLING_CHOICES);

/** Tokens [first, first + count) of a sample of `tokens`; count >= 1. */
typedef struct lw_pool_stretch {
  int64_t first, count, tokens;
} lw_pool_stretch;

/** Without any token: out [C] is 0, or for MAX less than all with its argmax behind all.
 *  argmax [C]: token of the greatest (first among equals), only for MAX, else may be NULL. */
void lw_pool_begin(lw_pooling pooling, int64_t C, float *out, int32_t *argmax);
/** x [count, C] in; out, argmax [C] in and out: MEAN the sum, LAST the last token, CLS the
 *  first one, MAX the greatest of the tokens so far. */
void lw_pool_add(lw_pooling pooling, const float *x, lw_pool_stretch stretch, int64_t C, float *out,
                 int32_t *argmax);
/** out [C] in and out: MEAN sum to mean. */
void lw_pool_end(lw_pooling pooling, int64_t tokens, int64_t C, float *out);

/** dx [count, C] (written, all rows). dout [C] in, argmax as above. */
void lw_pool_backward(lw_pooling pooling, const float *dout, lw_pool_stretch stretch, int64_t C,
                      const int32_t *argmax, float *dx);

/** Attention, one query: with weights e_t = exp(s_t - the greatest score), Z their sum and
 *  out = sum_t e_t x_t / Z, all over the tokens of a sample, whose ranks first find the greatest
 *  score and then sum up.
 *  score [count] out: s_t = query . x_t */
void lw_pool_scores(const float *x, const float *query, int64_t count, int64_t C, float *score);
/** score [count] in, weights out; returns their sum. */
double lw_pool_weigh(float *score, int64_t count, float greatest);
/** out [C] += sum_t weight_t x_t */
void lw_pool_add_weighted(const float *x, const float *weight, int64_t count, int64_t C,
                          float *out);
typedef struct lw_pool_weighted {
  const float *x, *weight;         /* [count, C], [count] */
  const float *query, *out, *dout; /* [C] */
  float total;                     /* Z */
} lw_pool_weighted;
/** slope [count] out: ds_t = e_t / Z dout . (x_t - out); dx [count, C] out, all rows. The gradient
 *  of the query is sum_t ds_t x_t. */
void lw_pool_weighted_backward(const lw_pool_weighted *of, int64_t count, int64_t C, float *slope,
                               float *dx);

#endif
