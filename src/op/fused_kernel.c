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
 * Everything runs in powers of two: q carries log2(e) / sqrt(d), the bias log2(e).
 * Distance enters by tables over i - j, the same code on all sides of the diagonal; the causal mask
 * of the tile on the diagonal is an infinite bias. Keys beyond the end of the sequence are left out
 * by counting. */
#include "fused_product.h"
#include "fused_work.h"
#include "isa.h"
#include "isa_vector.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { BLOCK = LW_FUSED_BLOCK, GROUP = 4 };

static const float log2_e = 1.44269504f, ln_2 = 0.693147181f;

static int64_t least(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* to[r, :] = from[r, :] with zeros up to `width` and to whole blocks of rows */
static void pack_rows(const float *from, int64_t stride, int64_t rows, int64_t d, int64_t width,
                      float *to)
{
  int64_t whole = lw_fused_whole(rows, BLOCK);
  memset(to, 0, (size_t)(whole * width) * sizeof *to);
  for (int64_t r = 0; r < rows; r++)
    memcpy(to + r * width, from + r * stride, (size_t)d * sizeof *to);
}

/* to[c, r] = factor * from[r, c], zeros for the rows missing to a block */
static void pack_columns(const float *from, int64_t stride, int64_t rows, int64_t d, float factor,
                         float *to)
{
  for (int64_t c = 0; c < d; c++) {
    for (int64_t r = 0; r < rows; r++) to[c * BLOCK + r] = factor * from[r * stride + c];
    for (int64_t r = rows; r < BLOCK; r++) to[c * BLOCK + r] = 0;
  }
}

static void unpack_rows(const float *from, int64_t width, int64_t rows, int64_t d, float factor,
                        float *to, int64_t stride)
{
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < d; c++) to[r * stride + c] = factor * from[r * width + c];
}

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

static distance distance_of_tile(const lw_fused_head *head, int64_t query_first, int64_t key_first,
                                 const lw_fused_work *work)
{
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

/* Queries from `first` on, `count` of them. */
static void forward_block(const lw_fused_head *head, int64_t first, int64_t count,
                          const lw_fused_work *work)
{
  const int64_t d = head->head_size, width = work->width;
  const int64_t end = head->causal ? first + count : head->tokens;
  pack_columns(head->q + first * head->qk_stride, head->qk_stride, count, d,
               log2_e / sqrtf((float)d), work->q_columns);
  memset(work->y, 0, (size_t)(BLOCK * width) * sizeof *work->y);
  for (int64_t i = 0; i < BLOCK; i++) {
    work->most[i] = -FLT_MAX;
    work->total[i] = 0;
  }
  for (int64_t key = 0; key < end; key += BLOCK) {
    const int64_t keys = least(BLOCK, end - key);
    const distance tables = distance_of_tile(head, first, key, work);
    product_scores(work->k + key * width, width, work->q_columns, d, work->tile);
    softmax_tile(work, tables, keys);
    rescale(work);
    product_over_keys(work->tile, work->v + key * width, width, keys, work->y);
  }
  for (int64_t i = 0; i < count; i++) {
    unpack_rows(work->y + i * width, width, 1, d, 1.0f / work->total[i],
                head->y + (first + i) * head->y_stride, head->y_stride);
    head->lse[first + i] = ln_2 * work->most[i] + logf(work->total[i]);
  }
}

void LW_ISA_NAME(fused_forward)(const lw_fused_head *head, int64_t block_first, int64_t block_last,
                                float *scratch)
{
  const int64_t T = head->tokens, d = head->head_size, width = lw_fused_whole(d, LW_LANES);
  lw_fused_work work;
  lw_fused_cut(&work, T, width, scratch);
  const int64_t keys = head->causal ? least(T, block_last * BLOCK) : T;
  pack_rows(head->k, head->qk_stride, keys, d, width, work.k);
  pack_rows(head->v, head->v_stride, keys, d, width, work.v);
  for (int64_t first = block_first * BLOCK; first < least(T, block_last * BLOCK); first += BLOCK)
    forward_block(head, first, least(BLOCK, T - first), &work);
}

/* All that depends on the queries alone: packed copies, lse in powers of two, D_i = dy_i . y_i. */
static void backward_queries(const lw_fused_head *head, const lw_fused_gradient *gradient,
                             int64_t first, int64_t count, const lw_fused_work *work)
{
  const int64_t d = head->head_size, width = work->width;
  const float *q = head->q + first * head->qk_stride, *y = head->y + first * head->y_stride;
  const float *dy = gradient->dy + first * head->y_stride;
  pack_columns(q, head->qk_stride, count, d, log2_e / sqrtf((float)d), work->q_columns);
  pack_columns(dy, head->y_stride, count, d, 1, work->dy_columns);
  pack_rows(q, head->qk_stride, count, d, width, work->q);
  pack_rows(dy, head->y_stride, count, d, width, work->dy);
  memset(work->dq, 0, (size_t)(BLOCK * width) * sizeof *work->dq);
  for (int64_t i = 0; i < BLOCK; i++) {
    /* an infinite lse gives the queries beyond the end no weight */
    work->lse[i] = i < count ? log2_e * head->lse[first + i] : INFINITY;
    work->delta[i] = 0;
  }
  for (int64_t i = 0; i < count; i++)
    for (int64_t c = 0; c < d; c++)
      work->delta[i] += dy[i * head->y_stride + c] * y[i * head->y_stride + c];
}

static void backward_block(const lw_fused_head *head, const lw_fused_gradient *gradient,
                           int64_t first, int64_t count, const lw_fused_work *work)
{
  const int64_t d = head->head_size, width = work->width;
  const int64_t end = head->causal ? first + count : head->tokens;
  backward_queries(head, gradient, first, count, work);
  for (int64_t key = 0; key < end; key += BLOCK) {
    const int64_t keys = least(BLOCK, end - key);
    const distance tables = distance_of_tile(head, first, key, work);
    const float *k = work->k + key * width, *v = work->v + key * width;
    product_scores(k, width, work->q_columns, d, work->tile);
    product_scores(v, width, work->dy_columns, d, work->dtile);
    gradient_tile(work, tables, keys);
    product_over_queries(work->tile, work->dy, width, work->dv + key * width);
    product_over_queries(work->dtile, work->q, width, work->dk + key * width);
    product_over_keys(work->dtile, k, width, keys, work->dq);
  }
  unpack_rows(work->dq, width, count, d, 1 / sqrtf((float)d),
              gradient->dq + first * gradient->dqk_stride, gradient->dqk_stride);
}

void LW_ISA_NAME(fused_backward)(const lw_fused_head *head, const lw_fused_gradient *gradient,
                                 float *scratch)
{
  const int64_t T = head->tokens, d = head->head_size, width = lw_fused_whole(d, LW_LANES);
  lw_fused_work work;
  lw_fused_cut(&work, T, width, scratch);
  pack_rows(head->k, head->qk_stride, T, d, width, work.k);
  pack_rows(head->v, head->v_stride, T, d, width, work.v);
  const size_t bytes = (size_t)(lw_fused_whole(T, BLOCK) * width) * sizeof(float);
  memset(work.dk, 0, bytes);
  memset(work.dv, 0, bytes);
  for (int64_t first = 0; first < T; first += BLOCK)
    backward_block(head, gradient, first, least(BLOCK, T - first), &work);
  unpack_rows(work.dk, width, T, d, 1 / sqrtf((float)d), gradient->dk, gradient->dqk_stride);
  unpack_rows(work.dv, width, T, d, 1, gradient->dv, gradient->dv_stride);
}
