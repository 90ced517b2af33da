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

#endif
