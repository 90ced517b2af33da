/* The far field of the tile engine, compiled once for each instruction set.
 *
 * What far tokens add to a token is read off sums at an edge b between blocks, over all tokens on
 * one side of it. With x, z standing for k, v (kind KEYS) or for q, exp(-lse) dy (kind QUERIES):
 *
 *    total  = sum z_t                            outer  = sum exp(-alpha |b-t|) x_t z_t^T
 *    vector = sum exp(-alpha |b-t|) f_t x_t      turned = outer^T
 *
 * where f_t is 1 for keys and exp(-lse_t) D_t for queries. As exp(-alpha |i-t|) is the product of
 * those of the two distances to the edge, with e_i = exp(-alpha |i-b|) / sqrt(d):
 *
 *    forward    y_i and Z_i begin with   total + e_i q_i outer   and   count + e_i q_i . vector
 *    backward   dq_i = exp(-lse_i) e_i (dy_i turned - D_i vector)            sums of the keys
 *               dv_j = total + e_j k_j outer,  dk_j = e_j (v_j turned - vector)  of the queries
 *
 * The edges of the blocks that read move one way (fused_plan.h), so a sweep carries one set of sums
 * along and takes in block after block; gather and scan give it the sums to begin with, and sums
 * over tokens that are not here (lw_fused_outside) join it when the first block comes that reads
 * them. Order 0 has total and count only. */
#include "fused_rows.h"
#include "isa.h"
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK, SEGMENT = LW_FUSED_SEGMENT, WIDEST = 256 };

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
  int64_t edge;                           /* in blocks */
  bool joined;                            /* the outside sums are in `at` */
  float from_start[BLOCK], to_end[BLOCK]; /* decay from a token to the edges of its block */
} sweep;

static sums sums_in(float *memory, int64_t width)
{
  return (sums){.total = (double *)(void *)memory,
                .vector = memory + 2 * width,
                .outer = memory + 3 * width,
                .turned = memory + 3 * width + width * width};
}

/* exp(-alpha * tokens), and 0 where it is too small to matter, before it is subnormal and slow */
static float decay_over(const lw_fused_plan *plan, int64_t tokens)
{
  const double power = (double)plan->head->alpha * (double)tokens;
  return power < 60 ? (float)exp(-power) : 0;
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
  lw_fused_product_all((lw_fused_product){.a = a,
                                          .a_row = a_row,
                                          .a_step = a_step,
                                          .b = matrix,
                                          .b_step = width,
                                          .c = c,
                                          .c_row = width,
                                          .rows = rows,
                                          .depth = depth,
                                          .width = width,
                                          .add = true});
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

/* x and z of a block: rows of x to work->q, decayed to the new edge, and of z to work->dy. */
static void pack_block(const sweep *s, int64_t block)
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
    lw_fused_pack(x + first * x_stride, x_stride, count, d, width,
                  s->side == LW_FUSED_BEFORE ? s->to_end : s->from_start, work->q);
}

/* Moves the edge over one block. */
static void take(sweep *s)
{
  const lw_fused_work *work = s->work;
  const int64_t block = s->side == LW_FUSED_BEFORE ? s->edge : s->edge - 1;
  const int64_t count = lw_fused_count(s->plan, s->kind, block), width = work->width;
  const float decay = decay_over(s->plan, BLOCK);
  float sum[WIDEST];
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
  s->edge += s->side == LW_FUSED_BEFORE ? 1 : -1;
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

/* Begins at the inner edge of a segment next to `edge`, on the side where the sums are. */
static sweep sweep_to(const lw_fused_plan *plan, const lw_fused_work *work, lw_fused_kind kind,
                      lw_fused_side side, int64_t edge)
{
  const bool before = side == LW_FUSED_BEFORE;
  const int64_t inner = before ? edge / SEGMENT : (edge + SEGMENT - 1) / SEGMENT;
  sweep s = sweep_from(plan, work, kind, side, work->sums,
                       lw_fused_least(inner * SEGMENT, plan->blocks[kind]));
  if (inner > 0 && inner < plan->segments[kind])
    memcpy(work->sums, lw_fused_sums_at(plan, kind, side, inner),
           (size_t)lw_fused_sums_floats(work->width) * sizeof(float));
  return s;
}

static void move(sweep *s, int64_t edge)
{
  while (s->edge != edge) take(s);
}

static const lw_fused_outside *outside_of(const lw_fused_plan *plan, lw_fused_kind kind,
                                          lw_fused_side side)
{
  return kind == LW_FUSED_KEYS ? &plan->head->outside[side] : &plan->gradient->outside[side];
}

static bool reads_outside(const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side,
                          int64_t block)
{
  const lw_fused_outside *outside = outside_of(plan, kind, side);
  return outside->sums &&
         (kind == LW_FUSED_KEYS || (block >= outside->first && block < outside->end));
}

/* Adds the outside sums, as they look from the edge at hand, before `block` reads. */
static void join(sweep *s, int64_t block)
{
  if (s->joined || !reads_outside(s->plan, s->kind, s->side, block)) return;
  const float *from = outside_of(s->plan, s->kind, s->side)->sums;
  const int64_t d = s->plan->head->head_size, width = s->work->width;
  const int64_t blocks = s->side == LW_FUSED_BEFORE ? s->edge : s->plan->blocks[s->kind] - s->edge;
  const float decay = decay_over(s->plan, blocks * BLOCK);
  const float *vector = from + 2 * d, *outer = vector + d;
  for (int64_t c = 0; c < d; c++) {
    double total;
    memcpy(&total, from + 2 * c, sizeof total);
    s->at.total[c] += total;
    s->at.vector[c] += decay * vector[c];
    for (int64_t n = 0; n < d; n++) {
      s->at.outer[c * width + n] += decay * outer[c * d + n];
      s->at.turned[n * width + c] += decay * outer[c * d + n];
    }
  }
  s->joined = true;
}

/* Calls `read` for the blocks [first, last) of the other kind, with the sums at their far edges. */
typedef void reader(const sweep *s, int64_t block);

static void run(const lw_fused_plan *plan, const lw_fused_work *work, lw_fused_kind kind,
                lw_fused_side side, int64_t first, int64_t last, reader *read)
{
  if (!lw_fused_has_side(plan->head, kind, side)) return;
  const bool before = side == LW_FUSED_BEFORE;
  const int64_t *edge = plan->far_edge[kind][side], nothing = before ? 0 : plan->blocks[kind];
  for (int64_t next; first < last; before ? first++ : last--) {
    next = before ? first : last - 1;
    if (edge[next] != nothing || reads_outside(plan, kind, side, next)) break;
  }
  if (first == last) return;
  sweep s = sweep_to(plan, work, kind, side, edge[before ? first : last - 1]);
  for (int64_t n = 0; n < last - first; n++) {
    const int64_t block = before ? first + n : last - 1 - n;
    move(&s, edge[block]);
    join(&s, block);
    read(&s, block);
  }
}

/* e_i of a block that reads, times factor[i] (NULL: 1), to work->factor */
static void edge_factors(const sweep *s, int64_t block, const float *factor)
{
  const bool before = s->side == LW_FUSED_BEFORE;
  const int64_t place = s->kind == LW_FUSED_KEYS ? block + s->plan->shift : block - s->plan->shift;
  const int64_t gap = before ? place - s->edge : s->edge - place - 1;
  const float *within = before ? s->from_start : s->to_end;
  const float rest = decay_over(s->plan, gap * BLOCK) / sqrtf((float)s->plan->head->head_size);
  for (int64_t r = 0; r < BLOCK; r++)
    s->work->factor[r] = within[r] * rest * (factor ? factor[r] : 1);
}

/* Rows of a block that reads, times work->factor, to work->q. */
static void pack_factored(const sweep *s, const float *from, int64_t stride, int64_t block)
{
  const lw_fused_kind reads = s->kind == LW_FUSED_KEYS ? LW_FUSED_QUERIES : LW_FUSED_KEYS;
  lw_fused_pack(from + block * BLOCK * stride, stride, lw_fused_count(s->plan, reads, block),
                s->plan->head->head_size, s->work->width, s->work->factor, s->work->q);
}

static void add_total(const sweep *s, float *rows)
{
  const int64_t width = s->work->width;
  for (int64_t r = 0; r < BLOCK; r++)
    for (int64_t c = 0; c < width; c++) rows[r * width + c] += (float)s->at.total[c];
}

static void read_forward(const sweep *s, int64_t block)
{
  const lw_fused_head *head = s->plan->head;
  const lw_fused_work *work = s->work;
  const int64_t width = work->width, place = block % SEGMENT * BLOCK;
  const int64_t tokens = lw_fused_least(s->edge * BLOCK, head->keys);
  const float count = (float)(head->outside[s->side].count +
                              (s->side == LW_FUSED_BEFORE ? tokens : head->keys - tokens));
  float *y = work->y + place * width, *total = work->total + place;
  add_total(s, y);
  for (int64_t r = 0; r < BLOCK; r++) total[r] += count;
  if (s->plan->near.far != LW_FUSED_FAR_ONE) return;
  edge_factors(s, block, NULL);
  pack_factored(s, head->q, head->q_stride, block);
  product(work->q, width, 1, BLOCK, head->head_size, s->at.outer, width, y);
  for (int64_t r = 0; r < BLOCK; r++)
    total[r] += lw_fused_dot(work->q + r * width, s->at.vector, width);
}

void LW_ISA_NAME(fused_far_forward)(const lw_fused_plan *plan, int64_t first, int64_t last,
                                    const lw_fused_work *work)
{
  run(plan, work, LW_FUSED_KEYS, LW_FUSED_BEFORE, first, last, read_forward);
  run(plan, work, LW_FUSED_KEYS, LW_FUSED_AFTER, first, last, read_forward);
}

/* to[r, :] -= weight[r] * vector */
static void subtract_vector(const sweep *s, const float *weight, float *to)
{
  const int64_t width = s->work->width;
  for (int64_t r = 0; r < BLOCK; r++)
    for (int64_t c = 0; c < width; c += LW_LANES) {
      float *at = to + r * width + c;
      lw_store(at, lw_load(at) - weight[r] * lw_load(s->at.vector + c));
    }
}

/* dq, in work->y */
static void read_dq(const sweep *s, int64_t block)
{
  const lw_fused_work *work = s->work;
  const int64_t width = work->width, count = lw_fused_count(s->plan, LW_FUSED_QUERIES, block);
  float *dq = work->y + block % SEGMENT * BLOCK * width;
  query_factors(s->plan, block, work);
  edge_factors(s, block, work->factor);
  pack_factored(s, s->plan->gradient->dy, s->plan->head->y_stride, block);
  for (int64_t r = 0; r < BLOCK; r++)
    work->factor[r] = r < count ? work->factor[r] * s->plan->delta[block * BLOCK + r] : 0;
  product(work->q, width, 1, BLOCK, s->plan->head->head_size, s->at.turned, width, dq);
  subtract_vector(s, work->factor, dq);
}

static void read_dk_dv(const sweep *s, int64_t block)
{
  const lw_fused_head *head = s->plan->head;
  const lw_fused_work *work = s->work;
  const int64_t width = work->width, place = block % SEGMENT * BLOCK * width;
  add_total(s, work->dv + place);
  if (s->plan->near.far != LW_FUSED_FAR_ONE) return;
  edge_factors(s, block, NULL);
  pack_factored(s, head->k, head->k_stride, block);
  product(work->q, width, 1, BLOCK, head->head_size, s->at.outer, width, work->dv + place);
  pack_factored(s, head->v, head->v_stride, block);
  product(work->q, width, 1, BLOCK, head->head_size, s->at.turned, width, work->dk + place);
  subtract_vector(s, work->factor, work->dk + place);
}

/* The far terms of dq of a segment of queries, or of dk and dv of a segment of keys; 0 where there
   are none. */
void LW_ISA_NAME(fused_far_backward)(const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment,
                                     float *scratch)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size, width = lw_fused_whole(d, LW_LANES);
  const int64_t first = segment * SEGMENT, last = lw_fused_segment_end(plan, kind, segment);
  const int64_t row = first * BLOCK;
  const int64_t rows = lw_fused_least(last * BLOCK, lw_fused_tokens(plan->head, kind)) - row;
  const bool queries = kind == LW_FUSED_QUERIES, added = gradient->added;
  const bool has = queries ? plan->near.far == LW_FUSED_FAR_ONE : lw_fused_has_sums(plan);
  if (!has && added) return;
  lw_fused_work work;
  lw_fused_cut(&work, width, scratch);
  const struct {
    float *panel, *to;
    int64_t stride;
    bool wanted;
  } all[] = {{work.y, gradient->dq, gradient->dq_stride, queries},
             {work.dk, gradient->dk, gradient->dk_stride, !queries},
             {work.dv, gradient->dv, gradient->dv_stride, !queries}};
  for (int n = 0; n < 3; n++)
    if (all[n].wanted)
      memset(all[n].panel, 0, (size_t)((last - first) * BLOCK * width) * sizeof(float));
  for (lw_fused_side side = 0; has && side < LW_FUSED_SIDES; side++)
    run(plan, &work, queries ? LW_FUSED_KEYS : LW_FUSED_QUERIES, side, first, last,
        queries ? read_dq : read_dk_dv);
  for (int n = 0; n < 3; n++)
    if (all[n].wanted)
      lw_fused_unpack(all[n].panel, width, rows, d, 1, added, all[n].to + row * all[n].stride,
                      all[n].stride);
}

/* The sums of one segment by itself, at that end of it which sees them. */
void LW_ISA_NAME(fused_far_gather)(const lw_fused_plan *plan, lw_fused_kind kind,
                                   lw_fused_side side, int64_t segment, float *scratch)
{
  const int64_t first = segment * SEGMENT, last = lw_fused_segment_end(plan, kind, segment);
  const bool before = side == LW_FUSED_BEFORE;
  const int64_t inner = before ? segment + 1 : segment;
  if (inner <= 0 || inner >= plan->segments[kind]) return;
  lw_fused_work work;
  lw_fused_cut(&work, lw_fused_whole(plan->head->head_size, LW_LANES), scratch);
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
  lw_fused_cut(&work, width, scratch);
  sweep s = sweep_from(plan, &work, range->kind, range->side, work.sums,
                       before ? range->first : range->end);
  move(&s, before ? range->end : range->first);
  float *vector = range->sums + 2 * d, *to = vector + d;
  for (int64_t c = 0; c < d; c++) {
    memcpy(range->sums + 2 * c, &s.at.total[c], sizeof(double));
    vector[c] = s.at.vector[c];
    memcpy(to + c * d, s.at.outer + c * width, (size_t)d * sizeof(float));
  }
}

/* From the sums of single segments those of all segments on that side. */
void LW_ISA_NAME(fused_far_scan)(const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side)
{
  const int64_t width = lw_fused_whole(plan->head->head_size, LW_LANES);
  const int64_t floats = width + 2 * width * width;
  const float decay = decay_over(plan, SEGMENT * BLOCK);
  for (int64_t n = 2; n < plan->segments[kind]; n++) {
    const int64_t to = side == LW_FUSED_BEFORE ? n : plan->segments[kind] - n;
    const int64_t from = side == LW_FUSED_BEFORE ? to - 1 : to + 1;
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
    for (int64_t r = first; r < lw_fused_least(first + BLOCK, count); r++) {
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
  for (int64_t i = segment * SEGMENT * BLOCK; i < lw_fused_least(end, head->queries); i++) {
    const float *dy = plan->gradient->dy + i * head->y_stride, *y = head->y + i * head->y_stride;
    lw_fused_foresee(dy, head->y_stride, head->head_size);
    lw_fused_foresee(y, head->y_stride, head->head_size);
    plan->delta[i] = lw_fused_dot(dy, y, head->head_size);
  }
}
