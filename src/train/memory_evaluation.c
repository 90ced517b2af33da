/* An evaluation alone, or what only reads a checkpoint: does it fit? */
#include "memory_inside.h"
#include "longwave/comm/agree.h"
#include <stdio.h>

/* With `each` samples at a time. */
static lw_status need_of(const lw_model *model, const lw_memory_evaluation *of, int64_t each,
                         lw_memory *need)
{
  const lw_world *world = model->world;
  const lw_memory_case at = {.ranks = world->size,
                             .sequence = world->sequence->size,
                             .recompute = model->execution.recompute};
  lw_load load = {0};
  lw_mode mode = LW_MODE_EVALUATE;
  if (of->count > 0) {
    lw_load_rule rule = {.dataset = of->dataset,
                         .split = of->evaluation->split,
                         .max_length = of->evaluation->max_length,
                         .data = world->data->size,
                         .packing = lw_model_rule(model)};
    rule.packing.ranks = at.sequence;
    if (of->evaluation->gradient) mode = LW_MODE_GRADIENT;
    lw_status status = lw_load_batches(&rule, of->list, of->count, each, &load);
    if (status != LW_OK) return status;
  }
  *need = lw_memory_of_pass(model, &at, &load, mode);
  if (of->optimizer) need->optimizer = lw_optimizer_bytes(of->optimizer, &model->params, at.ranks);
  need->results = of->results;
  need->all = need->parameters + need->gradients + need->optimizer + need->pass + need->buffers +
              need->results;
  return LW_OK;
}

/* Fewer samples at a time, as long as that helps, or more ranks a sample. */
static lw_status refuse(const lw_model *model, const lw_memory_evaluation *of,
                        const lw_memory_limit *limit, const lw_memory *need)
{
  const lw_world *world = model->world;
  char advice[64] = "ranks with more memory", split[64] = "";
  int64_t each = of->count > 0 && of->batch_option ? of->evaluation->batch_size : 1;
  lw_memory other = *need;
  while (each > 1 && (double)other.all > limit->bytes) {
    each = (each + 1) / 2;
    lw_status status = need_of(model, of, each, &other);
    if (status != LW_OK) return status;
  }
  if ((double)other.all <= limit->bytes)
    snprintf(advice, sizeof advice, "%s %lld", of->batch_option, (long long)each);
  else if (of->batch_option && world->sequence->size < world->size)
    snprintf(advice, sizeof advice, "--sequence %d, or ranks with more memory", world->size);
  if (of->count > 0)
    snprintf(split, sizeof split, " of the %s split", lw_split_name(of->evaluation->split));
  return lw_memory_refuse(need, split, limit, advice);
}

lw_status lw_memory_check_evaluation(const lw_model *model, const lw_memory_evaluation *of,
                                     const lw_memory_limit *limit, const lw_world *world)
{
  lw_memory need = {0};
  lw_status status = LW_OK;
  const int64_t each = of->count > 0 ? of->evaluation->batch_size : 0;
  LW_TRY_TOGETHER(world, need_of(model, of, each, &need));
  if ((double)need.all > limit->bytes) LW_TRY_TOGETHER(world, refuse(model, of, limit, &need));
done:
  return status;
}
