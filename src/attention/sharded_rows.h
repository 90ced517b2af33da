/** Keys and values of one head between the packed arrays of a call, where all heads stand side by
 *  side, and rows of their own, [tokens, 2d]: key and value side by side. Private to attention/. */
#ifndef LONGWAVE_ATTENTION_SHARDED_ROWS_H
#define LONGWAVE_ATTENTION_SHARDED_ROWS_H

#include "longwave/attention/attention.h"

/** `tokens` rows of head `head` from packed row `row` on. */
typedef struct lw_head_rows {
  int64_t head, row, tokens;
} lw_head_rows;

/** Keys and smoothed values to `to`. Local. */
void lw_head_rows_take(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, float *to);
/** Their gradients back to dk and dv~, written or, `added`, added to what is there. Local. */
void lw_head_rows_give(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, const float *from, bool added);

#endif
