/** The far field of the float32 backend of op/fused.h: sums over far tokens, carried along by a
 *  sweep. Included by the sources that gather the sums and that read them, which are compiled once
 *  for each instruction set.
 *
 *  What far tokens add to a token is read off sums at an edge b between blocks, over all tokens on
 *  one side of it. With x, z standing for k, v (kind KEYS) or for q, exp(-lse) dy (kind QUERIES):
 *
 *    total  = sum z_t                            outer  = sum exp(-alpha |b-t|) x_t z_t^T
 *    vector = sum exp(-alpha |b-t|) f_t x_t      turned = outer^T
 *
 *  where f_t is 1 for keys and exp(-lse_t) D_t for queries. As exp(-alpha |i-t|) is the product of
 *  those of the two distances to the edge, with e_i = exp(-alpha |i-b|) / sqrt(d):
 *
 *    forward    y_i and Z_i begin with   total + e_i q_i outer   and   count + e_i q_i . vector
 *    backward   dq_i = exp(-lse_i) e_i (dy_i turned - D_i vector)            sums of the keys
 *               dv_j = total + e_j k_j outer,  dk_j = e_j (v_j turned - vector)  of the queries
 *
 *  The edges of the blocks that read move one way (fused_plan.h), so a sweep carries one set of
 *  sums along and takes in block after block; gather and scan give it the sums to begin with, and
 *  sums over tokens that are not here (lw_fused_outside) join it when the first block comes that
 *  reads them. Order 0 has total and count only. Of a clocked head alpha |b-t| is |C_b - C_t|, an
 *  edge reading as the first token behind it, or the last one before it at the end. */
#ifndef LONGWAVE_OP_FUSED_SWEEP_H
#define LONGWAVE_OP_FUSED_SWEEP_H

#include "fused_rows.h"
#include "isa.h"
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK, SEGMENT = LW_FUSED_SEGMENT };

typedef struct sums {
  double *total;                  /* [width] */
  float *vector, *outer, *turned; /* [width], [width, width] twice */
} sums;

typedef struct sweep {
  const lw_fused_plan *plan;
  const lw_fused_work *work;
  lw_fused_kind kind;
  lw_fused_side side;
  sums at;
  int64_t edge; /* in blocks */
  bool joined;  /* the outside sums are in `at` */
  /* decay from a token to the edges of its block; of a clocked head those of one block at a time */
  float from_start[BLOCK], to_end[BLOCK];
} sweep;

static sums sums_in(float *memory, int64_t width)
{
  return (sums){.total = (double *)(void *)memory,
                .vector = memory + 2 * width,
                .outer = memory + 3 * width,
                .turned = memory + 3 * width + width * width};
}

/* exp(-distance), and 0 where it is too small to matter, before it is subnormal and slow */
static float decay_by(double distance)
{
  return distance < 60 ? (float)exp(-distance) : 0;
}

/* exp(-alpha * tokens) */
static float decay_over(const lw_fused_plan *plan, int64_t tokens)
{
  return decay_by((double)plan->head->alpha * (double)tokens);
}

static double edge_reading(const lw_fused_plan *plan, lw_fused_kind kind, int64_t edge)
{
  return lw_fused_reading(plan->head, kind, edge * BLOCK);
}

/* From one edge between blocks to another. */
static float decay_between(const lw_fused_plan *plan, lw_fused_kind kind, int64_t from, int64_t to)
{
  if (plan->head->clocked)
    return decay_by(fabs(edge_reading(plan, kind, to) - edge_reading(plan, kind, from)));
  return decay_over(plan, (to > from ? to - from : from - to) * BLOCK);
}

/* to[n]: from token n of a block of a clocked head to a reading beside the block */
static void decays_to_reading(const lw_fused_head *head, lw_fused_kind kind, int64_t block,
                              double reading, float *to)
{
  const float log2_e = 1.44269504f;
  for (int64_t n = 0; n < BLOCK; n++)
    to[n] = -log2_e * (float)fabs(lw_fused_reading(head, kind, block * BLOCK + n) - reading);
  for (int64_t n = 0; n < BLOCK; n += LW_LANES) lw_store(to + n, lw_exp2(lw_load(to + n)));
}

/* Forward wants outer alone; backward wants turned, and for queries both. */
static bool wants_outer(const lw_fused_plan *plan, lw_fused_kind kind)
{
  return !plan->gradient || kind == LW_FUSED_QUERIES;
}

/* C[r, :] += A[r, :] M (or A^T M: a_row and a_step say) */
static __attribute__((noinline)) void product(const float *a, int64_t a_row, int64_t a_step,
                                              int64_t rows, int64_t depth, const float *matrix,
                                              int64_t width, float *c)
{
  lw_fused_product_add(a, a_row, a_step, rows, depth, matrix, width, c);
}

/* to[c] = sum_r weight[r] * rows[r, c] (weight NULL: 1) */
static void column_sums(const float *rows, int64_t count, int64_t width, const float *weight,
                        float *to)
{
  for (int64_t c = 0; c < width; c += LW_LANES) {
    lw_vector sum = {0};
    for (int64_t r = 0; r < count; r++) {
      const lw_vector row = lw_load(rows + r * width + c);
      sum += weight ? weight[r] * row : row;
    }
    lw_store(to + c, sum);
  }
}

/* sums of x^T z, all that were there decayed by `decay` first */
static void add_outer(const float *x, const float *z, int64_t count, int64_t width, float decay,
                      float *outer)
{
  for (int64_t n = 0; n < width * width; n += LW_LANES)
    lw_store(outer + n, decay * lw_load(outer + n));
  product(x, 1, width, width, count, z, width, outer);
}

/* exp(-lse_t) of a block of queries to work->factor, times D_t to work->inner */
static void query_factors(const lw_fused_plan *plan, int64_t block, const lw_fused_work *work)
{
  const float log2_e = 1.44269504f;
  const int64_t first = block * BLOCK, count = lw_fused_count(plan, LW_FUSED_QUERIES, block);
  for (int64_t r = 0; r < BLOCK; r++)
    work->factor[r] = r < count ? -log2_e * plan->head->lse[first + r] : 0;
  for (int64_t r = 0; r < BLOCK; r += LW_LANES)
    lw_store(work->factor + r, lw_exp2(lw_load(work->factor + r)));
  for (int64_t r = 0; r < count; r++) work->inner[r] = work->factor[r] * plan->delta[first + r];
}

/* Decay from each token of a block to the edge that it comes before next. */
static const float *decays_to_edge(sweep *s, int64_t block)
{
  const bool before = s->side == LW_FUSED_BEFORE;
  float *to = before ? s->to_end : s->from_start;
  if (s->plan->head->clocked)
    decays_to_reading(s->plan->head, s->kind, block,
                      edge_reading(s->plan, s->kind, before ? block + 1 : block), to);
  return to;
}

/* x and z of a block: rows of x to work->q, decayed to the new edge, and of z to work->dy. */
static void pack_block(sweep *s, int64_t block)
{
  const lw_fused_head *head = s->plan->head;
  const lw_fused_work *work = s->work;
  const int64_t first = block * BLOCK, count = lw_fused_count(s->plan, s->kind, block);
  const int64_t d = head->head_size, width = work->width;
  const bool keys = s->kind == LW_FUSED_KEYS;
  const float *x = keys ? head->k : head->q, *z = keys ? head->v : s->plan->gradient->dy;
  const int64_t x_stride = keys ? head->k_stride : head->q_stride;
  const int64_t z_stride = keys ? head->v_stride : head->y_stride;
  if (!keys) query_factors(s->plan, block, work);
  lw_fused_pack(z + first * z_stride, z_stride, count, d, width, keys ? NULL : work->factor,
                work->dy);
  if (s->plan->near.far == LW_FUSED_FAR_ONE)
    lw_fused_pack(x + first * x_stride, x_stride, count, d, width, decays_to_edge(s, block),
                  work->q);
}

/* Moves the edge over one block. */
static void take(sweep *s)
{
  const lw_fused_work *work = s->work;
  const int64_t block = s->side == LW_FUSED_BEFORE ? s->edge : s->edge - 1;
  const int64_t count = lw_fused_count(s->plan, s->kind, block), width = work->width;
  const int64_t edge = s->side == LW_FUSED_BEFORE ? s->edge + 1 : s->edge - 1;
  const float decay = decay_between(s->plan, s->kind, s->edge, edge);
  float *sum = work->column;
  pack_block(s, block);
  column_sums(work->dy, count, width, NULL, sum);
  for (int64_t c = 0; c < width; c++) s->at.total[c] += (double)sum[c];
  if (s->plan->near.far == LW_FUSED_FAR_ONE) {
    column_sums(work->q, count, width, s->kind == LW_FUSED_KEYS ? NULL : work->inner, sum);
    for (int64_t c = 0; c < width; c++) s->at.vector[c] = decay * s->at.vector[c] + sum[c];
    if (wants_outer(s->plan, s->kind))
      add_outer(work->q, work->dy, count, width, decay, s->at.outer);
    if (s->plan->gradient) add_outer(work->dy, work->q, count, width, decay, s->at.turned);
  }
  s->edge = edge;
}

/* Sums kept in `memory`, still empty, at an edge. */
static sweep sweep_from(const lw_fused_plan *plan, const lw_fused_work *work, lw_fused_kind kind,
                        lw_fused_side side, float *memory, int64_t edge)
{
  sweep s = {.plan = plan, .work = work, .kind = kind, .side = side, .edge = edge};
  s.at = sums_in(memory, work->width);
  memset(memory, 0, (size_t)lw_fused_sums_floats(work->width) * sizeof *memory);
  for (int64_t r = 0; r < BLOCK; r++) {
    s.from_start[r] = decay_over(plan, r);
    s.to_end[r] = decay_over(plan, BLOCK - r);
  }
  return s;
}

static void move(sweep *s, int64_t edge)
{
  while (s->edge != edge) take(s);
}

#endif
