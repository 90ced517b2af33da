/** The attention layer of a block, for who looks into it: pictures of attention, the tiles of a
 *  step. The layer itself is a row of model/layer.h. */
#ifndef LONGWAVE_MODEL_LAYER_ATTENTION_H
#define LONGWAVE_MODEL_LAYER_ATTENTION_H

#include "longwave/model/block.h"
#include "longwave/model/clock.h"

/** The same of all blocks; borrowed. NULL: blocks have none. Local. */
lw_attention *lw_block_attention(const lw_block *block);
/** Queries, keys and values that forward kept, positions applied: [rows, 3C]. Local. */
const float *lw_block_qkv(const lw_block *block, const lw_block_kept *kept);
/** Gives the attention, which all blocks share, the decays of this block; and its readings that
 *  forward kept, [H, rows], or NULL where the clock has none (model/clock.h). Local. */
const double *lw_block_readings(const lw_block *block, const lw_block_kept *kept,
                                const lw_params *params);
/** What the parameters say of the clock of head h of this block, which has attention. Local. */
lw_clock_head lw_block_clock_head(const lw_block *block, const lw_params *params, int64_t h);
/** Its biases per relative distance, [H, buckets], or NULL. Local. */
const float *lw_block_bias(const lw_block *block, const lw_params *params);

#endif
