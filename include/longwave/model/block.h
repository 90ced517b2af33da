/** Stop 4. One block: attention, then feed-forward, each inside a residual sum with a norm.
 *    pre:  x <- x + f(norm(x))        post: x <- norm(x + f(x))
 *    attention f: out(attention(rotate(qkv(x))))       feed-forward f: down(gelu(up(x)))
 *  Dropout acts on f's result. Parameters of block l (F: feed-forward width):
 *    blocks.l.attention_norm.{gain,bias} [C]   blocks.l.attention.qkv.weight [3C, C], .bias [3C]
 *    blocks.l.attention.out.weight [C, C], .bias [C]
 *    blocks.l.ffn_norm.{gain,bias} [C]         blocks.l.ffn.up.weight [F, C], .bias [F]
 *    blocks.l.ffn.down.weight [C, F], .bias [C] */
#ifndef LONGWAVE_MODEL_BLOCK_H
#define LONGWAVE_MODEL_BLOCK_H

#include "longwave/attention/attention.h"
#include "longwave/model/embedding.h"
#include "longwave/model/norm.h"
#include "longwave/model/projection.h"

/** The two residual branches. */
typedef enum lw_branch { LW_BRANCH_ATTENTION, LW_BRANCH_FFN, LW_BRANCHES } lw_branch;

typedef struct lw_block {
  int64_t layer, C, F;
  bool post;
  lw_norm norm[LW_BRANCHES];
  lw_projection qkv, out, up, down;
  lw_attention *attention;       /* borrowed, one for all blocks */
  const lw_embedding *embedding; /* borrowed, for rotary positions */
} lw_block;

typedef struct lw_block_shape {
  int64_t layer, layers, C, F;
  lw_norm_kind norm;
  bool post;
  const lw_matmul *matmul; /* borrowed */
} lw_block_shape;

/** What forward keeps for backward. */
typedef struct lw_block_kept {
  float *x[LW_BRANCHES];      /* [rows, C] what enters each branch's residual sum */
  float *normed[LW_BRANCHES]; /* [rows, C] pre: norm's result; post: norm's argument */
  float *mean[LW_BRANCHES], *rstd[LW_BRANCHES]; /* [lw_norm_kept] */
  float *qkv;                                   /* [rows, 3C], rotated */
  float *smooth, *attended;                     /* [rows, C] */
  float *lse;                                   /* [H, rows] */
  float *hidden, *active;                       /* [rows, F] before and after GELU */
} lw_block_kept;

/** Memory that backward uses, shared by all blocks. */
typedef struct lw_block_scratch {
  float *dbranch, *dinput, *dattended, *dsmooth; /* [rows, C] */
  float *wide;                                   /* [rows, max(3C, F)] */
} lw_block_scratch;

/** Adds the parameters. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_block_init(lw_block *block, const lw_block_shape *shape,
                                    lw_attention *attention, const lw_embedding *embedding,
                                    lw_params *params, lw_params *statistics);

/** Places for `rows` token rows. Local. */
void lw_block_carve_kept(const lw_block *block, int64_t rows, lw_carver *carver,
                         lw_block_kept *kept);
void lw_block_carve_scratch(const lw_block *block, int64_t rows, lw_carver *carver,
                            lw_block_scratch *scratch);

/** y from kept->x[0]. y [rows, C] out, or, with norms before branches, NULL: not wanted. Collective
 *  over all with batch norm, else over the sequence axis. Errors: those of norm and attention. */
LW_MUST_USE lw_status lw_block_forward(const lw_block *block, const lw_pass *pass,
                                       const lw_block_kept *kept, float *y);
/** All that forward kept but kept->x[0], computed from that again, to the bit. Collective like
 *  forward. */
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
