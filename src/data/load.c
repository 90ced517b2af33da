#include "longwave/data/load.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <stdlib.h>
#include <string.h>

/* Room for one micro-batch. */
typedef struct room {
  int64_t *length; /* [each * documents] */
  int64_t *taken;  /* [each * documents] of one coordinate on the data axis */
  int *owner;      /* [each] */
  lw_packing packing;
} room;

static int64_t documents_of(const lw_load_rule *rule)
{
  return lw_dataset_describe(rule->dataset)->documents;
}

static int64_t tokens_of(const lw_load_rule *rule, int64_t sample, int64_t document)
{
  return lw_dataset_truncated(rule->dataset, rule->split, sample, document, rule->max_length);
}

/* An upper bound for each rank of the sequence axis: its part of the sharded sequences and a few
   blocks, and all the whole ones. */
static int64_t most_rows(const lw_packing_rule *rule, const int64_t *length, int64_t count)
{
  const int64_t least = lw_strips_least(lw_packing_strips(rule));
  int64_t rows = 0;
  for (int64_t n = 0; n < count; n++) {
    const int64_t T = length[n];
    const bool whole = rule->ranks == 1 || rule->chunk > 0 || T < least;
    rows += whole ? T : T / rule->ranks + 3 * LW_STRIP_BLOCK;
  }
  return rows;
}

/* Documents of one coordinate on the data axis: the rank of its sequence axis with most rows. */
static lw_status pack(const lw_load_rule *rule, room *r, int64_t count, lw_load *load)
{
  lw_packing_rule packing = rule->packing;
  const int64_t most = most_rows(&packing, r->taken, count);
  lw_status status = LW_OK;
  if (most <= load->rows) return LW_OK;
  if (packing.ranks == 1) load->rows = most;
  for (packing.rank = 0; packing.ranks > 1 && packing.rank < packing.ranks; packing.rank++) {
    LW_TRY(lw_packing_make(&r->packing, &packing, r->taken, count));
    load->rows = lw_larger(load->rows, r->packing.rows);
  }
done:
  return status;
}

static lw_status add_batch(const lw_load_rule *rule, const int64_t *list, int64_t count, room *r,
                           lw_load *load)
{
  const int64_t each = documents_of(rule);
  int64_t all = 0;
  lw_status status = LW_OK;
  for (int64_t n = 0; n < count * each; n++) {
    r->length[n] = tokens_of(rule, list[n / each], n % each);
    all += r->length[n];
    load->longest = lw_larger(load->longest, r->length[n]);
  }
  if (all <= load->rows && count <= load->samples) return LW_OK;
  if (rule->data > 1)
    LW_TRY(lw_batch_share(r->length, count, each, rule->data, lw_batch_sample_cost(&rule->packing),
                          r->owner));
  for (int coordinate = 0; coordinate < rule->data; coordinate++) {
    int64_t samples = 0;
    for (int64_t i = 0; i < count; i++) {
      if (rule->data > 1 && r->owner[i] != coordinate) continue;
      memcpy(r->taken + samples++ * each, r->length + i * each, (size_t)each * sizeof(int64_t));
    }
    load->samples = lw_larger(load->samples, samples);
    LW_TRY(pack(rule, r, samples * each, load));
  }
done:
  return status;
}

static lw_status take_room(const lw_load_rule *rule, int64_t each, room *r)
{
  const int64_t documents = each * documents_of(rule);
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&r->length, documents));
  LW_TRY(LW_TAKE(&r->taken, documents));
  LW_TRY(LW_TAKE(&r->owner, each));
done:
  return status;
}

static void room_done(room *r)
{
  lw_packing_done(&r->packing);
  lw_mem_give(r->length);
  lw_mem_give(r->taken);
  lw_mem_give(r->owner);
}

lw_status lw_load_batches(const lw_load_rule *rule, const int64_t *list, int64_t count,
                          int64_t each, lw_load *load)
{
  room r = {0};
  lw_status status = LW_OK;
  if (each > count) each = count;
  LW_TRY(take_room(rule, each, &r));
  for (int64_t first = 0; first < count; first += each)
    LW_TRY(add_batch(rule, list + first, count - first < each ? count - first : each, &r, load));
done:
  room_done(&r);
  return status;
}

typedef struct weighed {
  int64_t sample, tokens;
} weighed;

static int heavier_first(const void *a, const void *b)
{
  const weighed *x = a, *y = b;
  const int heavier = LW_ORDER(y->tokens, x->tokens);
  return heavier ? heavier : LW_ORDER(x->sample, y->sample);
}

lw_status lw_load_longest(const lw_load_rule *rule, int64_t *order)
{
  const int64_t count = lw_dataset_describe(rule->dataset)->count[rule->split];
  const int64_t each = documents_of(rule);
  weighed *list = NULL;
  lw_status status = LW_TAKE(&list, count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++) {
    list[i].sample = i;
    for (int64_t d = 0; d < each; d++) list[i].tokens += tokens_of(rule, i, d);
  }
  qsort(list, (size_t)count, sizeof *list, heavier_first);
  for (int64_t i = 0; i < count; i++) order[i] = list[i].sample;
  lw_mem_give(list);
  return LW_OK;
}

lw_status lw_load_worst(const lw_load_rule *rule, const int64_t *order, int64_t count,
                        int64_t times, lw_load *load)
{
  const int64_t there = lw_dataset_describe(rule->dataset)->count[rule->split];
  int64_t *list = NULL;
  lw_status status = LW_TAKE(&list, count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++) list[i] = order[i / times < there ? i / times : there - 1];
  status = lw_load_batches(rule, list, count, count, load);
  lw_mem_give(list);
  return status;
}

lw_status lw_load_steps(const lw_load_rule *rule, const lw_load_steps_rule *steps, lw_load *load)
{
  const int64_t B = steps->batch, pieces = steps->pieces;
  room r = {0};
  lw_order order = {0};
  int64_t *list = NULL;
  lw_status status = LW_OK;
  LW_TRY(take_room(rule, B, &r));
  LW_TRY(LW_TAKE(&list, B));
  LW_TRY(
      lw_order_init(&order, steps->seed, lw_dataset_describe(rule->dataset)->count[rule->split]));
  for (int64_t step = steps->first; step < steps->first + steps->count; step++) {
    for (int64_t i = 0; i < B; i++) list[i] = lw_order_sample(&order, step * B + i);
    for (int64_t piece = 0; piece < pieces; piece++)
      LW_TRY(add_batch(rule, list + lw_layout_first(B, (int)pieces, (int)piece),
                       lw_layout_count(B, (int)pieces, (int)piece), &r, load));
  }
done:
  lw_order_done(&order);
  room_done(&r);
  lw_mem_give(list);
  return status;
}
