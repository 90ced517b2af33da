/** Tiles of the float32 backend of op/fused.h. Included by the sources of forward and backward,
 *  which are compiled once for each instruction set.
 *
 *  A tile is 64 keys by 64 queries, stored with the queries side by side: tile[j, i]. So the vector
 *  lanes are queries, a softmax needs no sum or maximum across lanes, and q is the only operand
 *  that is ever transposed (64 rows at a time). For a block of queries I the key blocks J pass by:
 *
 *   forward    S = K_J Q_I^T;  P = weights of S;  Y_I += P^T V_J
 *   backward   S = K_J Q_I^T;  dP = V_J dY_I^T;  P, dX from both;
 *              dV_J += P dY_I;  dK_J += dX Q_I;  dQ_I += dX^T K_J
 *
 *  Key blocks come in segments that are packed once for all query blocks of a segment. Only the
 *  near ones come (fused_plan.h); the far ones entered before them (fused_far_kernel.c).
 *
 *  Everything runs in powers of two: q carries log2(e) / sqrt(d), the bias log2(e).
 *  Distance enters by tables over i - j, the same code on all sides of the diagonal; the causal
 *  mask of the tile on the diagonal is an infinite bias. Keys beyond the end of the sequence are
 *  left out by counting. */
#ifndef LONGWAVE_OP_FUSED_TILE_H
#define LONGWAVE_OP_FUSED_TILE_H

#include "fused_rows.h"
#include "isa.h"
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK, SEGMENT = LW_FUSED_SEGMENT };

static const float log2_e = 1.44269504f;

/* tile[j, i] = sum_c rows[j, c] columns[c, i] */
static __attribute__((noinline)) void product_scores(const float *rows, int64_t width,
                                                     const float *columns, int64_t d, float *tile)
{
  lw_fused_product_all((lw_fused_product){.a = rows,
                                          .a_row = width,
                                          .a_step = 1,
                                          .b = columns,
                                          .b_step = BLOCK,
                                          .c = tile,
                                          .c_row = BLOCK,
                                          .rows = BLOCK,
                                          .depth = d,
                                          .width = BLOCK,
                                          .add = false});
}

/* queries[i, :] += sum_j tile[j, i] keys[j, :] over the first `count` keys */
static __attribute__((noinline)) void product_over_keys(const float *tile, const float *keys,
                                                        int64_t width, int64_t count,
                                                        float *queries)
{
  lw_fused_product_add(tile, 1, BLOCK, BLOCK, count, keys, width, queries);
}

/* How distance enters the scores of one tile; the tables are at i - j + 63 of the tile's own i and
 * j. */
typedef struct distance {
  bool scaled, biased;
  const float *decay, *bias;
} distance;

static distance distance_of_tile(const lw_fused_head *head, int64_t query_block, int64_t key_block,
                                 const lw_fused_work *work)
{
  const int64_t query_first = query_block * BLOCK + head->ahead, key_first = key_block * BLOCK;
  const bool diagonal = head->causal && query_first == key_first;
  const bool near = head->alpha > 0;
  const distance tables = {.scaled = near && head->locality != LW_LOCALITY_BIAS,
                           .biased = diagonal || (near && head->locality != LW_LOCALITY_SCALE),
                           .decay = work->decay,
                           .bias = work->bias};
  const float slope = log2_e * head->alpha;
  const float bias_slope = head->locality == LW_LOCALITY_SCALE ? 0 : slope;
  if (!tables.scaled && !tables.biased) return tables;
  for (int64_t n = 0; n < LW_FUSED_REACH; n++) {
    int64_t ahead = query_first - key_first + n - (BLOCK - 1);
    float between = (float)(ahead < 0 ? -ahead : ahead);
    work->decay[n] = -slope * between;
    work->bias[n] = diagonal && ahead < 0 ? INFINITY : bias_slope * between;
  }
  if (tables.scaled)
    for (int64_t n = 0; n < LW_FUSED_REACH; n += LW_LANES)
      lw_store(work->decay + n, lw_exp2(lw_load(work->decay + n)));
  return tables;
}

/* x of the queries from i on at key j from their scores */
LW_INLINE lw_vector local(lw_vector score, distance tables, bool scaled, bool biased, int64_t i,
                          int64_t j)
{
  if (scaled) score *= lw_load(tables.decay + (BLOCK - 1) + i - j);
  if (biased) score -= lw_load(tables.bias + (BLOCK - 1) + i - j);
  return score;
}

/* One copy of the loops for each way distance enters. */
#define FOR_DISTANCE(tables, CASE)                                                                 \
  do {                                                                                             \
    if ((tables).scaled && (tables).biased)                                                        \
      CASE(true, true);                                                                            \
    else if ((tables).scaled)                                                                      \
      CASE(true, false);                                                                           \
    else if ((tables).biased)                                                                      \
      CASE(false, true);                                                                           \
    else                                                                                           \
      CASE(false, false);                                                                          \
  } while (0)

/* The near key blocks of a query block that lie in a segment of keys. */
typedef struct range {
  int64_t first, last;
} range;

static range near_keys(const lw_fused_plan *plan, int64_t block, int64_t segment)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  return (range){
      lw_larger(segment * SEGMENT, edge[LW_FUSED_BEFORE][block]),
      lw_smaller(lw_fused_segment_end(plan, LW_FUSED_KEYS, segment), edge[LW_FUSED_AFTER][block])};
}

/* Of all query blocks [first, last): their ranges only move up. */
static range near_keys_of_all(const lw_fused_plan *plan, int64_t first, int64_t last,
                              int64_t segment)
{
  return (range){near_keys(plan, first, segment).first, near_keys(plan, last - 1, segment).last};
}

/* The packed rows of a block, one of a segment. */
static float *block_in(float *segment, int64_t block, const lw_fused_work *work)
{
  return segment + block % SEGMENT * BLOCK * work->width;
}

static void pack_keys(const lw_fused_plan *plan, range keys, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, width = work->width;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t first = J * BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_pack(head->k + first * head->k_stride, head->k_stride, count, d, width, NULL,
                  block_in(work->k, J, work));
    lw_fused_pack(head->v + first * head->v_stride, head->v_stride, count, d, width, NULL,
                  block_in(work->v, J, work));
  }
}

#endif
