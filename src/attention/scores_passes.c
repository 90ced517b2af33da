/* Forward and backward of one sequence, head after head, panel after panel. */
#include "scores_inside.h"
#include "longwave/base/whole.h"
#include "longwave/op/local.h"
#include <math.h>
#include <string.h>

void lw_scores_choose_head(lw_scores *scores, int64_t c)
{
  const int64_t T = scores->shape.tokens, at = c * (2 * T - 1) + T - 1;
  const lw_locality locality = scores->options->locality;
  const bool near = scores->decay[at + (T > 1)] < 1.0f;
  scores->work.decay = near && locality != LW_LOCALITY_BIAS ? scores->decay + at : NULL;
  const bool biased = (near && locality != LW_LOCALITY_SCALE) || scores->shift;
  scores->work.bias = biased ? scores->bias + at : NULL;
  if (scores->shift) {
    scores->work.shift = scores->shift + at;
    scores->work.dbias = scores->dbias + c * lw_relative_buckets(&scores->shape.relative);
  }
  if (!scores->dreading) return;
  const lw_scores_clock *clock = &scores->clock;
  const bool clocked = clock->reading && clock->clocked[c];
  scores->work.alpha = clock->alpha[c];
  scores->work.reading = clocked ? clock->reading + c * clock->stride : NULL;
  scores->work.dreading = clocked || clock->alpha[c] > 0 ? scores->dreading + c * T : NULL;
}

lw_panel lw_scores_panel_at(const lw_scores *scores, lw_dmat *matrix, int64_t first)
{
  const int64_t T = scores->tokens, rows = lw_smaller(scores->panel, T - first);
  const int64_t keys = scores->options->causal ? first + rows : T;
  return (lw_panel){.matrix = matrix,
                    .first = first,
                    .rows = rows,
                    .keys = keys,
                    .reach = lw_smaller(T, keys + scores->left)};
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
  lw_panel_gradient(&gradient, scores->weights, &scores->work, lse);
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

void lw_scores_clear(lw_dmat *matrix)
{
  memset(matrix->data, 0,
         (size_t)(matrix->local_rows * matrix->local_columns) * sizeof *matrix->data);
}

lw_status lw_scores_backward(lw_scores *scores, const float *lse, int64_t lse_stride)
{
  lw_status status = LW_OK;
  const int64_t buckets = lw_relative_buckets(&scores->shape.relative);
  if (scores->dbias)
    memset(scores->dbias, 0, (size_t)(scores->shape.heads * buckets) * sizeof *scores->dbias);
  if (scores->grid->row < 0) return LW_OK;
  lw_scores_clear(scores->dk);
  lw_scores_clear(scores->dv);
  if (scores->dreading)
    memset(scores->dreading, 0,
           (size_t)(scores->shape.heads * scores->shape.tokens) * sizeof *scores->dreading);
  for (int64_t c = 0; c < scores->shape.heads; c++) {
    lw_scores_choose_head(scores, c);
    for (int64_t first = 0; first < scores->tokens; first += scores->panel)
      LW_TRY(backward_panel(scores, c, first, lse + c * lse_stride));
  }
done:
  return status;
}
