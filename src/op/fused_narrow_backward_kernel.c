/* Backward of the tiles of narrow heads (fused_narrow.h). */
#include "fused_key_sums.h"
#include "fused_narrow.h"

/* What the gradients of distances get of dx of the queries from i on at key j. */
typedef struct told {
  float *dkey; /* sums of the block's keys, in lanes; NULL: no readings are wanted */
  float bias_share;
  bool shifted; /* dx to the sums over distances */
} told;

/* by_score: dx times decay times the score; kept apart, so that scores have the same bits whether
   or not anything is told. */
LW_INLINE void tell(const lw_fused_work *work, told to, const float *sign, lw_vector gradient,
                    lw_vector by_score, int64_t i, int64_t j)
{
  const int64_t at = BLOCK - 1 + i - j;
  if (to.shifted) lw_store(work->skewed + j * LW_FUSED_REACH + at, gradient);
  if (!to.dkey) return;
  const lw_vector e = (to.bias_share * gradient + by_score) * lw_load(sign + at);
  float *const dquery = work->dquery + i, *const dkey = to.dkey + j * LW_LANES;
  lw_store(dquery, lw_load(dquery) + e);
  lw_store(dkey, lw_load(dkey) + e);
}

/* P and dX of a group of queries and some keys, from lse and D; dX times decay. */
LW_INLINE void gradient_scores(const lw_fused_work *work, const float *k, const float *v,
                               distance d, bool scaled, bool biased, const told *to, int64_t j,
                               int keys, int64_t i)
{
  lw_vector x[KEYS][2], score[KEYS][2], dx[KEYS][2];
  scores(k + j * CHANNELS, work->q_columns + i, keys, x);
  LW_UNROLL
  for (int n = 0; n < keys; n++) LW_UNROLL
  for (int u = 0; u < 2; u++) {
    const int64_t at = BLOCK - 1 + i + u * LW_LANES - j - n;
    score[n][u] = x[n][u];
    if (scaled) x[n][u] *= lw_load(d.decay + at);
    if (biased) x[n][u] -= lw_load(d.bias + at);
    x[n][u] = lw_exp2(x[n][u] - lw_load(work->lse + i + u * LW_LANES));
    lw_store(work->tile + (j + n) * BLOCK + i + u * LW_LANES, x[n][u]);
  }
  scores(v + j * CHANNELS, work->dy_columns + i, keys, dx);
  LW_UNROLL
  for (int n = 0; n < keys; n++) LW_UNROLL
  for (int u = 0; u < 2; u++) {
    const int64_t at = i + u * LW_LANES;
    const lw_vector gradient = x[n][u] * (dx[n][u] - lw_load(work->delta + at));
    lw_vector dscore = gradient;
    if (scaled) dscore *= lw_load(d.decay + BLOCK - 1 + at - j - n);
    lw_store(work->dtile + (j + n) * BLOCK + at, dscore);
    if (to)
      tell(work, *to, d.sign, gradient, scaled ? dscore * score[n][u] : lw_splat(0), at, j + n);
  }
}

LW_INLINE void gradient_group(const lw_fused_work *work, const float *k, const float *v, distance d,
                              bool scaled, bool biased, const told *to, int64_t count, int64_t i)
{
  int64_t j = 0;
  for (; j + KEYS <= count; j += KEYS)
    gradient_scores(work, k, v, d, scaled, biased, to, j, KEYS, i);
  for (; j < count; j++) gradient_scores(work, k, v, d, scaled, biased, to, j, 1, i);
  LW_UNROLL
  for (int n = 0; n < 2; n += VECTORS)
    accumulate(work->dtile + i + n * LW_LANES, k, count, NULL, NULL, NULL,
               work->dq + i + n * LW_LANES);
}

static __attribute__((noinline)) void gradient_tile(const lw_fused_work *work, const float *k,
                                                    const float *v, distance d, int64_t count)
{
#define GRADIENT(scaled, biased)                                                                   \
  for (int64_t i = 0; i < BLOCK; i += GROUP)                                                       \
  gradient_group(work, k, v, d, scaled, biased, NULL, count, i)
  FOR_DISTANCE(d, GRADIENT);
#undef GRADIENT
}

static __attribute__((noinline)) void gradient_tile_told(const lw_fused_work *work, const float *k,
                                                         const float *v, distance d, told to,
                                                         int64_t count)
{
#define GRADIENT(scaled, biased)                                                                   \
  for (int64_t i = 0; i < BLOCK; i += GROUP)                                                       \
  gradient_group(work, k, v, d, scaled, biased, &to, count, i)
  FOR_DISTANCE(d, GRADIENT);
#undef GRADIENT
}

#if LW_LANES == 16
/* keys[j, :] += sum_m (tile[j, 2 m], tile[j, 2 m + 1] in turns) * pairs[m, :] */
static __attribute__((noinline)) void add_over_queries(const float *tile, const float *pairs,
                                                       float *keys)
{
  enum { ROWS = 16 };
  for (int64_t j = 0; j < BLOCK; j += ROWS) {
    lw_vector sum[ROWS];
    LW_UNROLL
    for (int n = 0; n < ROWS; n++) sum[n] = (lw_vector){0};
    for (int64_t m = 0; m < BLOCK / 2; m++) {
      const lw_vector row = lw_load(pairs + m * LW_LANES);
      LW_UNROLL
      for (int n = 0; n < ROWS; n++) {
        double two;
        memcpy(&two, tile + (j + n) * BLOCK + 2 * m, sizeof two);
        sum[n] += (lw_vector)_mm512_set1_pd(two) * row;
      }
    }
    LW_UNROLL
    for (int n = 0; n < ROWS; n++) {
      float *at = keys + (j + n) * LW_LANES;
      lw_store(at, lw_load(at) + sum[n]);
    }
  }
}

/* What add_over_queries takes: room[m, 2 c + b] = from[2 m + b, c]. */
static const float *rows_for_keys(const float *from, float *room)
{
  for (int64_t m = 0; m < BLOCK / 2; m++)
    lw_store(room + m * LW_LANES,
             LW_LOWER(lw_load(from + 2 * m * LW_LANES), lw_load(from + (2 * m + 1) * LW_LANES)));
  return room;
}

/* rows[j, c] = rows[j, 2 c] + rows[j, 2 c + 1] */
static void finish_keys(float *rows)
{
  for (int64_t j = 0; j < BLOCK; j++)
    for (int64_t c = 0; c < LW_LANES / 2; c++)
      rows[j * LW_LANES + c] = rows[j * LW_LANES + 2 * c] + rows[j * LW_LANES + 2 * c + 1];
}
#else
/* keys[j, :] += sum_i tile[j, i] queries[i, :] */
static __attribute__((noinline)) void add_over_queries(const float *tile, const float *queries,
                                                       float *keys)
{
  lw_fused_product_add(tile, BLOCK, 1, BLOCK, BLOCK, queries, WIDTH, keys);
}

static const float *rows_for_keys(const float *from, float *room)
{
  (void)room;
  return from;
}

static void finish_keys(float *rows)
{
  (void)rows;
}
#endif

/* Rows and columns of a block of queries and of its gradients, lse in powers of two, D. */
static void backward_queries(const lw_fused_plan *plan, int64_t block, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, first = block * BLOCK;
  const int64_t count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  lw_fused_pack(head->q + first * head->q_stride, head->q_stride, count, d, WIDTH, NULL, work->q);
  lw_fused_pack(plan->gradient->dy + first * head->y_stride, head->y_stride, count, d, WIDTH, NULL,
                work->dy);
  lw_fused_turn(work->q, WIDTH, log2_e / sqrtf((float)d), work->q_columns);
  lw_fused_turn(work->dy, WIDTH, 1, work->dy_columns);
  memset(work->dq, 0, ROOM * sizeof *work->dq);
  memset(work->dquery, 0, BLOCK * sizeof *work->dquery);
  for (int64_t i = 0; i < BLOCK; i++) {
    /* an infinite lse gives the queries beyond the end no weight */
    work->lse[i] = i < count ? log2_e * head->lse[first + i] : INFINITY;
    work->delta[i] = i < count ? plan->delta[first + i] : 0;
  }
}

/* P and dX of a tile, and what they add to the gradients of distances. */
static void backward_tile(const lw_fused_plan *plan, int64_t block, int64_t key_block,
                          const lw_fused_work *work)
{
  const float *k = lw_fused_block_in(work->k, key_block, work),
              *v = lw_fused_block_in(work->v, key_block, work);
  const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, key_block);
  const bool readings = lw_fused_wants_readings(plan), shifted = lw_fused_wants_dbias(plan);
  const distance d = distance_of(plan, block, key_block, work);
  const told to = {.dkey = readings ? lw_fused_dkey_of(key_block, work) : NULL,
                   .bias_share = plan->head->locality == LW_LOCALITY_SCALE ? 0 : log2_e,
                   .shifted = shifted};
  if (!readings && !shifted) {
    gradient_tile(work, k, v, d, count);
    return;
  }
  gradient_tile_told(work, k, v, d, to, count);
  if (shifted) lw_fused_add_dbias(plan, block, key_block, work);
}

static void backward_block(const lw_fused_plan *plan, int64_t block, lw_fused_blocks keys,
                           const lw_fused_work *work)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size;
  backward_queries(plan, block, work);
  /* the columns of forward have room that is free here */
  const float *q = rows_for_keys(work->q, work->y);
  const float *dy = rows_for_keys(work->dy, work->y + ROOM);
  for (int64_t J = keys.first; J < keys.last; J++) {
    backward_tile(plan, block, J, work);
    add_over_queries(work->tile, dy, lw_fused_block_in(work->dv, J, work));
    add_over_queries(work->dtile, q, lw_fused_block_in(work->dk, J, work));
  }
  turn_back(work->dq, work->q);
  lw_fused_unpack(work->q, WIDTH, lw_fused_count(plan, LW_FUSED_QUERIES, block), d,
                  1 / sqrtf((float)d), !plan->alone,
                  gradient->dq + block * BLOCK * gradient->dq_stride, gradient->dq_stride);
  if (lw_fused_wants_readings(plan)) lw_fused_add_query_readings(plan, block, work);
}

void LW_ISA_NAME(fused_narrow_backward)(const lw_fused_plan *plan, int64_t query_segment,
                                        int64_t key_segment, float *scratch)
{
  const int64_t first = query_segment * SEGMENT;
  const int64_t last = lw_fused_segment_end(plan, LW_FUSED_QUERIES, query_segment);
  const lw_fused_blocks all = lw_fused_near_of_all(plan, first, last, key_segment);
  lw_fused_work work;
  lw_fused_carve(&work, WIDTH, scratch);
  pack_keys(plan, all, &work);
  lw_fused_clear_keys(plan, all, &work);
  for (int64_t I = first; I < last; I++) {
    const lw_fused_blocks keys = lw_fused_near_keys(plan, I, key_segment);
    if (keys.first < keys.last) backward_block(plan, I, keys, &work);
  }
  for (int64_t J = all.first; J < all.last; J++) {
    finish_keys(lw_fused_block_in(work.dk, J, &work));
    finish_keys(lw_fused_block_in(work.dv, J, &work));
  }
  lw_fused_unpack_keys(plan, all, !plan->alone, &work);
}
