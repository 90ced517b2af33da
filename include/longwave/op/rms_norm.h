/** RMS norm of the queries and keys of heads: each head's d channels by themselves. Source:
 *  [Zhang2019] in docs/notation.md; of queries and keys [Henry2020]. LW_RMS_EPSILON is added to the
 *  mean square. Local, no allocation. The gradient of the gain is summed in slices that do not
 *  depend on the thread count. */
#ifndef LONGWAVE_OP_RMS_NORM_H
#define LONGWAVE_OP_RMS_NORM_H

#include <stdint.h>

#define LW_RMS_EPSILON 1e-6

/** T rows of `heads` heads of d channels, side by side; rows `stride` floats apart. */
typedef struct lw_rms_norm {
  int64_t heads, d, T, stride;
  const float *gain; /* [d], the same for all heads */
} lw_rms_norm;

/** y[c] = gain[c] x[c] r, r = 1 / sqrt(mean_c x[c]^2 + epsilon), of each head in place: y in x.
 *  was [T, heads d] out: x as it came, kept for backward */
void lw_rms_norm_forward(const lw_rms_norm *norm, float *x, float *was);
/** With xhat = x r and g[c] = gain[c] dy[c]: dx[c] = r (g[c] - xhat[c] mean_c(g xhat)), in place of
 *  dy; dgain[c] += sum over rows and heads of dy[c] xhat[c].  dgain [d] in/out */
void lw_rms_norm_backward(const lw_rms_norm *norm, const float *was, float *dy, float *dgain);

#endif
