#include "longwave/model/layer.h"

const lw_layer_kind *const lw_inner_table[] = {&lw_layer_average, &lw_layer_convolution,
                                               &lw_layer_output_gate, NULL};
