/** What backward's tiles add up for a segment of keys, dk and dv, and for the gradients of
 *  distances: of a bias per distance, and of the readings of queries and keys. Included by the
 *  sources compiled per instruction set. */
#ifndef LONGWAVE_OP_FUSED_KEY_SUMS_H
#define LONGWAVE_OP_FUSED_KEY_SUMS_H

#include "fused_rows.h"
#include <math.h>
#include <string.h>

static const float lw_ln_2 = 0.693147181f;

/** Whether the gradient of a bias per distance is wanted. */
static inline bool lw_fused_wants_dbias(const lw_fused_plan *plan)
{
  return plan->relative && plan->gradient->dbias;
}

/** dx of a tile to the sums of its buckets: those of the segment of queries, whose pairs of
 *  segments come one after the other. */
static inline void lw_fused_add_dbias(const lw_fused_plan *plan, int64_t query_block,
                                      int64_t key_block, const lw_fused_work *work)
{
  const int64_t keys = lw_fused_count(plan, LW_FUSED_KEYS, key_block);
  const int32_t *bucket = plan->bucket + lw_fused_relative_at(plan, query_block, key_block);
  double *to =
      plan->dbias + query_block / LW_FUSED_SEGMENT * lw_relative_buckets(&plan->head->relative);
  float sum[LW_FUSED_REACH] = {0};
  for (int64_t j = 0; j < keys; j++)
    for (int64_t n = 0; n < LW_FUSED_REACH; n += LW_LANES)
      lw_store(sum + n, lw_load(sum + n) + lw_load(work->skewed + j * LW_FUSED_REACH + n));
  for (int64_t n = 0; n < LW_FUSED_REACH - 1; n++) to[bucket[n]] += (double)sum[n];
}

/** Whether the gradient of the readings is wanted, and there is one. */
static inline bool lw_fused_wants_readings(const lw_fused_plan *plan)
{
  return plan->gradient->dreading[LW_FUSED_KEYS] && (plan->head->clocked || plan->head->alpha > 0);
}

/** What a tile adds to the readings of a block's keys, a vector a key. */
static inline float *lw_fused_dkey_of(int64_t block, const lw_fused_work *work)
{
  return work->dkey + block % LW_FUSED_SEGMENT * LW_FUSED_BLOCK * LW_LANES;
}

static inline void lw_fused_add_query_readings(const lw_fused_plan *plan, int64_t block,
                                               const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  const int64_t stride = gradient->dreading_stride[LW_FUSED_QUERIES];
  float *to = gradient->dreading[LW_FUSED_QUERIES] + block * LW_FUSED_BLOCK * stride;
  for (int64_t i = 0; i < count; i++) to[i * stride] -= lw_ln_2 * work->dquery[i];
}

static inline void lw_fused_add_key_readings(const lw_fused_plan *plan, int64_t block,
                                             const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, block);
  const int64_t stride = gradient->dreading_stride[LW_FUSED_KEYS];
  float *to = gradient->dreading[LW_FUSED_KEYS] + block * LW_FUSED_BLOCK * stride;
  for (int64_t j = 0; j < count; j++) {
    const float *lanes = lw_fused_dkey_of(block, work) + j * LW_LANES;
    float sum = 0;
    for (int n = 0; n < LW_LANES; n++) sum += lanes[n];
    to[j * stride] += lw_ln_2 * sum;
  }
}

/** All sums of these keys are 0. */
static inline void lw_fused_clear_keys(const lw_fused_plan *plan, lw_fused_blocks keys,
                                       const lw_fused_work *work)
{
  const size_t block = (size_t)(LW_FUSED_BLOCK * work->width) * sizeof(float);
  if (lw_fused_wants_dbias(plan))
    memset(work->skewed, 0, LW_FUSED_BLOCK * LW_FUSED_REACH * sizeof *work->skewed);
  for (int64_t J = keys.first; J < keys.last; J++) {
    memset(lw_fused_block_in(work->dk, J, work), 0, block);
    memset(lw_fused_block_in(work->dv, J, work), 0, block);
    memset(lw_fused_dkey_of(J, work), 0, LW_FUSED_BLOCK * LW_LANES * sizeof(float));
  }
}

/** They join (`add`) or become the gradients. */
static inline void lw_fused_unpack_keys(const lw_fused_plan *plan, lw_fused_blocks keys, bool add,
                                        const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t row = J * LW_FUSED_BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_unpack(lw_fused_block_in(work->dk, J, work), work->width, count, d,
                    1 / sqrtf((float)d), add, gradient->dk + row * gradient->dk_stride,
                    gradient->dk_stride);
    lw_fused_unpack(lw_fused_block_in(work->dv, J, work), work->width, count, d, 1, add,
                    gradient->dv + row * gradient->dv_stride, gradient->dv_stride);
    if (lw_fused_wants_readings(plan)) lw_fused_add_key_readings(plan, J, work);
  }
}

#endif
