/** Tiles of heads of at most 8 channels, in which each score would cost more loads and stores than
 *  multiplications, and a vector of channels can be half empty. Scores, weights and their sums go
 *  through registers for a group of two vectors of queries at a time:
 *
 *   forward    S = K_J Q_I^T and its maximum;  P from S and Y_I^T += V_J^T P in one pass
 *   backward   S and dP, P and dX of a few keys at once;  dQ_I^T += K_J^T dX;
 *              dV_J += P dY_I;  dK_J += dX Q_I
 *
 *  y and dq are kept transposed, [channels, 64], until a block of queries is done, so that lanes
 *  are queries there as well. In the last two products lanes are channels; a vector of 16 lanes
 *  holds two queries, channel by channel in turns. All else is as in fused_tile.h. Not here: the
 *  far field's sums, and clocks. Included by the sources of forward and backward, which are
 *  compiled once for each instruction set. */
#ifndef LONGWAVE_OP_FUSED_NARROW_H
#define LONGWAVE_OP_FUSED_NARROW_H

#include "fused_tables.h"

enum {
  BLOCK = LW_FUSED_BLOCK,
  SEGMENT = LW_FUSED_SEGMENT,
  CHANNELS = LW_FUSED_NARROW,                        /* of rows of keys and values, with padding */
  WIDTH = CHANNELS > LW_LANES ? CHANNELS : LW_LANES, /* of what is turned */
  ROOM = BLOCK * WIDTH,                              /* floats from block to block */
  GROUP = 2 * LW_LANES,                              /* queries whose scores are made together */
  VECTORS = LW_LANES == 16 ? 2 : 1,                  /* of queries whose sums stay in registers */
  KEYS = 4                                           /* keys whose scores are made together */
};

/* How distance enters a tile (fused_tables.h). */
typedef struct distance {
  bool scaled, biased;
  const float *decay, *bias, *sign;
} distance;

static distance distance_of(const lw_fused_plan *plan, int64_t query_block, int64_t key_block,
                            const lw_fused_work *work)
{
  const int64_t between = query_block * BLOCK + plan->head->ahead - key_block * BLOCK;
  const lw_fused_tables tables = lw_fused_tables_of(plan->head, between, work);
  if (plan->relative) lw_fused_add_relative(plan, query_block, key_block, !tables.biased, work);
  return (distance){.scaled = tables.scaled,
                    .biased = tables.biased || plan->relative,
                    .decay = work->decay,
                    .bias = work->bias,
                    .sign = work->sign};
}

/* One copy of the loops for each way distance enters. */
#define FOR_DISTANCE(d, CASE)                                                                      \
  do {                                                                                             \
    if ((d).scaled && (d).biased)                                                                  \
      CASE(true, true);                                                                            \
    else if ((d).scaled)                                                                           \
      CASE(true, false);                                                                           \
    else if ((d).biased)                                                                           \
      CASE(false, true);                                                                           \
    else                                                                                           \
      CASE(false, false);                                                                          \
  } while (0)

/* x[n][v] = sum_c rows[n, c] columns[c, i + v] */
LW_INLINE void scores(const float *rows, const float *columns, int keys, lw_vector x[KEYS][2])
{
  LW_UNROLL
  for (int c = 0; c < CHANNELS; c++) {
    const lw_vector column[2] = {lw_load(columns + c * BLOCK),
                                 lw_load(columns + c * BLOCK + LW_LANES)};
    LW_UNROLL
    for (int n = 0; n < keys; n++) LW_UNROLL
    for (int v = 0; v < 2; v++)
      x[n][v] =
          c == 0 ? rows[n * CHANNELS] * column[v] : x[n][v] + rows[n * CHANNELS + c] * column[v];
  }
}

/* columns[c, i + v] = change[v] columns[c, i + v] + sum_j rows[j, c] w_j[v] over `count` keys;
 * w_j = tile[j, i + v], or with `most` its weight, which is added to `total`. */
LW_INLINE void accumulate(const float *tile, const float *rows, int64_t count,
                          const lw_vector *most, const lw_vector *change, lw_vector *total,
                          float *columns)
{
  lw_vector sum[CHANNELS][VECTORS];
  LW_UNROLL
  for (int c = 0; c < CHANNELS; c++) LW_UNROLL
  for (int v = 0; v < VECTORS; v++) sum[c][v] = (lw_vector){0};
  for (int64_t j = 0; j < count; j++, tile += BLOCK, rows += CHANNELS) {
    lw_vector weight[VECTORS];
    LW_UNROLL
    for (int v = 0; v < VECTORS; v++) {
      weight[v] = lw_load(tile + v * LW_LANES);
      if (!most) continue;
      weight[v] = lw_exp2(weight[v] - most[v]);
      total[v] += weight[v];
    }
    LW_UNROLL
    for (int c = 0; c < CHANNELS; c++) LW_UNROLL
    for (int v = 0; v < VECTORS; v++) sum[c][v] += rows[c] * weight[v];
  }
  LW_UNROLL
  for (int c = 0; c < CHANNELS; c++) LW_UNROLL
  for (int v = 0; v < VECTORS; v++) {
    float *at = columns + c * BLOCK + v * LW_LANES;
    const lw_vector old = lw_load(at);
    lw_store(at, (change ? change[v] * old : old) + sum[c][v]);
  }
}

/* to[r, c] = from[c, r] of a block, c < WIDTH */
static void turn_back(const float *from, float *to)
{
  for (int64_t r = 0; r < BLOCK; r += LW_LANES)
    for (int64_t c = 0; c < WIDTH; c += LW_LANES) {
      lw_vector square[LW_LANES];
      LW_UNROLL
      for (int n = 0; n < LW_LANES; n++) square[n] = lw_load(from + (c + n) * BLOCK + r);
      lw_turn(square);
      LW_UNROLL
      for (int n = 0; n < LW_LANES; n++) lw_store(to + (r + n) * WIDTH + c, square[n]);
    }
}

static void pack_keys(const lw_fused_plan *plan, lw_fused_blocks keys, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t first = J * BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_pack(head->k + first * head->k_stride, head->k_stride, count, d, CHANNELS, NULL,
                  lw_fused_block_in(work->k, J, work));
    lw_fused_pack(head->v + first * head->v_stride, head->v_stride, count, d, CHANNELS, NULL,
                  lw_fused_block_in(work->v, J, work));
  }
}

#endif
