#include "longwave/array/row_exchange.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <string.h>

enum { HAS, NEEDS, ENDS };

void lw_row_exchange_begin(lw_row_exchange *exchange, const lw_sharded *sharded, int tag,
                           int64_t width)
{
  exchange->sharded = sharded;
  exchange->tag = tag;
  exchange->width = width;
  for (int e = 0; e < ENDS; e++) exchange->end[e].count = 0;
}

/* One copy, if it begins or ends here. */
static lw_status add(lw_row_exchange *exchange, lw_row_copy copy, int from, int to)
{
  const int here = exchange->sharded->axis->rank;
  const bool mine[ENDS] = {from == here, to == here};
  for (int e = 0; e < ENDS; e++) {
    if (!mine[e]) continue;
    const int64_t n = exchange->end[e].count;
    lw_status status = LW_EXTEND(&exchange->end[e].copies, &exchange->end[e].room, n, n + 1);
    if (status != LW_OK) return status;
    exchange->end[e].copies[n] = copy;
    exchange->end[e].copies[n].peer = e == HAS ? to : from;
    exchange->end[e].count++;
  }
  return LW_OK;
}

lw_status lw_row_exchange_need(lw_row_exchange *exchange, const lw_row_need *need)
{
  const lw_sharded *sharded = exchange->sharded;
  const int to = lw_sharded_rank(sharded, need->strip);
  for (int way = -1; way <= 1; way += 2)
    for (int other = need->strip + way; other >= 0 && other < sharded->count; other += way) {
      const int64_t first = lw_sharded_first(sharded, need->sequence, other);
      const int64_t end = lw_sharded_first(sharded, need->sequence, other + 1);
      const int64_t low = lw_larger(first, need->first), high = lw_smaller(end, need->end);
      if (low >= high) break;
      const lw_row_copy copy = {.strip = other,
                                .sequence = need->sequence,
                                .first = low,
                                .tokens = high - low,
                                .item = need->item,
                                .row = need->row + low - need->first};
      lw_status status = add(exchange, copy, lw_sharded_rank(sharded, other), to);
      if (status != LW_OK) return status;
    }
  return LW_OK;
}

/* Where the staged rows of each copy begin: peer after peer, copies in the order they were
   described. */
static void stage(lw_row_exchange *exchange, int e)
{
  const int ranks = exchange->sharded->axis->size;
  int64_t *first = exchange->end[e].first;
  memset(first, 0, (size_t)(ranks + 2) * sizeof *first);
  /* Sizes two entries up, sums one entry up, which filling in moves to their own entry. */
  for (int64_t n = 0; n < exchange->end[e].count; n++) {
    const lw_row_copy *copy = &exchange->end[e].copies[n];
    first[copy->peer + 2] += copy->tokens * exchange->width;
  }
  for (int peer = 0; peer < ranks; peer++) first[peer + 2] += first[peer + 1];
  for (int64_t n = 0; n < exchange->end[e].count; n++) {
    lw_row_copy *copy = &exchange->end[e].copies[n];
    copy->staged = first[copy->peer + 1];
    first[copy->peer + 1] += copy->tokens * exchange->width;
  }
}

lw_status lw_row_exchange_finish(lw_row_exchange *exchange)
{
  const int ranks = exchange->sharded->axis->size;
  lw_status status = LW_OK;
  for (int e = 0; e < ENDS; e++) {
    LW_TRY(lw_mem_grow((void **)&exchange->end[e].first, &exchange->end[e].first_room, ranks + 2,
                       (int64_t)sizeof *exchange->end[e].first));
    stage(exchange, e);
    LW_TRY(lw_mem_grow((void **)&exchange->end[e].data, &exchange->end[e].data_room,
                       exchange->end[e].first[ranks], (int64_t)sizeof(float)));
  }
  LW_TRY(lw_flight_reserve(&exchange->flight, 2 * (int64_t)ranks));
done:
  return status;
}

int64_t lw_row_copy_row(const lw_row_exchange *exchange, const lw_row_copy *copy)
{
  const lw_sharded *sharded = exchange->sharded;
  return sharded->sequences[copy->sequence].row[lw_sharded_own(sharded, copy->strip)] +
         copy->first - lw_sharded_first(sharded, copy->sequence, copy->strip);
}

void lw_row_exchange_send(lw_row_exchange *exchange, lw_row_way way, lw_row_mover *pack,
                          void *context)
{
  const int gone = way == LW_ROWS_TO_NEED ? HAS : NEEDS,
            come = way == LW_ROWS_TO_NEED ? NEEDS : HAS;
  const lw_world *axis = exchange->sharded->axis;
  const int here = axis->rank;
  const int64_t *from = exchange->end[come].first, *to = exchange->end[gone].first;
  float *const packed = exchange->end[gone].data;
  for (int peer = 0; peer < axis->size; peer++)
    if (peer != here)
      lw_flight_receive(&exchange->flight, axis, peer, exchange->tag,
                        exchange->end[come].data + from[peer], from[peer + 1] - from[peer]);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < exchange->end[gone].count; n++) {
    const lw_row_copy *copy = &exchange->end[gone].copies[n];
    pack(context, copy, packed + copy->staged);
  }
  for (int peer = 0; peer < axis->size; peer++)
    if (peer != here)
      lw_flight_send(&exchange->flight, axis, peer, exchange->tag, packed + to[peer],
                     to[peer + 1] - to[peer]);
  if (to[here + 1] > to[here])
    memcpy(exchange->end[come].data + from[here], packed + to[here],
           (size_t)(to[here + 1] - to[here]) * sizeof *packed);
}

void lw_row_exchange_receive(lw_row_exchange *exchange, lw_row_way way, lw_row_mover *unpack,
                             void *context)
{
  const int come = way == LW_ROWS_TO_NEED ? NEEDS : HAS;
  lw_flight_finish(&exchange->flight);
  for (int64_t n = 0; n < exchange->end[come].count; n++) {
    const lw_row_copy *copy = &exchange->end[come].copies[n];
    unpack(context, copy, exchange->end[come].data + copy->staged);
  }
}

void lw_row_exchange_done(lw_row_exchange *exchange)
{
  for (int e = 0; e < ENDS; e++) {
    lw_mem_give(exchange->end[e].copies);
    lw_mem_give(exchange->end[e].first);
    lw_mem_give(exchange->end[e].data);
  }
  lw_flight_done(&exchange->flight);
  *exchange = (lw_row_exchange){0};
}
