/** What the kernel backend needs to know of a head before it sees its arrays. Private to
 *  attention/. */
#ifndef LONGWAVE_ATTENTION_HEAD_SHAPE_H
#define LONGWAVE_ATTENTION_HEAD_SHAPE_H

#include "longwave/attention/attention.h"

/** Head `head` of a whole sequence of so many tokens; with its bias per distance, if the call has
 *  one. */
static inline lw_fused_head lw_head_shape(const lw_attention *attention,
                                          const lw_attention_call *call, int64_t tokens,
                                          int64_t head)
{
  const lw_attention_options *options = &attention->options;
  const int64_t buckets = lw_relative_buckets(&attention->relative);
  return (lw_fused_head){.queries = tokens,
                         .keys = tokens,
                         .head_size = attention->head_size,
                         .alpha = attention->alpha[head],
                         .clocked = attention->clocked[head],
                         .relative = attention->relative,
                         .bias = call->bias ? call->bias + head * buckets : NULL,
                         .locality = options->locality,
                         .causal = options->causal,
                         .tolerance = options->tolerance};
}

/** Whether a head may have far keys. */
static inline bool lw_head_may_be_far(const lw_attention *attention, int64_t head)
{
  const lw_fused_backend *backend = attention->backend;
  const bool sums = attention->options.locality == LW_LOCALITY_SCALE;
  return (!backend || backend->find_near) && attention->options.tolerance > 0 &&
         !(sums && attention->relative.reach > 0) &&
         (attention->clocked[head] || attention->alpha[head] > 0);
}

/** The readings of a head from packed row `row` on; what they get as `kind`. */
static inline lw_fused_readings lw_head_readings(const lw_attention *attention,
                                                 const lw_attention_call *call, int64_t head,
                                                 int64_t row)
{
  const double *at = attention->clocked[head] ? call->reading : NULL;
  return (lw_fused_readings){at ? at + head * call->packing->rows + row : NULL, 1};
}
static inline float *lw_head_dreading(const lw_attention *attention, const lw_attention_call *call,
                                      lw_fused_kind kind, int64_t head, int64_t row)
{
  if (!call->dreading) return NULL;
  return call->dreading + (kind * attention->heads + head) * call->packing->rows + row;
}
/** Where the gradient of its bias per distance is added; NULL: nowhere. */
static inline double *lw_head_dbias(const lw_attention *attention, const lw_attention_call *call,
                                    int64_t head)
{
  if (!call->dbias) return NULL;
  return call->dbias + head * lw_relative_buckets(&attention->relative);
}

#endif
