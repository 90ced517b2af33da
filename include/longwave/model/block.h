/** Stop 4. One block: a list of layers (model/layer.h), each inside a residual sum with a norm.
 *    pre:  x <- x + f(norm(x))        post: x <- norm(x + f(x))
 *  Dropout acts on f's result. All blocks of a model have the same layers; today attention, then
 *  feed-forward. Not here: what a layer computes. */
#ifndef LONGWAVE_MODEL_BLOCK_H
#define LONGWAVE_MODEL_BLOCK_H

#include "longwave/model/layer.h"
#include "longwave/model/norm.h"

/** One layer with its norm. */
typedef struct lw_block_part {
  const lw_layer_kind *kind;
  void *layer; /* the kind's, owned */
  lw_norm norm;
} lw_block_part;

typedef struct lw_block {
  int64_t number, C;
  bool post;
  int count;
  lw_block_part part[LW_LAYERS_MOST];
} lw_block;

typedef struct lw_block_shape {
  int64_t number, blocks, C;
  lw_norm_kind norm;
  bool post;
} lw_block_shape;

/** What forward keeps of one layer for backward. */
typedef struct lw_part_kept {
  float *x;      /* [rows, C] what enters the residual sum */
  float *normed; /* [rows, C] pre: norm's result; post: norm's argument */
  lw_norm_kept norm;
  float *layer[LW_LAYER_ARRAYS]; /* the layer's own */
} lw_part_kept;

typedef struct lw_block_kept {
  lw_part_kept part[LW_LAYERS_MOST];
} lw_block_kept;

/** Memory that backward uses, shared by all blocks; layers take turns with `layer`. */
typedef struct lw_block_scratch {
  float *dbranch, *dinput; /* [rows, C] */
  lw_carver layer;         /* its memory, nothing of it handed out */
} lw_block_scratch;

/** Adds the parameters. site: its name, last_gain, shared and layers need not be set. Local.
 *  Errors: LW_ERROR_MEMORY; then, too, lw_block_done. */
LW_MUST_USE lw_status lw_block_init(lw_block *block, const lw_block_shape *shape,
                                    const lw_layers *layers, const lw_layer_site *site,
                                    lw_params *statistics);
/** Zero-initialised is fine. Local. */
void lw_block_done(lw_block *block);

/** Places for `rows` token rows. Local. */
void lw_block_carve_kept(const lw_block *block, int64_t rows, lw_carver *carver,
                         lw_block_kept *kept);
void lw_block_carve_scratch(const lw_block *block, int64_t rows, lw_carver *carver,
                            lw_block_scratch *scratch);

/** y from the first layer's kept x. y [rows, C] out, or, with norms before layers, NULL: not
 *  wanted. Collective over all with batch norm, else over the sequence axis. Errors: those of norm
 *  and layers. */
LW_MUST_USE lw_status lw_block_forward(const lw_block *block, const lw_pass *pass,
                                       const lw_block_kept *kept, float *y);
/** All that forward kept but the first layer's x, computed from that again, to the bit. Collective
 *  like forward. */
LW_MUST_USE lw_status lw_block_forward_again(const lw_block *block, const lw_pass *pass,
                                             const lw_block_kept *kept,
                                             const lw_block_scratch *scratch);
/** dx [rows, C]: in dy, out dx, same memory; adds to the gradients of the block's parameters.
 *  Collective and errors as forward. */
LW_MUST_USE lw_status lw_block_backward(const lw_block *block, const lw_pass *pass,
                                        const lw_block_kept *kept, const lw_block_scratch *scratch,
                                        float *dx);

/** Dropout on a packed [rows, C] array, in place; `slot` keeps the places in the model apart.
 *  Nothing unless training. Local. */
void lw_pass_dropout(const lw_pass *pass, int64_t slot, int64_t C, float *x);

#endif
