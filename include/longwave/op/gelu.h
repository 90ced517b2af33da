/** GELU, exact: gelu(x) = x Phi(x) = x/2 (1 + erf(x / sqrt 2)). Source: [Hendrycks2016]. Local. */
#ifndef LONGWAVE_OP_GELU_H
#define LONGWAVE_OP_GELU_H

#include <stdint.h>

/** y[i] = gelu(x[i]); x, y [count], may be the same memory.
 *  The relative error is below 6e-7 for all x > -12.9, also where Phi is tiny; below that y is -0.
 */
void lw_gelu_forward(const float *x, int64_t count, float *y);
/** dx[i] = dy[i] (Phi(x[i]) + x[i] phi(x[i])); dx may be dy. */
void lw_gelu_backward(const float *dy, const float *x, int64_t count, float *dx);

#endif
