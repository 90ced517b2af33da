/** What the kernel backend needs to know of a head before it sees its arrays. Private to
 *  attention/. */
#ifndef LONGWAVE_ATTENTION_HEAD_SHAPE_H
#define LONGWAVE_ATTENTION_HEAD_SHAPE_H

#include "longwave/attention/attention.h"

/** Head `head` of a whole sequence of so many tokens. */
static inline lw_fused_head lw_head_shape(const lw_attention *attention, int64_t tokens,
                                          int64_t head)
{
  const lw_attention_options *options = &attention->options;
  return (lw_fused_head){.queries = tokens,
                         .keys = tokens,
                         .head_size = attention->head_size,
                         .alpha = attention->alpha[head],
                         .locality = options->locality,
                         .causal = options->causal,
                         .tolerance = options->tolerance};
}

/** Whether a head may have far keys. */
static inline bool lw_head_may_be_far(const lw_attention *attention, int64_t head)
{
  const lw_fused_backend *backend = attention->backend;
  return (!backend || backend->find_near) && attention->options.tolerance > 0 &&
         attention->alpha[head] > 0;
}

#endif
