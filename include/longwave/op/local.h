/** Locality: the decays of the heads and how distance enters a score.
 *  Source: [Zimerman2024]; letters as in docs/notation.md: head c of H, alpha_c >= 0, bound B,
 *  distance |i-j|. */
#ifndef LONGWAVE_OP_LOCAL_H
#define LONGWAVE_OP_LOCAL_H

#include <stdint.h>

typedef enum lw_locality {
  LW_LOCALITY_SCALE, /* x = exp(-alpha |i-j|) s, the paper's */
  LW_LOCALITY_BIAS,  /* x = s - alpha |i-j|, as ALiBi */
  LW_LOCALITY_BOTH,  /* x = exp(-alpha |i-j|) s - alpha |i-j| */
} lw_locality;

typedef enum lw_decay {
  /* alpha_c = B 2^-(H-1-c) for c >= 1: our reading of "exponential-uniformly in [0, B]" */
  LW_DECAY_GEOMETRIC,
  LW_DECAY_LINEAR,    /* alpha_c = B c / (H-1) */
  LW_DECAY_LIST,      /* given, one a head */
} lw_decay;

/** alpha [heads] out; head 0 gets 0 in the first two schedules. `list` [heads] in, only for
 *  LW_DECAY_LIST. With one head alpha_0 = 0. Local. */
void lw_local_alphas(lw_decay decay, double bound, int64_t heads, const double *list, float *alpha);

#endif
