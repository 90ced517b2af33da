#include "longwave/data/batch.h"
#include "deal.h"
#include "input_fill.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <assert.h>

void lw_batch_done(lw_batch *batch)
{
  lw_packing_done(&batch->packing);
  lw_mem_give(batch->sample);
  lw_mem_give(batch->index);
  lw_mem_give(batch->label);
  lw_mem_give(batch->wanted);
  lw_mem_give(batch->weight);
  lw_mem_give(batch->from);
  lw_mem_give(batch->ticks);
  lw_mem_give(batch->tokens);
  lw_mem_give(batch->values);
  lw_mem_give(batch->masked);
  lw_mem_give(batch->beside);
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

lw_status lw_batch_share(const int64_t *length, int64_t count, int64_t documents, int ranks,
                         lw_batch_cost cost, int *owner)
{
  lw_work *works = NULL;
  double *load = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&works, count));
  LW_TRY(LW_TAKE(&load, ranks));
  for (int64_t i = 0; i < count; i++) {
    works[i] = (lw_work){.index = i};
    for (int64_t d = 0; d < documents; d++) {
      const double T = (double)length[i * documents + d];
      works[i].cost += cost.token_cost * T + cost.pair_cost * T * T;
    }
  }
  lw_deal(works, count, ranks, load);
  for (int64_t i = 0; i < count; i++) owner[works[i].index] = works[i].rank;
done:
  lw_mem_give(works);
  lw_mem_give(load);
  return status;
}

lw_batch_cost lw_batch_sample_cost(const lw_packing_rule *rule)
{
  if (rule->chunk == 0) return rule->cost;
  return (lw_batch_cost){rule->cost.token_cost + rule->cost.pair_cost * (double)rule->chunk, 0.0};
}

static lw_status sample_room(lw_batch *batch, int64_t samples)
{
  if (batch->sample && samples <= batch->sample_room) return LW_OK;
  void **const blocks[] = {(void **)&batch->sample, (void **)&batch->index};
  lw_status status = LW_OK;
  batch->sample_room = 0;
  for (int i = 0; i < 2; i++) {
    int64_t room = 0;
    LW_TRY(lw_mem_grow(blocks[i], &room, samples, sizeof(int64_t)));
  }
  batch->sample_room = samples;
done:
  return status;
}

/* One micro-batch while it is shared out. */
typedef struct shares {
  const lw_batch_request *request;
  int64_t first, count; /* its part of the request's list */
  int64_t documents;    /* of a sample */
  int64_t *length;      /* [count * documents] of all, then [samples * documents] of those taken */
  int *owner;           /* [count] coordinates on the data axis */
} shares;

static lw_status share_samples(shares *s, const lw_dataset *dataset, const lw_world *world)
{
  const lw_batch_request *request = s->request;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&s->length, s->count * s->documents));
  LW_TRY(LW_TAKE(&s->owner, s->count));
  for (int64_t n = 0; n < s->count * s->documents; n++) {
    const int64_t sample = request->list[s->first + n / s->documents];
    s->length[n] = lw_dataset_truncated(dataset, request->split, sample, n % s->documents,
                                        request->max_length);
  }
  LW_TRY(lw_batch_share(s->length, s->count, s->documents, world->data->size,
                        lw_batch_sample_cost(&request->rule), s->owner));
done:
  return status;
}

static lw_status take_samples(lw_batch *batch, shares *s, int taken)
{
  const lw_batch_request *request = s->request;
  int64_t samples = 0;
  for (int64_t i = 0; i < s->count; i++) samples += s->owner[i] == taken;
  lw_status status = sample_room(batch, samples);
  if (status != LW_OK) return status;
  batch->samples = 0;
  for (int64_t i = 0; i < s->count; i++) {
    if (s->owner[i] != taken) continue;
    const int64_t b = batch->samples++;
    batch->sample[b] = request->list[s->first + i];
    batch->index[b] = s->first + i;
    for (int64_t d = 0; d < s->documents; d++)
      s->length[b * s->documents + d] = s->length[i * s->documents + d];
  }
  return LW_OK;
}

static lw_status answer_room(lw_batch *batch, const lw_dataset_info *info)
{
  batch->width = lw_dataset_width(info);
  if (info->target->kind == LW_ANSWER_CLASS)
    return lw_mem_grow((void **)&batch->label, &batch->label_room, batch->answers,
                       sizeof *batch->label);
  return lw_mem_grow((void **)&batch->wanted, &batch->label_room, batch->answers * batch->width,
                     sizeof *batch->wanted);
}

static lw_status take_weights(lw_batch *batch, const lw_dataset *dataset, lw_split split)
{
  if (!lw_dataset_describe(dataset)->weighted) return LW_OK;
  lw_status status = lw_mem_grow((void **)&batch->weight, &batch->weight_room, batch->samples,
                                 sizeof *batch->weight);
  for (int64_t b = 0; status == LW_OK && b < batch->samples; b++)
    batch->weight[b] = (float)lw_dataset_weight(dataset, split, batch->sample[b]);
  return status;
}

static lw_status take_from(lw_batch *batch, const lw_dataset *dataset,
                           const lw_batch_request *request)
{
  if (request->input.from_last == 0) return LW_OK;
  lw_status status = lw_mem_grow((void **)&batch->from, &batch->from_room,
                                 batch->answers * batch->width, sizeof *batch->from);
  for (int64_t b = 0; status == LW_OK && b < batch->samples; b++)
    status = lw_dataset_read_behind(dataset, request->split, batch->sample[b], request->max_length,
                                    request->input.from_last, batch->from + b * batch->width);
  return status;
}

/* The epoch that sample `index` of the global batch is seen in. */
static int64_t epoch_of(const lw_dataset *dataset, const lw_batch_request *request, int64_t index)
{
  return (request->cursor + index) / lw_dataset_describe(dataset)->count[request->split];
}

/* What is asked, and how often over all ranks and micro-batches; what is right of samples. */
static lw_status take_answers(lw_batch *batch, const lw_dataset *dataset,
                              const lw_batch_request *request)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_target *target = info->target;
  int64_t answers;
  lw_status status = LW_OK;
  batch->answers = target->by_row ? batch->rows : batch->samples;
  batch->counted = target->by_row || batch->packing.rule.rank == 0;
  LW_TRY(answer_room(batch, info));
  LW_TRY(take_weights(batch, dataset, request->split));
  LW_TRY(take_from(batch, dataset, request));
  if (!target->by_row) LW_TRY(target->answer_samples(batch, dataset, request->split));
  batch->global_answers = 0;
  for (int64_t i = 0; i < request->count; i++) {
    const lw_seen_sample seen = {request->list[i], epoch_of(dataset, request, i),
                                 request->max_length};
    LW_TRY(lw_dataset_answers(dataset, request->split, seen, &answers));
    batch->global_answers += answers;
  }
  if (!batch->global_answers) batch->global_answers = 1; /* a divisor, so at least 1 */
done:
  return status;
}

/* Step labels: room for those of this rank's rows, and how many all ranks and micro-batches
 * know. */
static lw_status prepare_beside(lw_batch *batch, const lw_dataset *dataset,
                                const lw_batch_request *request)
{
  int64_t known;
  lw_status status = LW_OK;
  if (!request->beside) return LW_OK;
  assert(lw_dataset_describe(dataset)->step_classes > 0);
  LW_TRY(lw_mem_grow((void **)&batch->beside, &batch->beside_room, batch->rows,
                     sizeof *batch->beside));
  batch->global_beside = 0;
  for (int64_t i = 0; i < request->count; i++) {
    const lw_seen_sample seen = {.sample = request->list[i], .max_length = request->max_length};
    LW_TRY(lw_dataset_count_beside(dataset, request->split, seen, &known));
    batch->global_beside += known;
  }
  if (!batch->global_beside) batch->global_beside = 1; /* a divisor */
done:
  return status;
}

/* Those of the first `rows` of the items, no more: items behind them belong to other ranks. */
static lw_status read_beside(lw_batch *batch, const lw_dataset *dataset,
                             const lw_batch_request *request, const lw_items *items, int64_t rows)
{
  lw_items own = *items;
  own.count = rows;
  return lw_dataset_read_beside(dataset, request->split, &own, batch->beside + items->row);
}

/* The items of each stretch and the answers at them. Items behind its last that these are made from
 * are read along, into rows of the next stretch, which is read later; the sample may be truncated
 * there. */
static lw_status read_rows(lw_batch *batch, const lw_dataset *dataset,
                           const lw_batch_request *request)
{
  const lw_split split = request->split;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_target *target = info->target;
  const lw_packing *packing = &batch->packing;
  lw_status status = LW_OK;
  batch->inputs = lw_input_numbers(info, &batch->input);
  LW_TRY(info->input->room(batch, batch->rows + 1 + target->ahead));
  if (batch->input.ticks)
    LW_TRY(lw_mem_grow((void **)&batch->ticks, &batch->tick_room, batch->rows + 1 + target->ahead,
                       sizeof *batch->ticks));
  if (target->masks)
    LW_TRY(lw_mem_grow((void **)&batch->masked, &batch->mask_room, batch->rows, 1));
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch *stretch = &packing->stretches[s];
    const int64_t left = packing->length[stretch->sample] - stretch->position;
    const int64_t wanted = stretch->tokens + target->ahead;
    const int64_t b = stretch->sample / batch->documents, sample = batch->sample[b];
    const lw_document document =
        lw_dataset_document(dataset, split, sample, stretch->sample % batch->documents);
    const lw_items items = {.sample = sample,
                            .first = document.first + stretch->position,
                            .count = wanted < left ? wanted : left,
                            .row = stretch->row,
                            .epoch = epoch_of(dataset, request, batch->index[b])};
    LW_TRY(info->input->read(batch, dataset, split, &items));
    if (batch->input.ticks)
      LW_TRY(lw_input_gaps(dataset, split, &items, batch->ticks + stretch->row));
    if (target->by_row) LW_TRY(target->answer_rows(batch, dataset, split, &items, stretch->tokens));
    if (request->beside) LW_TRY(read_beside(batch, dataset, request, &items, stretch->tokens));
  }
done:
  return status;
}

lw_status lw_batch_load(lw_batch *batch, const lw_dataset *dataset, const lw_world *world,
                        const lw_batch_request *request)
{
  const int pieces = (int)request->pieces, piece = (int)request->piece;
  shares s = {.request = request,
              .first = lw_layout_first(request->count, pieces, piece),
              .count = lw_layout_count(request->count, pieces, piece)};
  batch->documents = s.documents = lw_dataset_describe(dataset)->documents;
  batch->input = request->input;
  lw_packing_rule rule = request->rule;
  rule.ranks = world->sequence->size;
  rule.rank = world->sequence->rank;
  lw_status status = LW_OK;
  LW_TRY(share_samples(&s, dataset, world));
  LW_TRY(take_samples(batch, &s, world->data->rank));
  LW_TRY(lw_packing_make(&batch->packing, &rule, s.length, batch->samples * s.documents));
  batch->rows = batch->packing.rows;
  LW_TRY(take_answers(batch, dataset, request));
  LW_TRY(prepare_beside(batch, dataset, request));
  LW_TRY(read_rows(batch, dataset, request));
done:
  lw_mem_give(s.length);
  lw_mem_give(s.owner);
  return status;
}
