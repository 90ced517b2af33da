#include "longwave/train/optimizer.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/op/adam.h"

lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_params *params, const lw_world *world)
{
  lw_status status = LW_OK;
  *optimizer = (lw_optimizer){0};
  LW_TRY(lw_shard_init(&optimizer->shard, params, world));
  LW_TRY(LW_TAKE(&optimizer->first, optimizer->shard.floats));
  LW_TRY(LW_TAKE(&optimizer->second, optimizer->shard.floats));
  if (world->size > 1) LW_TRY(LW_TAKE(&optimizer->summed, optimizer->shard.floats));
  optimizer->gradient = world->size > 1 ? optimizer->summed : params->gradient;
done:
  return status;
}

void lw_optimizer_done(lw_optimizer *optimizer)
{
  lw_shard_done(&optimizer->shard);
  lw_mem_give(optimizer->first);
  lw_mem_give(optimizer->second);
  lw_mem_give(optimizer->summed);
  *optimizer = (lw_optimizer){0};
}

void lw_optimizer_sum(lw_optimizer *optimizer, const lw_params *params)
{
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_shard_sum(&optimizer->shard, params->gradient, optimizer->gradient);
  lw_profile_end();
}

void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         lw_params *params, int64_t step, double rate, double scale)
{
  lw_profile_begin(LW_PROFILE_OPTIMIZER);
  /* Entry by entry: lw_adam_update shares the numbers of one over the threads. */
  for (int64_t i = 0; i < params->count; i++) {
    const lw_shard_part *part = &optimizer->shard.parts[i];
    lw_adam adam = {.beta1 = options->beta1,
                    .beta2 = options->beta2,
                    .epsilon = options->epsilon,
                    .rate = rate,
                    .decay = params->table[i].decayed ? options->weight_decay : 0.0,
                    .step = step};
    lw_adam_update(&adam, part->count, optimizer->gradient + part->place, scale,
                   params->value + part->first, optimizer->first + part->place,
                   optimizer->second + part->place);
  }
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_shard_gather(&optimizer->shard, params->value);
  lw_profile_end();
  lw_profile_end();
}
