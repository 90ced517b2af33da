/** Stop 5. Scores: last norm (pre-norm models only), then linear; of the classes of a sample after
 *  pooling over its tokens on all ranks of the sequence axis, so that every rank of the axis has
 *  them all; of the next token at each row, so that every rank has those of its rows.
 *  In training scores of the steps may stand beside them (model/step_head.h).
 *  Parameters: head.norm.{gain,bias} [C], those of pooling (model/pooling.h), head.weight [K, C],
 *  head.bias [K]; K classes. Of pairs each document is pooled by itself, and model/pair_head.h
 *  follows instead of the linear layer. */
#ifndef LONGWAVE_MODEL_HEAD_H
#define LONGWAVE_MODEL_HEAD_H

#include "longwave/model/norm.h"
#include "longwave/model/objective.h"
#include "longwave/model/pair_head.h"
#include "longwave/model/pooling.h"
#include "longwave/model/projection.h"
#include "longwave/model/step_head.h"

typedef struct lw_head {
  int64_t C, classes;
  bool normed; /* has the last norm */
  lw_readout readout;
  bool pooled; /* scores of samples, else of rows */
  lw_norm norm;
  lw_pooler pooler;
  lw_projection projection; /* of samples and rows */
  lw_pair_head pair;        /* of pairs */
  lw_step_head steps;
} lw_head;

typedef struct lw_head_kept {
  float *x;      /* [rows, C] what leaves the last block */
  float *normed; /* [rows, C] */
  lw_norm_kept norm;
  lw_step_kept steps;
  lw_pooler_kept pool; /* this and what follows where there is pooling */
  lw_pair_head_kept pair;
} lw_head_kept;

typedef struct lw_head_shape {
  int64_t C, classes, step_classes;
  lw_norm_kind norm;
  bool post;
  lw_readout readout;
  lw_pooling pooling;
  lw_pair_head_kind pair_head;
  int64_t F; /* of the blocks, for pairs */
} lw_head_shape;

LW_MUST_USE lw_status lw_head_init(lw_head *head, const lw_head_shape *shape, lw_params *params,
                                   lw_params *statistics);
/** training: for a pass of training. */
void lw_head_carve(const lw_head *head, int64_t rows, int64_t samples, bool training,
                   lw_carver *carver, lw_head_kept *kept);

/** logits [answers, classes] from kept->x. Collective over all with batch norm, else with pooling
 *  over the sequence axis. */
LW_MUST_USE lw_status lw_head_forward(const lw_head *head, const lw_pass *pass,
                                      const lw_head_kept *kept, float *logits);
/** dx [rows, C] out from dlogits [answers, classes]; with pooling the same on all ranks of the
 *  sequence axis: one of them adds to the gradients of the last projection. Collective over all
 *  with batch norm, else Local. */
LW_MUST_USE lw_status lw_head_backward(const lw_head *head, const lw_pass *pass,
                                       const lw_head_kept *kept, const float *dlogits, float *dx);

/** Bytes that a rank sends in forward and backward of a micro-batch, by formula; max pooling as if
 *  it sent what sums do. Local. */
double lw_head_sent(const lw_head *head, const lw_packing *packing, const lw_world *world);

#endif
