/* The tile engine behind op/fused.h, compiled once for each instruction set.
 *
 * A tile is 64 keys by 64 queries, stored with the queries side by side: tile[j, i]. So the vector
 * lanes are queries, a softmax needs no sum or maximum across lanes, and q is the only operand that
 * is ever transposed (64 rows at a time). For a block of queries I the key blocks J pass by:
 *
 *   forward    S = K_J Q_I^T;  P = weights of S;  Y_I += P^T V_J
 *   backward   S = K_J Q_I^T;  dP = V_J dY_I^T;  P, dX from both;
 *              dV_J += P dY_I;  dK_J += dX Q_I;  dQ_I += dX^T K_J
 *
 * Key blocks come in segments that are packed once for all query blocks of a segment. Only the near
 * ones come (fused_plan.h); the far ones entered before them (fused_far_kernel.c).
 *
 * Everything runs in powers of two: q carries log2(e) / sqrt(d), the bias log2(e).
 * Distance enters by tables over i - j, the same code on all sides of the diagonal; the causal mask
 * of the tile on the diagonal is an infinite bias. Keys beyond the end of the sequence are left out
 * by counting. */
#include "fused_rows.h"
#include "isa.h"
#include <float.h>
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK, SEGMENT = LW_FUSED_SEGMENT, GROUP = 4 };

static const float log2_e = 1.44269504f, ln_2 = 0.693147181f;

/* tile[j, i] = sum_c rows[j, c] columns[c, i] */
static __attribute__((noinline)) void product_scores(const float *rows, int64_t width,
                                                     const float *columns, int64_t d, float *tile)
{
  lw_fused_product_all((lw_fused_product){.a = rows,
                                          .a_row = width,
                                          .a_step = 1,
                                          .b = columns,
                                          .b_step = BLOCK,
                                          .c = tile,
                                          .c_row = BLOCK,
                                          .rows = BLOCK,
                                          .depth = d,
                                          .width = BLOCK,
                                          .add = false});
}

/* keys[j, :] += sum_i tile[j, i] queries[i, :] */
static __attribute__((noinline)) void product_over_queries(const float *tile, const float *queries,
                                                           int64_t width, float *keys)
{
  lw_fused_product_all((lw_fused_product){.a = tile,
                                          .a_row = BLOCK,
                                          .a_step = 1,
                                          .b = queries,
                                          .b_step = width,
                                          .c = keys,
                                          .c_row = width,
                                          .rows = BLOCK,
                                          .depth = BLOCK,
                                          .width = width,
                                          .add = true});
}

/* queries[i, :] += sum_j tile[j, i] keys[j, :] over the first `count` keys */
static __attribute__((noinline)) void product_over_keys(const float *tile, const float *keys,
                                                        int64_t width, int64_t count,
                                                        float *queries)
{
  lw_fused_product_all((lw_fused_product){.a = tile,
                                          .a_row = 1,
                                          .a_step = BLOCK,
                                          .b = keys,
                                          .b_step = width,
                                          .c = queries,
                                          .c_row = width,
                                          .rows = BLOCK,
                                          .depth = count,
                                          .width = width,
                                          .add = true});
}

/* How distance enters the scores of one tile; the tables are at i - j + 63 of the tile's own i and
 * j. */
typedef struct distance {
  bool scaled, biased;
  const float *decay, *bias;
} distance;

static distance distance_of_tile(const lw_fused_head *head, int64_t query_block, int64_t key_block,
                                 const lw_fused_work *work)
{
  const int64_t query_first = query_block * BLOCK + head->ahead, key_first = key_block * BLOCK;
  const bool diagonal = head->causal && query_first == key_first;
  const bool near = head->alpha > 0;
  const distance tables = {.scaled = near && head->locality != LW_LOCALITY_BIAS,
                           .biased = diagonal || (near && head->locality != LW_LOCALITY_SCALE),
                           .decay = work->decay,
                           .bias = work->bias};
  const float slope = log2_e * head->alpha;
  const float bias_slope = head->locality == LW_LOCALITY_SCALE ? 0 : slope;
  if (!tables.scaled && !tables.biased) return tables;
  for (int64_t n = 0; n < LW_FUSED_REACH; n++) {
    int64_t ahead = query_first - key_first + n - (BLOCK - 1);
    float between = (float)(ahead < 0 ? -ahead : ahead);
    work->decay[n] = -slope * between;
    work->bias[n] = diagonal && ahead < 0 ? INFINITY : bias_slope * between;
  }
  if (tables.scaled)
    for (int64_t n = 0; n < LW_FUSED_REACH; n += LW_LANES)
      lw_store(work->decay + n, lw_exp2(lw_load(work->decay + n)));
  return tables;
}

/* x of the queries from i on at key j from their scores */
LW_INLINE lw_vector local(lw_vector score, distance tables, bool scaled, bool biased, int64_t i,
                          int64_t j)
{
  if (scaled) score *= lw_load(tables.decay + (BLOCK - 1) + i - j);
  if (biased) score -= lw_load(tables.bias + (BLOCK - 1) + i - j);
  return score;
}

/* Scores of a tile to weights relative to the running maximum, for GROUP vectors of queries from i
 * on. */
LW_INLINE void softmax_group(const lw_fused_work *work, distance tables, bool scaled, bool biased,
                             int64_t keys, int64_t i)
{
  lw_vector most[GROUP], total[GROUP];
  LW_UNROLL
  for (int v = 0; v < GROUP; v++) most[v] = lw_load(work->most + i + v * LW_LANES);
  for (int64_t j = 0; j < keys; j++) LW_UNROLL
  for (int v = 0; v < GROUP; v++) {
    float *at = work->tile + j * BLOCK + i + v * LW_LANES;
    lw_vector x = local(lw_load(at), tables, scaled, biased, i + v * LW_LANES, j);
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

/* One copy of the loops for each way distance enters. */
#define FOR_DISTANCE(tables, CASE)                                                                 \
  do {                                                                                             \
    if ((tables).scaled && (tables).biased)                                                        \
      CASE(true, true);                                                                            \
    else if ((tables).scaled)                                                                      \
      CASE(true, false);                                                                           \
    else if ((tables).biased)                                                                      \
      CASE(false, true);                                                                           \
    else                                                                                           \
      CASE(false, false);                                                                          \
  } while (0)

static __attribute__((noinline)) void softmax_tile(const lw_fused_work *work, distance tables,
                                                   int64_t keys)
{
#define SOFTMAX(scaled, biased)                                                                    \
  for (int64_t i = 0; i < BLOCK; i += GROUP * LW_LANES)                                            \
  softmax_group(work, tables, scaled, biased, keys, i)
  FOR_DISTANCE(tables, SOFTMAX);
#undef SOFTMAX
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

/* The maximum of few queries grows after the first tiles: only their sums are scaled down. */
static void rescale(const lw_fused_work *work)
{
  for (int64_t i = 0; i < BLOCK; i++) {
    if (work->change[i] == 1.0f) continue;
    for (int64_t c = 0; c < work->width; c++) work->y[i * work->width + c] *= work->change[i];
  }
}

/* The near key blocks of a query block that lie in a segment of keys. */
typedef struct range {
  int64_t first, last;
} range;

static range near_keys(const lw_fused_plan *plan, int64_t block, int64_t segment)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  return (range){lw_fused_greatest(segment * SEGMENT, edge[LW_FUSED_BEFORE][block]),
                 lw_fused_least(lw_fused_segment_end(plan, LW_FUSED_KEYS, segment),
                                edge[LW_FUSED_AFTER][block])};
}

/* Of all query blocks [first, last): their ranges only move up. */
static range near_keys_of_all(const lw_fused_plan *plan, int64_t first, int64_t last,
                              int64_t segment)
{
  return (range){near_keys(plan, first, segment).first, near_keys(plan, last - 1, segment).last};
}

/* The packed rows of a block, one of a segment. */
static float *block_in(float *segment, int64_t block, const lw_fused_work *work)
{
  return segment + block % SEGMENT * BLOCK * work->width;
}

static void pack_keys(const lw_fused_plan *plan, range keys, const lw_fused_work *work)
{
  const lw_fused_head *head = plan->head;
  const int64_t d = head->head_size, width = work->width;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t first = J * BLOCK, count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    lw_fused_pack(head->k + first * head->k_stride, head->k_stride, count, d, width, NULL,
                  block_in(work->k, J, work));
    lw_fused_pack(head->v + first * head->v_stride, head->v_stride, count, d, width, NULL,
                  block_in(work->v, J, work));
  }
}

/* The work of one query block among those of its segment. */
static lw_fused_work view_of(const lw_fused_work *work, int64_t block)
{
  lw_fused_work view = *work;
  view.q_columns = block_in(work->q_columns, block, work);
  view.y = block_in(work->y, block, work);
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

static void forward_block(const lw_fused_plan *plan, int64_t block, range keys,
                          const lw_fused_work *work)
{
  const int64_t d = plan->head->head_size, width = work->width;
  for (int64_t J = keys.first; J < keys.last; J++) {
    const int64_t count = lw_fused_count(plan, LW_FUSED_KEYS, J);
    const distance tables = distance_of_tile(plan->head, block, J, work);
    product_scores(block_in(work->k, J, work), width, work->q_columns, d, work->tile);
    softmax_tile(work, tables, count);
    rescale(work);
    product_over_keys(work->tile, block_in(work->v, J, work), width, count, work->y);
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
  lw_fused_cut(&work, lw_fused_whole(plan->head->head_size, LW_LANES), scratch);
  forward_start(plan, first, last, &work);
  for (int64_t s = 0; s < plan->segments[LW_FUSED_KEYS]; s++) {
    const range all = near_keys_of_all(plan, first, last, s);
    if (all.first >= all.last) continue;
    pack_keys(plan, all, &work);
    for (int64_t I = first; I < last; I++) {
      const lw_fused_work view = view_of(&work, I);
      forward_block(plan, I, near_keys(plan, I, s), &view);
    }
  }
  for (int64_t I = first; I < last; I++) {
    const lw_fused_work view = view_of(&work, I);
    forward_finish(plan, I, &view);
  }
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
  lw_fused_cut(&work, width, scratch);
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
