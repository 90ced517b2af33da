/* An evaluation alone, or what only reads a checkpoint: does it fit? */
#include "memory_inside.h"
#include "longwave/comm/agree.h"
#include <stdio.h>

/* With `each` samples at a time. */
static lw_status need_of(const lw_model *model, const lw_memory_evaluation *evaluation,
                         int64_t each, lw_memory *need)
{
  const lw_world *world = model->world;
  const lw_memory_case at = {.ranks = world->size,
                             .sequence = world->sequence->size,
                             .recompute = model->execution.recompute};
  lw_load load = {0};
  lw_mode mode = LW_MODE_EVALUATE;
  if (evaluation->count > 0) {
    lw_load_rule rule = {.dataset = evaluation->dataset,
                         .split = evaluation->evaluation->split,
                         .max_length = evaluation->evaluation->max_length,
                         .data = world->data->size,
                         .packing = lw_model_rule(model)};
    rule.packing.ranks = at.sequence;
    if (evaluation->evaluation->gradient) mode = LW_MODE_GRADIENT;
    lw_status status = lw_load_batches(&rule, evaluation->list, evaluation->count, each, &load);
    if (status != LW_OK) return status;
  }
  *need = lw_memory_of_pass(model, &at, &load, mode);
  if (evaluation->optimizer)
    need->optimizer = lw_optimizer_bytes(evaluation->optimizer, &model->params, at.ranks);
  need->results = evaluation->results;
  need->all = need->parameters + need->gradients + need->optimizer + need->pass + need->buffers +
              need->results;
  return LW_OK;
}

/* Fewer samples at a time, as long as that helps, or more ranks a sample. */
static lw_status refuse(const lw_model *model, const lw_memory_evaluation *evaluation,
                        const lw_memory_limit *limit, const lw_memory *need)
{
  const lw_world *world = model->world;
  char advice[64] = "ranks with more memory", split[64] = "";
  int64_t each =
      evaluation->count > 0 && evaluation->batch_option ? evaluation->evaluation->batch_size : 1;
  lw_memory other = *need;
  while (each > 1 && (double)other.all > limit->bytes) {
    each = (each + 1) / 2;
    lw_status status = need_of(model, evaluation, each, &other);
    if (status != LW_OK) return status;
  }
  if ((double)other.all <= limit->bytes)
    snprintf(advice, sizeof advice, "%s %lld", evaluation->batch_option, (long long)each);
  else if (evaluation->batch_option && world->sequence->size < world->size)
    snprintf(advice, sizeof advice, "--sequence %d, or ranks with more memory", world->size);
  if (evaluation->count > 0)
    snprintf(split, sizeof split, " of the %s split", lw_split_name(evaluation->evaluation->split));
  return lw_memory_refuse(need, split, limit, advice);
}

lw_status lw_memory_check_evaluation(const lw_model *model, const lw_memory_evaluation *evaluation,
                                     const lw_memory_limit *limit, const lw_world *world)
{
  lw_memory need = {0};
  lw_status status = LW_OK;
  const int64_t each = evaluation->count > 0 ? evaluation->evaluation->batch_size : 0;
  LW_TRY_TOGETHER(world, need_of(model, evaluation, each, &need));
  if ((double)need.all > limit->bytes)
    LW_TRY_TOGETHER(world, refuse(model, evaluation, limit, &need));
done:
  return status;
}
