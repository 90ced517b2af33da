/** The scratch memory of one thread in the fused attention engine, divided into its arrays. Its
 *  size does not grow with T: keys and queries come in segments. */
#ifndef LONGWAVE_OP_FUSED_WORK_H
#define LONGWAVE_OP_FUSED_WORK_H

#include "fused_plan.h"
#include <assert.h>
#include <stddef.h>

enum {
  LW_FUSED_TILE = LW_FUSED_BLOCK * LW_FUSED_BLOCK,
  LW_FUSED_REACH = 2 * LW_FUSED_BLOCK, /* i - j takes 127 values in a tile */
  LW_FUSED_PAD = 16,                   /* a multiple of every LW_LANES */
};

/* Rows are d floats, padded with zeros to `width`. */
typedef struct lw_fused_work {
  int64_t width;
  float *k, *v, *dk, *dv; /* [segment, width]: the keys at hand, whole blocks */
  float *q_columns, *y;   /* [16][width, 64], [segment, width]: forward's queries; q_columns
                                   has q transposed, times log2(e) / sqrt(d) */
  float *most, *total;    /* [segment]: running maximum and sum of a query */
  float *q, *dy, *dq;     /* [64, width]: the block of queries at hand */
  float *dy_columns;      /* [width, 64] */
  float *tile, *dtile;    /* [64 keys, 64 queries]: scores, then weights; their gradients */
  float *decay, *bias;    /* [128]: of a tile, at i - j - (least i - j) */
  float *sign;            /* [128]: of i - j, likewise */
  /* Of clocked heads, times log2(e): distances of keys, [segment], and of the queries at hand,
     [64], from the first token of their block; those of the earlier block of a tile to its other
     edge, [64]; and 2 to the power of less of each */
  float *key_offset, *key_decay, *query_offset, *query_decay, *edge_offset, *edge_decay;
  float *pair;   /* [64 keys, 64 queries]: distances of clocked heads, times log2(e) */
  float *dkey;   /* [segment, 16]: sums over queries of what each key's reading gets, in lanes */
  float *dquery; /* [64]: sums over keys */
  /* [64 keys, 128]: dx of a tile with a bias per distance, each row moved by its key, so that a
     distance is a column; 0 where there is no query */
  float *skewed;
  float *change;         /* [64]: factor of a query's sums so far */
  float *lse, *delta;    /* [64]: lse in powers of two, and D */
  float *factor, *inner; /* [64]: of the far field's rows */
  float *column;         /* [width]: sums over the rows of a block */
  float *sums;           /* the far field's sums at the edge at hand */
} lw_fused_work;

static_assert(LW_FUSED_BLOCK % LW_FUSED_PAD == 0, "rows of a tile are whole vectors");

/** Floats of the far field's sums (fused_sweep.h), a multiple of 64 bytes. */
static inline int64_t lw_fused_sums_floats(int64_t width)
{
  return lw_fused_whole(2 * width * width + 3 * width, LW_FUSED_PAD);
}

typedef struct lw_fused_piece {
  float **array;
  int64_t count;
} lw_fused_piece;

static inline int64_t lw_fused_cut(const lw_fused_piece *pieces, size_t count, float *scratch)
{
  int64_t used = 0;
  for (size_t i = 0; i < count; i++) {
    if (scratch) *pieces[i].array = scratch + used;
    used += pieces[i].count;
  }
  return used;
}

static inline int64_t lw_fused_carve_clock(lw_fused_work *work, float *scratch)
{
  const int64_t segment = LW_FUSED_SEGMENT * LW_FUSED_BLOCK;
  const lw_fused_piece pieces[] = {
      {&work->key_offset, segment},          {&work->key_decay, segment},
      {&work->query_offset, LW_FUSED_BLOCK}, {&work->query_decay, LW_FUSED_BLOCK},
      {&work->edge_offset, LW_FUSED_BLOCK},  {&work->edge_decay, LW_FUSED_BLOCK},
      {&work->pair, LW_FUSED_TILE},          {&work->dkey, segment * LW_FUSED_PAD},
      {&work->dquery, LW_FUSED_BLOCK},       {&work->skewed, LW_FUSED_BLOCK * LW_FUSED_REACH},
  };
  return lw_fused_cut(pieces, sizeof pieces / sizeof *pieces, scratch);
}

/** Cuts `scratch` up and returns the floats needed; with NULL it only counts. */
static inline int64_t lw_fused_carve(lw_fused_work *work, int64_t width, float *scratch)
{
  const int64_t block = LW_FUSED_BLOCK * width, segment = LW_FUSED_SEGMENT * block;
  const lw_fused_piece pieces[] = {
      {&work->k, segment},
      {&work->v, segment},
      {&work->dk, segment},
      {&work->dv, segment},
      {&work->q_columns, segment},
      {&work->y, segment},
      {&work->most, LW_FUSED_SEGMENT * LW_FUSED_BLOCK},
      {&work->total, LW_FUSED_SEGMENT * LW_FUSED_BLOCK},
      {&work->q, block},
      {&work->dy, block},
      {&work->dq, block},
      {&work->dy_columns, block},
      {&work->tile, LW_FUSED_TILE},
      {&work->dtile, LW_FUSED_TILE},
      {&work->decay, LW_FUSED_REACH},
      {&work->bias, LW_FUSED_REACH},
      {&work->sign, LW_FUSED_REACH},
      {&work->change, LW_FUSED_BLOCK},
      {&work->lse, LW_FUSED_BLOCK},
      {&work->delta, LW_FUSED_BLOCK},
      {&work->factor, LW_FUSED_BLOCK},
      {&work->inner, LW_FUSED_BLOCK},
      {&work->column, width},
      {&work->sums, lw_fused_sums_floats(width)},
  };
  const int64_t used = lw_fused_cut(pieces, sizeof pieces / sizeof *pieces, scratch);
  work->width = width;
  return used + lw_fused_carve_clock(work, scratch ? scratch + used : NULL);
}

#endif
