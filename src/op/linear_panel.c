#include "linear_panel.h"
#include "isa.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <string.h>

/* Rows of x that go through all panels together, and rows of a weight's gradient that make one
 * piece: whole register blocks. */
enum { ROWS = 16 * LW_LINEAR_ROWS, GROUP = 2 * LW_LINEAR_ROWS };
/* Multiplications from which a product is shared over threads. */
enum { LEAST_WORK = 1 << 21 };

bool lw_linear_fits(lw_linear_weight weight)
{
  return weight.depth * lw_parts(weight.width, LW_LINEAR_WIDTH) * LW_LINEAR_WIDTH <= LW_LINEAR_ROOM;
}

/* One panel: rows [k, k + depth) and columns [n, n + width) of the weight. The packed panels stand
 * one after the other, those of the same rows together. */
typedef struct panel {
  int64_t k, n, depth, width;
  float *values; /* [depth, LW_LINEAR_WIDTH] */
} panel;

static panel panel_at(const lw_linear_weight *weight, int64_t k, int64_t n, float *packed)
{
  const int64_t whole = lw_parts(weight->width, LW_LINEAR_WIDTH) * LW_LINEAR_WIDTH;
  panel at = {.k = k, .n = n};
  at.depth = lw_smaller(LW_LINEAR_DEPTH, weight->depth - k);
  at.width = lw_smaller(LW_LINEAR_WIDTH, weight->width - n);
  at.values = packed + k * whole + n * at.depth;
  return at;
}

/* Square by square, so that each cache line is used whole whichever way the weight lies. */
static void pack(const lw_linear_weight *weight, panel at)
{
  enum { SQUARE = 16 };
  const float *from = weight->values + at.k * weight->k_step + at.n * weight->n_step;
  if (at.width < LW_LINEAR_WIDTH)
    memset(at.values, 0, (size_t)(at.depth * LW_LINEAR_WIDTH) * sizeof *at.values);
  for (int64_t n = 0; n < at.width; n += SQUARE)
    for (int64_t first = 0; first < at.depth; first += SQUARE)
      for (int64_t k = first; k < lw_smaller(first + SQUARE, at.depth); k++)
        for (int64_t i = n; i < lw_smaller(n + SQUARE, at.width); i++)
          at.values[k * LW_LINEAR_WIDTH + i] = from[k * weight->k_step + i * weight->n_step];
}

/* y[t, n] of a panel for `rows` rows from t on: the first rows of the weight begin with the bias,
 * those that follow go on from y. The first panel brings the next rows of x to the cache. */
static void rows_of_panel(lw_linear_matrix x, panel at, const float *bias, int64_t t, int64_t T,
                          lw_linear_result y)
{
  static const float zeros[LW_LINEAR_WIDTH];
  lw_linear_block p = {.a = x.rows + t * x.step + at.k,
                       .a_row = x.step,
                       .a_step = 1,
                       .b = at.values,
                       .b_step = LW_LINEAR_WIDTH,
                       .start = bias ? bias + at.n : zeros,
                       .c = y.rows + t * y.step + at.n,
                       .c_row = y.step,
                       .rows = lw_smaller(ROWS, T - t),
                       .depth = at.depth,
                       .width = at.width,
                       .ahead = x.rows};
  if (at.k > 0) {
    p.start = p.c;
    p.start_row = p.c_row;
  }
  if (at.n == 0 && t + 2 * ROWS <= T) {
    p.ahead = x.rows + (t + ROWS) * x.step + at.k * ROWS;
    p.ahead_row = at.depth;
    p.ahead_step = LW_LINEAR_ROWS;
  }
  lw_isa_now()->linear_block(&p);
}

void lw_linear_rows(lw_linear_matrix x, lw_linear_weight weight, const float *bias, int64_t T,
                    lw_linear_result y)
{
  _Alignas(LW_MEM_ALIGNMENT) float packed[LW_LINEAR_ROOM];
#pragma omp parallel if (T * weight.depth * weight.width >= LEAST_WORK)
  {
#pragma omp for schedule(static) collapse(2)
    for (int64_t k = 0; k < weight.depth; k += LW_LINEAR_DEPTH)
      for (int64_t n = 0; n < weight.width; n += LW_LINEAR_WIDTH)
        pack(&weight, panel_at(&weight, k, n, packed));
#pragma omp for schedule(static)
    for (int64_t t = 0; t < T; t += ROWS)
      for (int64_t k = 0; k < weight.depth; k += LW_LINEAR_DEPTH)
        for (int64_t n = 0; n < weight.width; n += LW_LINEAR_WIDTH)
          rows_of_panel(x, panel_at(&weight, k, n, packed), bias, t, T, y);
  }
}

typedef struct gradient {
  lw_linear_matrix dy;
  const float *x;
  int64_t T, in, out;
  float *dweight;
} gradient;

/* The next LW_LINEAR_DEPTH rows: the first panel of a group fetches its columns of dy, which no
 * hardware sees coming; the other panels share out x among all groups. */
static void look_ahead(const gradient *g, int64_t t, int64_t o, int64_t i, lw_linear_block *p)
{
  const int64_t next = t + LW_LINEAR_DEPTH, panels = lw_parts(g->in, LW_LINEAR_WIDTH) - 1;
  p->ahead = g->x;
  if (next + LW_LINEAR_DEPTH > g->T) return;
  if (i == 0) {
    p->ahead = g->dy.rows + next * g->dy.step + o;
    p->ahead_row = 1;
    p->ahead_step = g->dy.step;
    return;
  }
  const int64_t all = LW_LINEAR_DEPTH * g->in, fetches = GROUP / LW_LINEAR_ROWS * LW_LINEAR_DEPTH;
  const int64_t shares = lw_parts(g->out, GROUP) * panels;
  const int64_t step = all > shares * fetches ? all / (shares * fetches) : 1;
  const int64_t share = o / GROUP * panels + i / LW_LINEAR_WIDTH - 1;
  p->ahead = g->x + next * g->in + lw_smaller(share * fetches * step, all - fetches * step);
  p->ahead_row = LW_LINEAR_DEPTH * step / LW_LINEAR_ROWS;
  p->ahead_step = step;
}

/* dweight[o, i] += sum dy[t, o] x[t, i] over LW_LINEAR_DEPTH rows from t on, for GROUP values of o
 * and a panel of i. The panel is x itself: what its last vectors read beyond it, from the next row,
 * goes nowhere. Only at the end of x they would read what is not there, so it is copied. */
static void add_gradient(const gradient *g, int64_t t, int64_t o, int64_t i)
{
  _Alignas(LW_MEM_ALIGNMENT) float whole[LW_LINEAR_DEPTH * LW_LINEAR_WIDTH];
  float *c = g->dweight + o * g->in + i;
  lw_linear_block p = {.a = g->dy.rows + t * g->dy.step + o,
                       .a_row = 1,
                       .a_step = g->dy.step,
                       .b = g->x + t * g->in + i,
                       .b_step = g->in,
                       .start = c,
                       .start_row = g->in,
                       .c = c,
                       .c_row = g->in,
                       .rows = lw_smaller(GROUP, g->out - o),
                       .depth = lw_smaller(LW_LINEAR_DEPTH, g->T - t),
                       .width = lw_smaller(LW_LINEAR_WIDTH, g->in - i)};
  look_ahead(g, t, o, i, &p);
  const int64_t beyond = lw_parts(p.width, LW_LINEAR_ALIGN) * LW_LINEAR_ALIGN - p.width;
  if (beyond > (g->T - t - p.depth) * g->in) {
    pack(&(lw_linear_weight){.values = p.b, .k_step = g->in, .n_step = 1},
         (panel){.depth = p.depth, .width = p.width, .values = whole});
    p.b = whole;
    p.b_step = LW_LINEAR_WIDTH;
  }
  lw_isa_now()->linear_block(&p);
}

void lw_linear_gradient(lw_linear_matrix dy, const float *x, int64_t T, int64_t in, int64_t out,
                        float *dweight)
{
  const gradient g = {dy, x, T, in, out, dweight};
  /* Loops of one length with a static schedule are shared out alike, so in each round a thread has
     the same pieces of dweight, and none waits for another. A thread goes through all panels with
     one group, whose columns of dy then stay in the L1 cache. */
#pragma omp parallel if (T * in * out >= LEAST_WORK)
  for (int64_t t = 0; t < T; t += LW_LINEAR_DEPTH) {
#pragma omp for schedule(static) collapse(2) nowait
    for (int64_t o = 0; o < out; o += GROUP)
      for (int64_t i = 0; i < in; i += LW_LINEAR_WIDTH) add_gradient(&g, t, o, i);
  }
}
