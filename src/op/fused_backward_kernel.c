/* Backward of the tiles (fused_tile.h): weights again from lse, and the gradients from them. */
#include "fused_tile.h"

/* keys[j, :] += sum_i tile[j, i] queries[i, :] */
static __attribute__((noinline)) void product_over_queries(const float *tile, const float *queries,
                                                           int64_t width, float *keys)
{
  lw_fused_product_add(tile, BLOCK, 1, BLOCK, BLOCK, queries, width, keys);
}

/* Scores of a tile to weights P and the gradients dP to dX (times decay), for a vector of queries
 * from i on. */
LW_INLINE void gradient_group(const lw_fused_work *work, distance tables, bool scaled, bool biased,
                              int64_t keys, int64_t i)
{
  const lw_vector lse = lw_load(work->lse + i), delta = lw_load(work->delta + i);
  for (int64_t j = 0; j < keys; j++) {
    float *p = work->tile + j * BLOCK + i, *dx = work->dtile + j * BLOCK + i;
    lw_vector weight = lw_exp2(local(lw_load(p), tables, scaled, biased, i, j) - lse);
    lw_store(p, weight);
    lw_vector gradient = weight * (lw_load(dx) - delta);
    lw_store(dx, local(gradient, tables, scaled, false, i, j));
  }
}

static __attribute__((noinline)) void gradient_tile(const lw_fused_work *work, distance tables,
                                                    int64_t keys)
{
#define GRADIENT(scaled, biased)                                                                   \
  for (int64_t i = 0; i < BLOCK; i += LW_LANES)                                                    \
  gradient_group(work, tables, scaled, biased, keys, i)
  FOR_DISTANCE(tables, GRADIENT);
#undef GRADIENT
}

/* Packed copies of a block of queries and of its gradients, lse in powers of two, D. */
static void backward_queries(const lw_fused_plan *plan, int64_t block, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, width = work->width;
  const int64_t first = block * BLOCK, count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  lw_fused_pack(head->q + first * head->q_stride, head->q_stride, count, d, width, NULL, work->q);
  lw_fused_pack(plan->gradient->dy + first * head->y_stride, head->y_stride, count, d, width, NULL,
                work->dy);
  lw_fused_turn(work->q, width, log2_e / sqrtf((float)d), work->q_columns);
  lw_fused_turn(work->dy, width, 1, work->dy_columns);
  memset(work->dq, 0, (size_t)(BLOCK * width) * sizeof *work->dq);
  for (int64_t i = 0; i < BLOCK; i++) {
    /* an infinite lse gives the queries beyond the end no weight */
    work->lse[i] = i < count ? log2_e * head->lse[first + i] : INFINITY;
    work->delta[i] = i < count ? plan->delta[first + i] : 0;
  }
}

static void backward_block(const lw_fused_plan *plan, int64_t block, range keys,
                           const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size, width = work->width;
  backward_queries(plan, block, work);
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    const distance tables = distance_of_tile(plan->head, block, J, work);
    const float *k = block_in(work->k, J, work), *v = block_in(work->v, J, work);
    product_scores(k, width, work->q_columns, d, work->tile);
    product_scores(v, width, work->dy_columns, d, work->dtile);
    gradient_tile(work, tables, count);
    product_over_queries(work->tile, work->dy, width, block_in(work->dv, J, work));
    product_over_queries(work->dtile, work->q, width, block_in(work->dk, J, work));
    product_over_keys(work->dtile, k, width, count, work->dq);
  }
  lw_fused_unpack(work->dq, width, lw_fused_count(plan, LW_FUSED_QUERIES, block), d,
                  1 / sqrtf((float)d), true, gradient->dq + block * BLOCK * gradient->dq_stride,
                  gradient->dq_stride);
}

void LW_ISA_NAME(fused_backward)(const lw_fused_plan *plan, int64_t query_segment,
                                 int64_t key_segment, float *scratch)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size, width = lw_fused_whole(d, LW_LANES);
  const int64_t first = query_segment * SEGMENT;
  const int64_t last = lw_fused_segment_end(plan, LW_FUSED_QUERIES, query_segment);
  const range all = near_keys_of_all(plan, first, last, key_segment);
  lw_fused_work work;
  lw_fused_carve(&work, width, scratch);
  pack_keys(plan, all, &work);
  for (int64_t J = all.first; J < all.last; J++) {
    memset(block_in(work.dk, J, &work), 0, (size_t)(BLOCK * width) * sizeof(float));
    memset(block_in(work.dv, J, &work), 0, (size_t)(BLOCK * width) * sizeof(float));
  }
  for (int64_t I = first; I < last; I++) {
    const range keys = near_keys(plan, I, key_segment);
    if (keys.first < keys.last) backward_block(plan, I, keys, &work);
  }
  for (int64_t J = all.first; J < all.last; J++) {
    const int64_t row = J * BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_unpack(block_in(work.dk, J, &work), width, count, d, 1 / sqrtf((float)d), true,
                    gradient->dk + row * gradient->dk_stride, gradient->dk_stride);
    lw_fused_unpack(block_in(work.dv, J, &work), width, count, d, 1, true,
                    gradient->dv + row * gradient->dv_stride, gradient->dv_stride);
  }
}
