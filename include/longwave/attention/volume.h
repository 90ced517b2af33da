/** What attention over a sharded sequence should send: the formulas of docs/notation.md ("What
 *  travels"), to be held beside what comm/traffic.h has counted (train/volume.h). Pure arithmetic;
 *  strips are taken as equal. */
#ifndef LONGWAVE_ATTENTION_VOLUME_H
#define LONGWAVE_ATTENTION_VOLUME_H

#include "longwave/attention/attention.h"
#include "longwave/comm/traffic.h"

typedef struct lw_attention_volume_shape {
  int sequence, rank; /* ranks on the sequence axis, this one among them */
  bool paired;        /* how sharded sequences lie (data/packing.h) */
  bool causal;
  bool scanned; /* far keys enter by sums, else they are dropped */
  int64_t width, heads, window;
  int64_t decayed;                 /* heads that may have far keys */
  int64_t clocked;                 /* of these, heads with readings */
  bool moving;                     /* keys travel with room for a reading */
  bool summed, summed_back;        /* readings are sums over strips; so is their gradient */
  const lw_attention_reach *reach; /* [heads] */
} lw_attention_volume_shape;

/** That of the last forward of this attention, for sequences that lie so. Local. */
lw_attention_volume_shape lw_attention_volume_shape_of(const lw_attention *attention,
                                                       const lw_packing *packing);

/** Adds the numbers of 4 bytes that this rank sends for one sharded sequence of so many tokens,
 *  forward and backward of one layer together. numbers [LW_TRAFFIC_KINDS] in and out. Local. */
void lw_attention_volume(const lw_attention_volume_shape *shape, int64_t tokens,
                         double numbers[LW_TRAFFIC_KINDS]);

#endif
