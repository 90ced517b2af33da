#include "longwave/model/layer.h"

/* In the order in which they stand in a block. */
static const lw_layer_kind *const layers_of_program[] = {&lw_layer_attention,
                                                         &lw_layer_feed_forward, NULL};
static const lw_layer_kind *const *layer_table = layers_of_program;

void lw_layers_use(const lw_layer_kind *const *table)
{
  layer_table = table ? table : layers_of_program;
}

lw_status lw_layers_share(lw_layers *layers, const lw_layer_site *site)
{
  lw_status status = LW_OK;
  *layers = (lw_layers){0};
  for (int n = 0; n < LW_LAYERS_MOST && layer_table[n]; n++) {
    layers->kind[layers->count++] = layer_table[n];
    if (layer_table[n]->share) LW_TRY(layer_table[n]->share(site, &layers->shared[n]));
  }
done:
  return status;
}

void lw_layers_release(lw_layers *layers)
{
  for (int n = 0; n < layers->count; n++)
    if (layers->kind[n]->release) layers->kind[n]->release(&layers->shared[n]);
}

lw_status lw_layers_reserve(const lw_layers *layers, const lw_packing *packing)
{
  lw_status status = LW_OK;
  for (int n = 0; n < layers->count; n++)
    if (layers->kind[n]->reserve) LW_TRY(layers->kind[n]->reserve(layers->shared[n], packing));
done:
  return status;
}
