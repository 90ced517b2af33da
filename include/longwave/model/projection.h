/** A linear layer: y = x W^T + b on token rows. The one matmul interface of the model; layers do
 *  not know which back end multiplies (today BLAS on the rank's own rows, op/linear.h). */
#ifndef LONGWAVE_MODEL_PROJECTION_H
#define LONGWAVE_MODEL_PROJECTION_H

#include "longwave/model/param.h"

typedef struct lw_projection {
  int64_t in, out;
  int64_t weight, bias; /* places in params */
} lw_projection;

/** Adds <name>.weight [out, in] (normal, deviation `gain` / sqrt(3 in), decayed) and <name>.bias
 *  [out] (zero). */
LW_MUST_USE lw_status lw_projection_init(lw_projection *projection, int64_t in, int64_t out,
                                         double gain, lw_params *params, const char *name);

/** x [rows, in] in; y [rows, out] out. Local. */
void lw_projection_forward(const lw_projection *projection, const lw_params *params, const float *x,
                           int64_t rows, float *y);
/** dy [rows, out], x [rows, in] in; dx [rows, in] out or NULL; gradients of weight and bias are
 *  added to. Local. */
void lw_projection_backward(const lw_projection *projection, const lw_params *params,
                            const float *dy, const float *x, int64_t rows, float *dx);
/** dx alone, where another rank adds the gradients of weight and bias for the same rows. */
void lw_projection_backward_input(const lw_projection *projection, const lw_params *params,
                                  const float *dy, int64_t rows, float *dx);

#endif
