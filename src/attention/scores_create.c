/* Blocks, matrices and tables of one shape. */
#include "scores_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <omp.h>

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
    shape->column_block = columns == 1 ? T : lw_parts(T, BLOCKS * columns);
  const int64_t blocks = lw_parts(lw_parts(T, shape->column_block), columns);
  const int64_t floats =
      2 * lw_smaller(T, blocks * shape->column_block) + (columns > 1 ? 3 * blocks * (P - 1) : 0);
  int64_t each = shape->bytes / (floats * (int64_t)sizeof(float));
  each = each < 1 ? 1 : lw_smaller(each, lw_parts(T, rows));
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
    LW_TRY(lw_dmat_create(scores->grid, &(lw_dmat_shape){T, C, shape->row_block, d}, queries[n]));
    LW_TRY(lw_dmat_create(scores->grid, &(lw_dmat_shape){C, T, d, shape->column_block}, keys[n]));
  }
  for (int n = 0; n < 2; n++)
    LW_TRY(lw_dmat_create(scores->grid,
                          &(lw_dmat_shape){scores->panel, T, shape->row_block, shape->column_block},
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
  if (scores->shape.relative.reach > 0) {
    LW_TRY(LW_TAKE(&scores->shift, H * (2 * T - 1)));
    LW_TRY(LW_TAKE(&scores->dbias, H * lw_relative_buckets(&scores->shape.relative)));
  }
  if (scores->options->clock != LW_CLOCK_INDEX) {
    LW_TRY(LW_TAKE(&scores->dreading, H * T));
    LW_TRY(LW_TAKE(&scores->readings, 2 * work->threads * T));
  }
  LW_TRY(LW_TAKE(&scores->edges, edges));
  LW_TRY(LW_TAKE(&scores->gone, pieces));
  LW_TRY(LW_TAKE(&scores->come, pieces));
  LW_TRY(LW_TAKE(&scores->row, work->threads * work->row_each));
  work->reading_row = scores->readings;
  work->reading_each = T;
  work->locality = scores->options->locality;
  work->relative = scores->shape.relative;
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

/* The bias of a distance is in the same table as that by distance, if there is one. */
static void add_shift(const lw_scores *scores)
{
  const int64_t count = scores->shape.heads * (2 * scores->shape.tokens - 1);
  const bool alone = scores->options->locality == LW_LOCALITY_SCALE;
  for (int64_t n = 0; n < count; n++)
    scores->bias[n] = (alone ? 0 : scores->bias[n]) + scores->shift[n];
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
  if (scores->shift) add_shift(scores);
}

void lw_scores_set_bias(lw_scores *scores, const float *bias)
{
  const int64_t T = scores->shape.tokens;
  const lw_relative *relative = &scores->shape.relative;
  for (int64_t c = 0; c < scores->shape.heads; c++)
    for (int64_t n = 0; n < 2 * T - 1; n++)
      scores->shift[c * (2 * T - 1) + n] =
          -1.44269504f *
          bias[c * lw_relative_buckets(relative) + lw_relative_bucket(relative, T - 1 - n)];
  tabulate(scores, scores->clock.alpha);
}

void lw_scores_set_clock(lw_scores *scores, const lw_scores_clock *clock)
{
  tabulate(scores, clock->alpha);
  scores->clock = *clock;
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
  scores->clock.alpha = alpha;
  *out = scores;
  scores = NULL;
done:
  lw_scores_destroy(&scores);
  return status;
}

void lw_scores_destroy(lw_scores **scores)
{
  lw_scores *made = *scores;
  if (!made) return;
  lw_dmat **const matrices[] = {&made->q, &made->y,  &made->dy, &made->dq,      &made->k,
                                &made->v, &made->dk, &made->dv, &made->weights, &made->gradients};
  void *const blocks[] = {made->decay,    made->bias,  made->rows, made->edges,
                          made->gone,     made->come,  made->row,  made->dreading,
                          made->readings, made->shift, made->dbias};
  for (size_t n = 0; n < sizeof matrices / sizeof *matrices; n++) lw_dmat_destroy(matrices[n]);
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
  lw_mem_give(made);
  *scores = NULL;
}

int64_t lw_scores_panel(const lw_scores *scores)
{
  return scores->panel;
}
