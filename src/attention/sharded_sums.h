/** The far field of windows: sums over the tokens outside of them, by a scan along the strips
 *  (array/scan.h). Private to attention/. With E_s to F_s the window of strip s (sharded_plan.h):
 *
 *    keys [E_s, E_s+1), which are far for all later strips, lie in window s: their sums are the
 *    part of s in a scan, and what strip s gets from it are the sums over all keys before E_s;
 *    in backward those same keys get, from a scan the other way, the sums over the queries of all
 *    later strips.
 *
 *  Keys that are masked or come later (without a causal mask) mirror this with [F_s-1, F_s). Only
 *  locality `scale` has sums: with the others what is far is left out. */
#ifndef LONGWAVE_ATTENTION_SHARDED_SUMS_H
#define LONGWAVE_ATTENTION_SHARDED_SUMS_H

#include "sharded_tiles.h"
#include "longwave/array/scan.h"

typedef struct lw_sharded_sums {
  const lw_sharded_plan *plan; /* borrowed, as the tiles */
  lw_sharded_tiles *tiles;
  lw_scan scan;
  /* [own, windowed, sums]: over what lies outside the windows */
  lw_pass_floats outside[LW_FUSED_KINDS][LW_FUSED_SIDES];
  lw_fused_range *ranges;
  int64_t range_room;
} lw_sharded_sums;

/** From the tiles' heads (and gradients), which are those of the windows, [windowed, own]: gathers
 *  the sums of keys (of queries), scans them and sets the heads' (gradients') outside sums.
 *  Collective over the sequence axis, in the middle of a pass. */
void lw_sharded_sums_of_keys(lw_sharded_sums *sums);
void lw_sharded_sums_of_queries(lw_sharded_sums *sums);
void lw_sharded_sums_done(lw_sharded_sums *sums);

#endif
