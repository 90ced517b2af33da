/** What one forward and backward of a micro-batch needs everywhere in the model: the batch, whether
 *  it trains, and the memory that forward keeps for backward. Local. */
#ifndef LONGWAVE_MODEL_PASS_H
#define LONGWAVE_MODEL_PASS_H

#include "longwave/comm/world.h"
#include "longwave/data/batch.h"
#include "longwave/model/param.h"
#include <stdbool.h>
#include <string.h>

typedef struct lw_pass {
  const lw_batch *batch; /* borrowed */
  const lw_world *world; /* borrowed */
  lw_params *params;     /* borrowed */
  lw_params *statistics; /* borrowed */
  /* dropout on; batch norm takes the statistics of the batch and updates the running ones */
  bool training;
  bool again; /* a block's forward for the second time: the running statistics have moved already */
  uint64_t seed;
  uint32_t step; /* with the seed and a layer's number: the key of the dropout masks */
  double dropout;
} lw_pass;

/** Hands out pieces of one block of floats, each at a multiple of 16. With base NULL it only
 *  measures. */
typedef struct lw_carver {
  float *base;
  int64_t used;
  int64_t room; /* rows that arrays of token rows get at least (model/projection.h) */
} lw_carver;

static inline float *lw_carve(lw_carver *carver, int64_t count)
{
  float *piece = carver->base ? carver->base + carver->used : NULL;
  carver->used += (count + 15) / 16 * 16;
  return piece;
}

/** An array of token rows; rows beyond those in use are zero. */
static inline float *lw_carve_rows(lw_carver *carver, int64_t rows, int64_t width)
{
  int64_t beyond = carver->room > rows ? (carver->room - rows) * width : 0;
  float *piece = lw_carve(carver, rows * width + beyond);
  if (piece && beyond) memset(piece + rows * width, 0, (size_t)beyond * sizeof *piece);
  return piece;
}

#endif
