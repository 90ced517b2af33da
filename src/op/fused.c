/* The tasks of the fused attention engine. A task is a segment of a head's queries, in backward a
   segment of queries with a segment of keys. The costly ones go first, so that the last to start
   are short. */
#include "fused_work.h"
#include "isa.h"
#include <assert.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct task {
  int64_t head, segment, cost;
} task;

typedef struct work_list {
  lw_fused_plan *plans; /* [heads] */
  int64_t heads;
  task *tasks; /* [task_count]: all segments of all heads */
  task *turns; /* [heads]: the heads as a whole */
  int64_t task_count;
  float *scratch; /* [threads, scratch_each] */
  int64_t scratch_each;
} work_list;

enum { LINE = 64 };

/* The next piece of memory; with NULL it only counts. */
static void *cut(char *memory, int64_t *used, int64_t count, size_t size)
{
  void *at = memory ? memory + *used : NULL;
  *used += lw_fused_whole(count * (int64_t)size, LINE);
  return at;
}

static int64_t blocks_of(const lw_fused_head *head)
{
  return lw_fused_whole(head->tokens, LW_FUSED_BLOCK) / LW_FUSED_BLOCK;
}

/* Padded for any instruction set. */
static int64_t widest(const lw_fused_head *head)
{
  return lw_fused_whole(head->head_size, 16);
}

static lw_fused_plan plan_cut(const lw_fused_head *head, char *memory, int64_t *used)
{
  const int64_t blocks = blocks_of(head),
                segments = lw_fused_whole(blocks, LW_FUSED_SEGMENT) / LW_FUSED_SEGMENT;
  lw_fused_plan plan = {.head = head, .blocks = blocks, .segments = segments};
  for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
    for (int side = 0; side < LW_FUSED_SIDES; side++)
      plan.far_edge[kind][side] = cut(memory, used, blocks, sizeof(int64_t));
  plan.query_term = cut(memory, used, blocks, sizeof(double));
  plan.key_term = cut(memory, used, blocks, sizeof(double));
  plan.query_norm = cut(memory, used, blocks, sizeof(float));
  plan.key_norm = cut(memory, used, blocks, sizeof(float));
  plan.delta = cut(memory, used, head->tokens, sizeof(float));
  plan.query_turn = cut(memory, used, segments, sizeof(char));
  plan.key_turn = cut(memory, used, segments, sizeof(char));
  plan.sums_each = lw_fused_sums_floats(widest(head));
  const int64_t lists = LW_FUSED_KINDS * (head->causal ? 1 : LW_FUSED_SIDES);
  if (lw_fused_may_be_far(head) && head->locality == LW_LOCALITY_SCALE)
    plan.sums = cut(memory, used, lists * (segments - 1) * plan.sums_each, sizeof(float));
  return plan;
}

/* Returns the bytes it needs; without memory it only counts. */
static int64_t list_cut(const lw_fused_head *heads, int64_t count, char *memory, work_list *list)
{
  int64_t used = 0, scratch = 0, segments = 0;
  *list = (work_list){.heads = count};
  list->plans = cut(memory, &used, count, sizeof *list->plans);
  for (int64_t n = 0; n < count; n++) {
    lw_fused_work work;
    const lw_fused_plan plan = plan_cut(&heads[n], memory, &used);
    const int64_t floats = lw_fused_cut(&work, widest(&heads[n]), NULL);
    if (floats > scratch) scratch = floats;
    segments += plan.segments;
    if (memory) list->plans[n] = plan;
  }
  list->tasks = cut(memory, &used, segments, sizeof *list->tasks);
  list->turns = cut(memory, &used, count, sizeof *list->turns);
  list->task_count = segments;
  list->scratch_each = lw_fused_whole(scratch, 16);
  list->scratch = cut(memory, &used, omp_get_max_threads() * list->scratch_each, sizeof(float));
  return used;
}

int64_t lw_fused_memory(const lw_fused_head *heads, int64_t count)
{
  work_list list;
  return list_cut(heads, count, NULL, &list);
}

/* Costly first, equals in order. */
static int by_cost(const void *a, const void *b)
{
  const task *x = a, *y = b;
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
       I < plan->blocks && I < (segment + 1) * LW_FUSED_SEGMENT; I++)
    cost += edge[LW_FUSED_AFTER][I] - edge[LW_FUSED_BEFORE][I] + 2;
  return cost;
}

static void sort_tasks(work_list *list)
{
  for (int64_t n = 0; n < list->heads; n++) list->turns[n] = (task){.head = n};
  for (int64_t n = 0; n < list->task_count; n++) {
    task *t = &list->tasks[n];
    t->cost = cost_of(&list->plans[t->head], t->segment);
    list->turns[t->head].cost += t->cost;
  }
  qsort(list->tasks, (size_t)list->task_count, sizeof *list->tasks, by_cost);
  qsort(list->turns, (size_t)list->heads, sizeof *list->turns, by_cost);
}

static float *own_scratch(const work_list *list)
{
  return list->scratch + omp_get_thread_num() * list->scratch_each;
}

/* What is near in every head, and D for backward. */
static void plan_all(work_list *list, const lw_isa *isa)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->task_count; n++) {
    const lw_fused_plan *plan = &list->plans[list->tasks[n].head];
    if (lw_fused_may_be_far(plan->head)) isa->fused_norms(plan, list->tasks[n].segment);
    if (plan->gradient) isa->fused_delta(plan, list->tasks[n].segment);
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->heads; n++) lw_fused_plan_ranges(&list->plans[n]);
  sort_tasks(list);
}

/* The far field's sums at the inner edges of all segments, of what the direction needs. */
static void sum_all(const work_list *list, const lw_isa *isa, lw_fused_kind kind)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->task_count; n++) {
    const lw_fused_plan *plan = &list->plans[list->tasks[n].head];
    for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++)
      if (lw_fused_has_sums(plan) && lw_fused_has_side(plan->head, kind, side))
        isa->fused_far_gather(plan, kind, side, list->tasks[n].segment, own_scratch(list));
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->heads; n++)
    for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++)
      if (lw_fused_has_sums(&list->plans[n]) && lw_fused_has_side(list->plans[n].head, kind, side))
        isa->fused_far_scan(&list->plans[n], kind, side);
}

static bool any_sums(const work_list *list)
{
  for (int64_t n = 0; n < list->heads; n++)
    if (lw_fused_has_sums(&list->plans[n])) return true;
  return false;
}

static void begin(const lw_fused_head *heads, const lw_fused_gradient *gradients, int64_t count,
                  void *memory, work_list *list)
{
  list_cut(heads, count, memory, list);
  int64_t place = 0;
  for (int64_t n = 0; n < count; n++) {
    assert(heads[n].tokens >= 1 && heads[n].head_size >= 1 && heads[n].head_size <= 256);
    assert(heads[n].alpha >= 0 && heads[n].tolerance >= 0 && heads[n].tolerance < 1);
    list->plans[n].gradient = gradients ? &gradients[n] : NULL;
    for (int64_t s = 0; s < list->plans[n].segments; s++)
      list->tasks[place++] = (task){.head = n, .segment = s};
  }
}

void lw_fused_forward(const lw_fused_head *heads, int64_t count, void *memory,
                      lw_fused_tiles *tiles)
{
  const lw_isa *isa = lw_isa_now();
  work_list list;
  begin(heads, NULL, count, memory, &list);
  plan_all(&list, isa);
  if (any_sums(&list)) sum_all(&list, isa, LW_FUSED_KEYS);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list.task_count; n++)
    isa->fused_forward(&list.plans[list.tasks[n].head], list.tasks[n].segment, own_scratch(&list));
  if (!tiles) return;
  *tiles = (lw_fused_tiles){0};
  for (int64_t n = 0; n < count; n++) {
    tiles->near += list.plans[n].tiles.near;
    tiles->far += list.plans[n].tiles.far;
    tiles->masked += list.plans[n].tiles.masked;
  }
}

/* Whether a segment of queries has near keys in a segment of keys. */
static bool meet(const lw_fused_plan *plan, int64_t queries, int64_t keys)
{
  const int64_t first = queries * LW_FUSED_SEGMENT, end = first + LW_FUSED_SEGMENT;
  const int64_t last = (end < plan->blocks ? end : plan->blocks) - 1;
  return plan->far_edge[LW_FUSED_KEYS][LW_FUSED_BEFORE][first] < (keys + 1) * LW_FUSED_SEGMENT &&
         plan->far_edge[LW_FUSED_KEYS][LW_FUSED_AFTER][last] > keys * LW_FUSED_SEGMENT;
}

/* The pairs of segments by diagonals: within one, no two pairs share queries or keys, and each pair
   waits only for those before it that do. So all additions to a row of dq, dk or dv have one order,
   without a second copy of any of them. */
static void backward_pairs(const work_list *list, const lw_isa *isa, const lw_fused_plan *plan)
{
  const int64_t segments = plan->segments;
  for (int64_t diagonal = 0; diagonal < segments; diagonal++)
    for (int64_t a = segments - 1; a >= 0; a--) {
      const int64_t b = (a - diagonal + segments) % segments;
      if (!meet(plan, a, b)) continue;
#pragma omp task depend(inout : plan->query_turn[a], plan->key_turn[b])
      isa->fused_backward(plan, a, b, own_scratch(list));
    }
}

void lw_fused_backward(const lw_fused_head *heads, const lw_fused_gradient *gradients,
                       int64_t count, void *memory)
{
  const lw_isa *isa = lw_isa_now();
  work_list list;
  begin(heads, gradients, count, memory, &list);
  plan_all(&list, isa);
  if (any_sums(&list)) {
    sum_all(&list, isa, LW_FUSED_KEYS);
    sum_all(&list, isa, LW_FUSED_QUERIES);
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list.task_count; n++)
    isa->fused_far_backward(&list.plans[list.tasks[n].head], list.tasks[n].segment,
                            own_scratch(&list));
#pragma omp parallel
#pragma omp single
  for (int64_t n = 0; n < list.heads; n++)
    backward_pairs(&list, isa, &list.plans[list.turns[n].head]);
}

const char *lw_fused_path(void)
{
  return lw_isa_now()->name;
}

bool lw_fused_path_force(const char *name)
{
  return lw_isa_force(name);
}
