/** The matrices of one sequence and the panel at hand; and the steps that passes and maps share.
 *  Private to the sources of attention/scores.h. */
#ifndef LONGWAVE_ATTENTION_SCORES_INSIDE_H
#define LONGWAVE_ATTENTION_SCORES_INSIDE_H

#include "scores_panel.h"
#include "longwave/attention/scores.h"

struct lw_scores {
  const lw_grid *grid; /* borrowed, as options */
  const lw_attention_options *options;
  lw_scores_shape shape;
  int64_t width;  /* C */
  int64_t panel;  /* queries */
  int64_t left;   /* keys that smoothing moves weight ahead by */
  int64_t tokens; /* of the sequence at hand */

  lw_dmat *q, *y, *dy, *dq;     /* [T, C] */
  lw_dmat *k, *v, *dk, *dv;     /* [C, T] */
  lw_dmat *weights, *gradients; /* [panel, T] scores, then weights; and their gradients */
  float *decay, *bias;   /* [heads, 2 T - 1] exp(-alpha |j-i|) and alpha |j-i|, j = i at T - 1 */
  lw_scores_clock clock; /* readings NULL: of no head */
  double *dreading;      /* [heads, T of the shape] this rank's part; NULL: no clock moves */
  float *readings;       /* [threads, 2, T]: decay and bias of a row, by readings */
  float *shift;  /* [heads, 2 T - 1] less the bias per distance, j = i at T - 1; NULL: none */
  double *dbias; /* [heads, buckets] this rank's part */
  float *rows;   /* [3, local rows of a panel] */
  float *edges, *gone, *come, *row;
  lw_panel_work work; /* borrows the four lines above */
};

/** Head c is the one at hand: what distance does in it. */
void lw_scores_choose_head(lw_scores *scores, int64_t c);
/** 0 to this rank's part of a matrix. */
void lw_scores_clear(lw_dmat *matrix);
/** The part of a panel matrix that the queries from `first` on use. */
lw_panel lw_scores_panel_at(const lw_scores *scores, lw_dmat *matrix, int64_t first);
/** s = q . k / sqrt(d) of head c, in powers of two. Collective over the grid. */
LW_MUST_USE lw_status lw_scores_make(const lw_scores *scores, int64_t c, const lw_panel *panel);

#endif
