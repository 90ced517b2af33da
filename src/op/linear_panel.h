/** Products with a weight that fits the cache. There a general matrix product loses a quarter of
 *  its time to packing and to memory; here the weight is packed once, x and dy are read where they
 *  lie, and what is next is fetched ahead. Sums run in fixed blocks in a fixed order, so results
 *  have the same bits for any number of threads. Private to op/; linear.c decides when. No
 *  allocation. */
#ifndef LONGWAVE_OP_LINEAR_PANEL_H
#define LONGWAVE_OP_LINEAR_PANEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
  LW_LINEAR_ROWS = 6,      /* rows of a register block */
  LW_LINEAR_WIDTH = 64,    /* columns of a panel of the right factor */
  LW_LINEAR_DEPTH = 128,   /* and its rows: 32 KiB, for the L1 cache */
  LW_LINEAR_ALIGN = 16,    /* a multiple of every LW_LANES */
  LW_LINEAR_ROOM = 1 << 18 /* floats of a packed weight: 1 MiB of stack */
};

/** c[r, n] = start[r * start_row + n] + sum_k a[r * a_row + k * a_step] * b[k * b_step + n]
 *  with n < width <= LW_LINEAR_WIDTH. b is read up to the next multiple of LW_LINEAR_ALIGN. */
typedef struct lw_linear_block {
  const float *a;
  int64_t a_row, a_step;
  const float *b;
  int64_t b_step;
  const float *start; /* may be c; a start_row of 0 gives all rows the same */
  int64_t start_row;
  float *c;
  int64_t c_row;
  int64_t rows, depth, width;
  /* What is wanted soon: ahead[r * ahead_row + k * ahead_step] is fetched to the L2 cache when k
   * comes by in the register block that begins with row r. Steps of 0 fetch nothing new. */
  const float *ahead;
  int64_t ahead_row, ahead_step;
} lw_linear_block;

/** The weight as the right factor of a product: (k, n) stands at k * k_step + n * n_step. */
typedef struct lw_linear_weight {
  const float *values;
  int64_t k_step, n_step;
  int64_t depth, width;
} lw_linear_weight;

/** Whether the weight is small enough for what follows. */
bool lw_linear_fits(lw_linear_weight weight);

/** y = x weight + bias.  x [T, depth] in;  bias [width] in or NULL;  y [T, width] out */
void lw_linear_rows(const float *x, lw_linear_weight weight, const float *bias, int64_t T,
                    float *y);

/** dweight += dy^T x.  dy [T, out] in;  x [T, in] in;  dweight [out, in] in/out */
void lw_linear_gradient(const float *dy, const float *x, int64_t T, int64_t in, int64_t out,
                        float *dweight);

#endif
