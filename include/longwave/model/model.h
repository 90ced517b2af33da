/** The model: embedding, blocks, head; forward through stops 3 to 5, backward through 5 to 3.
 *  Every rank holds all parameters (but see model/projection.h) and computes its own rows of the
 *  batch; sums over ranks are made by train/shard.c (and inside batch norm, pooling and attention
 *  over sharded sequences). Not here: the loss, the optimizer.
 *  To add a layer: see model/layer.h. */
#ifndef LONGWAVE_MODEL_MODEL_H
#define LONGWAVE_MODEL_MODEL_H

#include "longwave/base/option.h"
#include "longwave/data/load.h"
#include "longwave/model/block.h"
#include "longwave/model/execution.h"
#include "longwave/model/head.h"
#include "longwave/model/objective.h"

#define LW_NORM_POSITION_CHOICES(TYPE, ITEM)                                                       \
  TYPE(lw_norm_position)                                                                           \
  ITEM(LW_NORM_POSITION_PRE, "pre")                                                                \
  ITEM(LW_NORM_POSITION_POST, "post")
LW_CHOICE(LW_NORM_POSITION_CHOICES);

/** Where a convolution may stand: before attention, after it, before the activation of the
 *  feed-forward layer. */
#define LW_PLACE_CHOICES(TYPE, ITEM)                                                               \
  TYPE(lw_place)                                                                                   \
  ITEM(LW_PLACE_NONE, "none")                                                                      \
  ITEM(LW_PLACE_ATTENTION, "attention")                                                            \
  ITEM(LW_PLACE_ATTENDED, "attended")                                                              \
  ITEM(LW_PLACE_FEED_FORWARD, "feed_forward")
LW_CHOICE(LW_PLACE_CHOICES);

#define LW_MODEL_START_CHOICES(TYPE, ITEM)                                                         \
  TYPE(lw_model_start_kind)                                                                        \
  ITEM(LW_MODEL_START_PLAIN, "plain")                                                              \
  ITEM(LW_MODEL_START_MIMETIC, "mimetic") /* model/mimetic.h */
LW_CHOICE(LW_MODEL_START_CHOICES);

typedef struct lw_model_options {
  int64_t layers, width, heads, ffn; /* ffn 0: four times the width */
  lw_choices positions; /* of LW_POSITIONS_CHOICES; an added one and rotary may stand together */
  double rotary_share, position_scale;
  lw_norm_kind norm;
  lw_norm_position norm_position;
  bool qk_norm;
  double dropout;
  lw_pooling pooling;
  lw_pair_head_kind pair_head;
  lw_choices convolution; /* of lw_place */
  int64_t convolution_taps;
  int64_t moving_average; /* modes a channel; 0: none */
  lw_model_start_kind start;
  bool attention_gate;
} lw_model_options;
extern const lw_option lw_model_option_table[];

/** Rules between the options. Errors: LW_ERROR_INPUT; *name becomes the option at fault
 *  ("model.heads"). Local. */
LW_MUST_USE lw_status lw_model_options_check(const lw_model_options *options, const char **name);

/** What a model is: the function and its start. Not how it is computed (model/execution.h). */
typedef struct lw_model_design {
  const lw_model_options *options;       /* borrowed */
  const lw_attention_options *attention; /* borrowed */
  lw_model_data data;
  lw_input_options input; /* how batches are to be made */
  uint64_t seed;          /* of the start values and of dropout */
} lw_model_design;

typedef struct lw_model {
  lw_model_options options; /* ffn resolved */
  lw_model_data data;
  lw_input_options input; /* how batches are to be made */
  lw_execution execution; /* recompute may change between passes */
  const lw_world *world;  /* borrowed */
  uint64_t seed;
  lw_params params, statistics;
  lw_embedding embedding;
  lw_layers layers;  /* that each block has */
  lw_matmul *matmul; /* of the blocks' linear layers */
  lw_block *blocks;  /* [layers] */
  lw_head head;

  /* Memory of a pass, grown to the largest batch seen. */
  float *memory;
  int64_t memory_room;
  lw_block_kept *kept; /* [layers] */
  lw_block_scratch scratch;
  lw_head_kept head_kept;
  float *dx; /* [rows, C] */
  /* [answers, outputs] result of forward; classes of samples: the same on all ranks of the
     sequence axis */
  float *logits;
  float *dlogits; /* [answers, outputs] room for the loss's gradient, in modes with backward */
  lw_pass pass;   /* of the last forward */
} lw_model;

typedef enum lw_mode {
  LW_MODE_TRAIN,    /* keeps for backward; dropout on; batch norm by the batch */
  LW_MODE_EVALUATE, /* keeps nothing; backward is not possible */
  LW_MODE_GRADIENT, /* evaluation's function, kept for backward */
} lw_mode;

/** Collective over all. Errors: LW_ERROR_MEMORY; LW_ERROR_INPUT when options do not fit. */
LW_MUST_USE lw_status lw_model_create(const lw_model_design *design, const lw_execution *execution,
                                      const lw_world *world, lw_model **out);
/** In two steps: all but values and gradients, so that lw_model_pass_bytes can be asked before
 *  memory is taken; then these. Collective over all; errors as above. */
LW_MUST_USE lw_status lw_model_outline(const lw_model_design *design, const lw_execution *execution,
                                       const lw_world *world, lw_model **out);
LW_MUST_USE lw_status lw_model_allocate(lw_model *model);
/** The start values that model.start asks for beyond those of the table of parameters, for a model
 *  that no checkpoint fills. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_model_start(lw_model *model);
void lw_model_destroy(lw_model **model);

/** model->logits from the batch, which must live until backward is done. `step` keys the dropout
 *  masks. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY; LW_ERROR_INPUT: a sample
 *  longer than the table of learned positions. */
LW_MUST_USE lw_status lw_model_forward(lw_model *model, const lw_batch *batch, lw_mode mode,
                                       int64_t step);

/** Adds this rank's share to params.gradient, after a forward that keeps.
 *  dlogits [answers, outputs] in. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_model_backward(lw_model *model, const float *dlogits);

/** The gradient with respect to what went in, after lw_model_backward and before another pass:
 *  gradient out, of values [rows, inputs]; of tokens [rows], with respect to a factor of the
 *  token's vector, which is 1: the vector times its own gradient. Local. */
void lw_model_input_gradient(const lw_model *model, float *gradient);

/** Bytes that a pass over `rows` tokens in `samples` samples or pairs needs on one rank, parameters
 *  and optimizer left out. Local. */
int64_t lw_model_pass_bytes(const lw_model *model, int64_t rows, int64_t samples, lw_mode mode);
/** Bytes beside it: tables of positions, and where sequences are sharded what travels. Work memory
 *  of layers is left out. Local. */
int64_t lw_model_beside_bytes(const lw_model *model, const lw_load *load, bool sharded);

/** Useful work of a step for a sequence of so many tokens, in FLOP: twice the multiply-adds of the
 *  layers' forward, three times, because backward has two products for each one of forward. What is
 *  computed again does not count. Local. */
double lw_model_work(const lw_model *model, int64_t tokens);

/** How samples are to lie on the sequence axis, and what they cost; ranks and rank are left 0.
 *  Local. */
lw_packing_rule lw_model_rule(const lw_model *model);

#endif
