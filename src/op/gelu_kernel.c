/* GELU on vectors; compiled once per instruction set.
 *
 * Phi to float accuracy, also where it is tiny: for a = |x| the tail is
 *    Phi(-a) = exp(-a^2/2) R(a),   R(a) = erfcx(a / sqrt 2) / 2.
 * R is smooth and falls slowly; p4 / q5 below has a relative error of 5e-9 on [0, 13], all
 * coefficients positive so that nothing cancels. Both fits (R, and the exponential with 3e-9 on |r|
 * <= ln(2)/2) are our own: linearised least squares on 4000 Chebyshev points, weights updated
 * towards equal errors (Lawson), rounded to float. */
#include "isa.h"
#include "isa_vector.h"
#include <string.h>

/* Phi(-13) = 6e-39 is below the least normal float. */
static const float LARGEST = 13.0f;

/* exp(-a^2/2), 0 <= a <= LARGEST. a^2 in float would cost a relative error of 42 roundings, so a is
 * split in two: high with 12 bits and an exact square, a^2 = high^2 + (a - high)(a + high). */
LW_INLINE lw_vector gaussian(lw_vector a)
{
  lw_vector high = (lw_vector)((lw_bits)a & 0xFFFFF000u);
  lw_vector exact = -0.5f * high * high, rest = -0.5f * (a - high) * (a + high);
  /* n = round(x / ln 2): adding 1.5 * 2^23 leaves it in the low bits; r = x - n ln 2, ln 2 in two
   * parts */
  lw_vector shifted = (exact + rest) * 1.44269504f + 12582912.0f;
  lw_vector n = shifted - 12582912.0f;
  lw_vector r = (exact - n * 0.693359375f) + (n * 2.12194440e-4f + rest);
  lw_vector p = lw_splat(1.3814467e-3f);
  p = p * r + 8.3687808e-3f;
  p = p * r + 4.1668393e-2f;
  p = p * r + 1.6666520e-1f;
  p = p * r + 4.9999994e-1f;
  p = p * (r * r) + r + 1.0f;
  return p * (lw_vector)(((lw_bits)shifted + 127u) << 23);
}

LW_INLINE lw_vector tail(lw_vector a)
{
  lw_vector p = lw_splat(3.9943261e-3f), q = lw_splat(1.0012141e-2f);
  p = p * a + 3.9808601e-2f;
  p = p * a + 1.8078347e-1f;
  p = p * a + 4.3497548e-1f;
  p = p * a + 5.0e-1f;
  q = q * a + 9.9793017e-2f;
  q = q * a + 4.6299934e-1f;
  q = q * a + 1.1923034f;
  q = q * a + 1.6678358f;
  q = q * a + 1.0f;
  return p / q;
}

/* where ? a : b, lane by lane */
LW_INLINE lw_vector pick(lw_bits where, lw_vector a, lw_vector b)
{
  return (lw_vector)(((lw_bits)a & where) | ((lw_bits)b & ~where));
}

/* Phi(x) and exp(-x^2/2). NaN gives Phi = 1, and x Phi is NaN again. */
LW_INLINE lw_vector normal(lw_vector x, lw_vector *bell)
{
  lw_vector a = (lw_vector)((lw_bits)x & 0x7FFFFFFFu);
  lw_bits in_range = (lw_bits)(a < LARGEST);
  a = pick(in_range, a, lw_splat(LARGEST));
  *bell = (lw_vector)((lw_bits)gaussian(a) & in_range);
  lw_vector below = *bell * tail(a);
  return pick((lw_bits)(x < 0.0f), below, 1.0f - below);
}

LW_INLINE lw_vector forward(lw_vector x)
{
  lw_vector bell;
  return x * normal(x, &bell);
}

LW_INLINE lw_vector backward(lw_vector dy, lw_vector x)
{
  lw_vector bell, phi = normal(x, &bell);
  return dy * (phi + x * bell * 0.398942280f);
}

void LW_ISA_NAME(gelu_forward)(const float *x, int64_t count, float *y)
{
  int64_t i = 0;
  for (; i + LW_LANES <= count; i += LW_LANES) lw_store(y + i, forward(lw_load(x + i)));
  float last[LW_LANES] = {0};
  size_t bytes = (size_t)(count - i) * sizeof *x;
  memcpy(last, x + i, bytes);
  lw_store(last, forward(lw_load(last)));
  memcpy(y + i, last, bytes);
}

void LW_ISA_NAME(gelu_backward)(const float *dy, const float *x, int64_t count, float *dx)
{
  int64_t i = 0;
  for (; i + LW_LANES <= count; i += LW_LANES)
    lw_store(dx + i, backward(lw_load(dy + i), lw_load(x + i)));
  float last[2][LW_LANES] = {{0}, {0}};
  size_t bytes = (size_t)(count - i) * sizeof *x;
  memcpy(last[0], dy + i, bytes);
  memcpy(last[1], x + i, bytes);
  lw_store(last[0], backward(lw_load(last[0]), lw_load(last[1])));
  memcpy(dx + i, last[0], bytes);
}
