#include "scores_panel.h"
#include "longwave/base/whole.h"
#include "longwave/comm/exchange.h"
#include "longwave/comm/reduce.h"
#include "longwave/op/score.h"
#include <float.h>
#include <math.h>
#include <omp.h>
#include <string.h>

static const float log2_e = 1.44269504f, ln_2 = 0.693147181f;

/* Where one rank holds all columns, its blocks lie side by side: as one. */
static int64_t block_width(const lw_dmat *matrix)
{
  return matrix->grid->columns == 1 ? matrix->columns : matrix->column_block;
}

/* Blocks of the rank in grid column `rank` that begin before column `end`. */
static int64_t blocks_before(const lw_dmat *matrix, int rank, int64_t end)
{
  const int64_t width = block_width(matrix), blocks = lw_parts(end, width);
  return blocks > rank ? (blocks - rank - 1) / matrix->grid->columns + 1 : 0;
}

static int64_t own_blocks(const lw_dmat *matrix, int64_t end)
{
  return blocks_before(matrix, matrix->grid->column, end);
}

/* Local rows in use: whole rows ascend with local ones. */
static int64_t rows_of(const lw_panel *panel)
{
  int64_t rows = 0;
  while (rows < panel->matrix->local_rows && lw_dmat_row(panel->matrix, rows) < panel->rows) rows++;
  return rows;
}

/* A stretch of columns that lie side by side here and in the whole matrix. */
typedef struct stretch {
  int64_t local, whole, count;
} stretch;

/* Block b of this rank, up to column `end`; count 0 when it begins there or later. */
static stretch stretch_at(const lw_dmat *matrix, int64_t b, int64_t end)
{
  const lw_grid *grid = matrix->grid;
  const int64_t width = block_width(matrix), local = b * width;
  const int64_t whole = (b * grid->columns + grid->column) * width;
  int64_t count = lw_smaller(width, matrix->local_columns - local);
  if (whole + count > end) count = whole < end ? end - whole : 0;
  return (stretch){local, whole, count};
}

/* Keys that query i may look at. */
static int64_t allowed(const lw_panel *panel, const lw_panel_work *work, int64_t i)
{
  return work->causal ? lw_smaller(i + 1, panel->keys) : panel->keys;
}

/* 0 to columns [from, reach). */
static void clear_row(const lw_panel *panel, float *row, int64_t from)
{
  const int64_t blocks = own_blocks(panel->matrix, panel->reach);
  const int64_t whole = own_blocks(panel->matrix, from - block_width(panel->matrix));
  for (int64_t b = whole; b < blocks; b++) {
    const stretch kept = stretch_at(panel->matrix, b, from);
    const stretch all = stretch_at(panel->matrix, b, panel->reach);
    if (all.count > kept.count)
      memset(row + kept.local + kept.count, 0, (size_t)(all.count - kept.count) * sizeof *row);
  }
}

/* What distance does to the keys of a stretch, seen from query i. */
typedef struct local_tables {
  const float *decay, *bias; /* NULL: nothing */
} local_tables;

static double distance_of(const lw_panel_work *work, int64_t i, int64_t j)
{
  if (work->reading) return fabs(work->reading[i] - work->reading[j]);
  return (double)work->alpha * (double)(i > j ? i - j : j - i);
}

/* By readings: in the thread's own room. As in the fused engine what is under 2^-50 counts as 0. */
static local_tables tables_of_readings(const lw_panel_work *work, int64_t i, stretch s)
{
  float *decay = work->reading_row + 2 * omp_get_thread_num() * work->reading_each;
  float *bias = decay + work->reading_each;
  for (int64_t n = 0; n < s.count; n++) {
    const double x = distance_of(work, i, s.whole + n);
    bias[n] = log2_e * (float)x;
    decay[n] = bias[n] < 50 ? (float)exp(-x) : 0;
    if (work->locality == LW_LOCALITY_SCALE) bias[n] = 0;
    if (work->shift) bias[n] += work->shift[s.whole + n - i];
  }
  return (local_tables){work->locality != LW_LOCALITY_BIAS ? decay : NULL,
                        work->locality != LW_LOCALITY_SCALE || work->shift ? bias : NULL};
}

static local_tables tables_at(const lw_panel_work *work, int64_t i, stretch s)
{
  if (work->reading) return tables_of_readings(work, i, s);
  return (local_tables){work->decay ? work->decay + s.whole - i : NULL,
                        work->bias ? work->bias + s.whole - i : NULL};
}

/* Scores of local row r to x. */
static void local_row(const lw_panel *panel, const lw_panel_work *work, int64_t i, float *row,
                      float *most)
{
  if (!work->decay && !work->bias && !work->reading && !most) return;
  float ignored = -FLT_MAX;
  const int64_t end = allowed(panel, work, i), blocks = own_blocks(panel->matrix, end);
  for (int64_t b = 0; b < blocks; b++) {
    const stretch s = stretch_at(panel->matrix, b, end);
    const local_tables tables = tables_at(work, i, s);
    lw_score_local(row + s.local, s.count, tables.decay, tables.bias, most ? most : &ignored);
  }
}

/* x to weights relative to 2^most; their sum. */
static float weigh_row(const lw_panel *panel, const lw_panel_work *work, int64_t i, float *row,
                       float most)
{
  float total = 0.0f;
  const int64_t end = allowed(panel, work, i), blocks = own_blocks(panel->matrix, end);
  for (int64_t b = 0; b < blocks; b++) {
    const stretch s = stretch_at(panel->matrix, b, end);
    lw_score_weights(row + s.local, s.count, most, &total);
  }
  clear_row(panel, row, end);
  return total;
}

/* Each rank goes by the maximum of its own columns; then the parts of a row are brought to the
 * greatest of these. A part without an allowed key has total 0 and the least finite maximum, so
 * that no infinities meet. */
void lw_panel_softmax(const lw_panel *panel, const lw_panel_work *work, float *lse)
{
  const lw_dmat *matrix = panel->matrix;
  const lw_world *along = matrix->grid->along_row;
  const int64_t rows = rows_of(panel), stride = matrix->local_columns;
#pragma omp parallel for schedule(static, 1)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t i = panel->first + lw_dmat_row(matrix, r);
    float *row = matrix->data + r * stride, most = -FLT_MAX;
    local_row(panel, work, i, row, &most);
    work->total[r] = weigh_row(panel, work, i, row, most);
    work->factor[r] = work->most[r] = most;
  }
  lw_reduce_max_floats(along, work->most, rows);
  for (int64_t r = 0; r < rows; r++) {
    work->factor[r] = exp2f(work->factor[r] - work->most[r]);
    work->total[r] *= work->factor[r];
  }
  lw_reduce_sum_floats(along, work->total, rows);
#pragma omp parallel for schedule(static, 1)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t i = panel->first + lw_dmat_row(matrix, r), end = allowed(panel, work, i);
    const int64_t blocks = own_blocks(matrix, end);
    lse[i] = ln_2 * work->most[r] + logf(work->total[r]);
    for (int64_t b = 0; b < blocks; b++) {
      const stretch s = stretch_at(matrix, b, end);
      lw_score_scale(matrix->data + r * stride + s.local, s.count,
                     work->factor[r] / work->total[r]);
    }
  }
}

void lw_panel_weights(const lw_panel *panel, const lw_panel_work *work, const float *lse)
{
  const lw_dmat *matrix = panel->matrix;
  const int64_t rows = rows_of(panel), stride = matrix->local_columns;
#pragma omp parallel for schedule(static, 1)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t i = panel->first + lw_dmat_row(matrix, r);
    float *row = matrix->data + r * stride;
    local_row(panel, work, i, row, NULL);
    work->sums[2 * r] = weigh_row(panel, work, i, row, log2_e * lse[i]);
  }
}

/* ---- smoothing ---- */

void lw_panel_room(const lw_dmat *matrix, int64_t window, int64_t *edge_floats,
                   int64_t *piece_floats, int64_t *row_floats)
{
  const int64_t width = block_width(matrix);
  /* of the first rank, which has most */
  const int64_t cells = blocks_before(matrix, 0, matrix->columns) * matrix->local_rows;
  *edge_floats = matrix->grid->columns == 1 ? 0 : cells * (window - 1);
  *piece_floats = matrix->grid->columns == 1 ? 0 : cells * lw_smaller(width, window - 1);
  *row_floats = window == 1 ? 0 : lw_parts(width + window - 1, 16) * 16;
}

/* Pooling of the rows in use. */
typedef struct pooling {
  const lw_panel *panel;
  const lw_panel_work *work;
  int64_t before, after, from, to;
  int64_t end;  /* of all columns that matter: the greater of from and to */
  int64_t rows; /* in use here */
} pooling;

/* Columns that pass from block g - turn to block g, or from g + turn, all blocks at once. Counted
 * outwards from the edge they are numbers (turn - 1) width on, at most a block of them. */
typedef struct piece {
  bool ahead; /* they come from g + turn */
  int64_t turn, count;
  int64_t edge; /* their index among the P - 1 columns of the edges */
  int64_t skip; /* and in their own block */
} piece;

static piece piece_of(const pooling *p, bool ahead, int64_t turn)
{
  const int64_t width = block_width(p->panel->matrix), near = (turn - 1) * width;
  const int64_t count = lw_smaller(width, (ahead ? p->after : p->before) - near);
  return (piece){.ahead = ahead,
                 .turn = turn,
                 .count = count,
                 .edge = ahead ? p->before + near : p->before - near - count,
                 .skip = ahead ? 0 : width - count};
}

/* This rank's columns of the piece, block after block; 0 beyond `from`. */
static int64_t pack(const pooling *work, const piece *p, float *to)
{
  const lw_dmat *matrix = work->panel->matrix;
  const int64_t blocks = own_blocks(matrix, work->end);
  float *at = to;
  for (int64_t b = 0; b < blocks; b++) {
    const stretch s = stretch_at(matrix, b, work->from);
    int64_t valid = s.count - p->skip;
    valid = valid < 0 ? 0 : lw_smaller(valid, p->count);
    for (int64_t r = 0; r < work->rows; r++, at += p->count) {
      const float *row = matrix->data + r * matrix->local_columns + s.local + p->skip;
      for (int64_t j = 0; j < p->count; j++) at[j] = j < valid ? row[j] : 0.0f;
    }
  }
  return at - to;
}

/* What came: `blocks_there` blocks of the rank in grid column `source`. Block b of a rank is block
 * b * ranks + its column of the whole. */
static void unpack(const pooling *work, const piece *p, int source, int64_t blocks_there,
                   const float *come)
{
  const lw_dmat *matrix = work->panel->matrix;
  const int64_t blocks = own_blocks(matrix, work->end), ranks = matrix->grid->columns;
  const int64_t halo = work->work->window - 1;
  for (int64_t b = 0; b < blocks; b++) {
    const int64_t block = b * ranks + matrix->grid->column + (p->ahead ? p->turn : -p->turn);
    const int64_t there = (block - source) / ranks;
    const bool any = block >= 0 && there < blocks_there;
    for (int64_t r = 0; r < work->rows; r++) {
      float *edge = work->work->edges + (b * work->rows + r) * halo + p->edge;
      const float *from = come + (there * work->rows + r) * p->count;
      for (int64_t j = 0; j < p->count; j++) edge[j] = any ? from[j] : 0.0f;
    }
  }
}

static void exchange_piece(const pooling *work, const piece *p)
{
  const lw_grid *grid = work->panel->matrix->grid;
  const int ranks = grid->columns, step = (int)(p->turn % ranks);
  const int left = (grid->column - step + ranks) % ranks, right = (grid->column + step) % ranks;
  const int to = p->ahead ? left : right, from = p->ahead ? right : left;
  const int64_t blocks = blocks_before(work->panel->matrix, from, work->end);
  const int64_t sent = pack(work, p, work->work->gone), received = blocks * work->rows * p->count;
  lw_exchange(grid->along_row, (lw_exchange_side){to, work->work->gone, sent},
              (lw_exchange_side){from, work->work->come, received});
  unpack(work, p, from, blocks, work->work->come);
}

static void exchange_edges(const pooling *work)
{
  const int64_t width = block_width(work->panel->matrix);
  for (int ahead = 0; ahead < 2; ahead++) {
    const int64_t reach = ahead ? work->after : work->before;
    for (int64_t turn = 1; (turn - 1) * width < reach; turn++) {
      const piece p = piece_of(work, ahead, turn);
      exchange_piece(work, &p);
    }
  }
}

/* The block of one row between its edges to `row`, from there averaged back. */
static void pool_stretch(const pooling *p, int64_t b, int64_t r, float *row)
{
  const lw_dmat *matrix = p->panel->matrix;
  const stretch in = stretch_at(matrix, b, p->from), out = stretch_at(matrix, b, p->to);
  float *x = matrix->data + r * matrix->local_columns + in.local;
  const int64_t halo = p->work->window - 1, width = block_width(matrix);
  memset(row, 0, (size_t)p->before * sizeof *row);
  memcpy(row + p->before, x, (size_t)in.count * sizeof *row);
  memset(row + p->before + in.count, 0, (size_t)(width - in.count + p->after) * sizeof *row);
  if (matrix->grid->columns > 1) {
    const float *edge = p->work->edges + (b * p->rows + r) * halo;
    memcpy(row, edge, (size_t)p->before * sizeof *row);
    memcpy(row + p->before + width, edge + p->before, (size_t)p->after * sizeof *row);
  }
  lw_score_pool(row, out.count, p->work->window, x);
}

void lw_panel_pool(const lw_panel *panel, const lw_panel_work *work, int64_t before, int64_t from,
                   int64_t to)
{
  if (work->window == 1) return;
  const pooling p = {.panel = panel,
                     .work = work,
                     .before = before,
                     .after = work->window - 1 - before,
                     .from = from,
                     .to = to,
                     .end = from > to ? from : to,
                     .rows = rows_of(panel)};
  if (panel->matrix->grid->columns > 1) exchange_edges(&p);
  const int64_t blocks = own_blocks(panel->matrix, to);
#pragma omp parallel for schedule(static, 1) num_threads(work->threads)
  for (int64_t r = 0; r < p.rows; r++)
    for (int64_t b = 0; b < blocks; b++)
      pool_stretch(&p, b, r, work->row + omp_get_thread_num() * work->row_each);
}

/* ---- backward ---- */

/* e_ij over dx of a key: -1 for `bias`, -lambda s for `scale`, which is x but for what is added. */
static double slope_of(const lw_panel_work *work, int64_t i, int64_t j, double weight, double lse)
{
  if (work->locality == LW_LOCALITY_BIAS) return -1;
  double slope = -log(weight) - lse;
  if (work->locality == LW_LOCALITY_BOTH) slope -= 1 + distance_of(work, i, j);
  if (work->shift) slope -= (double)(ln_2 * work->shift[j - i]);
  return slope;
}

/* What readings and a bias get from row r, its keys' gradients being still those of weights. */
static void read_row(const lw_panel *panel, const lw_dmat *weights, const lw_panel_work *work,
                     int64_t r, double lse)
{
  const lw_dmat *matrix = panel->matrix;
  const double factor = 1 / (double)work->sums[2 * r];
  const double D = factor * (double)work->sums[2 * r + 1];
  const int64_t i = panel->first + lw_dmat_row(matrix, r), end = allowed(panel, work, i);
  for (int64_t b = 0; b < own_blocks(matrix, end); b++) {
    const stretch s = stretch_at(matrix, b, end);
    const int64_t at = r * matrix->local_columns + s.local;
    for (int64_t n = 0; n < s.count; n++) {
      const int64_t j = s.whole + n;
      const double weight = factor * (double)weights->data[at + n];
      const double dx = weight * ((double)matrix->data[at + n] - D);
      if (weight == 0) continue;
      if (work->dbias) work->dbias[lw_relative_bucket(&work->relative, i - j)] += dx;
      if (!work->dreading || i == j) continue;
      const double e = (i > j ? dx : -dx) * slope_of(work, i, j, weight, lse);
      work->dreading[i] += e;
      work->dreading[j] -= e;
    }
  }
}

/* dx_ij = a_ij (da_ij - D_i) lambda_ij, D_i = sum_j a_ij da_ij.  lse is rounded, by up to
 * |lse| 2^-24, a factor common to its row. A row sum that is not 1 would leave (sum - 1) D a in dx
 * where D should cancel, so a row is divided by its own sum. */
void lw_panel_gradient(const lw_panel *panel, lw_dmat *weights, const lw_panel_work *work,
                       const float *lse)
{
  const lw_dmat *matrix = panel->matrix;
  const int64_t rows = rows_of(panel), stride = matrix->local_columns;
#pragma omp parallel for schedule(static, 1)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t end = allowed(panel, work, panel->first + lw_dmat_row(matrix, r));
    const int64_t blocks = own_blocks(matrix, end);
    work->sums[2 * r + 1] = 0.0f;
    for (int64_t b = 0; b < blocks; b++) {
      const stretch s = stretch_at(matrix, b, end);
      const int64_t at = r * stride + s.local;
      lw_score_dot(weights->data + at, matrix->data + at, s.count, &work->sums[2 * r + 1]);
    }
  }
  lw_reduce_sum_floats(matrix->grid->along_row, work->sums, 2 * rows);
  for (int64_t r = 0; (work->dreading || work->dbias) && r < rows; r++)
    read_row(panel, weights, work, r, (double)lse[panel->first + lw_dmat_row(matrix, r)]);
#pragma omp parallel for schedule(static, 1)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t i = panel->first + lw_dmat_row(matrix, r), end = allowed(panel, work, i);
    const int64_t blocks = own_blocks(matrix, end);
    const float factor = 1.0f / work->sums[2 * r], D = work->sums[2 * r + 1] * factor;
    for (int64_t b = 0; b < blocks; b++) {
      const stretch s = stretch_at(matrix, b, end);
      const int64_t at = r * stride + s.local;
      const float *decay = tables_at(work, i, s).decay;
      lw_score_scale(weights->data + at, s.count, factor);
      lw_score_gradient(matrix->data + at, weights->data + at, s.count, decay, D);
    }
    clear_row(panel, matrix->data + r * stride, end);
  }
}
