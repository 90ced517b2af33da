#include "longwave/model/qk_norm.h"
#include "longwave/base/profile.h"
#include "longwave/model/model.h"
#include "longwave/op/rms_norm.h"

lw_status lw_qk_norm_create(const lw_layer_site *site, lw_qk_norm *norm)
{
  const struct lw_model_options *options = site->options;
  *norm = (lw_qk_norm){0};
  if (!options->qk_norm) return LW_OK;
  norm->heads = options->heads;
  norm->head_size = options->width / options->heads;
  const lw_param_shape gain = {
      .kind = LW_PARAM_VECTOR, .dims = {norm->head_size, 1}, .start = LW_START_ONE};
  lw_status status = LW_OK;
  LW_TRY(lw_params_add(site->params, gain, &norm->query, "%s.query_norm.gain", site->name));
  LW_TRY(lw_params_add(site->params, gain, &norm->key, "%s.key_norm.gain", site->name));
done:
  return status;
}

float *lw_qk_norm_carve(const lw_qk_norm *norm, int64_t rows, lw_carver *carver)
{
  return norm->heads ? lw_carve(carver, 2 * rows * norm->heads * norm->head_size) : NULL;
}

/* Queries, or keys, of a pass: columns of [rows, 3C]. */
static lw_rms_norm rows_of(const lw_qk_norm *norm, const lw_pass *pass, int64_t gain)
{
  return (lw_rms_norm){.heads = norm->heads,
                       .d = norm->head_size,
                       .T = pass->batch->rows,
                       .stride = 3 * norm->heads * norm->head_size,
                       .gain = lw_param_value(pass->params, gain)};
}

void lw_qk_norm_forward(const lw_qk_norm *norm, const lw_pass *pass, float *qkv, float *kept)
{
  const int64_t C = norm->heads * norm->head_size;
  if (C == 0) return;
  const lw_rms_norm queries = rows_of(norm, pass, norm->query),
                    keys = rows_of(norm, pass, norm->key);
  lw_profile_begin(LW_PROFILE_NORM);
  lw_rms_norm_forward(&queries, qkv, kept);
  lw_rms_norm_forward(&keys, qkv + C, kept + queries.T * C);
  lw_profile_end();
}

void lw_qk_norm_backward(const lw_qk_norm *norm, const lw_pass *pass, const float *kept,
                         float *dqkv)
{
  const int64_t C = norm->heads * norm->head_size;
  if (C == 0) return;
  const lw_rms_norm queries = rows_of(norm, pass, norm->query),
                    keys = rows_of(norm, pass, norm->key);
  lw_profile_begin(LW_PROFILE_NORM);
  lw_rms_norm_backward(&queries, kept, dqkv, lw_param_gradient(pass->params, norm->query));
  lw_rms_norm_backward(&keys, kept + queries.T * C, dqkv + C,
                       lw_param_gradient(pass->params, norm->key));
  lw_profile_end();
}
