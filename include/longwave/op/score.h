/** A score matrix that is there: what LaS attention does to one row of it, or to a stretch of
 *  consecutive keys of a row. Scores are in powers of two: s' = log2(e) s. Used where the matrix is
 *  held panel by panel (attention/scores.h); op/fused.h does the same to tiles that never leave the
 *  cache. Compiled once per instruction set. Local. No allocation. */
#ifndef LONGWAVE_OP_SCORE_H
#define LONGWAVE_OP_SCORE_H

#include <stdint.h>

/** x[j] = x[j] decay[j] - bias[j]; *most becomes the greatest of itself and all x.
 *  x [count] in/out; decay, bias [count] in, or NULL for 1 and 0 */
void lw_score_local(float *x, int64_t count, const float *decay, const float *bias, float *most);

/** x[j] = 2^(x[j] - most); *total += sum of them. x [count] in/out */
void lw_score_weights(float *x, int64_t count, float most, float *total);

/** x[j] *= factor. x [count] in/out */
void lw_score_scale(float *x, int64_t count, float factor);

/** *sum += sum_j a[j] b[j]. a, b [count] in */
void lw_score_dot(const float *a, const float *b, int64_t count, float *sum);

/** dx[j] = a[j] (dx[j] - sum) decay[j]. dx [count] in/out; decay [count] in, or NULL for 1 */
void lw_score_gradient(float *dx, const float *a, int64_t count, const float *decay, float sum);

/** pooled[j] = 1/window sum_{u < window} x[j + u].
 *  x [count + window - 1] in, content lost;  pooled [count] out, not x */
void lw_score_pool(float *x, int64_t count, int64_t window, float *pooled);

#endif
