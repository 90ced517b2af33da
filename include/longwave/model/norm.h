/** A normalisation layer: layer norm, or batch norm whose statistics run over the valid tokens of
 *  a micro-batch on all ranks. Sources: [Ba2016], [Ioffe2015] in docs/notation.md. Running mean and
 *  variance of batch norm move by 0.1 a training pass (variance with the divisor n - 1, as PyTorch;
 *  a pass that is computed again does not count) and are what evaluation uses.
 *
 *  To add a kind: 1. an item of LW_NORM_KIND_CHOICES; 2. its forward and backward in
 *  src/model/norm.c, and its row in the table of kinds there; 3. lines with it in the table of
 *  tests/support/model_case.c. */
#ifndef LONGWAVE_MODEL_NORM_H
#define LONGWAVE_MODEL_NORM_H

#include "longwave/base/choice.h"
#include "longwave/model/pass.h"

#define LW_NORM_KIND_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_norm_kind)                                                                               \
  ITEM(LW_NORM_LAYER, "layer")                                                                     \
  ITEM(LW_NORM_BATCH, "batch")
LW_CHOICE(LW_NORM_KIND_CHOICES);

typedef struct lw_norm {
  lw_norm_kind kind;
  int64_t C;
  int64_t gain, bias;     /* indices in params */
  int64_t mean, variance; /* indices in statistics, batch norm only */
} lw_norm;

/** Adds <name>.gain and <name>.bias [C], and for batch norm the statistics <name>.mean,
 *  <name>.variance [C]. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_norm_init(lw_norm *norm, lw_norm_kind kind, int64_t C, lw_params *params,
                                   lw_params *statistics, const char *name);

/** What forward keeps for backward: [rows] of layer norm, [C] of batch norm. */
typedef struct lw_norm_kept {
  float *mean, *rstd; /* rstd = 1 / sqrt(variance + 1e-5) */
} lw_norm_kept;
/** Local. */
lw_norm_kept lw_norm_carve(const lw_norm *norm, int64_t rows, lw_carver *carver);

/** y = norm(x). x, y [rows, C]. Layer norm: Local. Batch norm in training: Collective over all
 *  (ranks without rows take part). Errors: LW_ERROR_MEMORY, on all ranks. */
LW_MUST_USE lw_status lw_norm_forward(const lw_norm *norm, const lw_pass *pass, const float *x,
                                      float *y, lw_norm_kept kept);

/** dx from dy, both [rows, C] (may be the same memory); adds to the gradients of gain and bias.
 *  Collective and errors like forward. */
LW_MUST_USE lw_status lw_norm_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                                       const float *x, lw_norm_kept kept, float *dx);

/** Bytes that a rank sends in forward and backward of training, by formula. Local. */
double lw_norm_sent(const lw_norm *norm, const lw_world *world);

#endif
