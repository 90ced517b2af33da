/* Several Philox counters side by side (rng.c holds the readable one). A counter has a lane of 64
   bits for each of its words: one instruction multiplies the lower halves of all lanes, and what
   the upper halves hold meanwhile touches nothing. Compilers do not find this by themselves. */
#include "longwave/base/rng.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/* NAME gives LW_RNG_MANY numbers on processors that have TARGET, in vectors of BYTES: as many of
   them TOGETHER as there are registers for, so that none waits for its own product. */
#define PHILOX_LANES(NAME, TARGET, BYTES, TOGETHER, VECTOR, MULTIPLY)                              \
  typedef uint64_t NAME##_lanes __attribute__((vector_size(BYTES)));                               \
                                                                                                   \
  __attribute__((target(TARGET))) static void NAME(lw_rng rng, uint64_t first, const uint32_t *k,  \
                                                   uint64_t *bits)                                 \
  {                                                                                                \
    enum { LANES = (BYTES) / 8, STEP = LANES * (TOGETHER) };                                       \
    const NAME##_lanes zero = {0}, m0 = zero + 0xD2511F53u, m1 = zero + 0xCD9E8D57u;               \
    NAME##_lanes place;                                                                            \
    uint64_t lane[LANES];                                                                          \
    for (uint64_t v = 0; v < LANES; v++) lane[v] = v;                                              \
    memcpy(&place, lane, sizeof place);                                                            \
    for (uint64_t i = 0; i < LW_RNG_MANY; i += STEP) {                                             \
      NAME##_lanes c0[TOGETHER], c1[TOGETHER], c2[TOGETHER], c3[TOGETHER];                         \
      for (uint64_t v = 0; v < (TOGETHER); v++) {                                                  \
        c0[v] = place + (first + i + v * LANES);                                                   \
        c1[v] = c0[v] >> 32;                                                                       \
        c2[v] = zero + rng.first;                                                                  \
        c3[v] = zero + rng.second;                                                                 \
      }                                                                                            \
      for (uint32_t round = 0; round < 10; round++) {                                              \
        const NAME##_lanes k0 = zero + (k[0] + round * 0x9E3779B9u);                               \
        const NAME##_lanes k1 = zero + (k[1] + round * 0xBB67AE85u);                               \
        _Pragma("GCC unroll 8") for (int v = 0; v < (TOGETHER); v++)                               \
        {                                                                                          \
          const NAME##_lanes a = (NAME##_lanes)MULTIPLY((VECTOR)c0[v], (VECTOR)m0);                \
          const NAME##_lanes b = (NAME##_lanes)MULTIPLY((VECTOR)c2[v], (VECTOR)m1);                \
          c0[v] = (b >> 32) ^ c1[v] ^ k0;                                                          \
          c2[v] = (a >> 32) ^ c3[v] ^ k1;                                                          \
          c1[v] = b;                                                                               \
          c3[v] = a;                                                                               \
        }                                                                                          \
      }                                                                                            \
      for (uint64_t v = 0; v < (TOGETHER); v++) {                                                  \
        c0[v] = (c0[v] & 0xffffffffu) | c1[v] << 32;                                               \
        memcpy(bits + i + v * LANES, &c0[v], sizeof c0[v]);                                        \
      }                                                                                            \
    }                                                                                              \
  }

PHILOX_LANES(with_avx2, "avx2", 32, 2, __m256i, _mm256_mul_epu32)
PHILOX_LANES(with_avx512, "avx512f", 64, 4, __m512i, _mm512_mul_epu32)
#endif

void lw_rng_bits_many(lw_rng rng, uint64_t first, uint64_t bits[LW_RNG_MANY])
{
#if defined(__x86_64__)
  const uint32_t k[2] = {(uint32_t)rng.seed,
                         (uint32_t)(rng.seed >> 32) ^ (rng.stream * 0x85EBCA6Bu)};
  if (__builtin_cpu_supports("avx512f")) {
    with_avx512(rng, first, k, bits);
    return;
  }
  if (__builtin_cpu_supports("avx2")) {
    with_avx2(rng, first, k, bits);
    return;
  }
#endif
  for (uint64_t i = 0; i < LW_RNG_MANY; i++) bits[i] = lw_rng_bits(rng, first + i);
}
