/** Calls of the kernel backend on heads of sharded sequences: the list of heads, the memory of the
 *  backend, and the messages that have to move on between two calls. Private to attention/. */
#ifndef LONGWAVE_ATTENTION_SHARDED_TILES_H
#define LONGWAVE_ATTENTION_SHARDED_TILES_H

#include "sharded_plan.h"
#include "longwave/comm/exchange.h"

enum { LW_TILES_FLIGHTS = 4 };

typedef struct lw_sharded_tiles {
  const lw_sharded_plan *plan; /* borrowed */
  lw_fused_head *heads;        /* set by the windows or the ring */
  lw_fused_gradient *gradients;
  int64_t head_room, gradient_room;
  void *memory;
  int64_t memory_room;
  int64_t near; /* tiles that forward computed since this was 0 */
  lw_flight *flights[LW_TILES_FLIGHTS]; /* borrowed */
  int flight_count;
} lw_sharded_tiles;

/** Messages that shall move on after each call. */
void lw_sharded_tiles_watch(lw_sharded_tiles *tiles, lw_flight *flight);
/** Room for `count` heads and gradients. In the middle of a pass. */
void lw_sharded_tiles_reserve(lw_sharded_tiles *tiles, int64_t count);
void lw_sharded_tiles_done(lw_sharded_tiles *tiles);

/** The queries of own strip j of a head, no keys yet; their gradient. */
lw_fused_head lw_sharded_queries(const lw_sharded_plan *plan, const lw_attention_call *call,
                                 const lw_sharded_head *head, int j);
lw_fused_gradient lw_sharded_query_gradient(const lw_sharded_plan *plan,
                                            const lw_attention_call *call,
                                            const lw_sharded_head *head, int j);

/** Memory of the backend for the first `count` heads as they are now set. */
void lw_sharded_tiles_memory(lw_sharded_tiles *tiles, int64_t count);
/** One call of the backend on the first `count` heads, forward or, with their gradients,
 *  backward. */
void lw_sharded_tiles_forward(lw_sharded_tiles *tiles, int64_t count);
void lw_sharded_tiles_backward(lw_sharded_tiles *tiles, int64_t count);

#endif
