/** The product of one block of rows with a packed weight: what linear_panel.c asks of the kernel
 *  that is compiled once for each instruction set (linear_kernel.c). Private to op/. */
#ifndef LONGWAVE_OP_LINEAR_BLOCK_H
#define LONGWAVE_OP_LINEAR_BLOCK_H

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

#endif
