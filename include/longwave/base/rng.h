/** Counter-based random numbers: a value is a pure function of (seed, stream, index), so it is the
 *  same on any rank count, thread count and after any restart. There is no state to save.
 *  Source: Philox4x32-10, [Salmon2011] in docs/notation.md. */
#ifndef LONGWAVE_BASE_RNG_H
#define LONGWAVE_BASE_RNG_H

#include <stdint.h>

/** Streams keep uses of one seed apart. */
typedef enum lw_rng_stream {
  LW_RNG_INIT = 1,  /* start values; index: position in the parameter */
  LW_RNG_SHUFFLE,   /* order of samples */
  LW_RNG_DROPOUT,   /* masks */
  LW_RNG_DATA,      /* generators of data sets */
  LW_RNG_SPLIT,     /* which samples are held out */
  LW_RNG_TEST,
  LW_RNG_SUBSET,    /* which samples a limit leaves */
  LW_RNG_STORE,     /* order in which a maker stores samples */
  LW_RNG_MASK,      /* which steps are hidden (data/question.h) */
} lw_rng_stream;

/** Which sequence of numbers: seed, stream and two free numbers (for instance step and layer). */
typedef struct lw_rng {
  uint64_t seed;
  uint32_t stream, first, second;
} lw_rng;

/** Four words at counter `index` of the raw generator: counter and key as in [Salmon2011]. */
void lw_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** 64 random bits number `index` of the sequence. */
uint64_t lw_rng_bits(lw_rng rng, uint64_t index);

/** bits[i] = lw_rng_bits(rng, first + i) of LW_RNG_MANY: with AVX2 they cost a third of as many
 *  calls, with AVX-512 a quarter. */
enum { LW_RNG_MANY = 32 };
void lw_rng_bits_many(lw_rng rng, uint64_t first, uint64_t bits[LW_RNG_MANY]);

/** Uniform in [0, 1) with 53 bits. */
double lw_rng_uniform(lw_rng rng, uint64_t index);

/** Standard normal (Box-Muller on the two halves of one counter). */
double lw_rng_normal(lw_rng rng, uint64_t index);

/** Uniform in [0, bound) from 64 random bits. */
static inline uint64_t lw_rng_scaled(uint64_t bits, uint64_t bound)
{
  __extension__ typedef unsigned __int128 wide;
  return (uint64_t)((wide)bits * bound >> 64);
}

/** Whole number in [0, bound), unbiased to 2^-64; bound >= 1. */
uint64_t lw_rng_below(lw_rng rng, uint64_t index, uint64_t bound);

/** order[0..count) becomes the permutation of 0..count-1 that the sequence gives (Fisher-Yates). */
void lw_rng_permutation(lw_rng rng, int64_t count, int64_t *order);

#endif
