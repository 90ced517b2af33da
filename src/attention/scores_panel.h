/** One panel of the distributed score matrix: the steps of attention that are no products. A row
 *  of the grid holds the same rows of the panel; each rank some stretches of their columns. */
#ifndef LONGWAVE_ATTENTION_SCORES_PANEL_H
#define LONGWAVE_ATTENTION_SCORES_PANEL_H

#include "longwave/array/dmat.h"
#include "longwave/op/local.h"

/** What distance does, and the memory that the steps share. */
typedef struct lw_panel_work {
  const float *decay, *bias; /* [-T .. T] at j - i, or NULL */
  /* of a clocked head: [T] its readings, and [threads, 2, reading_each] room for a row */
  const double *reading;
  float *reading_row;
  int64_t reading_each;
  float alpha; /* of a head that is not clocked */
  lw_locality locality;
  double *dreading; /* [T] of the head, added to; NULL: not wanted */
  /* of a bias per distance: [-T .. T] less it, at j - i (`bias` has it, too), or NULL; [buckets] */
  const float *shift;
  double *dbias;
  lw_relative relative;
  bool causal;
  int64_t window;
  float *most, *total, *factor; /* [local rows] of lw_panel_softmax */
  float *sums;        /* [local rows, 2] of backward: weights, and weights times their gradients */
  float *edges;       /* [blocks, local rows, P - 1] */
  float *gone, *come; /* [blocks, local rows, widest piece] */
  float *row;         /* [threads, row_each] a block between its edges */
  int64_t row_each;
  int threads;
} lw_panel_work;

/** The part of a panel in use. Keys from `keys` on are no part of the attention, but smoothing
 *  moves weight there, up to `reach`. */
typedef struct lw_panel {
  lw_dmat *matrix;
  int64_t first, rows; /* queries */
  int64_t keys, reach;
} lw_panel;

/** Sizes of the shared memory for a panel matrix. */
void lw_panel_room(const lw_dmat *matrix, int64_t window, int64_t *edge_floats,
                   int64_t *piece_floats, int64_t *row_floats);

/** Scores to weights: softmax over the keys, 0 from there to `reach`. lse [at whole queries] out.
 *  Collective over a row of the grid. */
void lw_panel_softmax(const lw_panel *panel, const lw_panel_work *work, float *lse);
/** The same by the lse that lw_panel_softmax gave, but for the rounding of lse, which is a factor
 *  of each row: lw_panel_gradient takes it out, by the sums that are left in the work. Local. */
void lw_panel_weights(const lw_panel *panel, const lw_panel_work *work, const float *lse);

/** x[i, j] = 1/P sum of x[i, j - before .. j + after] for j < `to`, where x counts as 0 from
 *  `from` on. before + after = P - 1. Collective over a row of the grid. */
void lw_panel_pool(const lw_panel *panel, const lw_panel_work *work, int64_t before, int64_t from,
                   int64_t to);

/** Gradient of the weights, `gradient`, to that of the products q_i . k_j, without the factor
 *  1/sqrt(d); 0 for keys masked. Weights that lw_panel_weights made: their rows sum to 1
 *  afterwards. lse as in lw_panel_weights. Collective over a row of the grid. */
void lw_panel_gradient(const lw_panel *gradient, lw_dmat *weights, const lw_panel_work *work,
                       const float *lse);

#endif
