/* Backward of the tiles (fused_tile.h): weights again from lse, and the gradients from them. */
#include "fused_key_sums.h"
#include "fused_tile.h"

/* keys[j, :] += sum_i tile[j, i] queries[i, :] */
static __attribute__((noinline)) void product_over_queries(const float *tile, const float *queries,
                                                           int64_t width, float *keys)
{
  lw_fused_product_add(tile, BLOCK, 1, BLOCK, BLOCK, queries, width, keys);
}

/* Scores of a tile to weights P and the gradients dP to dX (times decay), for a vector of queries
   from i on; `summed`: -log2(e) e_ij, with its sign, to the sums of query and key; `shifted`: dx to
   the sums over distances. */
LW_INLINE void gradient_group(const lw_fused_work *work, distance d, distance_form form,
                              bool scaled, bool biased, bool summed, bool shifted, float *dkey,
                              float bias_share, int64_t keys, int64_t i)
{
  const lw_vector lse = lw_load(work->lse + i), delta = lw_load(work->delta + i);
  lw_vector dquery = {0};
  for (int64_t j = 0; j < keys; j++) {
    float *p = work->tile + j * BLOCK + i, *dx = work->dtile + j * BLOCK + i;
    const lw_vector score = lw_load(p);
    const lw_vector decay = scaled ? decay_of(d, form, i, j) : lw_splat(1);
    lw_vector x = scaled ? score * decay : score;
    if (has_bias(form, biased)) x -= bias_of(d, form, biased, i, j);
    const lw_vector weight = lw_exp2(x - lse);
    lw_store(p, weight);
    const lw_vector gradient = weight * (lw_load(dx) - delta);
    const lw_vector dscore = scaled ? gradient * decay : gradient;
    lw_store(dx, dscore);
    if (shifted) lw_store(work->skewed + j * LW_FUSED_REACH + (BLOCK - 1) + i - j, gradient);
    if (!summed) continue;
    lw_vector e = bias_share * gradient;
    if (scaled) e += dscore * score;
    e *= lw_load(d.sign + (BLOCK - 1) + i - j);
    dquery += e;
    float *const of_key = dkey + j * LW_LANES;
    lw_store(of_key, lw_load(of_key) + e);
  }
  if (summed) lw_store(work->dquery + i, lw_load(work->dquery + i) + dquery);
}

/* dkey: sums of this block's keys, NULL: none are wanted; shifted: whether sums over distances are,
   which no tile without a table has. */
static __attribute__((noinline)) void gradient_tile(const lw_fused_work *work, distance d,
                                                    lw_locality locality, float *dkey, bool shifted,
                                                    int64_t keys)
{
  const float bias_share = locality == LW_LOCALITY_SCALE ? 0 : log2_e;
#define GRADIENT_GROUPS(form, scaled, biased, summed, shifted)                                     \
  for (int64_t i = 0; i < BLOCK; i += LW_LANES)                                                    \
  gradient_group(work, d, form, scaled, biased, summed, shifted, dkey, bias_share, keys, i)
#define GRADIENT_SUMS(form, scaled, biased, shifted)                                               \
  do {                                                                                             \
    if (dkey)                                                                                      \
      GRADIENT_GROUPS(form, scaled, biased, true, shifted);                                        \
    else                                                                                           \
      GRADIENT_GROUPS(form, scaled, biased, false, shifted);                                       \
  } while (0)
#define GRADIENT(form, scaled, biased)                                                             \
  do {                                                                                             \
    if (shifted && (form) != EDGE && has_bias(form, biased))                                       \
      GRADIENT_SUMS(form, scaled, biased, true);                                                   \
    else                                                                                           \
      GRADIENT_SUMS(form, scaled, biased, false);                                                  \
  } while (0)
  FOR_DISTANCE(d, GRADIENT);
#undef GRADIENT
#undef GRADIENT_SUMS
#undef GRADIENT_GROUPS
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
  memset(work->dquery, 0, BLOCK * sizeof *work->dquery);
  read_queries(head, block, work);
  for (int64_t i = 0; i < BLOCK; i++) {
    /* an infinite lse gives the queries beyond the end no weight */
    work->lse[i] = i < count ? log2_e * head->lse[first + i] : INFINITY;
    work->delta[i] = i < count ? plan->delta[first + i] : 0;
  }
}

static void backward_block(const lw_fused_plan *plan, int64_t block, lw_fused_blocks keys,
                           const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size, width = work->width;
  const bool readings = lw_fused_wants_readings(plan);
  backward_queries(plan, block, work);
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    const distance between = distance_of_tile(plan, block, J, work);
    const float *k = lw_fused_block_in(work->k, J, work), *v = lw_fused_block_in(work->v, J, work);
    product_scores(k, width, work->q_columns, d, work->tile);
    product_scores(v, width, work->dy_columns, d, work->dtile);
    gradient_tile(work, between, plan->head->locality, readings ? lw_fused_dkey_of(J, work) : NULL,
                  lw_fused_wants_dbias(plan), count);
    if (lw_fused_wants_dbias(plan)) lw_fused_add_dbias(plan, block, J, work);
    product_over_queries(work->tile, work->dy, width, lw_fused_block_in(work->dv, J, work));
    product_over_queries(work->dtile, work->q, width, lw_fused_block_in(work->dk, J, work));
    product_over_keys(work->dtile, k, width, count, work->dq);
  }
  lw_fused_unpack(work->dq, width, lw_fused_count(plan, LW_FUSED_QUERIES, block), d,
                  1 / sqrtf((float)d), true, gradient->dq + block * BLOCK * gradient->dq_stride,
                  gradient->dq_stride);
  if (readings) lw_fused_add_query_readings(plan, block, work);
}

void LW_ISA_NAME(fused_backward)(const lw_fused_plan *plan, int64_t query_segment,
                                 int64_t key_segment, float *scratch)
{
  const int64_t width = lw_fused_whole(plan->head->head_size, LW_LANES);
  const int64_t first = query_segment * SEGMENT;
  const int64_t last = lw_fused_segment_end(plan, LW_FUSED_QUERIES, query_segment);
  const lw_fused_blocks all = lw_fused_near_of_all(plan, first, last, key_segment);
  lw_fused_work work;
  lw_fused_carve(&work, width, scratch);
  pack_keys(plan, all, &work);
  lw_fused_clear_keys(plan, all, &work);
  for (int64_t I = first; I < last; I++) {
    const lw_fused_blocks keys = lw_fused_near_keys(plan, I, key_segment);
    if (keys.first < keys.last) backward_block(plan, I, keys, &work);
  }
  lw_fused_unpack_keys(plan, all, true, &work);
}
