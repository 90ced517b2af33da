/** Attention of the fused engine over sharded sequences: those whose tokens lie on all ranks of the
 *  sequence axis (data/packing.h). Private to attention/. All sharded sequences of a call are done
 *  at once:
 *
 *    1. smoothing: rows of V at the ends of strips come from the strips beside them
 *       (sharded_smooth.h)
 *    2. plan: all ranks learn the norms of all blocks, so all decide alike what is near
 *       (sharded_plan.h)
 *    3. heads with far keys: windows of near keys, sums for the others (sharded_windows.h,
 *       sharded_sums.h)
 *    4. heads without: the keys of all ranks come by, while those at hand are computed
 *       (sharded_ring.h)
 *
 *  Backward does 2 to 4 again, sends the gradients of keys back to where the keys came from, scans
 *  sums over queries the other way, and ends with the smoothing. Tiles are computed by the kernel
 *  backend of the attention (sharded_tiles.h). Each part uses only those above it here:
 *
 *    array/sharded.h, halo.h, row_exchange.h, scan.h    any layer's
 *    sharded_rows.h, sharded_plan.h, sharded_smooth.h
 *    sharded_tiles.h
 *    sharded_sums.h, sharded_ring.h
 *    sharded_windows.h
 *    this */
#ifndef LONGWAVE_ATTENTION_SHARDED_H
#define LONGWAVE_ATTENTION_SHARDED_H

#include "longwave/attention/attention.h"

typedef struct lw_sharded_attention lw_sharded_attention;

/** `attention` is borrowed. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_sharded_attention_create(const lw_attention *attention,
                                                  lw_sharded_attention **out);
/** NULL is fine. */
void lw_sharded_attention_destroy(lw_sharded_attention **sharded);

/** What the packing says; no sharded sequences: *any is false. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_sharded_attention_set(lw_sharded_attention *sharded,
                                               const lw_packing *packing, bool *any);

/** The rows of sharded sequences of a call. Collective over the sequence axis, after
 *  lw_sharded_attention_set. Memory whose size depends on the norms is taken in the middle; a rank
 *  that has none then ends the job (comm/agree.h). forward adds the tiles of own queries to
 *  *counted. */
void lw_sharded_attention_forward(lw_sharded_attention *sharded, const lw_attention_call *call,
                                  lw_fused_tiles *counted);
void lw_sharded_attention_backward(lw_sharded_attention *sharded, const lw_attention_call *call);

#endif
