/* The float32 backend of op/fused.h: what runs in which order, by the tasks of fused_list.h. */
#include "fused_list.h"
#include "isa.h"
#include "longwave/op/instruction_set.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

static int64_t fused_memory(const lw_fused_head *heads, int64_t count)
{
  lw_fused_list list;
  return lw_fused_list_carve(heads, count, NULL, &list);
}

static void segment_norms(const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment,
                          const lw_isa *isa)
{
  const lw_fused_head *head = plan->head;
  const int64_t each = LW_FUSED_SEGMENT * LW_FUSED_BLOCK, first = segment * each;
  const int64_t left = lw_fused_tokens(head, kind) - first;
  const float *rows = kind == LW_FUSED_KEYS ? head->k : head->q;
  const int64_t stride = kind == LW_FUSED_KEYS ? head->k_stride : head->q_stride;
  isa->fused_norms(rows + first * stride, stride, left < each ? left : each, head->head_size,
                   plan->norms[kind] + segment * LW_FUSED_SEGMENT);
}

static void find_norms(const lw_fused_list *list, const lw_isa *isa)
{
  for (lw_fused_kind kind = 0; kind < LW_FUSED_KINDS; kind++)
#pragma omp parallel for schedule(dynamic)
    for (int64_t n = 0; n < list->task_count[kind]; n++) {
      const lw_fused_task *t = &list->tasks[kind][n];
      if (lw_fused_must_find(list->plans[t->head].head))
        segment_norms(&list->plans[t->head], kind, t->segment, isa);
    }
}

/* Whether a segment of queries has near keys in a segment of keys. */
static bool meet(const lw_fused_plan *plan, int64_t queries, int64_t keys)
{
  if (queries >= plan->segments[LW_FUSED_QUERIES] || keys >= plan->segments[LW_FUSED_KEYS])
    return false;
  const int64_t first = queries * LW_FUSED_SEGMENT, end = first + LW_FUSED_SEGMENT;
  const int64_t all = plan->blocks[LW_FUSED_QUERIES], last = (end < all ? end : all) - 1;
  return plan->far_edge[LW_FUSED_KEYS][LW_FUSED_BEFORE][first] < (keys + 1) * LW_FUSED_SEGMENT &&
         plan->far_edge[LW_FUSED_KEYS][LW_FUSED_AFTER][last] > keys * LW_FUSED_SEGMENT;
}

/* Without sums over far tokens and clocks. */
static bool is_narrow(const lw_fused_plan *plan)
{
  return plan->head->head_size <= LW_FUSED_NARROW && !plan->head->clocked &&
         !lw_fused_has_sums(plan);
}

static bool is_alone(const lw_fused_plan *plan)
{
  const lw_fused_head *head = plan->head;
  return plan->gradient && !plan->gradient->added && plan->narrow && !head->near &&
         head->ahead == 0 && head->queries == head->keys && plan->segments[LW_FUSED_KEYS] == 1;
}

/* The edges of what is near here and of what was found elsewhere have the same memory. */
static void plan_head(lw_fused_plan *plan)
{
  const lw_fused_head *head = plan->head;
  plan->near = (lw_fused_near){.far = LW_FUSED_FAR_NONE};
  lw_fused_plan_relative(plan);
  if (head->near) plan->near = *head->near;
  if (lw_fused_must_find(head)) {
    for (int side = 0; side < LW_FUSED_SIDES; side++)
      plan->near.edge[side] = plan->far_edge[LW_FUSED_KEYS][side];
    for (int64_t J = 0; head->clocked && J < plan->blocks[LW_FUSED_KEYS]; J++)
      plan->readings[J] = lw_fused_reading(head, LW_FUSED_KEYS, J * LW_FUSED_BLOCK);
    lw_fused_find_near(head, plan->norms[LW_FUSED_QUERIES], plan->norms[LW_FUSED_KEYS],
                       plan->readings, plan->terms, &plan->near);
  }
  lw_fused_plan_edges(plan);
  plan->narrow = is_narrow(plan);
  plan->alone = is_alone(plan);
}

/* What is near in every head, and D for backward. */
static void plan_all(lw_fused_list *list, const lw_isa *isa)
{
  bool find = false;
  for (int64_t n = 0; n < list->heads; n++) find = find || lw_fused_must_find(list->plans[n].head);
  if (find) find_norms(list, isa);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->task_count[LW_FUSED_QUERIES]; n++) {
    const lw_fused_task *t = &list->tasks[LW_FUSED_QUERIES][n];
    if (list->plans[t->head].gradient) isa->fused_delta(&list->plans[t->head], t->segment);
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->heads; n++) plan_head(&list->plans[n]);
  lw_fused_list_sort(list);
}

/* The far field's sums at the inner edges of all segments, of what the direction needs. */
static void sum_all(const lw_fused_list *list, const lw_isa *isa, lw_fused_kind kind)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->task_count[kind]; n++) {
    const lw_fused_task *t = &list->tasks[kind][n];
    const lw_fused_plan *plan = &list->plans[t->head];
    for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++)
      if (lw_fused_has_sums(plan) && lw_fused_has_side(plan->head, kind, side))
        isa->fused_far_gather(plan, kind, side, t->segment, lw_fused_own_scratch(list));
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list->heads; n++)
    for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++)
      if (lw_fused_has_sums(&list->plans[n]) && lw_fused_has_side(list->plans[n].head, kind, side))
        isa->fused_far_scan(&list->plans[n], kind, side);
}

static bool any_sums(const lw_fused_list *list)
{
  for (int64_t n = 0; n < list->heads; n++)
    if (lw_fused_has_sums(&list->plans[n])) return true;
  return false;
}

static void check(const lw_fused_head *head)
{
  assert(head->queries >= 1 && head->keys >= 1 && head->head_size >= 1);
  assert(head->alpha >= 0 && head->tolerance >= 0 && head->tolerance < 1);
  assert(head->near || !lw_fused_must_find(head) ||
         (head->queries == head->keys && head->ahead == 0));
  assert(!head->resumed || (head->total && !lw_fused_may_sum(head)));
  (void)head;
}

static void begin(const lw_fused_head *heads, const lw_fused_gradient *gradients, int64_t count,
                  void *memory, lw_fused_list *list)
{
  int64_t next[LW_FUSED_KINDS] = {0};
  lw_fused_list_carve(heads, count, memory, list);
  for (int64_t n = 0; n < count; n++) {
    check(&heads[n]);
    list->plans[n].gradient = gradients ? &gradients[n] : NULL;
    for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
      for (int64_t s = 0; s < list->plans[n].segments[kind]; s++)
        list->tasks[kind][next[kind]++] = (lw_fused_task){.head = n, .segment = s};
  }
}

static void forward_segment(const lw_fused_list *list, const lw_isa *isa, const lw_fused_plan *plan,
                            int64_t segment)
{
  if (plan->narrow)
    isa->fused_narrow_forward(plan, segment, lw_fused_own_scratch(list));
  else
    isa->fused_forward(plan, segment, lw_fused_own_scratch(list));
}

static void fused_forward(const lw_fused_head *heads, int64_t count, void *memory,
                          lw_fused_tiles *tiles)
{
  const lw_isa *isa = lw_isa_now();
  lw_fused_list list;
  begin(heads, NULL, count, memory, &list);
  plan_all(&list, isa);
  if (any_sums(&list)) sum_all(&list, isa, LW_FUSED_KEYS);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < list.task_count[LW_FUSED_QUERIES]; n++) {
    const lw_fused_task *t = &list.tasks[LW_FUSED_QUERIES][n];
    forward_segment(&list, isa, &list.plans[t->head], t->segment);
  }
  if (!tiles) return;
  *tiles = (lw_fused_tiles){0};
  for (int64_t n = 0; n < count; n++) lw_fused_tiles_add(tiles, &list.plans[n].tiles);
}

static void fused_finish(const lw_fused_head *heads, int64_t count)
{
  const float ln_2 = 0.693147181f;
  for (int64_t n = 0; n < count; n++) {
    const lw_fused_head *head = &heads[n];
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < head->queries; i++) {
      const float factor = 1.0f / head->total[i];
      float *y = head->y + i * head->y_stride;
      for (int64_t c = 0; c < head->head_size; c++) y[c] *= factor;
      head->lse[i] = ln_2 * head->lse[i] + logf(head->total[i]);
    }
  }
}

static void backward_pair(const lw_fused_list *list, const lw_isa *isa, const lw_fused_plan *plan,
                          int64_t queries, int64_t keys)
{
  if (plan->narrow)
    isa->fused_narrow_backward(plan, queries, keys, lw_fused_own_scratch(list));
  else
    isa->fused_backward(plan, queries, keys, lw_fused_own_scratch(list));
}

/* The pairs of segments by diagonals: within one, no two pairs share queries or keys, and each pair
   waits only for those before it that do. So all additions to a row of dq, dk or dv have one order,
   without a second copy of any of them. */
static void backward_pairs(const lw_fused_list *list, const lw_isa *isa, const lw_fused_plan *plan)
{
  const int64_t queries = plan->segments[LW_FUSED_QUERIES], keys = plan->segments[LW_FUSED_KEYS];
  const int64_t segments = queries > keys ? queries : keys;
  for (int64_t diagonal = 0; diagonal < segments; diagonal++)
    for (int64_t a = segments - 1; a >= 0; a--) {
      const int64_t b = (a - diagonal + segments) % segments;
      if (!meet(plan, a, b)) continue;
#pragma omp task depend(inout : plan->turn[LW_FUSED_QUERIES][a], plan->turn[LW_FUSED_KEYS][b])
      backward_pair(list, isa, plan, a, b);
    }
}

static void fused_backward(const lw_fused_head *heads, const lw_fused_gradient *gradients,
                           int64_t count, void *memory)
{
  const lw_isa *isa = lw_isa_now();
  lw_fused_list list;
  begin(heads, gradients, count, memory, &list);
  plan_all(&list, isa);
  if (any_sums(&list)) {
    sum_all(&list, isa, LW_FUSED_KEYS);
    sum_all(&list, isa, LW_FUSED_QUERIES);
  }
  for (lw_fused_kind kind = 0; kind < LW_FUSED_KINDS; kind++)
#pragma omp parallel for schedule(dynamic)
    for (int64_t n = 0; n < list.task_count[kind]; n++) {
      const lw_fused_task *t = &list.tasks[kind][n];
      const lw_fused_plan *plan = &list.plans[t->head];
      if (!plan->alone || plan->gradient->dreading[kind])
        isa->fused_far_backward(plan, kind, t->segment, lw_fused_own_scratch(&list));
    }
#pragma omp parallel
#pragma omp single
  for (int64_t n = 0; n < list.heads; n++)
    backward_pairs(&list, isa, &list.plans[list.turns[n].head]);
  for (int64_t n = 0; n < list.heads; n++) lw_fused_plan_dbias(&list.plans[n]);
}

static void fused_gather(const lw_fused_head *heads, const lw_fused_gradient *gradients,
                         const lw_fused_range *ranges, int64_t count, void *memory)
{
  const lw_isa *isa = lw_isa_now();
  lw_fused_list list;
  begin(heads, gradients, count, memory, &list);
  plan_all(&list, isa);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < count; n++)
    isa->fused_far_range(&list.plans[n], &ranges[n], lw_fused_own_scratch(&list));
}

static void fused_join(float *sums, const float *more, int64_t d, float distance)
{
  const float decay = expf(-distance);
  for (int64_t c = 0; c < d; c++) {
    double total[2];
    memcpy(&total[0], sums + 2 * c, sizeof *total);
    memcpy(&total[1], more + 2 * c, sizeof *total);
    total[0] += total[1];
    memcpy(sums + 2 * c, &total[0], sizeof *total);
  }
  for (int64_t n = 2 * d; n < 3 * d + d * d; n++) sums[n] += decay * more[n];
}

static void fused_norms(const float *rows, int64_t stride, int64_t count, int64_t d, float *norms)
{
  lw_isa_now()->fused_norms(rows, stride, count, d, norms);
}

/* d numbers in double, d + d^2 in float. */
static int64_t fused_sums_size(int64_t d)
{
  return 2 * d + d + d * d + (d + d * d) % 2;
}

const lw_fused_backend lw_fused_float32 = {.memory = fused_memory,
                                           .forward = fused_forward,
                                           .finish = fused_finish,
                                           .backward = fused_backward,
                                           .norms = fused_norms,
                                           .find_near = lw_fused_find_near,
                                           .sums_size = fused_sums_size,
                                           .gather = fused_gather,
                                           .join = fused_join,
                                           .instruction_sets = lw_instruction_sets,
                                           .instruction_set = lw_instruction_set,
                                           .force_instruction_set = lw_instruction_set_force};
