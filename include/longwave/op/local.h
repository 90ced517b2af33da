/** Locality: the decays of the heads and how distance enters a score.
 *  Source: [Zimerman2024]; letters as in docs/notation.md: head c of H, alpha_c >= 0, bound B,
 *  distance |i-j|. */
#ifndef LONGWAVE_OP_LOCAL_H
#define LONGWAVE_OP_LOCAL_H

#include "longwave/base/choice.h"
#include <stdbool.h>
#include <stdint.h>

#define LW_LOCALITY_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_locality)                                                                                \
  ITEM(LW_LOCALITY_SCALE, "scale") /* x = exp(-alpha |i-j|) s, the paper's */                      \
  ITEM(LW_LOCALITY_BIAS, "bias")   /* x = s - alpha |i-j|, as ALiBi */                             \
  ITEM(LW_LOCALITY_BOTH, "both")   /* x = exp(-alpha |i-j|) s - alpha |i-j| */
LW_CHOICE(LW_LOCALITY_CHOICES);

#define LW_DECAY_CHOICES(TYPE, ITEM)                                                               \
  TYPE(lw_decay)                                                                                   \
  /* alpha_c = B 2^-(H-1-c) for c >= 1: our reading of "exponential-uniformly in [0, B]" */        \
  ITEM(LW_DECAY_GEOMETRIC, "geometric")                                                            \
  ITEM(LW_DECAY_LINEAR, "linear") /* alpha_c = B c / (H-1) */                                      \
  ITEM(LW_DECAY_LIST, "list")     /* given, one a head */
LW_CHOICE(LW_DECAY_CHOICES);

/** Distance as the difference of two readings of a clock. */
#define LW_CLOCK_CHOICES(TYPE, ITEM)                                                               \
  TYPE(lw_clock_kind)                                                                              \
  ITEM(LW_CLOCK_INDEX, "index")     /* C_i = alpha i */                                            \
  ITEM(LW_CLOCK_TIME, "time")       /* C_i = alpha t_i, times of the data set */                   \
  ITEM(LW_CLOCK_LEARNED, "learned") /* the same with softplus(rho) for alpha, rho trained */       \
  ITEM(LW_CLOCK_CONTENT, "content") /* C_i = sum of gates, trained functions of the tokens */
LW_CHOICE(LW_CLOCK_CHOICES);

#define LW_CLOCK_STEP_CHOICES(TYPE, ITEM)                                                          \
  TYPE(lw_clock_step)                                                                              \
  ITEM(LW_CLOCK_STEP_TOKENS, "tokens") /* from a token to the next 1 */                            \
  ITEM(LW_CLOCK_STEP_TIMES, "times")   /* the time between them */
LW_CHOICE(LW_CLOCK_STEP_CHOICES);

/** What the decays of a block are multiplied by: the lowest block's are `spread` times the
 *  highest's, with the same ratio from each to the next and a geometric mean of 1:
 *  spread^(1/2 - block / (blocks - 1)); 1 of one block. As the lower bounds of the forget gates of
 *  [Qin2023] the reach grows with depth where spread > 1. Local. */
double lw_local_layer_factor(double spread, int64_t block, int64_t blocks);

/** alpha [heads] out; head 0 gets 0 in the first two schedules. `list` [heads] in, only for
 *  LW_DECAY_LIST. With one head alpha_0 = 0. Local. */
void lw_local_alphas(lw_decay decay, double bound, int64_t heads, const double *list, float *alpha);

/** Buckets of a learned bias per relative distance i - j: one for distance 0, then `side` of them
 *  for keys before the query and, with `both`, as many for keys after it. Of each side one a
 *  distance up to `reach`, then one a doubling; the last takes all that is further off. The idea is
 *  that of [Raffel2020] in docs/notation.md. */
typedef struct lw_relative {
  int64_t reach; /* 0: there is no such bias */
  int64_t side;
  bool both;
} lw_relative;

/** For sequences of up to `longest` tokens; reach 0: none. Local. */
lw_relative lw_relative_of(int64_t reach, int64_t longest, bool causal);
/** How many there are. Local. */
int64_t lw_relative_buckets(const lw_relative *relative);
/** With n = |ahead|, ahead = i - j: n up to reach, reach + ceil(log2(n / reach)) beyond, at most
 *  side; plus side for keys after the query, if `both`. Local. */
int64_t lw_relative_bucket(const lw_relative *relative, int64_t ahead);

#endif
