#include "scores_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <omp.h>
#include <string.h>

/* ---- making ---- */

static int64_t ceiling(int64_t a, int64_t b)
{
  return (a + b - 1) / b;
}

/* Queries of a panel: what memory allows, whole blocks for each row of the grid if that is one or
 * more. If left to us, a panel is one block of queries for each row of the grid: it then begins at
 * the first row, as the panel's matrix does, and no product has to shift rows from rank to rank. */
static void choose_blocks(lw_scores *scores)
{
  enum { BLOCKS = 4 }; /* of keys on a rank: so that causal prefixes are shared out evenly */
  lw_scores_shape *shape = &scores->shape;
  const int64_t T = shape->tokens, P = scores->options->window;
  const int64_t rows = scores->grid->rows, columns = scores->grid->columns;
  if (shape->column_block == 0)
    shape->column_block = columns == 1 ? T : ceiling(T, BLOCKS * columns);
  const int64_t blocks = ceiling(ceiling(T, shape->column_block), columns);
  const int64_t floats = 2 * lw_scores_smaller(T, blocks * shape->column_block) +
                         (columns > 1 ? 3 * blocks * (P - 1) : 0);
  int64_t each = shape->bytes / (floats * (int64_t)sizeof(float));
  each = each < 1 ? 1 : lw_scores_smaller(each, ceiling(T, rows));
  if (shape->row_block == 0) shape->row_block = each;
  if (each >= shape->row_block)
    scores->panel = each / shape->row_block * shape->row_block * rows;
  else
    scores->panel = each; /* inside of one block */
}

static lw_status create_matrices(lw_scores *scores)
{
  const lw_scores_shape *shape = &scores->shape;
  const int64_t T = shape->tokens, C = scores->width, d = shape->head_size;
  lw_dmat **const queries[] = {&scores->q, &scores->y, &scores->dy, &scores->dq};
  lw_dmat **const keys[] = {&scores->k, &scores->v, &scores->dk, &scores->dv};
  lw_dmat **const panels[] = {&scores->weights, &scores->gradients};
  lw_status status = LW_OK;
  for (int n = 0; n < 4; n++) {
    LW_TRY(lw_dmat_create(scores->grid, T, C, shape->row_block, d, queries[n]));
    LW_TRY(lw_dmat_create(scores->grid, C, T, d, shape->column_block, keys[n]));
  }
  for (int n = 0; n < 2; n++)
    LW_TRY(lw_dmat_create(scores->grid, scores->panel, T, shape->row_block, shape->column_block,
                          panels[n]));
done:
  return status;
}

static lw_status create_work(lw_scores *scores)
{
  lw_panel_work *work = &scores->work;
  const int64_t T = scores->shape.tokens, H = scores->shape.heads;
  const int64_t rows = scores->weights->local_rows;
  int64_t edges = 0, pieces = 0;
  lw_status status = LW_OK;
  *work = (lw_panel_work){.causal = scores->options->causal,
                          .window = scores->options->window,
                          .threads = omp_get_max_threads()};
  if (scores->grid->row >= 0)
    lw_panel_room(scores->weights, work->window, &edges, &pieces, &work->row_each);
  LW_TRY(LW_TAKE(&scores->decay, H * (2 * T - 1)));
  LW_TRY(LW_TAKE(&scores->bias, H * (2 * T - 1)));
  LW_TRY(LW_TAKE(&scores->rows, 3 * rows));
  LW_TRY(LW_TAKE(&scores->edges, edges));
  LW_TRY(LW_TAKE(&scores->gone, pieces));
  LW_TRY(LW_TAKE(&scores->come, pieces));
  LW_TRY(LW_TAKE(&scores->row, work->threads * work->row_each));
  work->most = scores->rows;
  work->total = scores->rows + rows;
  work->factor = scores->rows + 2 * rows;
  work->sums = scores->rows + rows; /* in their place */
  work->edges = scores->edges;
  work->gone = scores->gone;
  work->come = scores->come;
  work->row = scores->row;
done:
  return status;
}

/* Scores are in powers of two, so the bias carries log2(e). A decay under 2^-50 counts as 0, as in
 * the fused engine: it is far below rounding, and what it multiplies would become subnormal, which
 * makes a product five times slower. */
static void tabulate(const lw_scores *scores, const float *alpha)
{
  const int64_t T = scores->shape.tokens;
  const double log2_e = 1.4426950408889634;
  for (int64_t c = 0; c < scores->shape.heads; c++) {
    float *decay = scores->decay + c * (2 * T - 1) + T - 1;
    float *bias = scores->bias + c * (2 * T - 1) + T - 1;
    for (int64_t between = 0; between < T; between++) {
      const double x = (double)alpha[c] * (double)between;
      decay[between] = decay[-between] = x * log2_e < 50.0 ? (float)exp(-x) : 0.0f;
      bias[between] = bias[-between] = (float)(log2_e * x);
    }
  }
}

lw_status lw_scores_create(const lw_grid *grid, const lw_scores_shape *shape,
                           const lw_attention_options *options, const float *alpha, lw_scores **out)
{
  lw_scores *scores = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(grid->world, LW_TAKE(&scores, 1));
  scores->grid = grid;
  scores->options = options;
  scores->shape = *shape;
  scores->width = shape->heads * shape->head_size;
  scores->left = options->alignment == LW_ALIGNMENT_CENTRED ? (options->window - 1) / 2 : 0;
  choose_blocks(scores);
  LW_TRY(create_matrices(scores));
  LW_TRY_TOGETHER(grid->world, create_work(scores));
  tabulate(scores, alpha);
  *out = scores;
  scores = NULL;
done:
  lw_scores_destroy(&scores);
  return status;
}

void lw_scores_destroy(lw_scores **scores)
{
  lw_scores *of = *scores;
  if (!of) return;
  lw_dmat **const matrices[] = {&of->q, &of->y,  &of->dy, &of->dq,      &of->k,
                                &of->v, &of->dk, &of->dv, &of->weights, &of->gradients};
  void *const blocks[] = {of->decay, of->bias, of->rows, of->edges, of->gone, of->come, of->row};
  for (size_t n = 0; n < sizeof matrices / sizeof *matrices; n++) lw_dmat_destroy(matrices[n]);
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
  lw_mem_give(of);
  *scores = NULL;
}

int64_t lw_scores_panel(const lw_scores *scores)
{
  return scores->panel;
}

/* ---- the passes ---- */

void lw_scores_choose_head(lw_scores *scores, int64_t c)
{
  const int64_t T = scores->shape.tokens, at = c * (2 * T - 1) + T - 1;
  const int locality = scores->options->locality;
  const bool near = scores->decay[at + (T > 1)] < 1.0f;
  scores->work.decay = near && locality != LW_LOCALITY_BIAS ? scores->decay + at : NULL;
  scores->work.bias = near && locality != LW_LOCALITY_SCALE ? scores->bias + at : NULL;
}

lw_panel lw_scores_panel_at(const lw_scores *scores, lw_dmat *matrix, int64_t first)
{
  const int64_t T = scores->tokens, rows = lw_scores_smaller(scores->panel, T - first);
  const int64_t keys = scores->options->causal ? first + rows : T;
  return (lw_panel){.matrix = matrix,
                    .first = first,
                    .rows = rows,
                    .keys = keys,
                    .reach = lw_scores_smaller(T, keys + scores->left)};
}

/* A product of a panel, its first `width` keys, with rows of matrices: those of one head. */
typedef struct panel_product {
  const lw_panel *panel;
  int64_t column, d, width; /* first channel of the head, its channels; keys */
  float factor;
} panel_product;

static panel_product product_of(const lw_scores *scores, int64_t c, const lw_panel *panel,
                                int64_t width, float factor)
{
  const int64_t d = scores->shape.head_size;
  return (panel_product){.panel = panel, .column = c * d, .d = d, .width = width, .factor = factor};
}

/* panel[i, j] = factor rows[first + i, head] . columns[head, j] for j < width */
static lw_status multiply_pairs(panel_product p, const lw_dmat *rows, const lw_dmat *columns)
{
  return lw_dmat_multiply(&(lw_dmat_product){.m = p.panel->rows,
                                             .n = p.width,
                                             .k = p.d,
                                             .alpha = p.factor,
                                             .a = {rows, p.panel->first, p.column, false},
                                             .b = {columns, p.column, 0, false},
                                             .c = p.panel->matrix});
}

/* rows[first + i, head] = factor sum_{j < width} panel[i, j] columns[head, j] */
static lw_status multiply_over_keys(panel_product p, const lw_dmat *columns, lw_dmat *rows)
{
  return lw_dmat_multiply(&(lw_dmat_product){.m = p.panel->rows,
                                             .n = p.d,
                                             .k = p.width,
                                             .alpha = p.factor,
                                             .a = {p.panel->matrix, 0, 0, false},
                                             .b = {columns, p.column, 0, true},
                                             .c = rows,
                                             .c_row = p.panel->first,
                                             .c_column = p.column});
}

/* columns[head, j] += factor sum_i rows[first + i, head] panel[i, j] for j < width */
static lw_status multiply_over_queries(panel_product p, const lw_dmat *rows, lw_dmat *columns)
{
  return lw_dmat_multiply(&(lw_dmat_product){.m = p.d,
                                             .n = p.width,
                                             .k = p.panel->rows,
                                             .alpha = p.factor,
                                             .a = {rows, p.panel->first, p.column, true},
                                             .b = {p.panel->matrix, 0, 0, false},
                                             .beta = 1.0f,
                                             .c = columns,
                                             .c_row = p.column});
}

lw_status lw_scores_make(const lw_scores *scores, int64_t c, const lw_panel *panel)
{
  const float factor = 1.44269504f / sqrtf((float)scores->shape.head_size);
  return multiply_pairs(product_of(scores, c, panel, panel->keys, factor), scores->q, scores->k);
}

static lw_status forward_panel(lw_scores *scores, int64_t c, int64_t first, float *lse)
{
  const lw_panel panel = lw_scores_panel_at(scores, scores->weights, first);
  lw_status status = LW_OK;
  LW_TRY(lw_scores_make(scores, c, &panel));
  lw_panel_softmax(&panel, &scores->work, lse);
  lw_panel_pool(&panel, &scores->work, scores->left, panel.keys, panel.reach);
  LW_TRY(
      multiply_over_keys(product_of(scores, c, &panel, panel.reach, 1.0f), scores->v, scores->y));
done:
  return status;
}

/*   dB = dY V^T,  dA = dB M^T,  dS from A and dA,  B = A M,
 *   dV += B^T dY,  dQ = dS K / sqrt(d),  dK += dS^T Q / sqrt(d)                                  */
static lw_status backward_panel(lw_scores *scores, int64_t c, int64_t first, const float *lse)
{
  const lw_panel panel = lw_scores_panel_at(scores, scores->weights, first);
  const lw_panel gradient = lw_scores_panel_at(scores, scores->gradients, first);
  const int64_t keys = panel.keys, reach = panel.reach;
  const int64_t right = scores->options->window - 1 - scores->left;
  const float scale = 1.0f / sqrtf((float)scores->shape.head_size);
  const panel_product scored = product_of(scores, c, &gradient, keys, scale);
  lw_status status = LW_OK;
  LW_TRY(lw_scores_make(scores, c, &panel));
  lw_panel_weights(&panel, &scores->work, lse);
  LW_TRY(multiply_pairs(product_of(scores, c, &gradient, reach, 1.0f), scores->dy, scores->v));
  lw_panel_pool(&gradient, &scores->work, right, reach, keys);
  lw_panel_gradient(&gradient, scores->weights, &scores->work);
  LW_TRY(multiply_over_keys(scored, scores->k, scores->dq));
  LW_TRY(multiply_over_queries(scored, scores->q, scores->dk));
  lw_panel_pool(&panel, &scores->work, scores->left, keys, reach);
  LW_TRY(multiply_over_queries(product_of(scores, c, &panel, reach, 1.0f), scores->dy, scores->dv));
done:
  return status;
}

lw_status lw_scores_forward(lw_scores *scores, float *lse, int64_t lse_stride)
{
  lw_status status = LW_OK;
  if (scores->grid->row < 0) return LW_OK;
  for (int64_t c = 0; c < scores->shape.heads; c++) {
    lw_scores_choose_head(scores, c);
    for (int64_t first = 0; first < scores->tokens; first += scores->panel)
      LW_TRY(forward_panel(scores, c, first, lse + c * lse_stride));
  }
done:
  return status;
}

static void clear(lw_dmat *matrix)
{
  memset(matrix->data, 0,
         (size_t)(matrix->local_rows * matrix->local_columns) * sizeof *matrix->data);
}

lw_status lw_scores_backward(lw_scores *scores, const float *lse, int64_t lse_stride)
{
  lw_status status = LW_OK;
  if (scores->grid->row < 0) return LW_OK;
  clear(scores->dk);
  clear(scores->dv);
  for (int64_t c = 0; c < scores->shape.heads; c++) {
    lw_scores_choose_head(scores, c);
    for (int64_t first = 0; first < scores->tokens; first += scores->panel)
      LW_TRY(backward_panel(scores, c, first, lse + c * lse_stride));
  }
done:
  return status;
}
