/** Stop 4. A kind of layer: what a block computes between a norm and its residual sum
 *  (model/block.h), as a row of one table. Everything that the program must know of a layer stands
 *  in its row: parameters, memory, work, bytes sent; nobody else knows a layer by name, but who
 *  looks into attention (model/layer_attention.h). Not here: norm, residual sum, dropout and
 *  computing again, which act on every layer alike.
 *
 *  The order of the rows is the order of the layers in a block. The parameters of a layer are named
 *  blocks.<block>.<layer>.<parameter>, those of its norm blocks.<block>.<layer>_norm.{gain,bias}.
 *
 *  To add a layer: 1. src/model/layer_<name>.c, listed in src/model/meson.build: a struct for the
 *  layer of one block (sizes, indices of its parameters), the functions of lw_layer_kind that it
 *  needs, and the row `const lw_layer_kind lw_layer_<name>`; 2. declare the row below and put it
 *  into src/model/layers.c where it stands in a block; 3. run tests/mpi/test_layers.c, which holds
 *  every row to its gradient, to the memory it measured and to any number of ranks; 4. its line in
 *  docs/pytorch.md and in the Python twin. An example is tests/support/toy_layer.c. */
#ifndef LONGWAVE_MODEL_LAYER_H
#define LONGWAVE_MODEL_LAYER_H

#include "longwave/attention/attention.h"
#include "longwave/comm/traffic.h"
#include "longwave/model/embedding.h"
#include "longwave/model/projection.h"

/** Layers of a block, and arrays that one keeps or uses, at most. */
enum { LW_LAYERS_MOST = 8, LW_LAYER_ARRAYS = 16 };

/** What a layer is made from. All of it is borrowed; what pointers point to lives as long as the
 *  model, but for `attention` and `name`, which are there for the call alone. */
typedef struct lw_layer_site {
  const struct lw_model_options *options; /* sizes resolved: no width is 0 */
  const lw_attention_options *attention;
  const lw_world *world;
  const lw_matmul *matmul;       /* for lw_projection_init */
  const lw_embedding *embedding; /* for rotary positions */
  int64_t longest;               /* tokens of the longest document of the data */
  lw_params *params;
  void *shared;                   /* what `share` made for all blocks; NULL: nothing */
  const char *name;               /* "blocks.3.attention" */
  int64_t block;                  /* 3 */
  const struct lw_layers *layers; /* of all blocks, for layers inside of a layer (model/inner.h) */
  int64_t width;                  /* of a layer inside of another: channels of its x and y */
  /* Of the last projection before the residual sum, at the start: 1 / sqrt(n) of the n layers of
     all blocks, each of which ends in such a sum. */
  double last_gain;
} lw_layer_site;

/** Arrays of one pass through one layer. */
typedef struct lw_layer_call {
  const float *x;        /* [rows, C] in, forward and backward */
  float *y;              /* [rows, C] out of forward; NULL: compute what backward needs alone */
  const float *dy;       /* [rows, C] in of backward */
  float *dx;             /* [rows, C] out of backward */
  float *const *kept;    /* [LW_LAYER_ARRAYS] as `keep` made them: out of forward, in of backward */
  float *const *scratch; /* [LW_LAYER_ARRAYS] as `scratch` made them, for backward alone */
  /* of a layer inside of another: what that one computes from, and its gradient by way of this
     one; [rows, C] in, and out of backward */
  const float *beside;
  float *dbeside;
} lw_layer_call;

/** What a layer costs, and which tokens see each other in it. */
typedef struct lw_layer_figures {
  double token_products; /* multiply-adds of forward, a token */
  double pair_products;  /* and a pair of tokens that see each other; 0: none do */
  bool causal;           /* with pairs: a token sees itself and earlier ones only */
  int64_t chunk;         /* with pairs: tokens of a chunk; 0: all of a sample see each other */
  int64_t sharded_bytes; /* a row, beside the pass, where sequences are sharded: what comes from
                            other ranks and goes to them */
} lw_layer_figures;

typedef struct lw_layer_kind {
  const char *name;

  /* One for all blocks of a model; all three may be NULL. share: *shared out; Collective over all,
     and agrees itself. reserve: memory that passes of this packing take beside kept and scratch;
     Collective over the sequence axis, the caller agrees over all afterwards. */
  lw_status (*share)(const lw_layer_site *site, void **shared);
  lw_status (*reserve)(void *shared, const lw_packing *packing);
  void (*release)(void **shared);

  /* One a block. create: adds the parameters; *layer out. Local. Errors: LW_ERROR_MEMORY. */
  lw_status (*create)(const lw_layer_site *site, void **layer);
  void (*destroy)(void **layer);

  /* Arrays for `rows` token rows, carved in any order: the same function measures them for the
     estimate and hands them out. scratch may be NULL; its rows beyond those in use are zero at the
     start of each backward. Local. */
  void (*keep)(const void *layer, int64_t rows, lw_carver *carver, float *kept[LW_LAYER_ARRAYS]);
  void (*scratch)(const void *layer, int64_t rows, lw_carver *carver,
                  float *scratch[LW_LAYER_ARRAYS]);

  /* backward adds to the gradients of the parameters. Collective over the sequence axis or Local.
     Errors, on all ranks: LW_ERROR_MEMORY. */
  lw_status (*forward)(const void *layer, const lw_pass *pass, const lw_layer_call *call);
  lw_status (*backward)(const void *layer, const lw_pass *pass, const lw_layer_call *call);

  /* Local, both. sent: adds the bytes that this rank sends in forward and backward of one
     micro-batch to bytes[kind], by formula; NULL: none. Of the pass that came last. */
  lw_layer_figures (*figures)(const void *layer);
  void (*sent)(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS]);
} lw_layer_kind;

extern const lw_layer_kind lw_layer_attention, lw_layer_feed_forward;
/** Inside of these two. */
extern const lw_layer_kind lw_layer_average, lw_layer_convolution, lw_layer_output_gate;

/** For `create`: a projection [in] to [out] of the layer, <site->name>.<name>.{weight,bias}. Local.
 *  Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_layer_projection(const lw_layer_site *site, const char *name, int64_t in,
                                          int64_t out, double gain, lw_projection *projection);

/** All layers, in the order in which they stand in a block; NULL is the last. */
extern const lw_layer_kind *const lw_layer_table[];
/** All that stand inside of others (model/inner.h), in any order; NULL is the last. */
extern const lw_layer_kind *const lw_inner_table[];

/** The layers of a model's blocks, in their order, then those inside of others, and what blocks
 *  share. */
typedef struct lw_layers {
  int count, inner;
  const lw_layer_kind *kind[2 * LW_LAYERS_MOST];
  void *shared[2 * LW_LAYERS_MOST];
} lw_layers;

/** All rows of both tables. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_layers_share(lw_layers *layers, const lw_layer_site *site);
/** Zero-initialised is fine. Local, or collective where a layer's `share` is. */
void lw_layers_release(lw_layers *layers);
/** Collective over the sequence axis; the caller agrees over all. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_layers_reserve(const lw_layers *layers, const lw_packing *packing);

#endif
