/** Arrays of numbers for tests of operators: filled from a seed, compared with doubles, compared
 *  over thread counts. */
#ifndef TESTS_SUPPORT_NUMBERS_H
#define TESTS_SUPPORT_NUMBERS_H

#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/op/instruction_set.h"
#include "unwatched.h"
#include <criterion/criterion.h>
#include <math.h>
#include <omp.h>
#include <string.h>

/** `count` floats, mean 0 and deviation 1; to be given back with lw_mem_give. */
static inline float *numbers(uint64_t seed, int64_t count)
{
  float *x = NULL;
  cr_assert_eq(LW_TAKE(&x, count), LW_OK);
  lw_rng rng = {.seed = seed, .stream = LW_RNG_TEST};
  for (int64_t i = 0; i < count; i++) x[i] = (float)lw_rng_normal(rng, (uint64_t)i);
  return x;
}

static inline double *numbers_zero(int64_t count)
{
  double *x = NULL;
  cr_assert_eq(LW_TAKE(&x, count), LW_OK);
  return x;
}

/** |got - want| / |want| in the Euclidean norm, |got| where want is 0, infinite where got is not
 *  finite. */
static inline double numbers_error(const float *got, const double *want, int64_t count)
{
  double distance = 0.0, size = 0.0;
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(got[i])) return (double)INFINITY;
    distance += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
    size += want[i] * want[i];
  }
  return size > 0.0 ? sqrt(distance / size) : sqrt(distance);
}

/** `run` writes `count` floats to out from scratch; they must have the same bits with 1, 2, 3 and 5
 *  threads. */
static inline void numbers_same_for_threads(void (*run)(float *out), int64_t count)
{
  static const int threads[] = {1, 2, 3, 5};
  float *first = numbers(0, count), *now = numbers(0, count);
  for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
    omp_set_num_threads(threads[i]);
    run(i == 0 ? first : now);
    if (i > 0)
      cr_assert_eq(memcmp(first, now, (size_t)count * sizeof *now), 0, "%d threads", threads[i]);
  }
  lw_mem_give(first);
  lw_mem_give(now);
}

/** A test whose body runs once for every instruction set this machine can execute. */
#define TEST_ON_EVERY_PATH(suite, name)                                                            \
  static void suite##_##name(void);                                                                \
  Test(suite, name)                                                                                \
  {                                                                                                \
    for (const char *const *set = lw_instruction_sets; *set; set++)                                \
      if (lw_instruction_set_force(*set)) suite##_##name();                                        \
  }                                                                                                \
  static void suite##_##name(void)

#endif
