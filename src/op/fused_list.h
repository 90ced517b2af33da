/** The tasks of the float32 backend and the memory they share. A task is a segment of a head's
 *  queries or keys, in backward a segment of queries with a segment of keys. The costly ones go
 *  first, so that the last to start are short. */
#ifndef LONGWAVE_OP_FUSED_LIST_H
#define LONGWAVE_OP_FUSED_LIST_H

#include "fused_plan.h"

/** cost: near tiles, in which the order is made. */
typedef struct lw_fused_task {
  int64_t head, segment, cost;
} lw_fused_task;

typedef struct lw_fused_list {
  lw_fused_plan *plans; /* [heads] */
  int64_t heads;
  lw_fused_task *tasks[LW_FUSED_KINDS]; /* [task_count]: all segments of all heads */
  lw_fused_task *turns;                 /* [heads]: the heads as a whole */
  int64_t task_count[LW_FUSED_KINDS];
  float *scratch; /* [threads, scratch_each] */
  int64_t scratch_each;
} lw_fused_list;

/** Divides `memory` among the plans, tasks and scratch of `count` heads, and returns the bytes it
 *  needs; with NULL it only counts, and the list holds no plans. */
int64_t lw_fused_list_carve(const lw_fused_head *heads, int64_t count, char *memory,
                            lw_fused_list *list);

/** Orders tasks and heads by their near tiles, once the plans have their edges. */
void lw_fused_list_sort(lw_fused_list *list);

/** The scratch of the calling thread, [scratch_each]. */
float *lw_fused_own_scratch(const lw_fused_list *list);

#endif
