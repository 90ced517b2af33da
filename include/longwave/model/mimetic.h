/** Start values of attention that look like those of a trained model (model.start: mimetic).
 *  Source: [Trockman2023], section 4, with its strengths. Z is normal of variance 1/C, another one
 *  for each head and use; weights [out, in] as in model/projection.h.
 *
 *    queries and keys, each head   W_q^T W_k = the part of 0.7 Z + 0.7 I in its d leading
 *                                  singular directions
 *    values and output             W_out W_v = 0.4 Z - 0.4 I
 *
 *  The source splits both products by singular vectors. Here W_q = c P and W_k = P M / c, the rows
 *  of P orthonormal: found by rounds of subspace iteration [Halko2011] on M, which costs C^2 d
 *  instead of C^3, and for values any orthonormal P, which gives the product exactly; c makes both
 *  factors equally large. Biases stay 0, and the gain of the output by depth is left out. */
#ifndef LONGWAVE_MODEL_MIMETIC_H
#define LONGWAVE_MODEL_MIMETIC_H

#include "longwave/model/param.h"

typedef struct lw_mimetic_shape {
  int64_t layers, C, heads;
  uint64_t seed;
} lw_mimetic_shape;

/** Values of blocks.<l>.attention.{qkv,out}.weight, whatever rows of them this rank holds: a
 *  function of (seed, name) alone. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_mimetic_start(lw_params *params, const lw_mimetic_shape *shape);

#endif
