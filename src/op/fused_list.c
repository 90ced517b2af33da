/* Tasks of the float32 backend: their memory and order (fused_list.h). */
#include "fused_list.h"
#include "fused_work.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <omp.h>
#include <stdlib.h>

enum { LINE = 64 };
static_assert((int)LINE <= (int)LW_MEM_ALIGNMENT, "what callers take from mem.h begins at a line");

/* The next piece of memory; with NULL it only counts. */
static void *carve(char *memory, int64_t *used, int64_t count, size_t size)
{
  void *at = memory ? memory + *used : NULL;
  *used += lw_fused_whole(count * (int64_t)size, LINE);
  return at;
}

/* Padded for any instruction set. */
static int64_t widest(const lw_fused_head *head)
{
  return lw_fused_whole(head->head_size, LW_FUSED_PAD);
}

static void carve_relative(lw_fused_plan *plan, char *memory, int64_t *used)
{
  const int64_t *blocks = plan->blocks;
  if (plan->head->relative.reach == 0) return;
  const int64_t distances = LW_FUSED_BLOCK * (blocks[LW_FUSED_KEYS] + blocks[LW_FUSED_QUERIES]);
  plan->relative = carve(memory, used, distances, sizeof(float));
  plan->bucket = carve(memory, used, distances, sizeof(int32_t));
  plan->dbias = carve(memory, used,
                      plan->segments[LW_FUSED_QUERIES] * lw_relative_buckets(&plan->head->relative),
                      sizeof(double));
}

static lw_fused_plan plan_carve(const lw_fused_head *head, char *memory, int64_t *used)
{
  lw_fused_plan plan = {.head = head, .shift = head->ahead / LW_FUSED_BLOCK};
  for (lw_fused_kind kind = 0; kind < LW_FUSED_KINDS; kind++) {
    const int64_t blocks = lw_fused_whole(lw_fused_tokens(head, kind), LW_FUSED_BLOCK);
    plan.blocks[kind] = blocks / LW_FUSED_BLOCK;
    plan.segments[kind] = lw_fused_whole(plan.blocks[kind], LW_FUSED_SEGMENT) / LW_FUSED_SEGMENT;
  }
  const int64_t *blocks = plan.blocks, *segments = plan.segments;
  for (int side = 0; side < LW_FUSED_SIDES; side++) {
    plan.far_edge[LW_FUSED_KEYS][side] = carve(memory, used, blocks[LW_FUSED_QUERIES], 8);
    plan.far_edge[LW_FUSED_QUERIES][side] = carve(memory, used, blocks[LW_FUSED_KEYS], 8);
  }
  if (lw_fused_must_find(head)) {
    plan.terms = carve(memory, used, 2 * blocks[LW_FUSED_KEYS], sizeof(double));
    for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
      plan.norms[kind] = carve(memory, used, blocks[kind], sizeof(float));
    if (head->clocked) plan.readings = carve(memory, used, blocks[LW_FUSED_KEYS], sizeof(double));
  }
  carve_relative(&plan, memory, used);
  plan.delta = carve(memory, used, head->queries, sizeof(float));
  for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
    plan.turn[kind] = carve(memory, used, segments[kind], sizeof(char));
  plan.sums_each = lw_fused_sums_floats(widest(head));
  const int64_t inner = segments[LW_FUSED_KEYS] + segments[LW_FUSED_QUERIES] - LW_FUSED_KINDS;
  if (lw_fused_may_sum(head))
    plan.sums =
        carve(memory, used, lw_fused_sums_lists(head) * inner * plan.sums_each, sizeof(float));
  return plan;
}

int64_t lw_fused_list_carve(const lw_fused_head *heads, int64_t count, char *memory,
                            lw_fused_list *list)
{
  int64_t used = 0, scratch = 0;
  *list = (lw_fused_list){.heads = count};
  list->plans = carve(memory, &used, count, sizeof *list->plans);
  for (int64_t n = 0; n < count; n++) {
    lw_fused_work work;
    const lw_fused_plan plan = plan_carve(&heads[n], memory, &used);
    const int64_t floats = lw_fused_carve(&work, widest(&heads[n]), NULL);
    if (floats > scratch) scratch = floats;
    for (int kind = 0; kind < LW_FUSED_KINDS; kind++) list->task_count[kind] += plan.segments[kind];
    if (memory) list->plans[n] = plan;
  }
  for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
    list->tasks[kind] = carve(memory, &used, list->task_count[kind], sizeof(lw_fused_task));
  list->turns = carve(memory, &used, count, sizeof *list->turns);
  list->scratch_each = lw_fused_whole(scratch, LW_FUSED_PAD);
  list->scratch = carve(memory, &used, omp_get_max_threads() * list->scratch_each, sizeof(float));
  return used;
}

/* Costly first, equals in order. */
static int by_cost(const void *a, const void *b)
{
  const lw_fused_task *x = a, *y = b;
  if (x->cost != y->cost) return x->cost < y->cost ? 1 : -1;
  if (x->head != y->head) return x->head < y->head ? -1 : 1;
  return (x->segment > y->segment) - (x->segment < y->segment);
}

/* Near tiles, and the far field's sums as two a block. */
static int64_t cost_of(const lw_fused_plan *plan, int64_t segment)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  int64_t cost = 0;
  for (int64_t I = segment * LW_FUSED_SEGMENT;
       I < plan->blocks[LW_FUSED_QUERIES] && I < (segment + 1) * LW_FUSED_SEGMENT; I++)
    cost += edge[LW_FUSED_AFTER][I] - edge[LW_FUSED_BEFORE][I] + 2;
  return cost;
}

void lw_fused_list_sort(lw_fused_list *list)
{
  for (int64_t n = 0; n < list->heads; n++) list->turns[n] = (lw_fused_task){.head = n};
  for (int64_t n = 0; n < list->task_count[LW_FUSED_QUERIES]; n++) {
    lw_fused_task *t = &list->tasks[LW_FUSED_QUERIES][n];
    t->cost = cost_of(&list->plans[t->head], t->segment);
    list->turns[t->head].cost += t->cost;
  }
  qsort(list->tasks[LW_FUSED_QUERIES], (size_t)list->task_count[LW_FUSED_QUERIES],
        sizeof(lw_fused_task), by_cost);
  qsort(list->turns, (size_t)list->heads, sizeof *list->turns, by_cost);
}

float *lw_fused_own_scratch(const lw_fused_list *list)
{
  return list->scratch + omp_get_thread_num() * list->scratch_each;
}
