/** Who meets whom in sharded sequences. All ranks learn the largest norms of all blocks, so all
 *  decide alike what is near in each head of each sequence. A head with far keys goes by windows,
 *  one without by the ring. Private to attention/; needs array/sharded.h, knows of no messages but
 *  the gather of norms and, of clocked heads, of readings.
 *
 *  Windows: strip s meets the key blocks E_s to F_s: from the first near block of its first query
 *  block to the last of its last. Neither falls as s grows. */
#ifndef LONGWAVE_ATTENTION_SHARDED_PLAN_H
#define LONGWAVE_ATTENTION_SHARDED_PLAN_H

#include "pass_memory.h"
#include "longwave/array/sharded.h"
#include "longwave/attention/attention.h"

/** One head of one sharded sequence. */
typedef struct lw_sharded_head {
  int64_t sequence, head;
  double *reading;    /* [blocks] of the first token of each, of a clocked head that may be far */
  lw_fused_near near; /* far: NONE for the ring */
} lw_sharded_head;

/** Key blocks [first, end). */
typedef struct lw_sharded_window {
  int64_t first, end;
} lw_sharded_window;

/** What the plan is made from and in. */
typedef struct lw_sharded_plan_room {
  lw_sharded_head *heads; /* [sequences, H] */
  int64_t head_room, windowed_room, ringed_room;
  int64_t *edges; /* of what is near, of all heads */
  int64_t edge_room;
  double *readings; /* of all clocked heads */
  int64_t reading_room;
  double *terms; /* scratch of the search for what is near, of each thread */
  int64_t term_room;
  lw_pass_floats norms, messages;
  int *counts; /* [2, ranks] of the messages */
  int64_t count_room;
} lw_sharded_plan_room;

typedef struct lw_sharded_plan {
  const lw_attention *attention; /* borrowed, as the sequences */
  const lw_sharded *sharded;
  lw_sharded_head **windowed, **ringed; /* the heads with and without far keys */
  int64_t windowed_count, ringed_count;
  lw_sharded_plan_room room;
} lw_sharded_plan;

/** For the sequences at hand and the q and k of a call. Collective over the sequence axis. */
void lw_sharded_plan_make(lw_sharded_plan *plan, const lw_attention_call *call);
void lw_sharded_plan_done(lw_sharded_plan *plan);

/** Of a clocked head: the reading at the edge before a block, and at the end of the sequence. */
double lw_sharded_reading(const lw_sharded_head *head, int64_t block);
/** Query blocks [first, end) of a strip; the window of a strip, in blocks; tokens of a window. */
lw_sharded_window lw_sharded_blocks(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                    int strip);
lw_sharded_window lw_sharded_window_of(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                       int strip);
int64_t lw_sharded_window_tokens(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                 lw_sharded_window window);

#endif
