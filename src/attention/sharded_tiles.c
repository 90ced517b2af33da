#include "sharded_tiles.h"
#include "head_shape.h"
#include <assert.h>

void lw_sharded_tiles_watch(lw_sharded_tiles *tiles, lw_flight *flight)
{
  assert(tiles->flight_count < LW_TILES_FLIGHTS);
  tiles->flights[tiles->flight_count++] = flight;
}

void lw_sharded_tiles_reserve(lw_sharded_tiles *tiles, int64_t count)
{
  const lw_world *axis = tiles->plan->sharded->axis;
  tiles->heads = lw_pass_grow(axis, tiles->heads, &tiles->head_room, count, sizeof *tiles->heads);
  tiles->gradients =
      lw_pass_grow(axis, tiles->gradients, &tiles->gradient_room, count, sizeof *tiles->gradients);
}

void lw_sharded_tiles_done(lw_sharded_tiles *tiles)
{
  lw_mem_give(tiles->heads);
  lw_mem_give(tiles->gradients);
  lw_mem_give(tiles->memory);
  *tiles = (lw_sharded_tiles){0};
}

lw_fused_head lw_sharded_queries(const lw_sharded_plan *plan, const lw_attention_call *call,
                                 const lw_sharded_head *head, int j)
{
  const lw_sharded *sharded = plan->sharded;
  const int64_t d = plan->attention->head_size, C = plan->attention->heads * d;
  const lw_sharded_sequence *sequence = &sharded->sequences[head->sequence];
  const int64_t row = sequence->row[j];
  lw_fused_head queries = lw_head_shape(plan->attention, call, sequence->tokens, head->head);
  queries.queries = lw_sharded_tokens(sharded, head->sequence, sharded->strip[j]);
  queries.q = call->qkv + row * 3 * C + head->head * d;
  queries.q_stride = 3 * C;
  queries.y = call->y + row * C + head->head * d;
  queries.y_stride = C;
  queries.lse = call->lse + head->head * call->packing->rows + row;
  queries.reading[LW_FUSED_QUERIES] = lw_head_readings(plan->attention, call, head->head, row);
  return queries;
}

lw_fused_gradient lw_sharded_query_gradient(const lw_sharded_plan *plan,
                                            const lw_attention_call *call,
                                            const lw_sharded_head *head, int j)
{
  const int64_t d = plan->attention->head_size, C = plan->attention->heads * d;
  const int64_t row = plan->sharded->sequences[head->sequence].row[j];
  lw_fused_gradient gradient = {.dy = call->dy + row * C + head->head * d,
                                .dq = call->dqkv + row * 3 * C + head->head * d,
                                .dq_stride = 3 * C,
                                .dbias = lw_head_dbias(plan->attention, call, head->head)};
  gradient.dreading[LW_FUSED_QUERIES] =
      lw_head_dreading(plan->attention, call, LW_FUSED_QUERIES, head->head, row);
  gradient.dreading_stride[LW_FUSED_QUERIES] = 1;
  return gradient;
}

void lw_sharded_tiles_memory(lw_sharded_tiles *tiles, int64_t count)
{
  const lw_fused_backend *backend = tiles->plan->attention->backend;
  tiles->memory = lw_pass_grow(tiles->plan->sharded->axis, tiles->memory, &tiles->memory_room,
                               backend->memory(tiles->heads, count), 1);
}

static void push(const lw_sharded_tiles *tiles)
{
  for (int n = 0; n < tiles->flight_count; n++) lw_flight_push(tiles->flights[n]);
}

void lw_sharded_tiles_forward(lw_sharded_tiles *tiles, int64_t count)
{
  lw_fused_tiles made = {0};
  tiles->plan->attention->backend->forward(tiles->heads, count, tiles->memory, &made);
  tiles->near += made.near;
  push(tiles);
}

void lw_sharded_tiles_backward(lw_sharded_tiles *tiles, int64_t count)
{
  tiles->plan->attention->backend->backward(tiles->heads, tiles->gradients, count, tiles->memory);
  push(tiles);
}
