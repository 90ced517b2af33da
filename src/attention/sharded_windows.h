/** Heads with far keys, of sharded sequences. The window of a strip, the near keys of its queries,
 *  is put together from its own keys and those of other strips (array/row_exchange.h); keys before
 *  and after it enter by sums (sharded_sums.h). Backward sends the gradients of keys back to where
 *  the keys came from. Private to attention/. Collective over the sequence axis, in the middle of a
 *  pass; every addition has its turn in a fixed order. */
#ifndef LONGWAVE_ATTENTION_SHARDED_WINDOWS_H
#define LONGWAVE_ATTENTION_SHARDED_WINDOWS_H

#include "sharded_sums.h"
#include "longwave/array/row_exchange.h"

typedef struct lw_sharded_windows {
  const lw_sharded_plan *plan; /* borrowed, as the tiles */
  lw_sharded_tiles *tiles;
  lw_sharded_sums sums;
  lw_row_exchange halo;
  int64_t *row; /* [windowed, own]: of the first key of a window in `keys` */
  int64_t row_room, rows;
  lw_pass_floats keys, dkeys; /* [rows, lw_head_row_floats]; their gradients */
} lw_sharded_windows;

/** Keys go on their way, and what needs none of others is done. */
void lw_sharded_windows_begin(lw_sharded_windows *windows, const lw_attention_call *call);
/** The rest, when they have come. */
void lw_sharded_windows_forward(lw_sharded_windows *windows, const lw_attention_call *call);
void lw_sharded_windows_backward(lw_sharded_windows *windows, const lw_attention_call *call);
void lw_sharded_windows_done(lw_sharded_windows *windows);

#endif
