/** Rows of heads in and out of the packed arrays of the fused attention engine, and the geometry of
 *  blocks. Included by the sources compiled per instruction set. */
#ifndef LONGWAVE_OP_FUSED_ROWS_H
#define LONGWAVE_OP_FUSED_ROWS_H

#include "fused_product.h"
#include "fused_work.h"
#include <string.h>

static inline int64_t lw_fused_least(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

static inline int64_t lw_fused_greatest(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/** Tokens of a block: 64, or less in the last one. */
static inline int64_t lw_fused_count(const lw_fused_plan *plan, int64_t block)
{
  return lw_fused_least(LW_FUSED_BLOCK, plan->head->tokens - block * LW_FUSED_BLOCK);
}

/** One past the last block of a segment. */
static inline int64_t lw_fused_segment_end(const lw_fused_plan *plan, int64_t segment)
{
  return lw_fused_least(plan->blocks, (segment + 1) * LW_FUSED_SEGMENT);
}

/** to[r, :] = factor[r] * from[r, :] (factor NULL: 1) with zeros up to `width`, and zero rows up to
 *  a whole block. */
static inline void lw_fused_pack(const float *from, int64_t stride, int64_t rows, int64_t d,
                                 int64_t width, const float *factor, float *to)
{
  for (int64_t r = 0; r < rows; r++) {
    const float *row = from + r * stride;
    float *at = to + r * width;
    if (factor)
      for (int64_t c = 0; c < d; c++) at[c] = factor[r] * row[c];
    else
      memcpy(at, row, (size_t)d * sizeof *to);
    for (int64_t c = d; c < width; c++) at[c] = 0;
  }
  const int64_t missing = lw_fused_whole(rows, LW_FUSED_BLOCK) - rows;
  memset(to + rows * width, 0, (size_t)(missing * width) * sizeof *to);
}

/** to[c, r] = factor * from[r, c] of one packed block */
static inline void lw_fused_turn(const float *from, int64_t width, int64_t d, float factor,
                                 float *to)
{
  for (int64_t c = 0; c < d; c++)
    for (int64_t r = 0; r < LW_FUSED_BLOCK; r++)
      to[c * LW_FUSED_BLOCK + r] = factor * from[r * width + c];
}

static inline void lw_fused_unpack(const float *from, int64_t width, int64_t rows, int64_t d,
                                   float factor, float *to, int64_t stride)
{
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < d; c++) to[r * stride + c] = factor * from[r * width + c];
}

static inline void lw_fused_unpack_add(const float *from, int64_t width, int64_t rows, int64_t d,
                                       float factor, float *to, int64_t stride)
{
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < d; c++) to[r * stride + c] += factor * from[r * width + c];
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
