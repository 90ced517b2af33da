#include "longwave/model/layer.h"

/* A test that brings this table with a layer of its own is linked with that in place of this file. */
const lw_layer_kind *const lw_layer_table[] = {&lw_layer_attention, &lw_layer_feed_forward, NULL};
