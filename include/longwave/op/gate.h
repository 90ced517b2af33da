/** Element by element: y = s x, s = 1 / (1 + exp(-z)). Local. No allocation. */
#ifndef LONGWAVE_OP_GATE_H
#define LONGWAVE_OP_GATE_H

#include <stdint.h>

/** s [count] in z, out s; x [count] in; y [count] out, may be x */
void lw_gate_forward(const float *x, int64_t count, float *s, float *y);

/** dx = s dy; dz = dy x s (1 - s). dy, x, s [count] in; dx, dz [count] out; dx may be dy */
void lw_gate_backward(const float *dy, const float *x, const float *s, int64_t count, float *dx,
                      float *dz);

#endif
