/** Vectors of LW_LANES floats for sources that are compiled once per instruction set (isa.h), in
 * the vector extension of GCC and Clang: + - * and comparisons act lane by lane, a comparison gives
 * all ones or all zeros. Everything is static: nothing compiled here for one instruction set can be
 * linked into another. */
#ifndef LONGWAVE_OP_ISA_VECTOR_H
#define LONGWAVE_OP_ISA_VECTOR_H

#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#define LW_INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define LW_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LW_UNROLL _Pragma("GCC unroll 16")
#endif

typedef float lw_vector __attribute__((vector_size(4 * LW_LANES)));
typedef uint32_t lw_bits __attribute__((vector_size(4 * LW_LANES)));
typedef float lw_vector_anywhere __attribute__((vector_size(4 * LW_LANES), aligned(4), may_alias));

LW_INLINE lw_vector lw_load(const float *from)
{
  return *(const lw_vector_anywhere *)from;
}

LW_INLINE void lw_store(float *to, lw_vector x)
{
  *(lw_vector_anywhere *)to = x;
}

/* The first `count` numbers, fewer than a vector has, and zeros; or only as many written. */
LW_INLINE lw_vector lw_load_part(const float *from, int64_t count)
{
#if LW_LANES == 16
  return (lw_vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#else
  lw_vector x = {0};
  for (int64_t n = 0; n < count; n++) x[n] = from[n];
  return x;
#endif
}

LW_INLINE void lw_store_part(float *to, lw_vector x, int64_t count)
{
#if LW_LANES == 16
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)x);
#else
  for (int64_t n = 0; n < count; n++) to[n] = x[n];
#endif
}

LW_INLINE lw_vector lw_splat(float x)
{
  return x - (lw_vector){0};
}

/* The compilers do not see the maximum instruction in its definition lane by lane. */
LW_INLINE lw_vector lw_max(lw_vector a, lw_vector b)
{
#if LW_LANES == 16
  return (lw_vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif LW_LANES == 8
  return (lw_vector)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined __SSE2__
  return (lw_vector)_mm_max_ps((__m128)a, (__m128)b);
#else
  lw_bits greater = (lw_bits)(a > b);
  return (lw_vector)(((lw_bits)a & greater) | ((lw_bits)b & ~greater));
#endif
}

/* The lower and upper halves of two vectors, lane by lane in turns. */
#if LW_LANES == 16
#define LW_LOWER(a, b)                                                                             \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LW_UPPER(a, b)                                                                             \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LW_LANES == 8
#define LW_LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LW_UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define LW_LOWER(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LW_UPPER(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/** Transposes a square of LW_LANES vectors. Each round moves the top bit of an element's row to the
 *  bottom of its lane, and the top bit of the lane to the bottom of the row; after log2(LW_LANES)
 *  rounds they have changed places. */
LW_INLINE void lw_turn(lw_vector rows[LW_LANES])
{
  LW_UNROLL
  for (int round = 1; round < LW_LANES; round *= 2) {
    lw_vector next[LW_LANES];
    LW_UNROLL
    for (int r = 0; r < LW_LANES / 2; r++) {
      next[2 * r] = LW_LOWER(rows[r], rows[r + LW_LANES / 2]);
      next[2 * r + 1] = LW_UPPER(rows[r], rows[r + LW_LANES / 2]);
    }
    LW_UNROLL
    for (int r = 0; r < LW_LANES; r++) rows[r] = next[r];
  }
}

/** 2^x for x <= 0 (and a little above): relative error under 1e-7, exactly 1 at 0, NaN for NaN.
 *  Under 2^-50 the result is 0: as a weight in a softmax, or as a decay, that is far below
 * rounding, and products of two such numbers never become subnormal, which would be slow. x = n + f
 * with |f| <= 1/2: the low bits of x + 1.5 * 2^23 are n, which is added to the exponent of 2^f. */
LW_INLINE lw_vector lw_exp2(lw_vector x)
{
  const float rounder = 12582912.0f, least = -50.0f;
  lw_vector shifted = x + rounder;
  lw_vector f = x - (shifted - rounder);
  /* Least maximum relative error on [-1/2, 1/2] among polynomials with constant 1. */
  lw_vector y = lw_splat(1.5353362e-4f);
  y = y * f + 1.3398875e-3f;
  y = y * f + 9.618437e-3f;
  y = y * f + 5.5503324e-2f;
  y = y * f + 2.4022648e-1f;
  y = y * f + 6.931472e-1f;
  y = y * f + 1.0f;
  lw_bits bits = (lw_bits)y + ((lw_bits)shifted << 23);
  return (lw_vector)(bits & ~(lw_bits)(x <= least));
}

#endif
