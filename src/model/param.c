#include "longwave/model/param.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GRAIN = 16 };

static lw_status table_room(lw_params *params)
{
  if (params->count < params->room) return LW_OK;
  int64_t room = params->room ? 2 * params->room : 32;
  lw_param *table = NULL;
  lw_status status = LW_TAKE(&table, room);
  if (status != LW_OK) return status;
  if (params->count) memcpy(table, params->table, (size_t)params->count * sizeof *table);
  lw_mem_give(params->table);
  params->table = table;
  params->room = room;
  return LW_OK;
}

lw_status lw_params_add(lw_params *params, lw_param_shape shape, int64_t *index, const char *format,
                        ...)
{
  lw_status status = table_room(params);
  if (status != LW_OK) return status;
  lw_param *param = &params->table[params->count];
  *param = (lw_param){.rank = shape.rank,
                      .dims = {shape.dims[0], shape.rank == 2 ? shape.dims[1] : 1},
                      .first = params->floats,
                      .start = shape.start,
                      .deviation = shape.deviation,
                      .decayed = shape.decayed};
  param->count = param->dims[0] * param->dims[1];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(param->name, sizeof param->name, format, arguments);
  va_end(arguments);
  params->floats += (param->count + GRAIN - 1) / GRAIN * GRAIN;
  params->numbers += param->count;
  *index = params->count++;
  return LW_OK;
}

/* FNV-1a: a fixed number for a name. */
static uint32_t name_number(const char *name)
{
  uint32_t number = 2166136261u;
  for (; *name; name++) number = (number ^ (uint8_t)*name) * 16777619u;
  return number;
}

static void set_start(const lw_param *param, uint64_t seed, float *value)
{
  lw_rng rng = {.seed = seed, .stream = LW_RNG_INIT, .first = name_number(param->name)};
  for (int64_t i = 0; i < param->count; i++)
    value[i] = param->start == LW_START_NORMAL
                   ? (float)(param->deviation * lw_rng_normal(rng, (uint64_t)i))
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
