/** Rows of heads in and out of the packed arrays of the fused attention engine, and the geometry of
 *  blocks. Included by the sources compiled per instruction set. */
#ifndef LONGWAVE_OP_FUSED_ROWS_H
#define LONGWAVE_OP_FUSED_ROWS_H

#include "fused_product.h"
#include "fused_work.h"
#include "longwave/base/whole.h"
#include <string.h>

static_assert(LW_FUSED_PAD % LW_LANES == 0, "rows are padded to whole vectors");

/** Tokens of a block: 64, or less in the last one. */
static inline int64_t lw_fused_count(const lw_fused_plan *plan, lw_fused_kind kind, int64_t block)
{
  return lw_smaller(LW_FUSED_BLOCK, lw_fused_tokens(plan->head, kind) - block * LW_FUSED_BLOCK);
}

/** One past the last block of a segment. */
static inline int64_t lw_fused_segment_end(const lw_fused_plan *plan, lw_fused_kind kind,
                                           int64_t segment)
{
  return lw_smaller(plan->blocks[kind], (segment + 1) * LW_FUSED_SEGMENT);
}

/** Rows lie far apart in [T, 3C]: the hardware does not foresee the next one, we do. */
LW_INLINE void lw_fused_foresee(const float *row, int64_t stride, int64_t d)
{
  enum { AHEAD = 12, LINE = 16 };
  for (int64_t c = 0; c < d; c += LINE) __builtin_prefetch(row + AHEAD * stride + c);
}

/** to[r, :] = factor[r] * from[r, :] (factor NULL: 1) with zeros up to `width`, and zero rows up to
 *  a whole block. */
static inline void lw_fused_pack(const float *from, int64_t stride, int64_t rows, int64_t d,
                                 int64_t width, const float *factor, float *to)
{
  for (int64_t r = 0; r < rows; r++) {
    const float *row = from + r * stride, times = factor ? factor[r] : 1;
    float *at = to + r * width;
    int64_t c = 0;
    lw_fused_foresee(row, stride, d);
    for (; c + LW_LANES <= d; c += LW_LANES) lw_store(at + c, times * lw_load(row + c));
    for (; c < d; c++) at[c] = times * row[c];
    for (; c < width; c++) at[c] = 0;
  }
  for (int64_t n = rows * width; n < lw_fused_whole(rows, LW_FUSED_BLOCK) * width; n++) to[n] = 0;
}

/** to[c, r] = factor * from[r, c] of one packed block, c < width */
static inline void lw_fused_turn(const float *from, int64_t width, float factor, float *to)
{
  for (int64_t c = 0; c < width; c += LW_LANES)
    for (int64_t r = 0; r < LW_FUSED_BLOCK; r += LW_LANES) {
      lw_vector square[LW_LANES];
      LW_UNROLL
      for (int n = 0; n < LW_LANES; n++) square[n] = factor * lw_load(from + (r + n) * width + c);
      lw_turn(square);
      LW_UNROLL
      for (int n = 0; n < LW_LANES; n++) lw_store(to + (c + n) * LW_FUSED_BLOCK + r, square[n]);
    }
}

/** to[r, :] = factor * from[r, :], or added to what is there */
LW_INLINE void lw_fused_unpack(const float *from, int64_t width, int64_t rows, int64_t d,
                               float factor, bool add, float *to, int64_t stride)
{
  for (int64_t r = 0; r < rows; r++) {
    const float *row = from + r * width;
    float *at = to + r * stride;
    int64_t c = 0;
    lw_fused_foresee(at, stride, d);
    for (; c + LW_LANES <= d; c += LW_LANES) {
      const lw_vector x = factor * lw_load(row + c);
      lw_store(at + c, add ? lw_load(at + c) + x : x);
    }
    for (; c < d; c++) at[c] = factor * row[c] + (add ? at[c] : 0);
  }
}

/** a . b, summed in a fixed order */
LW_INLINE float lw_fused_dot(const float *a, const float *b, int64_t count)
{
  lw_vector sum = {0};
  int64_t c = 0;
  for (; c + LW_LANES <= count; c += LW_LANES) sum += lw_load(a + c) * lw_load(b + c);
  float part[LW_LANES];
  lw_store(part, sum);
  LW_UNROLL
  for (int half = LW_LANES / 2; half > 0; half /= 2)
    for (int n = 0; n < half; n++) part[n] += part[n + half];
  for (; c < count; c++) part[0] += a[c] * b[c];
  return part[0];
}

#endif
