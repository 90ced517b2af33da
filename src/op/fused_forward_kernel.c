/* Forward of the tiles (fused_tile.h): an online softmax over the key blocks that pass by. */
#include "fused_tile.h"
#include <float.h>

enum { GROUP = 4 };
static const float ln_2 = 0.693147181f;

/* Scores of a tile to weights relative to the running maximum, for GROUP vectors of queries from i
 * on. */
LW_INLINE void softmax_group(const lw_fused_work *work, distance d, distance_form form, bool scaled,
                             bool biased, int64_t keys, int64_t i)
{
  lw_vector most[GROUP], total[GROUP];
  LW_UNROLL
  for (int v = 0; v < GROUP; v++) most[v] = lw_load(work->most + i + v * LW_LANES);
  for (int64_t j = 0; j < keys; j++) LW_UNROLL
  for (int v = 0; v < GROUP; v++) {
    float *at = work->tile + j * BLOCK + i + v * LW_LANES;
    lw_vector x = local(lw_load(at), d, form, scaled, biased, i + v * LW_LANES, j);
    if (scaled || biased) lw_store(at, x);
    most[v] = lw_max(x, most[v]);
  }
  LW_UNROLL
  for (int v = 0; v < GROUP; v++) {
    lw_store(work->change + i + v * LW_LANES,
             lw_exp2(lw_load(work->most + i + v * LW_LANES) - most[v]));
    lw_store(work->most + i + v * LW_LANES, most[v]);
    total[v] = (lw_vector){0};
  }
  for (int64_t j = 0; j < keys; j++) LW_UNROLL
  for (int v = 0; v < GROUP; v++) {
    float *at = work->tile + j * BLOCK + i + v * LW_LANES;
    lw_vector weight = lw_exp2(lw_load(at) - most[v]);
    lw_store(at, weight);
    total[v] += weight;
  }
  LW_UNROLL
  for (int v = 0; v < GROUP; v++) {
    float *at = work->total + i + v * LW_LANES;
    lw_store(at, lw_load(at) * lw_load(work->change + i + v * LW_LANES) + total[v]);
  }
}

static __attribute__((noinline)) void softmax_tile(const lw_fused_work *work, distance d,
                                                   int64_t keys)
{
#define SOFTMAX(form, scaled, biased)                                                              \
  for (int64_t i = 0; i < BLOCK; i += GROUP * LW_LANES)                                            \
  softmax_group(work, d, form, scaled, biased, keys, i)
  FOR_DISTANCE(d, SOFTMAX);
#undef SOFTMAX
}

/* The maximum of few queries grows after the first tiles: only their sums are scaled down. */
static void rescale(const lw_fused_work *work)
{
  for (int64_t i = 0; i < BLOCK; i++) {
    if (work->change[i] == 1.0f) continue;
    for (int64_t c = 0; c < work->width; c++) work->y[i * work->width + c] *= work->change[i];
  }
}

/* The work of one query block among those of its segment. */
static lw_fused_work view_of(const lw_fused_work *work, int64_t block)
{
  lw_fused_work view = *work;
  view.q_columns = lw_fused_block_in(work->q_columns, block, work);
  view.y = lw_fused_block_in(work->y, block, work);
  view.most += block % SEGMENT * BLOCK;
  view.total += block % SEGMENT * BLOCK;
  return view;
}

static void forward_resume(const lw_fused_plan *plan, int64_t block, const lw_fused_work *view)
{
  const lw_fused_head *head = plan->head;
  const int64_t first = block * BLOCK, count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  lw_fused_pack(head->y + first * head->y_stride, head->y_stride, count, head->head_size,
                view->width, NULL, view->y);
  memcpy(view->most, head->lse + first, (size_t)count * sizeof *view->most);
  memcpy(view->total, head->total + first, (size_t)count * sizeof *view->total);
}

/* Whether sums over far keys enter a query block: their weights are near exp(0). */
static bool has_far_keys(const lw_fused_plan *plan, int64_t block)
{
  const lw_fused_head *head = plan->head;
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  return lw_fused_has_sums(plan) &&
         (edge[LW_FUSED_BEFORE][block] > 0 || head->outside[LW_FUSED_BEFORE].sums ||
          head->outside[LW_FUSED_AFTER].sums ||
          (!head->causal && edge[LW_FUSED_AFTER][block] < plan->blocks[LW_FUSED_KEYS]));
}

/* Starts from nothing, from the far keys, or from other keys. */
static void forward_start(const lw_fused_plan *plan, int64_t first, int64_t last,
                          const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, width = work->width;
  for (int64_t I = first; I < last; I++) {
    const lw_fused_work view = view_of(work, I);
    const bool far = has_far_keys(plan, I);
    lw_fused_pack(head->q + I * BLOCK * head->q_stride, head->q_stride,
                  lw_fused_count(plan, LW_FUSED_QUERIES, I), d, width, NULL, work->q);
    lw_fused_turn(work->q, width, log2_e / sqrtf((float)d), view.q_columns);
    memset(view.y, 0, (size_t)(BLOCK * width) * sizeof *view.y);
    for (int64_t i = 0; i < BLOCK; i++) {
      view.most[i] = far ? 0 : -FLT_MAX;
      view.total[i] = 0;
    }
    if (head->resumed) forward_resume(plan, I, &view);
  }
  if (lw_fused_has_sums(plan)) LW_ISA_NAME(fused_far_forward)(plan, first, last, work);
}

static void forward_block(const lw_fused_plan *plan, int64_t block, lw_fused_blocks keys,
                          const lw_fused_work *work)
{
  const int64_t d = plan->head->head_size, width = work->width;
  read_queries(plan->head, block, work);
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    const distance between = distance_of_tile(plan, block, J, work);
    product_scores(lw_fused_block_in(work->k, J, work), width, work->q_columns, d, work->tile);
    softmax_tile(work, between, count);
    rescale(work);
    product_over_keys(work->tile, lw_fused_block_in(work->v, J, work), width, count, work->y);
  }
}

static void forward_finish(const lw_fused_plan *plan, int64_t block, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t first = block * BLOCK, count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  for (int64_t i = 0; i < count; i++) {
    lw_fused_unpack(work->y + i * work->width, work->width, 1, head->head_size,
                    head->total ? 1 : 1.0f / work->total[i], false,
                    head->y + (first + i) * head->y_stride, head->y_stride);
    head->lse[first + i] =
        head->total ? work->most[i] : ln_2 * work->most[i] + logf(work->total[i]);
  }
  if (head->total) memcpy(head->total + first, work->total, (size_t)count * sizeof *head->total);
}

void LW_ISA_NAME(fused_forward)(const lw_fused_plan *plan, int64_t segment, float *scratch)
{
  const int64_t first = segment * SEGMENT,
                last = lw_fused_segment_end(plan, LW_FUSED_QUERIES, segment);
  lw_fused_work work;
  lw_fused_carve(&work, lw_fused_whole(plan->head->head_size, LW_LANES), scratch);
  forward_start(plan, first, last, &work);
  for (int64_t s = 0; s < plan->segments[LW_FUSED_KEYS]; s++) {
    const lw_fused_blocks all = lw_fused_near_of_all(plan, first, last, s);
    if (all.first >= all.last) continue;
    pack_keys(plan, all, &work);
    for (int64_t I = first; I < last; I++) {
      const lw_fused_work view = view_of(&work, I);
      forward_block(plan, I, lw_fused_near_keys(plan, I, s), &view);
    }
  }
  for (int64_t I = first; I < last; I++) {
    const lw_fused_work view = view_of(&work, I);
    forward_finish(plan, I, &view);
  }
}
