/* What is made before tiles are: sums over far tokens (fused_sweep.h), norms of rows, and D. */
#include "fused_sweep.h"

/* The sums of one segment by itself, at that end of it which sees them. */
void LW_ISA_NAME(fused_far_gather)(const lw_fused_plan *plan, lw_fused_kind kind,
                                   lw_fused_side side, int64_t segment, float *scratch)
{
  const int64_t first = segment * SEGMENT, last = lw_fused_segment_end(plan, kind, segment);
  const bool before = side == LW_FUSED_BEFORE;
  const int64_t inner = before ? segment + 1 : segment;
  if (inner <= 0 || inner >= plan->segments[kind]) return;
  lw_fused_work work;
  lw_fused_carve(&work, lw_fused_whole(plan->head->head_size, LW_LANES), scratch);
  sweep s = sweep_from(plan, &work, kind, side, lw_fused_sums_at(plan, kind, side, inner),
                       before ? first : last);
  move(&s, before ? last : first);
}

/* The sums of some blocks for other ranks (of keys in forward): doubles, then floats, without
   padding. */
void LW_ISA_NAME(fused_far_range)(const lw_fused_plan *plan, const lw_fused_range *range,
                                  float *scratch)
{
  const int64_t d = plan->head->head_size, width = lw_fused_whole(d, LW_LANES);
  const bool before = range->side == LW_FUSED_BEFORE;
  lw_fused_work work;
  lw_fused_carve(&work, width, scratch);
  sweep s = sweep_from(plan, &work, range->kind, range->side, work.sums,
                       before ? range->first : range->end);
  move(&s, before ? range->end : range->first);
  const float decay = plan->head->clocked
                          ? decay_by(fabs(range->reading - edge_reading(plan, range->kind, s.edge)))
                          : 1;
  float *vector = range->sums + 2 * d, *to = vector + d;
  for (int64_t c = 0; c < d; c++) {
    memcpy(range->sums + 2 * c, &s.at.total[c], sizeof(double));
    vector[c] = decay * s.at.vector[c];
    for (int64_t n = 0; n < d; n++) to[c * d + n] = decay * s.at.outer[c * width + n];
  }
}

/* From the sums of single segments those of all segments on that side. */
void LW_ISA_NAME(fused_far_scan)(const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side)
{
  const int64_t width = lw_fused_whole(plan->head->head_size, LW_LANES);
  const int64_t floats = width + 2 * width * width;
  for (int64_t n = 2; n < plan->segments[kind]; n++) {
    const int64_t to = side == LW_FUSED_BEFORE ? n : plan->segments[kind] - n;
    const int64_t from = side == LW_FUSED_BEFORE ? to - 1 : to + 1;
    const float decay = decay_between(plan, kind, from * SEGMENT, to * SEGMENT);
    const sums add = sums_in(lw_fused_sums_at(plan, kind, side, from), width);
    const sums sum = sums_in(lw_fused_sums_at(plan, kind, side, to), width);
    for (int64_t c = 0; c < width; c++) sum.total[c] += add.total[c];
    /* vector, outer and turned lie one after the other */
    for (int64_t c = 0; c < floats; c++) sum.vector[c] += decay * add.vector[c];
  }
}

/* infinite if a row is not a number or beyond float */
void LW_ISA_NAME(fused_norms)(const float *rows, int64_t stride, int64_t count, int64_t d,
                              float *norms)
{
  for (int64_t first = 0; first < count; first += BLOCK) {
    float most = 0;
    for (int64_t r = first; r < lw_smaller(first + BLOCK, count); r++) {
      lw_fused_foresee(rows + r * stride, stride, d);
      const float square = lw_fused_dot(rows + r * stride, rows + r * stride, d);
      if (!(square <= most)) most = square < INFINITY ? square : INFINITY;
    }
    norms[first / BLOCK] = sqrtf(most);
  }
}

/* D_i = dy_i . y_i */
void LW_ISA_NAME(fused_delta)(const lw_fused_plan *plan, int64_t segment)
{
  const lw_fused_head *head = plan->head;
  const int64_t end = lw_fused_segment_end(plan, LW_FUSED_QUERIES, segment) * BLOCK;
  for (int64_t i = segment * SEGMENT * BLOCK; i < lw_smaller(end, head->queries); i++) {
    const float *dy = plan->gradient->dy + i * head->y_stride, *y = head->y + i * head->y_stride;
    lw_fused_foresee(dy, head->y_stride, head->head_size);
    lw_fused_foresee(y, head->y_stride, head->head_size);
    plan->delta[i] = lw_fused_dot(dy, y, head->head_size);
  }
}
