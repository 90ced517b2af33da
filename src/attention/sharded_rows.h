/** Keys and values of one head between the packed arrays of a call, where all heads stand side by
 *  side, and rows of their own: key, value and, where attention.clock moves, the key's reading (a
 *  double), all side by side. Private to attention/. */
#ifndef LONGWAVE_ATTENTION_SHARDED_ROWS_H
#define LONGWAVE_ATTENTION_SHARDED_ROWS_H

#include "longwave/attention/attention.h"

/** `tokens` rows of head `head` from packed row `row` on. */
typedef struct lw_head_rows {
  int64_t head, row, tokens;
} lw_head_rows;

/** Floats of a row: 2d, and 2 for a reading. */
int64_t lw_head_row_floats(const lw_attention *attention);
/** The reading of the first of such rows, for the backend; what it gets stands in its place. */
lw_fused_readings lw_head_row_readings(const lw_attention *attention, int64_t head,
                                       const float *rows);
float *lw_head_row_dreading(const lw_attention *attention, const lw_attention_call *call,
                            float *rows);

/** Keys, smoothed values and readings to `to`. Local. */
void lw_head_rows_take(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, float *to);
/** Their gradients back to where those of own keys are, written or, `added`, added. Local. */
void lw_head_rows_give(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, const float *from, bool added);

#endif
