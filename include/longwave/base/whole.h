/** Arithmetic of whole numbers that many files need, and the answer of a comparison for qsort.
 *  Local. */
#ifndef LONGWAVE_BASE_WHOLE_H
#define LONGWAVE_BASE_WHOLE_H

#include <stdint.h>

static inline int64_t lw_smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

static inline int64_t lw_larger(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/** How many parts of `part` cover `count`; part > 0, count >= 0. */
static inline int64_t lw_parts(int64_t count, int64_t part)
{
  return (count + part - 1) / part;
}

/** -1, 0 or 1: x before y, neither, x behind y, by ascending order. Numbers of one type, evaluated
 *  twice. */
#define LW_ORDER(x, y) (((x) > (y)) - ((x) < (y)))

#endif
