/** What the attention layers of all blocks share (the `shared` of their row): one lw_attention with
 *  its work memory, and the decays with which each block starts. Private to src/model. */
#ifndef LONGWAVE_SRC_MODEL_ATTENTION_SHARED_H
#define LONGWAVE_SRC_MODEL_ATTENTION_SHARED_H

#include "longwave/model/layer.h"
#include "longwave/model/running.h"

typedef struct lw_attention_shared {
  lw_attention *attention;
  float *start; /* [layers, heads] decays, before they move */
  lw_running running;
} lw_attention_shared;

/** share, reserve and release of lw_layer_kind. */
LW_MUST_USE lw_status lw_attention_share(const lw_layer_site *site, void **shared);
LW_MUST_USE lw_status lw_attention_shared_reserve(void *shared, const lw_packing *packing);
void lw_attention_shared_release(void **shared);

#endif
