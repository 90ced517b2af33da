/** Products with a weight that fits the cache. There a general matrix product loses a quarter of
 *  its time to packing and to memory; here the weight is packed once, x and dy are read where they
 *  lie, and what is next is fetched ahead. Sums run in fixed blocks in a fixed order, so results
 *  have the same bits for any number of threads. Private to op/; linear.c decides when. No
 *  allocation. */
#ifndef LONGWAVE_OP_LINEAR_PANEL_H
#define LONGWAVE_OP_LINEAR_PANEL_H

#include "linear_block.h"
#include <stdbool.h>

/** The weight as the right factor of a product: (k, n) stands at k * k_step + n * n_step. */
typedef struct lw_linear_weight {
  const float *values;
  int64_t k_step, n_step;
  int64_t depth, width;
} lw_linear_weight;

/** Rows of a factor and of a product, `step` floats apart. */
typedef struct lw_linear_matrix {
  const float *rows;
  int64_t step;
} lw_linear_matrix;
typedef struct lw_linear_result {
  float *rows;
  int64_t step;
} lw_linear_result;

/** Whether the weight is small enough for what follows. */
bool lw_linear_fits(lw_linear_weight weight);

/** y = x weight + bias.  x [T, depth] in;  bias [width] in or NULL;  y [T, width] out */
void lw_linear_rows(lw_linear_matrix x, lw_linear_weight weight, const float *bias, int64_t T,
                    lw_linear_result y);

/** dweight += dy^T x.  dy [T, out] in;  x [T, in] in;  dweight [out, in] in/out */
void lw_linear_gradient(lw_linear_matrix dy, const float *x, int64_t T, int64_t in, int64_t out,
                        float *dweight);

#endif
