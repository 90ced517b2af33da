#include "longwave/model/layer.h"

/* Tests with a layer of their own bring another table, which takes the place of this file. */
const lw_layer_kind *const lw_layer_table[] = {&lw_layer_attention, &lw_layer_feed_forward, NULL};
