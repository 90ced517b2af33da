#include "longwave/attention/scores.h"
#include "scores_panel.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <omp.h>
#include <string.h>

struct lw_scores {
  const lw_grid *grid; /* borrowed, as options */
  const lw_attention_options *options;
  lw_scores_shape shape;
  int64_t width;  /* C */
  int64_t panel;  /* queries */
  int64_t left;   /* keys that smoothing moves weight ahead by */
  int64_t tokens; /* of the sequence at hand */

  lw_dmat *q, *y, *dy, *dq;     /* [T, C] */
  lw_dmat *k, *v, *dk, *dv;     /* [C, T] */
  lw_dmat *weights, *gradients; /* [panel, T] scores, then weights; and their gradients */
  float *decay, *bias; /* [heads, 2 T - 1] exp(-alpha |j-i|) and alpha |j-i|, j = i at T - 1 */
  float *rows;         /* [3, local rows of a panel] */
  float *edges, *gone, *come, *row;
  lw_panel_work work; /* borrows the four lines above */
};

/* ---- making ---- */

static int64_t ceiling(int64_t a, int64_t b)
{
  return (a + b - 1) / b;
}

static int64_t smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
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
  const int64_t floats =
      2 * smaller(T, blocks * shape->column_block) + (columns > 1 ? 3 * blocks * (P - 1) : 0);
  int64_t each = shape->bytes / (floats * (int64_t)sizeof(float));
  each = each < 1 ? 1 : smaller(each, ceiling(T, rows));
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

/* ---- between whole arrays and shared-out matrices ---- */

/* How the tokens and channels of a matrix, [T, C] or [C, T], lie here. */
typedef struct placing {
  const lw_dmat *matrix;
  bool transposed;
  int64_t tokens, channels; /* local */
  int64_t token_step, channel_step;
} placing;

static placing place(const lw_dmat *matrix, bool transposed)
{
  return transposed
             ? (placing){matrix,
                         true,
                         matrix->local_columns,
                         matrix->local_rows,
                         1,
                         matrix->local_columns}
             : (placing){
                   matrix, false, matrix->local_rows, matrix->local_columns, matrix->local_columns,
                   1};
}

static int64_t whole_token(const placing *of, int64_t local)
{
  return of->transposed ? lw_dmat_column(of->matrix, local) : lw_dmat_row(of->matrix, local);
}

static int64_t whole_channel(const placing *of, int64_t local)
{
  return of->transposed ? lw_dmat_row(of->matrix, local) : lw_dmat_column(of->matrix, local);
}

/* Copy this rank's part between its matrix and a whole array [tokens, stride]. Some tokens at a
 * time, so that a transposition stays in the cache. */
static void copy_part(placing of, int64_t tokens, float *whole, int64_t stride, bool to_whole)
{
  enum { GROUP = 64 };
  int64_t token[GROUP];
  for (int64_t first = 0; first < of.tokens; first += GROUP) {
    const int64_t count = smaller(GROUP, of.tokens - first);
    int64_t used = 0;
    while (used < count && (token[used] = whole_token(&of, first + used)) < tokens) used++;
    for (int64_t c = 0; c < of.channels; c++) {
      float *here = of.matrix->data + first * of.token_step + c * of.channel_step;
      float *there = whole + whole_channel(&of, c);
      for (int64_t t = 0; t < used; t++) {
        float *a = here + t * of.token_step, *b = there + token[t] * stride;
        *(to_whole ? b : a) = *(to_whole ? a : b);
      }
    }
  }
}

static void take(placing of, int64_t tokens, const float *whole, int64_t stride)
{
  copy_part(of, tokens, (float *)whole, stride, false);
}

static void give(placing of, int64_t tokens, float *whole, int64_t stride)
{
  copy_part(of, tokens, whole, stride, true);
}

void lw_scores_set(lw_scores *scores, int64_t tokens, const float *qkv)
{
  const int64_t C = scores->width;
  scores->tokens = tokens;
  take(place(scores->q, false), tokens, qkv, 3 * C);
  take(place(scores->k, true), tokens, qkv + C, 3 * C);
  take(place(scores->v, true), tokens, qkv + 2 * C, 3 * C);
}

void lw_scores_set_gradient(lw_scores *scores, const float *dy)
{
  take(place(scores->dy, false), scores->tokens, dy, scores->width);
}

/* Each number has one owner: with 0 elsewhere the sum over ranks is a copy. */
static void begin_whole(const lw_scores *scores, float *whole, int64_t count)
{
  if (scores->grid->world->size > 1) memset(whole, 0, (size_t)count * sizeof *whole);
}

void lw_scores_get(const lw_scores *scores, float *y)
{
  const int64_t T = scores->tokens, C = scores->width;
  begin_whole(scores, y, T * C);
  give(place(scores->y, false), T, y, C);
  lw_reduce_sum_floats(scores->grid->world, y, T * C);
}

void lw_scores_get_gradient(const lw_scores *scores, float *dqkv)
{
  const int64_t T = scores->tokens, C = scores->width;
  begin_whole(scores, dqkv, 3 * T * C);
  give(place(scores->dq, false), T, dqkv, 3 * C);
  give(place(scores->dk, true), T, dqkv + C, 3 * C);
  give(place(scores->dv, true), T, dqkv + 2 * C, 3 * C);
  lw_reduce_sum_floats(scores->grid->world, dqkv, 3 * T * C);
}

/* ---- the passes ---- */

static void choose_head(lw_scores *scores, int64_t c)
{
  const int64_t T = scores->shape.tokens, at = c * (2 * T - 1) + T - 1;
  const int locality = scores->options->locality;
  const bool near = scores->decay[at + (T > 1)] < 1.0f;
  scores->work.decay = near && locality != LW_LOCALITY_BIAS ? scores->decay + at : NULL;
  scores->work.bias = near && locality != LW_LOCALITY_SCALE ? scores->bias + at : NULL;
}

static lw_panel panel_at(const lw_scores *scores, lw_dmat *matrix, int64_t first)
{
  const int64_t T = scores->tokens, rows = smaller(scores->panel, T - first);
  const int64_t keys = scores->options->causal ? first + rows : T;
  return (lw_panel){.matrix = matrix,
                    .first = first,
                    .rows = rows,
                    .keys = keys,
                    .reach = smaller(T, keys + scores->left)};
}

/* panel[i, j] = factor rows[first + i, head] . columns[head, j] for j < width */
static lw_status product_of_pairs(const lw_scores *scores, int64_t c, const lw_panel *panel,
                                  const lw_dmat *rows, const lw_dmat *columns, int64_t width,
                                  float factor)
{
  const int64_t d = scores->shape.head_size;
  return lw_dmat_multiply(&(lw_dmat_product){.m = panel->rows,
                                             .n = width,
                                             .k = d,
                                             .alpha = factor,
                                             .a = {rows, panel->first, c * d, false},
                                             .b = {columns, c * d, 0, false},
                                             .c = panel->matrix});
}

/* rows[first + i, head] = factor sum_{j < width} panel[i, j] columns[head, j] */
static lw_status product_over_keys(const lw_scores *scores, int64_t c, const lw_panel *panel,
                                   const lw_dmat *columns, int64_t width, float factor,
                                   lw_dmat *rows)
{
  const int64_t d = scores->shape.head_size;
  return lw_dmat_multiply(&(lw_dmat_product){.m = panel->rows,
                                             .n = d,
                                             .k = width,
                                             .alpha = factor,
                                             .a = {panel->matrix, 0, 0, false},
                                             .b = {columns, c * d, 0, true},
                                             .c = rows,
                                             .c_row = panel->first,
                                             .c_column = c * d});
}

/* columns[head, j] += factor sum_i rows[first + i, head] panel[i, j] for j < width */
static lw_status product_over_queries(const lw_scores *scores, int64_t c, const lw_panel *panel,
                                      const lw_dmat *rows, int64_t width, float factor,
                                      lw_dmat *columns)
{
  const int64_t d = scores->shape.head_size;
  return lw_dmat_multiply(&(lw_dmat_product){.m = d,
                                             .n = width,
                                             .k = panel->rows,
                                             .alpha = factor,
                                             .a = {rows, panel->first, c * d, true},
                                             .b = {panel->matrix, 0, 0, false},
                                             .beta = 1.0f,
                                             .c = columns,
                                             .c_row = c * d});
}

/* s = q . k / sqrt(d), in powers of two */
static lw_status make_scores(const lw_scores *scores, int64_t c, const lw_panel *panel)
{
  const float factor = 1.44269504f / sqrtf((float)scores->shape.head_size);
  return product_of_pairs(scores, c, panel, scores->q, scores->k, panel->keys, factor);
}

static lw_status forward_panel(lw_scores *scores, int64_t c, int64_t first, float *lse)
{
  const lw_panel panel = panel_at(scores, scores->weights, first);
  lw_status status = LW_OK;
  LW_TRY(make_scores(scores, c, &panel));
  lw_panel_softmax(&panel, &scores->work, lse);
  lw_panel_pool(&panel, &scores->work, scores->left, panel.keys, panel.reach);
  LW_TRY(product_over_keys(scores, c, &panel, scores->v, panel.reach, 1.0f, scores->y));
done:
  return status;
}

/*   dB = dY V^T,  dA = dB M^T,  dS from A and dA,  B = A M,
 *   dV += B^T dY,  dQ = dS K / sqrt(d),  dK += dS^T Q / sqrt(d)                                  */
static lw_status backward_panel(lw_scores *scores, int64_t c, int64_t first, const float *lse)
{
  const lw_panel panel = panel_at(scores, scores->weights, first);
  const lw_panel gradient = panel_at(scores, scores->gradients, first);
  const int64_t keys = panel.keys, reach = panel.reach;
  const int64_t right = scores->options->window - 1 - scores->left;
  const float scale = 1.0f / sqrtf((float)scores->shape.head_size);
  lw_status status = LW_OK;
  LW_TRY(make_scores(scores, c, &panel));
  lw_panel_weights(&panel, &scores->work, lse);
  LW_TRY(product_of_pairs(scores, c, &gradient, scores->dy, scores->v, reach, 1.0f));
  lw_panel_pool(&gradient, &scores->work, right, reach, keys);
  lw_panel_gradient(&gradient, scores->weights, &scores->work);
  LW_TRY(product_over_keys(scores, c, &gradient, scores->k, keys, scale, scores->dq));
  LW_TRY(product_over_queries(scores, c, &gradient, scores->q, keys, scale, scores->dk));
  lw_panel_pool(&panel, &scores->work, scores->left, keys, reach);
  LW_TRY(product_over_queries(scores, c, &panel, scores->dy, reach, 1.0f, scores->dv));
done:
  return status;
}

lw_status lw_scores_forward(lw_scores *scores, float *lse, int64_t lse_stride)
{
  lw_status status = LW_OK;
  if (scores->grid->row < 0) return LW_OK;
  for (int64_t c = 0; c < scores->shape.heads; c++) {
    choose_head(scores, c);
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
    choose_head(scores, c);
    for (int64_t first = 0; first < scores->tokens; first += scores->panel)
      LW_TRY(backward_panel(scores, c, first, lse + c * lse_stride));
  }
done:
  return status;
}

/* ---- maps ---- */

/* Room of one call of lw_scores_maps: two whole panels, and lse that is not kept. */
typedef struct maps {
  float *before, *after; /* [panel, T of the shape] */
  float *lse;            /* [T] */
} maps;

static lw_status map_panel(lw_scores *scores, int64_t c, int64_t first, const maps *room)
{
  const lw_panel panel = panel_at(scores, scores->weights, first);
  const bool inside = scores->grid->row >= 0;
  lw_status status = LW_OK;
  if (inside) {
    clear(scores->weights); /* the keys that the products leave out */
    LW_TRY(make_scores(scores, c, &panel));
    lw_panel_softmax(&panel, &scores->work, room->lse);
  }
  lw_dmat_to_full(scores->weights, room->before);
  if (inside) lw_panel_pool(&panel, &scores->work, scores->left, panel.keys, panel.reach);
  lw_dmat_to_full(scores->weights, room->after);
done:
  return status;
}

lw_status lw_scores_maps(lw_scores *scores, int64_t head,
                         lw_status (*visit)(const lw_scores_map *map, void *context), void *context)
{
  const lw_world *world = scores->grid->world;
  const int64_t T = scores->shape.tokens;
  maps room = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&room.before, scores->panel * T));
  LW_TRY_TOGETHER(world, LW_TAKE(&room.after, scores->panel * T));
  LW_TRY_TOGETHER(world, LW_TAKE(&room.lse, T));
  choose_head(scores, head);
  for (int64_t first = 0; first < scores->tokens; first += scores->panel) {
    LW_TRY(map_panel(scores, head, first, &room));
    const lw_scores_map map = {.first = first,
                               .rows = smaller(scores->panel, scores->tokens - first),
                               .stride = T,
                               .before = room.before,
                               .after = room.after};
    LW_TRY(visit(&map, context));
  }
done:
  lw_mem_give(room.before);
  lw_mem_give(room.after);
  lw_mem_give(room.lse);
  return status;
}
