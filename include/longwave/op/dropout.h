/** Dropout: y = x / (1 - rate) where a number of (rng, row, channel) is at least `rate`, else 0;
 *  the mask is never stored, backward computes it again. Source: [Srivastava2014]. Local. */
#ifndef LONGWAVE_OP_DROPOUT_H
#define LONGWAVE_OP_DROPOUT_H

#include "longwave/base/rng.h"
#include <stdint.h>

/** In place on rows [first, first + count) of one sample, forward and backward alike.
 *  x [count, C]; row_key: distinct for each document of a step (its place in the global batch), so
 *  that masks do not depend on which rank holds which rows. The number used for (row, c) is word
 *  (c / 16) mod 4 of the Philox counter whose index is (row_key << 40) + (row << 14) + c / 64 * 16
 *  + c mod 16 (so that sixteen counters side by side give 64 channels); hence row < 2^26,
 *  C <= 2^16 and row_key < 2^24. */
void lw_dropout(float *x, int64_t first, int64_t count, int64_t C, double rate, lw_rng rng,
                int64_t row_key);

#endif
