#include "attention_shared.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/model/model.h"

void lw_attention_shared_release(void **shared)
{
  lw_attention_shared *all = *shared;
  if (!all) return;
  lw_attention_destroy(&all->attention);
  lw_running_done(&all->running);
  lw_mem_give(all->start);
  lw_mem_give(all);
  *shared = NULL;
}

/* The decays of each block at the start. */
static lw_status take_start(const lw_layer_site *site, lw_attention_shared *all)
{
  const int64_t L = site->options->layers, H = site->options->heads;
  lw_status status = LW_TAKE(&all->start, L * H);
  for (int64_t n = 0; status == LW_OK && n < L * H; n++)
    all->start[n] = (float)((double)all->attention->alpha[n % H] *
                            lw_local_layer_factor(site->attention->layer_spread, n / H, L));
  return status;
}

lw_status lw_attention_share(const lw_layer_site *site, void **shared)
{
  const struct lw_model_options *options = site->options;
  lw_attention_shared *all = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(site->world, LW_TAKE(&all, 1));
  *shared = all;
  LW_TRY(lw_attention_create(site->attention, options->heads, options->width / options->heads,
                             site->world, &all->attention));
  all->attention->relative = lw_attention_relative(site->attention, site->longest);
  LW_TRY_TOGETHER(site->world, take_start(site, all));
done:
  if (status != LW_OK) lw_attention_shared_release(shared);
  return status;
}

lw_status lw_attention_shared_reserve(void *shared, const lw_packing *packing)
{
  lw_attention_shared *all = shared;
  lw_status status = LW_OK;
  if (all->attention->moving)
    LW_TRY(lw_running_set(&all->running, packing, all->attention->world->sequence,
                          all->attention->heads));
  LW_TRY(lw_attention_reserve(all->attention, &(lw_attention_call){.packing = packing}));
done:
  return status;
}
