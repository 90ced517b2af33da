#include "longwave/train/optimizer.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include <string.h>

/* Each state of an entry begins at a multiple of so many floats. */
enum { GRAIN = 16 };

static int64_t rounded(int64_t count)
{
  return (count + GRAIN - 1) / GRAIN * GRAIN;
}

/* Where each state of each entry begins; the first pass, without memory, counts. */
static void lay_out(lw_optimizer *optimizer)
{
  const lw_params *params = optimizer->shard.params;
  optimizer->count = 0;
  for (int s = 0; optimizer->kind->states[s].name; s++)
    for (int64_t i = 0; i < params->count; i++) {
      if (!(optimizer->kind->states[s].kinds & LW_PARAM_SET(params->table[i].kind))) continue;
      if (optimizer->floats)
        optimizer->state[i * LW_OPTIMIZER_STATES + s] = optimizer->floats + optimizer->count;
      optimizer->count += rounded(optimizer->shard.parts[i].count);
    }
}

static int64_t work_of(const lw_optimizer_kind *kind, const lw_param *param, int64_t rows)
{
  return kind->work && rows > 0 ? kind->work(param, rows) : 0;
}

/* Of the largest block of this rank. */
static lw_status take_work(lw_optimizer *optimizer)
{
  const lw_shard *shard = &optimizer->shard;
  int64_t most = 0;
  for (int64_t i = 0; i < shard->params->count; i++) {
    const int64_t work = work_of(optimizer->kind, &shard->params->table[i], shard->parts[i].rows);
    if (work > most) most = work;
  }
  return most > 0 ? LW_TAKE(&optimizer->work, most) : LW_OK;
}

/* What an optimizer of whole matrices cannot do. */
static lw_status check_whole(const lw_optimizer_kind *kind, const lw_params *params)
{
  for (int64_t i = 0; i < params->count; i++)
    if (params->table[i].shards > 1 && lw_shard_whole(&params->table[i], kind->whole_matrix))
      return lw_fail(LW_ERROR_INPUT,
                     "the optimizer updates whole matrices, but with parallel.matmul: scalapack "
                     "each rank holds a part of %s; take parallel.matmul: local",
                     params->table[i].name);
  return LW_OK;
}

lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_optimizer_kind *kind,
                            const lw_params *params, const lw_world *world)
{
  lw_status status = LW_OK;
  *optimizer = (lw_optimizer){.kind = kind};
  LW_TRY(check_whole(kind, params));
  LW_TRY(lw_shard_init(&optimizer->shard, params, world, kind->whole_matrix));
  LW_TRY(LW_TAKE(&optimizer->state, params->count * LW_OPTIMIZER_STATES));
  lay_out(optimizer);
  LW_TRY(LW_TAKE(&optimizer->floats, optimizer->count));
  lay_out(optimizer);
  LW_TRY(take_work(optimizer));
done:
  return status;
}

void lw_optimizer_done(lw_optimizer *optimizer)
{
  lw_shard_done(&optimizer->shard);
  lw_mem_give(optimizer->state);
  lw_mem_give(optimizer->floats);
  lw_mem_give(optimizer->work);
  *optimizer = (lw_optimizer){0};
}

static lw_optimizer_block block_of(const lw_optimizer *optimizer, const lw_gradient *gradient,
                                   int64_t entry)
{
  const lw_params *params = optimizer->shard.params;
  const lw_shard_part *part = &optimizer->shard.parts[entry];
  lw_optimizer_block block = {.kind = params->table[entry].kind,
                              .rows = part->rows,
                              .columns = params->table[entry].dims[1],
                              .parts = params->table[entry].parts,
                              .gradient = gradient->own + part->offset,
                              .value = params->value + part->first,
                              .work = optimizer->work};
  memcpy(block.state, optimizer->state + entry * LW_OPTIMIZER_STATES, sizeof block.state);
  return block;
}

/* The options of a row of the table; NULL: it is none. */
static const void *own_of(const lw_optimizer_options *options, const lw_optimizer_kind *kind)
{
  int i = 0;
  while (lw_optimizers[i] && lw_optimizers[i] != kind) i++;
  return lw_optimizers[i] ? &options->own[i] : NULL;
}

void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         const lw_gradient *gradient, lw_optimizer_step step)
{
  const lw_params *params = optimizer->shard.params;
  step.own = own_of(options, optimizer->kind);
  step.rest = own_of(options, optimizer->kind->rest);
  lw_profile_begin(LW_PROFILE_OPTIMIZER);
  /* Entry by entry: the update shares the numbers of one out over the threads. */
  for (int64_t i = 0; i < params->count; i++) {
    const lw_optimizer_block block = block_of(optimizer, gradient, i);
    step.decay = params->table[i].decayed ? options->weight_decay : 0.0;
    if (block.rows > 0) optimizer->kind->update(&step, &block);
  }
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_shard_gather(&optimizer->shard, params->value);
  lw_profile_end();
  lw_profile_end();
}

int64_t lw_optimizer_state_bytes(const lw_optimizer_kind *kind, const lw_params *params, int ranks)
{
  int64_t bytes = 0;
  for (int s = 0; kind->states[s].name; s++)
    bytes += lw_shard_bytes(params, kind->states[s].kinds, kind->whole_matrix, ranks);
  return bytes;
}

int64_t lw_optimizer_bytes(const lw_optimizer_kind *kind, const lw_params *params, int ranks)
{
  int64_t bytes = lw_optimizer_state_bytes(kind, params, ranks), work = 0;
  if (ranks > 1) bytes += lw_shard_bytes(params, LW_PARAM_ALL, kind->whole_matrix, ranks);
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    const bool whole = lw_shard_whole(param, kind->whole_matrix);
    const int64_t rows = whole ? param->dims[0] : (param->dims[0] + ranks - 1) / ranks;
    const int64_t floats = work_of(kind, param, rows);
    if (floats > work) work = floats;
  }
  return bytes + work * (int64_t)sizeof(float);
}
