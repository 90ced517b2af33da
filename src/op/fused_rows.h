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

/** A block's rows among those of its segment. */
static inline float *lw_fused_block_in(float *segment, int64_t block, const lw_fused_work *work)
{
  return segment + block % LW_FUSED_SEGMENT * LW_FUSED_BLOCK * work->width;
}

/** The near key blocks of a query block that lie in a segment of keys. */
typedef struct lw_fused_blocks {
  int64_t first, last;
} lw_fused_blocks;

static inline lw_fused_blocks lw_fused_near_keys(const lw_fused_plan *plan, int64_t block,
                                                 int64_t segment)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  return (lw_fused_blocks){
      lw_larger(segment * LW_FUSED_SEGMENT, edge[LW_FUSED_BEFORE][block]),
      lw_smaller(lw_fused_segment_end(plan, LW_FUSED_KEYS, segment), edge[LW_FUSED_AFTER][block])};
}

/** Of all query blocks [first, last): their ranges only move up. */
static inline lw_fused_blocks lw_fused_near_of_all(const lw_fused_plan *plan, int64_t first,
                                                   int64_t last, int64_t segment)
{
  return (lw_fused_blocks){lw_fused_near_keys(plan, first, segment).first,
                           lw_fused_near_keys(plan, last - 1, segment).last};
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
    for (; c < width; c += LW_LANES) {
      const int64_t some = c < d ? d - c : 0;
      lw_store_part(at + c, times * lw_load_part(row + c, some), lw_smaller(LW_LANES, width - c));
    }
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
    if (c == d) continue;
    const lw_vector x = factor * lw_load_part(row + c, d - c);
    lw_store_part(at + c, add ? lw_load_part(at + c, d - c) + x : x, d - c);
  }
}

/** a . b, summed in a fixed order */
LW_INLINE float lw_fused_dot(const float *a, const float *b, int64_t count)
{
  lw_vector sum = {0};
  int64_t c = 0;
  for (; c + LW_LANES <= count; c += LW_LANES) sum += lw_load(a + c) * lw_load(b + c);
  if (c < count) sum += lw_load_part(a + c, count - c) * lw_load_part(b + c, count - c);
  float part[LW_LANES];
  lw_store(part, sum);
  LW_UNROLL
  for (int half = LW_LANES / 2; half > 0; half /= 2)
    for (int n = 0; n < half; n++) part[n] += part[n + half];
  return part[0];
}

#endif
