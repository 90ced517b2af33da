/** A matrix shared out over a grid of ranks in blocks, dealt to the rows and columns of the grid in
 *  turn, and products of such matrices. The only door to ScaLAPACK and BLACS.
 *
 *  One convention: everything here is row-major and counts from 0, as everywhere in Longwave. The
 *  library is column-major and counts from 1; it is shown the transposed of each matrix, which has
 *  the same memory, on a grid of columns x rows. From C^T = op(B)^T op(A)^T it follows that a
 *  product needs A and B swapped and nothing copied.
 *
 *  The library is not thread-safe (main thread only) and ends the job on a wrong argument, so
 *  arguments are checked before each call; all ranks pass the same ones and get the same status.
 *  Ranks outside the grid hold no part, and return from each call at once. */
#ifndef LONGWAVE_ARRAY_DMAT_H
#define LONGWAVE_ARRAY_DMAT_H

#include "longwave/base/status.h"
#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdint.h>

/** Ranks 0 .. rows * columns - 1 of a world; rank r stands in row r / columns, column r % columns.
 *  To be made once and kept: each has communicators of its own. */
typedef struct lw_grid {
  const lw_world *world; /* borrowed */
  int rows, columns;
  int row, column;     /* of this rank; -1 outside the grid */
  lw_world *along_row; /* the ranks of this row, in order of their columns; NULL outside */
  int context;
} lw_grid;

/** Collective over all. Errors: LW_ERROR_INPUT when the world has too few ranks. */
LW_MUST_USE lw_status lw_grid_create(const lw_world *world, int rows, int columns, lw_grid **out);
/** Collective over all, after the matrices on it. NULL is fine. */
void lw_grid_destroy(lw_grid **grid);

enum { LW_DMAT_DESCRIPTOR = 9 };

/** Element (i, j) belongs to grid row (i / row_block) % grid->rows and grid column
 *  (j / column_block) % grid->columns. */
typedef struct lw_dmat {
  const lw_grid *grid; /* borrowed */
  int64_t rows, columns, row_block, column_block;
  int64_t local_rows, local_columns;
  float *data; /* [local_rows, local_columns], owned and zero at first, or borrowed */
  int descriptor[LW_DMAT_DESCRIPTOR];
} lw_dmat;

typedef struct lw_dmat_shape {
  int64_t rows, columns, row_block, column_block;
} lw_dmat_shape;

/** Collective over all. Errors: LW_ERROR_INPUT for sizes below 1 or beyond 32 bits;
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_dmat_create(const lw_grid *grid, const lw_dmat_shape *shape,
                                     lw_dmat **out);
/** The same on memory of the caller's: data [local_rows, local_columns] stays theirs, and so does
 *  *out, which needs no end. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_dmat_borrow(const lw_grid *grid, const lw_dmat_shape *shape, float *data,
                                     lw_dmat *out);
/** Local. NULL is fine. */
void lw_dmat_destroy(lw_dmat **matrix);

/** The row (column) of the whole matrix that a local row (column) is. Local. */
int64_t lw_dmat_row(const lw_dmat *matrix, int64_t local_row);
int64_t lw_dmat_column(const lw_dmat *matrix, int64_t local_column);

/** Take this rank's part out of the whole. full [rows, columns] in, the same on all ranks. Local.
 */
void lw_dmat_from_full(lw_dmat *matrix, const float *full);
/** Give the whole to every rank, outside the grid too; for tests and small matrices. Collective
 *  over all. full [rows, columns] out; a zero loses its sign. */
void lw_dmat_to_full(const lw_dmat *matrix, float *full);

/** A factor: the part of `matrix` that begins at (row, column), or that part transposed. */
typedef struct lw_dmat_part {
  const lw_dmat *matrix;
  int64_t row, column;
  bool transposed;
} lw_dmat_part;

/** c[c_row + i, c_column + j] = alpha sum_l a[i, l] b[l, j] + beta c[c_row + i, c_column + j]
 *  for i < m, j < n, l < k; a [m, k] and b [k, n] after their transposition. */
typedef struct lw_dmat_product {
  int64_t m, n, k; /* each may be 0 */
  float alpha;
  lw_dmat_part a, b;
  float beta; /* 0: what c held does not matter, not even NaN */
  lw_dmat *c; /* neither a's nor b's matrix */
  int64_t c_row, c_column;
} lw_dmat_product;

/** Collective over the grid; a call by ranks outside it does nothing.
 *  Errors: LW_ERROR_INPUT when a part reaches out of its matrix, or grids differ. */
LW_MUST_USE lw_status lw_dmat_multiply(const lw_dmat_product *product);

#endif
