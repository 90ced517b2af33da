#include "longwave/model/param.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/base/whole.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { GRAIN = 16 };

lw_param_rows lw_param_shard(int64_t count, int shards, int shard)
{
  int64_t block = lw_parts(count, shards);
  int64_t row = shard * block < count ? shard * block : count;
  return (lw_param_rows){row, count - row < block ? count - row : block};
}

void lw_params_share(lw_params *params, int shards, int shard)
{
  lw_param *param = &params->table[params->count - 1];
  param->shards = shards;
  param->held = lw_param_shard(param->dims[0], shards, shard);
  param->count = param->held.rows * param->dims[1];
  params->floats = param->first + (param->count + GRAIN - 1) / GRAIN * GRAIN;
}

lw_status lw_params_add(lw_params *params, lw_param_shape shape, int64_t *index, const char *format,
                        ...)
{
  lw_status status = LW_EXTEND(&params->table, &params->room, params->count, params->count + 1);
  if (status != LW_OK) return status;
  const bool vector = shape.kind == LW_PARAM_VECTOR;
  lw_param *param = &params->table[params->count];
  *param = (lw_param){.kind = shape.kind,
                      .rank = vector ? 1 : 2,
                      .dims = {shape.dims[0], vector ? 1 : shape.dims[1]},
                      .parts = 1,
                      .first = params->floats,
                      .start = shape.start,
                      .deviation = shape.deviation,
                      .decayed = shape.decayed};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(param->name, sizeof param->name, format, arguments);
  va_end(arguments);
  params->numbers += param->dims[0] * param->dims[1];
  *index = params->count++;
  lw_params_share(params, 1, 0);
  return LW_OK;
}

static void set_start(const lw_param *param, uint64_t seed, float *value)
{
  lw_rng rng = {
      .seed = seed, .stream = LW_RNG_INIT, .first = lw_hash_text(LW_HASH_BEGIN, param->name)};
  const int64_t first = param->held.row * param->dims[1]; /* elements know no shards */
  for (int64_t i = 0; i < param->count; i++)
    value[i] = param->start == LW_START_NORMAL
                   ? (float)(param->deviation * lw_rng_normal(rng, (uint64_t)(first + i)))
                   : (param->start == LW_START_ONE ? 1.0f : 0.0f);
}

lw_status lw_params_allocate(lw_params *params, uint64_t seed, bool gradients)
{
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&params->value, params->floats));
  if (gradients) LW_TRY(LW_TAKE(&params->gradient, params->floats));
  for (int64_t i = 0; i < params->count; i++)
    set_start(&params->table[i], seed, lw_param_value(params, i));
done:
  return status;
}

void lw_params_done(lw_params *params)
{
  lw_mem_give(params->table);
  lw_mem_give(params->value);
  lw_mem_give(params->gradient);
  *params = (lw_params){0};
}
