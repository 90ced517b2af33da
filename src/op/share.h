/** How the operators share work over threads so that results have the same bits for any number of
 *  them: element loops are divided by rows, and column sums run over a number of row slices that
 *  the shape alone decides. Private to op/. No allocation. */
#ifndef LONGWAVE_SRC_OP_SHARE_H
#define LONGWAVE_SRC_OP_SHARE_H

#include <stdint.h>

/* Elements from which waking the threads costs less than it saves. */
enum { LW_SHARE_LEAST = 1 << 15 };

/** Adds, for columns [column, column + width), the terms of rows [row_first, row_last) to
 *  first[0..width) and second[0..width), row by row. `operands` is what the caller of
 *  lw_share_columns handed over. */
typedef void lw_share_slice(const void *operands, int64_t row_first, int64_t row_last,
                            int64_t column, int64_t width, double *restrict first,
                            double *restrict second);

/** Where the sums of C columns go: written in double, added in float, or (both NULL) nowhere. */
typedef struct lw_share_target {
  double *written;
  float *added;
} lw_share_target;

/** Up to two column sums over T rows at once. */
void lw_share_columns(lw_share_slice *slice, const void *operands, int64_t T, int64_t C,
                      lw_share_target first, lw_share_target second);

#endif
