/** LaS attention of one sequence on a score matrix that is shared out over a grid of ranks: queries
 *  over the rows of the grid, keys over its columns, both in blocks dealt in turn. The matrix is
 *  made by products of distributed matrices (array/dmat.h), a panel of queries at a time under a
 *  bound of memory; decay, mask, softmax and smoothing act on the panel where it lies, with maxima
 *  and sums over a row of the grid and an exchange of the P - 1 columns at the edges of blocks.
 *  Smoothing averages the matrix itself, as it is defined, not V: an independent witness of
 *  op/smooth.h. Products leave out the keys that the causal mask leaves out.
 *
 *  Q, Y and their gradients are [T, C], tokens over the rows of the grid; K and V and theirs are
 *  kept transposed, [C, T], tokens over its columns: so a panel's products move rows of queries
 *  only, never keys, but down the columns of the grid.
 *
 *  Not here: packed batches (attention/attention_scalapack.c). */
#ifndef LONGWAVE_ATTENTION_SCORES_H
#define LONGWAVE_ATTENTION_SCORES_H

#include "longwave/array/dmat.h"
#include "longwave/attention/attention.h"

typedef struct lw_scores_shape {
  int64_t tokens; /* of the longest sequence */
  int64_t heads, head_size;
  lw_relative relative;            /* of a bias per distance; reach 0: none */
  int64_t row_block, column_block; /* queries and keys of a block; 0: chosen here */
  int64_t bytes; /* of the panels (scores, their gradient, edges) on a rank; at least one query */
} lw_scores_shape;

typedef struct lw_scores lw_scores;

/** `options` are borrowed; of them engine, decay and chunk do not matter. alpha [heads] in.
 *  Collective over the grid's world. Errors: LW_ERROR_MEMORY; LW_ERROR_INPUT as lw_dmat_create. */
LW_MUST_USE lw_status lw_scores_create(const lw_grid *grid, const lw_scores_shape *shape,
                                       const lw_attention_options *options, const float *alpha,
                                       lw_scores **out);
/** Local. NULL is fine. */
void lw_scores_destroy(lw_scores **scores);

/** Decays that have changed, and readings of the sequence that is set next: alpha, clocked [heads],
 *  readings [heads, stride] of clocked heads, whole on each rank; borrowed until the next call. Of
 *  options with a clock that moves. Local. */
typedef struct lw_scores_clock {
  const float *alpha;
  const bool *clocked;
  const double *reading;
  int64_t stride;
} lw_scores_clock;
void lw_scores_set_clock(lw_scores *scores, const lw_scores_clock *clock);

/** The bias per relative distance of the heads, [heads, buckets], copied; 0 before the first call.
 *  Local. */
void lw_scores_set_bias(lw_scores *scores, const float *bias);

/** Queries of a panel, all ranks together. */
int64_t lw_scores_panel(const lw_scores *scores);

/** Begin a sequence: take this rank's part of q, k, v. qkv [tokens, 3C] in, the whole on each rank.
 *  Local. */
void lw_scores_set(lw_scores *scores, int64_t tokens, const float *qkv);
/** Y. lse [H, tokens] out, rows `lse_stride` floats apart: a rank writes the queries of its grid
 *  row. Collective over the grid. */
LW_MUST_USE lw_status lw_scores_forward(lw_scores *scores, float *lse, int64_t lse_stride);
/** The whole y [tokens, C] out. Collective over the grid's world. */
void lw_scores_get(const lw_scores *scores, float *y);

/** Take this rank's part of dy [tokens, C], the whole on each rank; q, k, v as lw_scores_set left
 *  them. Local. */
void lw_scores_set_gradient(lw_scores *scores, const float *dy);
/** lse as forward made it. Collective over the grid. */
LW_MUST_USE lw_status lw_scores_backward(lw_scores *scores, const float *lse, int64_t lse_stride);
/** The whole dqkv [tokens, 3C] out. Collective over the grid's world. */
void lw_scores_get_gradient(const lw_scores *scores, float *dqkv);
/** What the readings got in backward, [heads, tokens] out, where a clock moves. Collective over the
 *  grid's world. */
void lw_scores_get_dreading(const lw_scores *scores, double *dreading);

/** Adds what the bias per distance got in backward on this rank, [heads, buckets]. Local. */
void lw_scores_add_dbias(const lw_scores *scores, double *dbias);

/** Some rows of the attention matrix of a head, whole on each rank. */
typedef struct lw_scores_map {
  int64_t first, rows;         /* queries */
  int64_t stride;              /* floats from row to row */
  const float *before, *after; /* [rows, tokens] weights before and after smoothing */
} lw_scores_map;

/** Calls visit for each panel of head c, in order. Collective over the grid's world.
 *  Errors: those of visit, which must be alike on all ranks; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_scores_maps(lw_scores *scores, int64_t head,
                                     lw_status (*visit)(const lw_scores_map *map, void *context),
                                     void *context);

#endif
