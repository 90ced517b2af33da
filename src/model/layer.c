#include "longwave/model/layer.h"

lw_status lw_layers_share(lw_layers *layers, const lw_layer_site *site)
{
  lw_status status = LW_OK;
  *layers = (lw_layers){0};
  for (int n = 0; n < LW_LAYERS_MOST && lw_layer_table[n]; n++) {
    const lw_layer_kind *kind = lw_layer_table[n];
    layers->kind[layers->count++] = kind;
    if (kind->share) LW_TRY(kind->share(site, &layers->shared[n]));
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
