/** Who owns which rows: n rows over p ranks in contiguous blocks, the first n mod p ranks one row
 *  longer. Pure arithmetic, no communication; ranks may own nothing. */
#ifndef LONGWAVE_ARRAY_LAYOUT_H
#define LONGWAVE_ARRAY_LAYOUT_H

#include <stdint.h>

/** First row of rank r; lw_layout_first(n, p, p) is n. */
int64_t lw_layout_first(int64_t rows, int ranks, int rank);
/** Rows of rank r. */
int64_t lw_layout_count(int64_t rows, int ranks, int rank);
/** The rank that owns row i, 0 <= i < rows. */
int lw_layout_owner(int64_t rows, int ranks, int64_t row);

#endif
