/** Queries, keys and values of the rows that attention gets: one linear layer [C] to [3C]. With
 *  model.moving_average queries and keys are made of moving averages of the rows (op/average.h,
 *  src/model/layer_average.c) and values of the rows themselves, as Mega has it ([Ma2023] in
 *  docs/notation.md); the parameters are the same. Not here: the norm of queries and keys
 *  (model/qk_norm.h), positions. */
#ifndef LONGWAVE_MODEL_QKV_H
#define LONGWAVE_MODEL_QKV_H

#include "longwave/model/inner.h"

/** Of one block's attention. */
typedef struct lw_qkv {
  lw_projection projection;
  lw_inner average; /* nothing: queries and keys see the rows themselves */
} lw_qkv;

/** Adds the parameters qkv.weight [3C, C] and qkv.bias [3C], and those of the average. Local.
 *  Errors: LW_ERROR_MEMORY; then, too, lw_qkv_done. */
LW_MUST_USE lw_status lw_qkv_create(const lw_layer_site *site, lw_qkv *qkv);
/** Zero-initialised is fine. Local. */
void lw_qkv_done(lw_qkv *qkv);

/** x [rows, C] in; y [rows, 3C] out. kept: lw_inner_keep of the average. Collective over the
 *  sequence axis. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_qkv_forward(const lw_qkv *qkv, const lw_pass *pass, const float *x,
                                     float *kept, float *y);
/** What goes with dy [rows, 3C]. */
typedef struct lw_qkv_arrays {
  const float *x;        /* [rows, C] in */
  float *kept, *scratch; /* lw_inner_keep and lw_inner_scratch of the average */
  float *room;           /* [rows, C], lost */
  float *dx;             /* [rows, C] out */
} lw_qkv_arrays;
/** Adds to the gradients of the parameters. Collective and errors as forward. */
LW_MUST_USE lw_status lw_qkv_backward(const lw_qkv *qkv, const lw_pass *pass, const float *dy,
                                      const lw_qkv_arrays *arrays);

#endif
