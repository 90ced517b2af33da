/** GELU, exact: gelu(x) = x Phi(x) = x/2 (1 + erf(x / sqrt 2)). Source: [Hendrycks2016]. Local. */
#ifndef LONGWAVE_OP_GELU_H
#define LONGWAVE_OP_GELU_H

#include <stdint.h>

/** y[i] = gelu(x[i]); x, y [count], may be the same memory. Relative error of Phi below 2e-7. */
void lw_gelu_forward(const float *x, int64_t count, float *y);
/** dx[i] = dy[i] (Phi(x[i]) + x[i] phi(x[i])); dx may be dy. */
void lw_gelu_backward(const float *dy, const float *x, int64_t count, float *dx);

#endif
