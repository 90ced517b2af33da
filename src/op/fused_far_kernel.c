/* What far tokens add to a block of queries or of keys, read off the sums that a sweep carries
   along (fused_sweep.h). */
#include "fused_sweep.h"
#include <assert.h>

/* Begins at the inner edge of a segment next to `edge`, on the side where the sums are. */
static sweep sweep_to(const lw_fused_plan *plan, const lw_fused_work *work, lw_fused_kind kind,
                      lw_fused_side side, int64_t edge)
{
  const bool before = side == LW_FUSED_BEFORE;
  const int64_t inner = before ? edge / SEGMENT : (edge + SEGMENT - 1) / SEGMENT;
  sweep s = sweep_from(plan, work, kind, side, work->sums,
                       lw_smaller(inner * SEGMENT, plan->blocks[kind]));
  if (inner > 0 && inner < plan->segments[kind])
    memcpy(work->sums, lw_fused_sums_at(plan, kind, side, inner),
           (size_t)lw_fused_sums_floats(work->width) * sizeof(float));
  return s;
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
  const lw_fused_outside *outside = outside_of(s->plan, s->kind, s->side);
  const float *from = outside->sums;
  const int64_t d = s->plan->head->head_size, width = s->work->width;
  const int64_t blocks = s->side == LW_FUSED_BEFORE ? s->edge : s->plan->blocks[s->kind] - s->edge;
  const float decay =
      s->plan->head->clocked
          ? decay_by(fabs(outside->reading - edge_reading(s->plan, s->kind, s->edge)))
          : decay_over(s->plan, blocks * BLOCK);
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

/* By a clock. */
static void edge_factors_of_readings(const sweep *s, int64_t block, const float *factor)
{
  const lw_fused_kind reads = s->kind == LW_FUSED_KEYS ? LW_FUSED_QUERIES : LW_FUSED_KEYS;
  const float rest = 1 / sqrtf((float)s->plan->head->head_size);
  float decay[BLOCK];
  decays_to_reading(s->plan->head, reads, block, edge_reading(s->plan, s->kind, s->edge), decay);
  for (int64_t r = 0; r < BLOCK; r++)
    s->work->factor[r] = decay[r] * rest * (factor ? factor[r] : 1);
}

/* e_i of a block that reads, times factor[i] (NULL: 1), to work->factor */
static void edge_factors(const sweep *s, int64_t block, const float *factor)
{
  const bool before = s->side == LW_FUSED_BEFORE;
  if (s->plan->head->clocked) {
    edge_factors_of_readings(s, block, factor);
    return;
  }
  const int64_t position =
      s->kind == LW_FUSED_KEYS ? block + s->plan->shift : block - s->plan->shift;
  const int64_t gap = before ? position - s->edge : s->edge - position - 1;
  const float *within = before ? s->from_start : s->to_end;
  const float rest = decay_over(s->plan, gap * BLOCK) / sqrtf((float)s->plan->head->head_size);
  assert(s->work->factor);
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
  const int64_t width = work->width, offset = block % SEGMENT * BLOCK;
  const int64_t tokens = lw_smaller(s->edge * BLOCK, head->keys);
  const float count = (float)(head->outside[s->side].count +
                              (s->side == LW_FUSED_BEFORE ? tokens : head->keys - tokens));
  float *y = work->y + offset * width, *total = work->total + offset;
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
  const int64_t width = work->width, offset = block % SEGMENT * BLOCK * width;
  add_total(s, work->dv + offset);
  if (s->plan->near.far != LW_FUSED_FAR_ONE) return;
  edge_factors(s, block, NULL);
  pack_factored(s, head->k, head->k_stride, block);
  product(work->q, width, 1, BLOCK, head->head_size, s->at.outer, width, work->dv + offset);
  pack_factored(s, head->v, head->v_stride, block);
  product(work->q, width, 1, BLOCK, head->head_size, s->at.turned, width, work->dk + offset);
  subtract_vector(s, work->factor, work->dk + offset);
}

/* sum[r] += factor * x_r . dx_r of the tokens of a segment, dx as in `panel` */
static void add_dots(const lw_fused_plan *plan, lw_fused_kind kind, int64_t row, int64_t rows,
                     const float *panel, int64_t width, float factor, float *sum)
{
  const lw_fused_head *head = plan->head;
  const float *x = kind == LW_FUSED_KEYS ? head->k : head->q;
  const int64_t stride = kind == LW_FUSED_KEYS ? head->k_stride : head->q_stride;
  for (int64_t r = 0; r < rows; r++)
    sum[r] += factor * lw_fused_dot(x + (row + r) * stride, panel + r * width, head->head_size);
}

static void give_readings(const lw_fused_gradient *gradient, lw_fused_kind kind, int64_t row,
                          int64_t rows, const float *sum)
{
  const int64_t stride = gradient->dreading_stride[kind];
  float *to = gradient->dreading[kind] + row * stride;
  for (int64_t r = 0; r < rows; r++)
    to[r * stride] = gradient->added ? to[r * stride] + sum[r] : sum[r];
}

/* The far terms of dq of a segment of queries, or of dk and dv of a segment of keys, and of what
   their readings get: less x . dx over what is before, and x . dx over what is after; 0 where there
   are none. */
void LW_ISA_NAME(fused_far_backward)(const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment,
                                     float *scratch)
{
  const lw_fused_gradient *gradient = plan->gradient;
  const int64_t d = plan->head->head_size, width = lw_fused_whole(d, LW_LANES);
  const int64_t first = segment * SEGMENT, last = lw_fused_segment_end(plan, kind, segment);
  const int64_t row = first * BLOCK;
  const int64_t rows = lw_smaller(last * BLOCK, lw_fused_tokens(plan->head, kind)) - row;
  const bool queries = kind == LW_FUSED_QUERIES, added = gradient->added;
  const bool readings = gradient->dreading[kind] != NULL;
  const bool has = queries ? plan->near.far == LW_FUSED_FAR_ONE : lw_fused_has_sums(plan);
  if (!has && added) return;
  lw_fused_work work;
  lw_fused_carve(&work, width, scratch);
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
  memset(work.most, 0, (size_t)rows * sizeof *work.most);
  for (lw_fused_side side = 0; has && side < LW_FUSED_SIDES; side++) {
    run(plan, &work, queries ? LW_FUSED_KEYS : LW_FUSED_QUERIES, side, first, last,
        queries ? read_dq : read_dk_dv);
    if (readings)
      add_dots(plan, kind, row, rows, queries ? work.y : work.dk, width,
               side == LW_FUSED_BEFORE ? -2 : 1, work.most);
  }
  if (readings) give_readings(gradient, kind, row, rows, work.most);
  for (int n = 0; n < 3; n++)
    if (all[n].wanted)
      lw_fused_unpack(all[n].panel, width, rows, d, 1, added, all[n].to + row * all[n].stride,
                      all[n].stride);
}
