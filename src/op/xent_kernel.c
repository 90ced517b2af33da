/* Exponentials of a row of logits in double; compiled once per instruction set. */
#include "isa.h"
#include "isa_vector.h"
#include <string.h>

enum { WIDTH = LW_LANES / 2 };
typedef double doubles __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t words __attribute__((vector_size(8 * WIDTH)));
typedef float floats __attribute__((vector_size(4 * WIDTH)));

/* exp(x) for x <= 0 with a relative error of a few 1e-16; below -700, where it is 0 as a float, as
 * at -700; NaN for NaN. x = n ln 2 + r, the low bits of n + 1.5 * 2^52 are n, and on |r| <= ln(2)/2
 * the series of exp up to r^12 is exact to the last bit or two. */
LW_INLINE doubles exponential(doubles x)
{
  static const double inverse[13] = {1.0,
                                     1.0,
                                     1.0 / 2,
                                     1.0 / 6,
                                     1.0 / 24,
                                     1.0 / 120,
                                     1.0 / 720,
                                     1.0 / 5040,
                                     1.0 / 40320,
                                     1.0 / 362880,
                                     1.0 / 3628800,
                                     1.0 / 39916800,
                                     1.0 / 479001600};
  const double rounder = 0x1.8p52, least = -700.0;
  words below = (words)(x < least);
  x = (doubles)(((words)x & ~below) | ((words)(least - (doubles){0}) & below));
  doubles shifted = x * 1.4426950408889634 + rounder, n = shifted - rounder;
  /* ln 2 in two parts, the first with 21 zero bits at its end, so that n times it is exact */
  doubles r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
  doubles y = inverse[12] - (doubles){0};
  LW_UNROLL
  for (int i = 11; i >= 0; i--) y = y * r + inverse[i];
  return y * (doubles)(((words)shifted + 1023) << 52);
}

/* weight[k] = exp(logits[k] - greatest), k < count; sum[0] += all of them, sum[1] += all of
 * logits[k] - greatest, in a fixed order. */
void LW_ISA_NAME(xent_weights)(const float *logits, int64_t count, double greatest, float *weight,
                               double *sum)
{
  doubles all = {0}, differences = {0};
  for (int64_t k = 0; k < count; k += WIDTH) {
    int64_t width = count - k < WIDTH ? count - k : WIDTH;
    floats x = (float)greatest - (floats){0};
    if (width == WIDTH)
      memcpy(&x, logits + k, sizeof x);
    else
      memcpy(&x, logits + k, (size_t)width * sizeof *logits);
    doubles shifted = __builtin_convertvector(x, doubles) - greatest, term = exponential(shifted);
    for (int64_t i = width; i < WIDTH; i++) term[i] = 0.0;
    all += term;
    differences += shifted;
    x = __builtin_convertvector(term, floats);
    if (width == WIDTH)
      memcpy(weight + k, &x, sizeof x);
    else
      memcpy(weight + k, &x, (size_t)width * sizeof *weight);
  }
  for (int i = 0; i < WIDTH; i++) sum[0] += all[i], sum[1] += differences[i];
}
