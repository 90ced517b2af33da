/** A linear layer: y = x W^T + b on token rows. The one matmul interface of the model, with two
 *  back ends behind it; layers do not know which.
 *
 *    local      every rank has the whole weight and multiplies its own rows (op/linear.h)
 *    scalapack  the rows of weights, and of their gradients, are shared out over the ranks of the
 *               sequence axis (p x 1 grid), and so are token rows: rank r has row block r of x and
 *               y, where they are, as row block r of a distributed matrix (array/dmat.h). The
 *               block is the greatest row count of the axis: arrays of token rows have room for
 *               that many, and the rows beyond a rank's own are zero. */
#ifndef LONGWAVE_MODEL_PROJECTION_H
#define LONGWAVE_MODEL_PROJECTION_H

#include "longwave/base/choice.h"
#include "longwave/array/dmat.h"
#include "longwave/model/param.h"

#define LW_MATMUL_CHOICES(TYPE, ITEM)                                                              \
  TYPE(lw_matmul_kind)                                                                             \
  ITEM(LW_MATMUL_LOCAL, "local")                                                                   \
  ITEM(LW_MATMUL_SCALAPACK, "scalapack")
LW_CHOICE(LW_MATMUL_CHOICES);

/** What the projections of a model share. */
typedef struct lw_matmul {
  const lw_world *axis; /* borrowed: the ranks that share weights */
  lw_grid *grid;        /* of all of them, one column; NULL: local */
  int64_t room;         /* greatest row count of the axis in this pass */
} lw_matmul;

/** One rank alone multiplies locally. Collective over all. Errors, on all ranks:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_matmul_create(lw_matmul_kind kind, const lw_world *world, lw_matmul **out);
/** Collective over all. NULL is fine. */
void lw_matmul_destroy(lw_matmul **matmul);
/** A pass over so many rows on this rank begins. Collective over the axis unless local. */
void lw_matmul_begin(lw_matmul *matmul, int64_t rows);
/** Rows that arrays of token rows must have room for; 0: their own. Local. */
int64_t lw_matmul_room(const lw_matmul *matmul);

typedef struct lw_projection {
  int64_t in, out;
  int64_t weight, bias;    /* indices in params */
  const lw_matmul *matmul; /* borrowed; NULL: local */
} lw_projection;

typedef struct lw_projection_shape {
  int64_t in, out;
  double gain;             /* of the weights at the start */
  const lw_matmul *matmul; /* as in lw_projection */
} lw_projection_shape;

/** Adds <name>.weight [out, in] (normal, deviation `gain` / sqrt(3 in), decayed) and <name>.bias
 *  [out] (zero). Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_projection_init(lw_projection *projection,
                                         const lw_projection_shape *shape, lw_params *params,
                                         const char *name);

/** x [rows, in] in; y [rows, out] out. Local, or collective over the axis. */
void lw_projection_forward(const lw_projection *projection, const lw_params *params, const float *x,
                           int64_t rows, float *y);
/** dy [rows, out], x [rows, in] in; dx [rows, in] out or NULL; gradients of weight and bias are
 *  added to. Local, or collective over the axis. */
void lw_projection_backward(const lw_projection *projection, const lw_params *params,
                            const float *dy, const float *x, int64_t rows, float *dx);
/** Outputs [first, first + count) of a projection. */
typedef struct lw_projection_part {
  const lw_projection *of; /* borrowed */
  int64_t first, count;
} lw_projection_part;

/** The same of some outputs, which stand in their columns of y and dy, where others are made of
 *  another x. The gradient of the bias is of all of them at once. Local, or collective over the
 *  axis. */
void lw_projection_part_forward(lw_projection_part part, const lw_params *params, const float *x,
                                int64_t rows, float *y);
void lw_projection_part_backward(lw_projection_part part, const lw_params *params, const float *dy,
                                 const float *x, int64_t rows, float *dx);
/** dy [rows, out] in. Local. */
void lw_projection_bias_backward(const lw_projection *projection, const lw_params *params,
                                 const float *dy, int64_t rows);
/** dx alone, where another rank adds the gradients of weight and bias for the same rows. Local: not
 *  for shared weights. */
void lw_projection_backward_input(const lw_projection *projection, const lw_params *params,
                                  const float *dy, int64_t rows, float *dx);

#endif
