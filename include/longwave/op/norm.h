/** Layer norm and the local parts of batch norm (the sums over ranks between them are the caller's:
 *  model/norm.c). Sources: [Ba2016], [Ioffe2015] in docs/notation.md. LW_NORM_EPSILON = 1e-5 is
 *  added to the variance. Local. Column sums run in blocks whose sizes do not depend on the thread
 *  count. No allocation. */
#ifndef LONGWAVE_OP_NORM_H
#define LONGWAVE_OP_NORM_H

#include <stdint.h>

#define LW_NORM_EPSILON 1e-5

/** y[t,:] = gain * (x[t,:] - mean[t]) * rstd[t] + bias, rstd = 1 / sqrt(variance + epsilon), over
 *  the C channels. x, y [T, C] in, out, may be the same memory; gain, bias [C] in; mean, rstd [T]
 *  out, kept for backward */
void lw_layer_norm_forward(const float *x, const float *gain, const float *bias, int64_t T,
                           int64_t C, float *y, float *mean, float *rstd);

/** dx (written), dgain, dbias (added to). dy, x [T, C] in; dx [T, C] out, may be dy; dgain, dbias
 *  [C] in/out */
void lw_layer_norm_backward(const float *dy, const float *x, const float *gain, const float *mean,
                            const float *rstd, int64_t T, int64_t C, float *dx, float *dgain,
                            float *dbias);

/** sum[c] = sum_t x[t,c], in double. x [T, C] in; sum [C] out (written) */
void lw_column_sum(const float *x, int64_t T, int64_t C, double *sum);
/** square[c] = sum_t (x[t,c] - mean[c])^2. mean [C] in, square [C] out (written) */
void lw_column_square(const float *x, const double *mean, int64_t T, int64_t C, double *square);

/** y[t,c] = gain[c] (x[t,c] - mean[c]) rstd[c] + bias[c]; mean, rstd [C] in. x and y may be the
 *  same memory. */
void lw_batch_norm_forward(const float *x, const float *gain, const float *bias, const float *mean,
                           const float *rstd, int64_t T, int64_t C, float *y);

/** The two column sums that batch norm's backward needs over all rows of all ranks:
 *  dy_sum[c] = sum_t dy[t,c];  dy_xhat_sum[c] = sum_t dy[t,c] (x[t,c] - mean[c]) rstd[c].   [C] out
 *  (written) */
void lw_batch_norm_sums(const float *dy, const float *x, const float *mean, const float *rstd,
                        int64_t T, int64_t C, double *dy_sum, double *dy_xhat_sum);

/** dx[t,c] = gain[c] rstd[c] (dy[t,c] - dy_mean[c] - xhat[t,c] dy_xhat_mean[c]); with both means 0
 *  it is the backward of evaluation mode, where mean and rstd are constants. dy, x [T, C] in;
 *  dy_mean, dy_xhat_mean [C] in; dx [T, C] out, may be dy */
void lw_batch_norm_backward(const float *dy, const float *x, const float *gain, const float *mean,
                            const float *rstd, const float *dy_mean, const float *dy_xhat_mean,
                            int64_t T, int64_t C, float *dx);

#endif
