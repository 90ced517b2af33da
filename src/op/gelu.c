#include "longwave/op/gelu.h"
#include "share.h"
#include <string.h>

/* Phi to float accuracy, also where it is tiny: for a = |x| the tail is
 *    Phi(-a) = exp(-a^2/2) R(a),   R(a) = erfcx(a / sqrt 2) / 2.
 * R is smooth and falls slowly; R4 / S5 below has a relative error of 5e-9 on [0, 13], all
 * coefficients positive so that nothing cancels. Both fits (R, and the exponential below with 3e-9
 * on |r| <= ln(2)/2) are our own: linearised least squares on 4000 Chebyshev points, weights
 * updated towards equal errors (Lawson), rounded to float. */
static const float LARGEST = 13.0f; /* Phi(-13) = 6e-39 is below the least normal float */

static inline float from_bits(uint32_t bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline uint32_t to_bits(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* exp(-a^2/2), 0 <= a <= LARGEST. a^2 in float would cost a relative error of 42 roundings, so a is
 * cut in two: high with 12 bits, whose square is exact, and a^2 = high^2 + (a - high)(a + high). */
static inline float gaussian(float a)
{
  float high = from_bits(to_bits(a) & 0xFFFFF000u);
  float exact = -0.5f * high * high, rest = -0.5f * (a - high) * (a + high);
  /* n = round(x / ln 2): adding 1.5 * 2^23 leaves it in the low bits; r = x - n ln 2, ln 2 in two
   * parts */
  float shifted = (exact + rest) * 1.44269504f + 12582912.0f;
  float n = shifted - 12582912.0f;
  float r = (exact - n * 0.693359375f) + (n * 2.12194440e-4f + rest);
  float p = 1.3814467e-3f;
  p = p * r + 8.3687808e-3f;
  p = p * r + 4.1668393e-2f;
  p = p * r + 1.6666520e-1f;
  p = p * r + 4.9999994e-1f;
  p = p * (r * r) + r + 1.0f;
  return p * from_bits((to_bits(shifted) + 127u) << 23);
}

static inline float tail(float a)
{
  float p = 3.9943261e-3f, q = 1.0012141e-2f;
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

/* Phi(x) and exp(-x^2/2). Choices are made on the bits, whose order is that of the floats from 0
 * up, because a branch would keep the compiler from using vectors. NaN gives phi = 1, and x phi is
 * NaN again. */
static inline float normal(float x, float *bell)
{
  uint32_t a = to_bits(x) & 0x7FFFFFFFu, largest = to_bits(LARGEST);
  float bounded = from_bits(a < largest ? a : largest);
  uint32_t in_range = 0u - (uint32_t)(a < largest), negative = 0u - (to_bits(x) >> 31);
  *bell = from_bits(to_bits(gaussian(bounded)) & in_range);
  float below = *bell * tail(bounded), above = 1.0f - below;
  return from_bits((to_bits(below) & negative) | (to_bits(above) & ~negative));
}

void lw_gelu_forward(const float *x, int64_t count, float *y)
{
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) {
    float bell;
    y[i] = x[i] * normal(x[i], &bell);
  }
}

void lw_gelu_backward(const float *dy, const float *x, int64_t count, float *dx)
{
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) {
    float bell, phi = normal(x[i], &bell);
    dx[i] = dy[i] * (phi + x[i] * bell * 0.398942280f);
  }
}
