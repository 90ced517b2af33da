#include "longwave/data/batch.h"
#include "deal.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"

void lw_batch_done(lw_batch *batch)
{
  lw_packing_done(&batch->packing);
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
  void **const blocks[] = {(void **)&batch->sample, (void **)&batch->place};
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
  int *owner;           /* [count] places on the data axis */
} shares;

static lw_status share_samples(shares *of, const lw_dataset *dataset, const lw_world *world)
{
  const lw_batch_request *request = of->request;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&of->length, of->count * of->documents));
  LW_TRY(LW_TAKE(&of->owner, of->count));
  for (int64_t n = 0; n < of->count * of->documents; n++) {
    const int64_t sample = request->list[of->first + n / of->documents];
    of->length[n] = lw_dataset_cut(dataset, request->split, sample, n % of->documents,
                                   request->max_length);
  }
  LW_TRY(lw_batch_share(of->length, of->count, of->documents, world->data->size,
                        lw_batch_sample_cost(&request->rule), of->owner));
done:
  return status;
}

static lw_status take_samples(lw_batch *batch, shares *of, int taken)
{
  const lw_batch_request *request = of->request;
  int64_t samples = 0;
  for (int64_t i = 0; i < of->count; i++) samples += of->owner[i] == taken;
  lw_status status = sample_room(batch, samples);
  if (status != LW_OK) return status;
  batch->samples = 0;
  for (int64_t i = 0; i < of->count; i++) {
    if (of->owner[i] != taken) continue;
    const int64_t b = batch->samples++;
    batch->sample[b] = request->list[of->first + i];
    batch->place[b] = of->first + i;
    for (int64_t d = 0; d < of->documents; d++)
      of->length[b * of->documents + d] = of->length[i * of->documents + d];
  }
  return LW_OK;
}

/* What is asked, and how often over all ranks and micro-batches. */
static lw_status take_answers(lw_batch *batch, const lw_dataset *dataset,
                              const lw_batch_request *request)
{
  const bool classes = lw_dataset_describe(dataset)->target == LW_TARGET_CLASS;
  lw_status status = LW_OK;
  batch->answers = classes ? batch->samples : batch->rows;
  batch->counted = !classes || batch->packing.rule.rank == 0;
  LW_TRY(lw_mem_grow((void **)&batch->label, &batch->label_room, batch->answers,
                     sizeof *batch->label));
  for (int64_t b = 0; classes && b < batch->samples; b++)
    batch->label[b] = lw_dataset_label(dataset, request->split, batch->sample[b]);
  batch->global_answers = 0;
  for (int64_t i = 0; i < request->count; i++)
    batch->global_answers +=
        lw_dataset_answers(dataset, request->split, request->list[i], request->max_length);
  if (!batch->global_answers) batch->global_answers = 1; /* a divisor, also of nothing */
done:
  return status;
}

/* The tokens of a stretch and the answers at them. The token behind the last is read along, into
 * the row of the next stretch, which is read later; the sample may be cut there. */
static lw_status read_with_next(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                                const lw_stretch *stretch)
{
  const int64_t left = batch->packing.length[stretch->sample] - stretch->position;
  const int64_t count = left > stretch->tokens ? stretch->tokens + 1 : left;
  int32_t *tokens = batch->tokens + stretch->row, *label = batch->label + stretch->row;
  lw_status status = lw_dataset_read_tokens(dataset, split, batch->sample[stretch->sample],
                                            stretch->position, count, tokens);
  if (status != LW_OK) return status;
  for (int64_t t = 0; t < stretch->tokens; t++) label[t] = t + 1 < count ? tokens[t + 1] : -1;
  return LW_OK;
}

static lw_status read_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const bool tokens = info->kind == LW_KIND_TOKENS;
  const int64_t each = lw_documents(batch->pairs);
  const lw_packing *packing = &batch->packing;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_grow(tokens ? (void **)&batch->tokens : (void **)&batch->values, &batch->row_room,
                     batch->rows + 1, sizeof(int32_t)));
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch stretch = packing->stretches[s];
    const int64_t sample = batch->sample[stretch.sample / each];
    const int64_t first = stretch.position +
                          lw_dataset_document(dataset, split, sample, stretch.sample % each).first;
    if (info->target == LW_TARGET_NEXT_TOKEN)
      LW_TRY(read_with_next(batch, dataset, split, &stretch));
    else if (tokens)
      LW_TRY(lw_dataset_read_tokens(dataset, split, sample, first, stretch.tokens,
                                    batch->tokens + stretch.row));
    else
      LW_TRY(lw_dataset_read_values(dataset, split, sample, first, stretch.tokens,
                                    batch->values + stretch.row));
  }
done:
  return status;
}

lw_status lw_batch_load(lw_batch *batch, const lw_dataset *dataset, const lw_world *world,
                        const lw_batch_request *request)
{
  const int pieces = (int)request->pieces, piece = (int)request->piece;
  shares of = {.request = request,
               .first = lw_layout_first(request->count, pieces, piece),
               .count = lw_layout_count(request->count, pieces, piece)};
  batch->pairs = lw_dataset_describe(dataset)->pairs;
  of.documents = lw_documents(batch->pairs);
  lw_packing_rule rule = request->rule;
  rule.ranks = world->sequence->size;
  rule.rank = world->sequence->rank;
  lw_status status = LW_OK;
  LW_TRY(share_samples(&of, dataset, world));
  LW_TRY(take_samples(batch, &of, world->data->rank));
  LW_TRY(lw_packing_make(&batch->packing, &rule, of.length, batch->samples * of.documents));
  batch->rows = batch->packing.rows;
  LW_TRY(take_answers(batch, dataset, request));
  LW_TRY(read_rows(batch, dataset, request->split));
done:
  lw_mem_give(of.length);
  lw_mem_give(of.owner);
  return status;
}
