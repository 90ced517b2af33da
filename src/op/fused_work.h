/** The scratch memory of one call of the fused attention engine, cut into its arrays. */
#ifndef LONGWAVE_OP_FUSED_WORK_H
#define LONGWAVE_OP_FUSED_WORK_H

#include "longwave/op/fused.h"
#include <stddef.h>

enum {
  LW_FUSED_TILE = LW_FUSED_BLOCK * LW_FUSED_BLOCK,
  LW_FUSED_REACH = 2 * LW_FUSED_BLOCK, /* i - j takes 127 values in a tile */
};

/* Rows are d floats, padded with zeros to `width`; all keys padded with zero rows to whole blocks.
 */
typedef struct lw_fused_work {
  int64_t width;
  float *k, *v, *dk, *dv;        /* [T in whole blocks, width] */
  float *q, *dy, *y, *dq;        /* [64, width]: the block of queries at hand */
  float *q_columns, *dy_columns; /* [width, 64]: the same, transposed; q times log2(e) / sqrt(d) */
  float *tile, *dtile; /* [64 keys, 64 queries]: scores, then weights; and their gradients */
  float *decay, *bias; /* [128]: of a tile, at i - j - (least i - j) */
  float *most, *total,
      *change;        /* [64]: running maximum and sum of a query; factor of its sums so far */
  float *lse, *delta; /* [64]: lse in powers of two, and D */
} lw_fused_work;

static inline int64_t lw_fused_whole(int64_t count, int64_t unit)
{
  return (count + unit - 1) / unit * unit;
}

/** Cuts `scratch` up and returns the floats needed; with NULL it only counts. */
static inline int64_t lw_fused_cut(lw_fused_work *work, int64_t tokens, int64_t width,
                                   float *scratch)
{
  const int64_t all = lw_fused_whole(tokens, LW_FUSED_BLOCK) * width;
  const int64_t block = LW_FUSED_BLOCK * width;
  const struct {
    float **array;
    int64_t count;
  } pieces[] = {
      {&work->k, all},
      {&work->v, all},
      {&work->dk, all},
      {&work->dv, all},
      {&work->q, block},
      {&work->dy, block},
      {&work->y, block},
      {&work->dq, block},
      {&work->q_columns, block},
      {&work->dy_columns, block},
      {&work->tile, LW_FUSED_TILE},
      {&work->dtile, LW_FUSED_TILE},
      {&work->decay, LW_FUSED_REACH},
      {&work->bias, LW_FUSED_REACH},
      {&work->most, LW_FUSED_BLOCK},
      {&work->total, LW_FUSED_BLOCK},
      {&work->change, LW_FUSED_BLOCK},
      {&work->lse, LW_FUSED_BLOCK},
      {&work->delta, LW_FUSED_BLOCK},
  };
  int64_t used = 0;
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    if (scratch) *pieces[i].array = scratch + used;
    used += pieces[i].count;
  }
  work->width = width;
  return used;
}

#endif
