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
 *  Distance enters by tables over i - j, the same code on all sides of the diagonal, or from the
 *  readings of a clock; the causal mask of the tile on the diagonal is an infinite bias. Keys
 *  beyond the end of the sequence are left out by counting. */
#ifndef LONGWAVE_OP_FUSED_TILE_H
#define LONGWAVE_OP_FUSED_TILE_H

#include "fused_tables.h"

enum { BLOCK = LW_FUSED_BLOCK, SEGMENT = LW_FUSED_SEGMENT };

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

/* How the distances of one tile are known, in powers of two:
     TABLES  decay and bias at i - j + 63 of the tile's own i and j; for positions
     EDGE    readings, of two blocks of which one is the earlier: from each token to an edge between
             them, so that a decay is the product of two
     SHIFTED as EDGE, and a bias per relative distance in `bias`
     PAIRS   readings of one stretch of tokens: each distance; the mask is in `bias`, by position,
             with that of a relative distance */
typedef enum distance_form { TABLES, EDGE, SHIFTED, PAIRS } distance_form;

typedef struct distance {
  distance_form form;
  bool scaled, biased; /* the bias of TABLES may be the mask alone */
  const float *decay, *bias, *sign;
  const float *query_offset, *query_decay, *key_offset, *key_decay; /* [64] */
  const float *pair;                                                /* [64 keys, 64 queries] */
} distance;

/* By position: the sign of i - j, the bias of the mask. */
static void tables_of_order(const lw_fused_head *head, int64_t between, const lw_fused_work *work)
{
  for (int64_t n = 0; n < LW_FUSED_REACH; n++) {
    const int64_t ahead = between + n - (BLOCK - 1);
    work->sign[n] = (float)((ahead > 0) - (ahead < 0));
    work->bias[n] = head->causal && ahead < 0 ? INFINITY : 0;
  }
}

/* to[n] = log2(e) * distance of token n of a block from a reading before it (`behind`) or after; in
   double, for a long gap in a block must not blur what is short */
static void offsets_of(const lw_fused_head *head, lw_fused_kind kind, int64_t block, double from,
                       bool behind, float *to)
{
  for (int64_t n = 0; n < BLOCK; n++) {
    const double between = lw_fused_reading(head, kind, block * BLOCK + n) - from;
    to[n] = log2_e * (float)(behind ? between : -between);
  }
}

static void decays_of(const float *offset, float *decay)
{
  for (int64_t n = 0; n < BLOCK; n += LW_LANES) lw_store(decay + n, lw_exp2(-lw_load(offset + n)));
}

/* log2(e) * distance of all tokens of a tile */
static void distances_of_pairs(const lw_fused_head *head, int64_t query_block, int64_t key_block,
                               float *pair)
{
  double query[BLOCK];
  for (int64_t i = 0; i < BLOCK; i++)
    query[i] = lw_fused_reading(head, LW_FUSED_QUERIES, query_block * BLOCK + i);
  for (int64_t j = 0; j < BLOCK; j++) {
    const double key = lw_fused_reading(head, LW_FUSED_KEYS, key_block * BLOCK + j);
    for (int64_t i = 0; i < BLOCK; i++)
      pair[j * BLOCK + i] = log2_e * fabsf((float)(query[i] - key));
  }
}

static distance distance_of_readings(const lw_fused_head *head, int64_t query_block,
                                     int64_t key_block, const lw_fused_work *work)
{
  const int64_t between = query_block * BLOCK + head->ahead - key_block * BLOCK;
  const int64_t at = key_block % SEGMENT * BLOCK;
  distance d = {.form = between >= BLOCK || between <= -BLOCK ? EDGE : PAIRS,
                .scaled = head->locality != LW_LOCALITY_BIAS,
                .biased = head->locality != LW_LOCALITY_SCALE,
                .bias = work->bias,
                .sign = work->sign,
                .query_offset = work->query_offset,
                .query_decay = work->query_decay,
                .key_offset = work->key_offset + at,
                .key_decay = work->key_decay + at,
                .pair = work->pair};
  tables_of_order(head, between, work);
  if (d.form == PAIRS) {
    distances_of_pairs(head, query_block, key_block, work->pair);
    return d;
  }
  const bool keys_first = between > 0;
  const lw_fused_kind later = keys_first ? LW_FUSED_QUERIES : LW_FUSED_KEYS;
  const double edge = lw_fused_reading(head, later, (keys_first ? query_block : key_block) * BLOCK);
  offsets_of(head, keys_first ? LW_FUSED_KEYS : LW_FUSED_QUERIES,
             keys_first ? key_block : query_block, edge, false, work->edge_offset);
  if (d.scaled) decays_of(work->edge_offset, work->edge_decay);
  *(keys_first ? &d.key_offset : &d.query_offset) = work->edge_offset;
  *(keys_first ? &d.key_decay : &d.query_decay) = work->edge_decay;
  return d;
}

static distance distance_of_positions(const lw_fused_head *head, int64_t query_block,
                                      int64_t key_block, const lw_fused_work *work)
{
  const int64_t between = query_block * BLOCK + head->ahead - key_block * BLOCK;
  const lw_fused_tables tables = lw_fused_tables_of(head, between, work);
  return (distance){.form = TABLES,
                    .scaled = tables.scaled,
                    .biased = tables.biased,
                    .decay = work->decay,
                    .bias = work->bias,
                    .sign = work->sign};
}

/* A bias per relative distance. */
static void add_relative(const lw_fused_plan *plan, int64_t query_block, int64_t key_block,
                         const lw_fused_work *work, distance *d)
{
  lw_fused_add_relative(plan, query_block, key_block, d->form == TABLES && !d->biased, work);
  if (d->form == TABLES) d->biased = true;
  if (d->form == EDGE) d->form = SHIFTED;
}

static distance distance_of_tile(const lw_fused_plan *plan, int64_t query_block, int64_t key_block,
                                 const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  distance d = head->clocked ? distance_of_readings(head, query_block, key_block, work)
                             : distance_of_positions(head, query_block, key_block, work);
  if (plan->relative) add_relative(plan, query_block, key_block, work, &d);
  return d;
}

/* Of the queries from i on and key j. */
LW_INLINE lw_vector decay_of(distance d, distance_form form, int64_t i, int64_t j)
{
  if (form == TABLES) return lw_load(d.decay + (BLOCK - 1) + i - j);
  if (form == EDGE || form == SHIFTED) return lw_load(d.query_decay + i) * d.key_decay[j];
  return lw_exp2(-lw_load(d.pair + j * BLOCK + i));
}

LW_INLINE lw_vector bias_of(distance d, distance_form form, bool biased, int64_t i, int64_t j)
{
  if (form == EDGE) return lw_load(d.query_offset + i) + d.key_offset[j];
  const lw_vector table = lw_load(d.bias + (BLOCK - 1) + i - j);
  if (form == SHIFTED && biased) return table + lw_load(d.query_offset + i) + d.key_offset[j];
  return form == PAIRS && biased ? table + lw_load(d.pair + j * BLOCK + i) : table;
}

/* Without a bias by distance there may be a table. */
LW_INLINE bool has_bias(distance_form form, bool biased)
{
  return biased || form == PAIRS || form == SHIFTED;
}

/* x of the queries from i on at key j from their scores */
LW_INLINE lw_vector local(lw_vector score, distance d, distance_form form, bool scaled, bool biased,
                          int64_t i, int64_t j)
{
  if (scaled) score *= decay_of(d, form, i, j);
  if (has_bias(form, biased)) score -= bias_of(d, form, biased, i, j);
  return score;
}

/* One copy of the loops for each way distance enters. */
#define FOR_DISTANCE(d, CASE)                                                                      \
  do {                                                                                             \
    if ((d).form == EDGE)                                                                          \
      FOR_LOCALITY(d, CASE, EDGE);                                                                 \
    else if ((d).form == SHIFTED)                                                                  \
      FOR_LOCALITY(d, CASE, SHIFTED);                                                              \
    else if ((d).form == PAIRS)                                                                    \
      FOR_LOCALITY(d, CASE, PAIRS);                                                                \
    else if ((d).scaled || (d).biased)                                                             \
      FOR_LOCALITY(d, CASE, TABLES);                                                               \
    else                                                                                           \
      CASE(TABLES, false, false);                                                                  \
  } while (0)
#define FOR_LOCALITY(d, CASE, form)                                                                \
  do {                                                                                             \
    if ((d).scaled && (d).biased)                                                                  \
      CASE(form, true, true);                                                                      \
    else if ((d).scaled)                                                                           \
      CASE(form, true, false);                                                                     \
    else                                                                                           \
      CASE(form, false, true);                                                                     \
  } while (0)

static void pack_keys(const lw_fused_plan *plan, lw_fused_blocks keys, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, width = work->width;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t first = J * BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_pack(head->k + first * head->k_stride, head->k_stride, count, d, width, NULL,
                  lw_fused_block_in(work->k, J, work));
    lw_fused_pack(head->v + first * head->v_stride, head->v_stride, count, d, width, NULL,
                  lw_fused_block_in(work->v, J, work));
    if (!head->clocked) continue;
    float *offset = work->key_offset + J % SEGMENT * BLOCK;
    offsets_of(head, LW_FUSED_KEYS, J, lw_fused_reading(head, LW_FUSED_KEYS, first), true, offset);
    decays_of(offset, work->key_decay + J % SEGMENT * BLOCK);
  }
}

static void read_queries(const lw_fused_head *head, int64_t block, const lw_fused_work *work)
{
  if (!head->clocked) return;
  const double first = lw_fused_reading(head, LW_FUSED_QUERIES, block * BLOCK);
  offsets_of(head, LW_FUSED_QUERIES, block, first, true, work->query_offset);
  decays_of(work->query_offset, work->query_decay);
}

#endif
