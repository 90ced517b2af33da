/** Smoothing of the values of sharded sequences (op/smooth.h): each strip with the rows beside it
 *  that the windows at its ends reach (array/halo.h). Private to attention/. Collective over the
 *  sequence axis, in the middle of a pass. */
#ifndef LONGWAVE_ATTENTION_SHARDED_SMOOTH_H
#define LONGWAVE_ATTENTION_SHARDED_SMOOTH_H

#include "longwave/array/halo.h"
#include "longwave/attention/attention.h"

typedef struct lw_sharded_smooth {
  const lw_attention *attention; /* borrowed, as the sequences */
  const lw_sharded *sharded;
  lw_halo halo;
} lw_sharded_smooth;

/** smooth from the values of qkv; the gradients of values, in dqkv, from dsmooth. */
void lw_sharded_smooth_forward(lw_sharded_smooth *smooth, const lw_attention_call *call);
void lw_sharded_smooth_backward(lw_sharded_smooth *smooth, const lw_attention_call *call);
void lw_sharded_smooth_done(lw_sharded_smooth *smooth);

#endif
