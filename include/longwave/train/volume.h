/** What a rank should send in a training step: the formulas of docs/notation.md ("What travels"),
 *  to be held beside what comm/traffic.h has counted. Pure arithmetic; strips are taken as
 *  equal. */
#ifndef LONGWAVE_TRAIN_VOLUME_H
#define LONGWAVE_TRAIN_VOLUME_H

#include "longwave/comm/traffic.h"
#include "longwave/attention/attention.h"
#include <stdbool.h>

typedef struct lw_volume_shape {
  int ranks;           /* all */
  int sequence, place; /* ranks on the sequence axis, this one's place there */
  bool paired;         /* how cut sequences lie (data/packing.h) */
  bool causal, batch_norm, final_norm;
  int64_t layers, width, heads, window;
  int64_t parameters; /* numbers */
  int64_t pieces;     /* micro-batches */
  /* of a micro-batch on this sequence axis, a pair counting as two; 0: nothing is pooled */
  int64_t samples;
  const int64_t *tokens; /* [cut] of the sequences of a micro-batch that are cut */
  int64_t cut;
  const lw_attention_reach *reach; /* [heads]; not looked at if nothing is cut */
  int64_t decayed;                 /* heads that may have far keys */
  bool scanned;                    /* far keys enter by sums, else they are dropped */
} lw_volume_shape;

/** Bytes of a step by kind: in one block, forward and backward together, and outside the blocks.
 *  NAN: no formula. */
typedef struct lw_volume {
  double block, outside;
} lw_volume;
/** volume [LW_TRAFFIC_KINDS] out. Local. */
void lw_volume_step(const lw_volume_shape *shape, lw_volume volume[LW_TRAFFIC_KINDS]);

#endif
