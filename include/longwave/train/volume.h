/** What a rank should send in a training step: the formulas of docs/notation.md ("What travels"),
 *  to be held beside what comm/traffic.h has counted. Each layer, norm and the model's end knows
 *  its own; here they are added up, with gradients and parameters. */
#ifndef LONGWAVE_TRAIN_VOLUME_H
#define LONGWAVE_TRAIN_VOLUME_H

#include "longwave/model/model.h"

/** Bytes of a step by kind: in one block, forward and backward together, and outside the blocks.
 *  NAN: no formula. */
typedef struct lw_volume {
  double block, outside;
} lw_volume;
/** Of a step of `pieces` micro-batches that all lie as `packing`, after its passes: what attention
 *  reached in the last of them counts. volume [LW_TRAFFIC_KINDS] out. Local. */
void lw_volume_step(const lw_model *model, const lw_packing *packing, int64_t pieces,
                    lw_volume volume[LW_TRAFFIC_KINDS]);

#endif
