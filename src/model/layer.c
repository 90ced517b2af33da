#include "longwave/model/layer.h"

static int rows_of(const lw_layers *layers)
{
  return layers->count + layers->inner;
}

lw_status lw_layers_share(lw_layers *layers, const lw_layer_site *site)
{
  lw_status status = LW_OK;
  *layers = (lw_layers){0};
  for (int n = 0; n < LW_LAYERS_MOST && lw_layer_table[n]; n++)
    layers->kind[layers->count++] = lw_layer_table[n];
  for (int n = 0; n < LW_LAYERS_MOST && lw_inner_table[n]; n++)
    layers->kind[layers->count + layers->inner++] = lw_inner_table[n];
  for (int n = 0; n < rows_of(layers); n++)
    if (layers->kind[n]->share) LW_TRY(layers->kind[n]->share(site, &layers->shared[n]));
done:
  return status;
}

void lw_layers_release(lw_layers *layers)
{
  for (int n = 0; n < rows_of(layers); n++)
    if (layers->kind[n]->release) layers->kind[n]->release(&layers->shared[n]);
}

lw_status lw_layers_reserve(const lw_layers *layers, const lw_packing *packing)
{
  lw_status status = LW_OK;
  for (int n = 0; n < rows_of(layers); n++)
    if (layers->kind[n]->reserve) LW_TRY(layers->kind[n]->reserve(layers->shared[n], packing));
done:
  return status;
}
