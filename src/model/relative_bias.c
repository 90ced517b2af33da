#include "longwave/model/relative_bias.h"

enum { DOUBLE = sizeof(double) / sizeof(float) };

lw_status lw_relative_bias_create(const lw_layer_site *site, const lw_attention *attention,
                                  lw_relative_bias *bias)
{
  const int64_t buckets = lw_relative_buckets(&attention->relative);
  const lw_param_shape shape = {
      .kind = LW_PARAM_EMBEDDING, .dims = {attention->heads, buckets}, .start = LW_START_ZERO};
  *bias = (lw_relative_bias){.count = attention->heads * buckets};
  if (buckets == 0) return LW_OK;
  return lw_params_add(site->params, shape, &bias->table, "%s.relative_bias", site->name);
}

const float *lw_relative_bias_value(const lw_relative_bias *bias, const lw_params *params)
{
  return bias->count > 0 ? lw_param_value(params, bias->table) : NULL;
}

float *lw_relative_bias_carve(const lw_relative_bias *bias, lw_carver *carver)
{
  return bias->count > 0 ? lw_carve(carver, DOUBLE * bias->count) : NULL;
}

double *lw_relative_bias_begin(const lw_relative_bias *bias, float *room)
{
  if (bias->count == 0) return NULL;
  memset(room, 0, (size_t)bias->count * sizeof(double));
  return (double *)(void *)room;
}

void lw_relative_bias_end(const lw_relative_bias *bias, const lw_params *params,
                          const double *gradient)
{
  for (int64_t n = 0; n < bias->count; n++)
    lw_param_gradient(params, bias->table)[n] += (float)gradient[n];
}
