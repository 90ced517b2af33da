/* Sigmoid gates on vectors; compiled once per instruction set. */
#include "isa.h"
#include "isa_vector.h"
#include <string.h>

/* exp(-|z|) <= 1: nothing overflows, and what is near 0 is exact in proportion. */
LW_INLINE lw_vector sigmoid(lw_vector z)
{
  const lw_bits below = (lw_bits)(z < 0.0f);
  const lw_vector size = (lw_vector)((lw_bits)z & 0x7FFFFFFFu);
  const lw_vector e = lw_exp2(-1.44269504f * size), p = 1.0f / (1.0f + e);
  return (lw_vector)(((lw_bits)(e * p) & below) | ((lw_bits)p & ~below));
}

void LW_ISA_NAME(gate_forward)(const float *x, int64_t count, float *s, float *y)
{
  int64_t i = 0;
  for (; i + LW_LANES <= count; i += LW_LANES) {
    const lw_vector open = sigmoid(lw_load(s + i));
    lw_store(s + i, open);
    lw_store(y + i, open * lw_load(x + i));
  }
  float last[LW_LANES] = {0};
  memcpy(last, s + i, (size_t)(count - i) * sizeof *s);
  lw_store(last, sigmoid(lw_load(last)));
  memcpy(s + i, last, (size_t)(count - i) * sizeof *s);
  for (; i < count; i++) y[i] = s[i] * x[i];
}

void LW_ISA_NAME(gate_backward)(const float *dy, const float *x, const float *s, int64_t count,
                                float *dx, float *dz)
{
  int64_t i = 0;
  for (; i + LW_LANES <= count; i += LW_LANES) {
    const lw_vector open = lw_load(s + i), d = open * lw_load(dy + i);
    lw_store(dz + i, d * lw_load(x + i) * (1.0f - open));
    lw_store(dx + i, d);
  }
  for (; i < count; i++) {
    const float d = s[i] * dy[i];
    dz[i] = d * x[i] * (1.0f - s[i]);
    dx[i] = d;
  }
}
