#include "longwave/data/batch.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include <stdlib.h>

void lw_batch_done(lw_batch *batch)
{
  lw_mem_give(batch->row_first);
  lw_mem_give(batch->sample);
  lw_mem_give(batch->place);
  lw_mem_give(batch->label);
  lw_mem_give(batch->tokens);
  lw_mem_give(batch->values);
  *batch = (lw_batch){0};
}

lw_status lw_order_init(lw_order *order, uint64_t seed, int64_t count)
{
  *order = (lw_order){.seed = seed, .epoch = -1, .count = count};
  return LW_TAKE(&order->permutation, count);
}

void lw_order_done(lw_order *order)
{
  lw_mem_give(order->permutation);
  *order = (lw_order){0};
}

int64_t lw_order_sample(lw_order *order, int64_t cursor)
{
  int64_t epoch = cursor / order->count;
  if (epoch != order->epoch) {
    lw_rng rng = {.seed = order->seed, .stream = LW_RNG_SHUFFLE, .first = (uint32_t)epoch};
    lw_rng_permutation(rng, order->count, order->permutation);
    order->epoch = epoch;
  }
  return order->permutation[cursor % order->count];
}

typedef struct work {
  int64_t index;
  double cost;
} work;

static int heavier_first(const void *a, const void *b)
{
  const work *x = a, *y = b;
  if (x->cost != y->cost) return x->cost < y->cost ? 1 : -1;
  return x->index < y->index ? -1 : 1;
}

static int least_loaded(const double *load, int ranks)
{
  int best = 0;
  for (int rank = 1; rank < ranks; rank++)
    if (load[rank] < load[best]) best = rank;
  return best;
}

lw_status lw_batch_share(const int64_t *length, int64_t count, int ranks, lw_batch_cost cost,
                         int *owner)
{
  work *works = NULL;
  double *load = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&works, count));
  LW_TRY(LW_TAKE(&load, ranks));
  for (int64_t i = 0; i < count; i++) {
    double T = (double)length[i];
    works[i] = (work){i, cost.token_cost * T + cost.pair_cost * T * T};
  }
  qsort(works, (size_t)count, sizeof *works, heavier_first);
  for (int64_t i = 0; i < count; i++) {
    int rank = least_loaded(load, ranks);
    load[rank] += works[i].cost;
    owner[works[i].index] = rank;
  }
done:
  lw_mem_give(works);
  lw_mem_give(load);
  return status;
}

static lw_status batch_room(lw_batch *batch, int64_t samples, int64_t rows, lw_kind kind)
{
  lw_status status = LW_OK;
  if (!batch->row_first || samples > batch->sample_room) {
    void **blocks[] = {(void **)&batch->row_first, (void **)&batch->sample, (void **)&batch->place,
                       (void **)&batch->label};
    for (int i = 0; i < 4; i++) {
      int64_t room = 0;
      LW_TRY(lw_mem_grow(blocks[i], &room, samples + 1, sizeof(int64_t)));
    }
    batch->sample_room = samples;
  }
  if (kind == LW_KIND_TOKENS)
    LW_TRY(lw_mem_grow((void **)&batch->tokens, &batch->row_room, rows, sizeof(int32_t)));
  else
    LW_TRY(lw_mem_grow((void **)&batch->values, &batch->row_room, rows, sizeof(float)));
done:
  return status;
}

static lw_status load_sample(lw_batch *batch, const lw_dataset *dataset, lw_split split, int64_t b)
{
  int64_t first = batch->row_first[b], count = batch->row_first[b + 1] - first;
  if (lw_dataset_describe(dataset)->kind == LW_KIND_TOKENS)
    return lw_dataset_read_tokens(dataset, split, batch->sample[b], 0, count,
                                  batch->tokens + first);
  return lw_dataset_read_values(dataset, split, batch->sample[b], 0, count, batch->values + first);
}

lw_status lw_batch_load(lw_batch *batch, const lw_dataset *dataset, const lw_world *world,
                        const lw_batch_request *request)
{
  int64_t first = lw_layout_first(request->count, (int)request->pieces, (int)request->piece);
  int64_t count = lw_layout_count(request->count, (int)request->pieces, (int)request->piece);
  int64_t *length = NULL;
  int *owner = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&length, count));
  LW_TRY(LW_TAKE(&owner, count));
  for (int64_t i = 0; i < count; i++) {
    length[i] = lw_dataset_length(dataset, request->split, request->list[first + i]);
    if (request->max_length > 0 && length[i] > request->max_length) length[i] = request->max_length;
  }
  LW_TRY(lw_batch_share(length, count, world->size, request->cost, owner));

  int64_t samples = 0, rows = 0;
  for (int64_t i = 0; i < count; i++)
    if (owner[i] == world->rank) samples++, rows += length[i];
  LW_TRY(batch_room(batch, samples, rows, lw_dataset_describe(dataset)->kind));
  batch->samples = 0;
  batch->rows = 0;
  batch->global_samples = request->count;
  for (int64_t i = 0; i < count; i++) {
    if (owner[i] != world->rank) continue;
    int64_t b = batch->samples++;
    batch->sample[b] = request->list[first + i];
    batch->place[b] = first + i;
    batch->label[b] = lw_dataset_label(dataset, request->split, batch->sample[b]);
    batch->row_first[b] = batch->rows;
    batch->rows += length[i];
  }
  batch->row_first[batch->samples] = batch->rows;
  for (int64_t b = 0; b < batch->samples; b++)
    LW_TRY(load_sample(batch, dataset, request->split, b));
done:
  lw_mem_give(length);
  lw_mem_give(owner);
  return status;
}
