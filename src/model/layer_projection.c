/* Projections by the names that a layer gives them. Not in layer.c, which needs all layers. */
#include "longwave/model/layer.h"
#include <stdio.h>

lw_status lw_layer_projection(const lw_layer_site *site, const char *name, int64_t in, int64_t out,
                              double gain, lw_projection *projection)
{
  const lw_projection_shape shape = {in, out, gain, site->matmul};
  char whole[LW_PARAM_NAME_MAX];
  snprintf(whole, sizeof whole, "%s.%s", site->name, name);
  return lw_projection_init(projection, &shape, site->params, whole);
}
