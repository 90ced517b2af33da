/** Layers inside a layer: what stands at a place in the middle of another one, its host, as a row
 *  of model/layer.h like any other. The table of these rows stands beside that of the layers of a
 *  block; a host decides which of them it has, and where.
 *
 *    create     LW_TRY(lw_inner_create(site, &lw_layer_convolution, "convolution", C, &inner));
 *    keep       kept[PLACE] = lw_inner_keep(&inner, rows, carver);      scratch in the same way
 *    forward    const float *y = x;  LW_TRY(lw_inner_forward(&inner, pass, arrays, &y));
 *    backward   float *dy = lw_inner_room(&inner, scratch[PLACE], dx);  ... dy is written ...
 *               LW_TRY(lw_inner_backward(&inner, pass, arrays, x, dx));
 *
 *  Where nothing stands (a zero lw_inner) y stays x, dy is dx, and nothing is done. What an inner
 *  layer gives is [rows, width] like what it gets, and is kept. The parameters are named
 *  <host>.<name>.<parameter>. */
#ifndef LONGWAVE_MODEL_INNER_H
#define LONGWAVE_MODEL_INNER_H

#include "longwave/model/layer.h"

typedef struct lw_inner {
  const lw_layer_kind *kind; /* NULL: nothing */
  void *layer;               /* the kind's, owned */
  int64_t width;
  const lw_matmul *matmul; /* borrowed */
} lw_inner;

/** site: of the host. kind: a row of lw_inner_table. Adds the parameters. Local. Errors:
 *  LW_ERROR_MEMORY; then, too, lw_inner_done. */
LW_MUST_USE lw_status lw_inner_create(const lw_layer_site *site, const lw_layer_kind *kind,
                                      const char *name, int64_t width, lw_inner *inner);
/** Zero-initialised is fine. Local. */
void lw_inner_done(lw_inner *inner);

/** What it keeps, its result included, and what backward needs, as one array. Local. */
float *lw_inner_keep(const lw_inner *inner, int64_t rows, lw_carver *carver);
float *lw_inner_scratch(const lw_inner *inner, int64_t rows, lw_carver *carver);

/** The arrays of one inner layer in one pass; scratch and dbeside for backward alone. */
typedef struct lw_inner_arrays {
  float *kept, *scratch;
  const float *beside; /* [rows, C] of lw_layer_call, for who wants it */
  float *dbeside;
} lw_inner_arrays;

/** *x [rows, width]: in what it gets, out what it gives. Collective and errors as the kind's. */
LW_MUST_USE lw_status lw_inner_forward(const lw_inner *inner, const lw_pass *pass,
                                       lw_inner_arrays arrays, const float **x);
/** What forward gave: x where nothing stands. Local. */
const float *lw_inner_result(const lw_inner *inner, float *kept, const float *x);
/** Where the gradient of what it gives is to be written: dx where nothing stands. Local. */
float *lw_inner_room(const lw_inner *inner, float *scratch, float *dx);
/** x [rows, width] in, as in forward; dx [rows, width] out. Collective and errors as the kind's. */
LW_MUST_USE lw_status lw_inner_backward(const lw_inner *inner, const lw_pass *pass,
                                        lw_inner_arrays arrays, const float *x, float *dx);

/** Adds the figures and the bytes of the layer that stands there. Local. */
void lw_inner_add_figures(const lw_inner *inner, lw_layer_figures *figures);
void lw_inner_add_sent(const lw_inner *inner, const lw_packing *packing,
                       double bytes[LW_TRAFFIC_KINDS]);

#endif
