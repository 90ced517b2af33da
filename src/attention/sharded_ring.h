/** Heads without far keys, of sharded sequences: every query meets every allowed key ("ring
 *  attention"). In step k a rank has the keys and values of the rank k before it, straight from
 *  their owner, and while it computes with them those of step k + 1 are on their way. Under a
 *  causal mask only strips that some query of the receiver may see travel. Results go on from step
 *  to step (lw_fused_head, resumed); in backward the gradients of keys go home one step later.
 *  Private to attention/. Collective over the sequence axis, in the middle of a pass; every
 *  addition has its turn in a fixed order.
 *
 *  Data of a strip: for each head [tokens, lw_head_row_floats] (sharded_rows.h). */
#ifndef LONGWAVE_ATTENTION_SHARDED_RING_H
#define LONGWAVE_ATTENTION_SHARDED_RING_H

#include "sharded_tiles.h"

typedef struct lw_sharded_ring {
  const lw_sharded_plan *plan; /* borrowed, as the tiles */
  lw_sharded_tiles *tiles;
  int64_t each; /* floats of the longest strip */
  /* [own strips, each]; of what comes and its gradient two, to compute on one while the other
     travels */
  lw_pass_floats own, come[2], gradient[2], back;
  lw_pass_floats total; /* [own strips, tokens of all heads]: sums of weights */
  lw_flight fetch[2], home;
} lw_sharded_ring;

/** Keys go on their way, and what needs none of others is done. */
void lw_sharded_ring_begin(lw_sharded_ring *ring, const lw_attention_call *call);
/** The rest, as they come. */
void lw_sharded_ring_forward(lw_sharded_ring *ring, const lw_attention_call *call);
void lw_sharded_ring_backward(lw_sharded_ring *ring, const lw_attention_call *call);
void lw_sharded_ring_done(lw_sharded_ring *ring);

#endif
