/** Stop 5 for pairs of documents: class scores from the two pooled vectors a and b, which the same
 *  weights made of either document alone (two towers). What stands between are the features of the
 *  pair and a small network, as published:
 *
 *    s4        a, b, a - b, a * b   ->  C  ->  GELU  ->  classes
 *              src/tasks/decoders.py of the S4 repository [Gu2022]
 *    nystrom   a, b, a * b, a - b   ->  F  ->  ReLU  ->  classes
 *              LRA/code/model_wrapper.py of the Nystroemformer repository [Xiong2021]
 *    lra       a, b                 ->  F  ->  ReLU  ->  F/2  ->  ReLU  ->  classes
 *    lra-nli   a, b, a * b, a - b   ->  the same
 *              lra_benchmarks/models/layers/common_layers.py of Long Range Arena [Tay2021]
 *
 *  C the width, F the feed-forward width of the model. Parameters: head.hidden.L.{weight,bias} for
 *  hidden layers L from 0, then head.weight and head.bias. Not here: how a and b are pooled
 *  (model/head.h). Local. */
#ifndef LONGWAVE_MODEL_PAIR_HEAD_H
#define LONGWAVE_MODEL_PAIR_HEAD_H

#include "longwave/base/choice.h"
#include "longwave/model/pass.h"
#include "longwave/model/projection.h"

/** The array by which a checkpoint of such a model is known. */
#define LW_PAIR_HEAD_MARK "head.hidden.0.weight"

#define LW_PAIR_HEAD_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_pair_head_kind)                                                                          \
  ITEM(LW_PAIR_HEAD_S4, "s4")                                                                      \
  ITEM(LW_PAIR_HEAD_NYSTROM, "nystrom")                                                            \
  ITEM(LW_PAIR_HEAD_LRA, "lra")                                                                    \
  ITEM(LW_PAIR_HEAD_LRA_NLI, "lra-nli")
LW_CHOICE(LW_PAIR_HEAD_CHOICES);

enum { LW_PAIR_LAYERS = 3 }; /* at most */

typedef struct lw_pair_head {
  lw_pair_head_kind kind;
  int64_t C;
  int layers; /* hidden ones and the last */
  lw_projection projection[LW_PAIR_LAYERS];
} lw_pair_head;

typedef struct lw_pair_head_kept {
  float *input[LW_PAIR_LAYERS];  /* [samples, in] of each layer: the features, then activations */
  float *sum[LW_PAIR_LAYERS];    /* [samples, out] of the hidden ones, before the activation */
  float *dinput[LW_PAIR_LAYERS]; /* scratch of backward */
} lw_pair_head_kept;

typedef struct lw_pair_head_shape {
  lw_pair_head_kind kind;
  int64_t C, F, classes;
} lw_pair_head_shape;

LW_MUST_USE lw_status lw_pair_head_init(lw_pair_head *head, const lw_pair_head_shape *shape,
                                        lw_params *params);
void lw_pair_head_carve(const lw_pair_head *head, int64_t samples, lw_carver *carver,
                        lw_pair_head_kept *kept);

/** What forward and backward work on. */
typedef struct lw_pair_head_call {
  const lw_params *params;
  const lw_pair_head_kept *kept;
  const float *pooled; /* [samples, 2, C] */
  int64_t samples;
  bool counted; /* backward adds to the parameters' gradients; else another rank does so for the
                   same samples */
} lw_pair_head_call;

/** logits [samples, classes] out. */
void lw_pair_head_forward(const lw_pair_head *head, const lw_pair_head_call *call, float *logits);
/** dpooled [samples, 2, C] out from dlogits [samples, classes]. */
void lw_pair_head_backward(const lw_pair_head *head, const lw_pair_head_call *call,
                           const float *dlogits, float *dpooled);

#endif
