/* Forward of the tiles of narrow heads (fused_narrow.h). */
#include "fused_narrow.h"
#include <float.h>

static const float ln_2 = 0.693147181f;

/* Scores of a group of queries, and their maximum so far. */
LW_INLINE void forward_scores(const lw_fused_work *work, const float *k, distance d, bool scaled,
                              bool biased, int64_t j, int keys, int64_t i, lw_vector most[2])
{
  lw_vector x[KEYS][2];
  scores(k + j * CHANNELS, work->q_columns + i, keys, x);
  LW_UNROLL
  for (int n = 0; n < keys; n++) LW_UNROLL
  for (int v = 0; v < 2; v++) {
    const int64_t at = BLOCK - 1 + i + v * LW_LANES - j - n;
    if (scaled) x[n][v] *= lw_load(d.decay + at);
    if (biased) x[n][v] -= lw_load(d.bias + at);
    lw_store(work->tile + (j + n) * BLOCK + i + v * LW_LANES, x[n][v]);
    most[v] = lw_max(x[n][v], most[v]);
  }
}

LW_INLINE void forward_group(const lw_fused_work *work, const float *k, const float *v, distance d,
                             bool scaled, bool biased, int64_t count, int64_t i)
{
  lw_vector most[2], change[2], total[2];
  LW_UNROLL
  for (int n = 0; n < 2; n++) most[n] = lw_load(work->most + i + n * LW_LANES);
  int64_t j = 0;
  for (; j + KEYS <= count; j += KEYS) forward_scores(work, k, d, scaled, biased, j, KEYS, i, most);
  for (; j < count; j++) forward_scores(work, k, d, scaled, biased, j, 1, i, most);
  LW_UNROLL
  for (int n = 0; n < 2; n++) {
    change[n] = lw_exp2(lw_load(work->most + i + n * LW_LANES) - most[n]);
    lw_store(work->most + i + n * LW_LANES, most[n]);
    total[n] = (lw_vector){0};
  }
  LW_UNROLL
  for (int n = 0; n < 2; n += VECTORS)
    accumulate(work->tile + i + n * LW_LANES, v, count, most + n, change + n, total + n,
               work->y + i + n * LW_LANES);
  LW_UNROLL
  for (int n = 0; n < 2; n++) {
    float *at = work->total + i + n * LW_LANES;
    lw_store(at, lw_load(at) * change[n] + total[n]);
  }
}

static __attribute__((noinline)) void forward_tile(const lw_fused_work *work, const float *k,
                                                   const float *v, distance d, int64_t count)
{
#define FORWARD(scaled, biased)                                                                    \
  for (int64_t i = 0; i < BLOCK; i += GROUP) forward_group(work, k, v, d, scaled, biased, count, i)
  FOR_DISTANCE(d, FORWARD);
#undef FORWARD
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

/* Starts from nothing, or from other keys. */
static void forward_start(const lw_fused_plan *plan, int64_t block, const lw_fused_work *view)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, first = block * BLOCK;
  const int64_t count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  lw_fused_pack(head->q + first * head->q_stride, head->q_stride, count, d, WIDTH, NULL, view->q);
  lw_fused_turn(view->q, WIDTH, log2_e / sqrtf((float)d), view->q_columns);
  memset(view->y, 0, ROOM * sizeof *view->y);
  for (int64_t i = 0; i < BLOCK; i++) {
    view->most[i] = -FLT_MAX;
    view->total[i] = 0;
  }
  if (!head->resumed) return;
  lw_fused_pack(head->y + first * head->y_stride, head->y_stride, count, d, WIDTH, NULL, view->q);
  lw_fused_turn(view->q, WIDTH, 1, view->y);
  memcpy(view->most, head->lse + first, (size_t)count * sizeof *view->most);
  memcpy(view->total, head->total + first, (size_t)count * sizeof *view->total);
}

static void forward_finish(const lw_fused_plan *plan, int64_t block, const lw_fused_work *view)
{
  const lw_fused_head *head = plan->head;
  const int64_t first = block * BLOCK;
  const int64_t count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  for (int64_t i = 0; !head->total && i < BLOCK; i += LW_LANES) {
    const lw_vector factor = 1.0f / lw_load(view->total + i);
    for (int64_t c = 0; c < head->head_size; c++) {
      float *at = view->y + c * BLOCK + i;
      lw_store(at, factor * lw_load(at));
    }
  }
  turn_back(view->y, view->q);
  lw_fused_unpack(view->q, WIDTH, count, head->head_size, 1, false,
                  head->y + first * head->y_stride, head->y_stride);
  for (int64_t i = 0; i < count; i++)
    head->lse[first + i] =
        head->total ? view->most[i] : ln_2 * view->most[i] + logf(view->total[i]);
  if (head->total) memcpy(head->total + first, view->total, (size_t)count * sizeof *head->total);
}

void LW_ISA_NAME(fused_narrow_forward)(const lw_fused_plan *plan, int64_t segment, float *scratch)
{
  const int64_t first = segment * SEGMENT;
  const int64_t last = lw_fused_segment_end(plan, LW_FUSED_QUERIES, segment);
  lw_fused_work work;
  lw_fused_carve(&work, WIDTH, scratch);
  for (int64_t I = first; I < last; I++) {
    const lw_fused_work view = view_of(&work, I);
    forward_start(plan, I, &view);
  }
  for (int64_t s = 0; s < plan->segments[LW_FUSED_KEYS]; s++) {
    pack_keys(plan, lw_fused_near_of_all(plan, first, last, s), &work);
    for (int64_t I = first; I < last; I++) {
      const lw_fused_work view = view_of(&work, I);
      const lw_fused_blocks keys = lw_fused_near_keys(plan, I, s);
      for (int64_t J = keys.first; J < keys.last; J++)
        forward_tile(&view, lw_fused_block_in(work.k, J, &work),
                     lw_fused_block_in(work.v, J, &work), distance_of(plan, I, J, &work),
                     lw_fused_count(plan, LW_FUSED_KEYS, J));
    }
  }
  for (int64_t I = first; I < last; I++) {
    const lw_fused_work view = view_of(&work, I);
    forward_finish(plan, I, &view);
  }
}
