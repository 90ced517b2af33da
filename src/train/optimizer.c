#include "longwave/train/optimizer.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/op/adam.h"

lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_params *params)
{
  lw_status status = LW_OK;
  *optimizer = (lw_optimizer){.floats = params->floats};
  LW_TRY(LW_TAKE(&optimizer->first, params->floats));
  LW_TRY(LW_TAKE(&optimizer->second, params->floats));
done:
  return status;
}

void lw_optimizer_done(lw_optimizer *optimizer)
{
  lw_mem_give(optimizer->first);
  lw_mem_give(optimizer->second);
  *optimizer = (lw_optimizer){0};
}

void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         lw_params *params, int64_t step, double rate, double scale)
{
  lw_profile_begin(LW_PROFILE_OPTIMIZER);
#pragma omp parallel for schedule(dynamic)
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    lw_adam adam = {.beta1 = options->beta1,
                    .beta2 = options->beta2,
                    .epsilon = options->epsilon,
                    .rate = rate,
                    .decay = param->decayed ? options->weight_decay : 0.0,
                    .step = step};
    lw_adam_update(&adam, param->count, lw_param_gradient(params, i), scale,
                   lw_param_value(params, i), optimizer->first + param->first,
                   optimizer->second + param->first);
  }
  lw_profile_end();
}
