/* Between whole arrays, the same on all ranks, and the matrices that are shared out over the
   grid. */
#include "scores_inside.h"
#include "longwave/base/whole.h"
#include "longwave/comm/reduce.h"
#include <string.h>

/* How the tokens and channels of a matrix, [T, C] or [C, T], lie here. */
typedef struct placing {
  const lw_dmat *matrix;
  bool transposed;
  int64_t tokens, channels; /* local */
  int64_t token_step, channel_step;
} placing;

static placing placing_of(const lw_dmat *matrix, bool transposed)
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

static int64_t whole_token(const placing *p, int64_t local)
{
  return p->transposed ? lw_dmat_column(p->matrix, local) : lw_dmat_row(p->matrix, local);
}

static int64_t whole_channel(const placing *p, int64_t local)
{
  return p->transposed ? lw_dmat_row(p->matrix, local) : lw_dmat_column(p->matrix, local);
}

/* Copy this rank's part between its matrix and a whole array [tokens, stride]. Some tokens at a
 * time, so that a transposition stays in the cache. */
static void copy_part(placing p, int64_t tokens, float *whole, int64_t stride, bool to_whole)
{
  enum { GROUP = 64 };
  int64_t token[GROUP];
  for (int64_t first = 0; first < p.tokens; first += GROUP) {
    const int64_t count = lw_smaller(GROUP, p.tokens - first);
    int64_t used = 0;
    while (used < count && (token[used] = whole_token(&p, first + used)) < tokens) used++;
    for (int64_t c = 0; c < p.channels; c++) {
      float *here = p.matrix->data + first * p.token_step + c * p.channel_step;
      float *there = whole + whole_channel(&p, c);
      for (int64_t t = 0; t < used; t++) {
        float *a = here + t * p.token_step, *b = there + token[t] * stride;
        *(to_whole ? b : a) = *(to_whole ? a : b);
      }
    }
  }
}

static void take(placing p, int64_t tokens, const float *whole, int64_t stride)
{
  copy_part(p, tokens, (float *)whole, stride, false);
}

static void give(placing p, int64_t tokens, float *whole, int64_t stride)
{
  copy_part(p, tokens, whole, stride, true);
}

void lw_scores_set(lw_scores *scores, int64_t tokens, const float *qkv)
{
  const int64_t C = scores->width;
  scores->tokens = tokens;
  take(placing_of(scores->q, false), tokens, qkv, 3 * C);
  take(placing_of(scores->k, true), tokens, qkv + C, 3 * C);
  take(placing_of(scores->v, true), tokens, qkv + 2 * C, 3 * C);
}

void lw_scores_set_gradient(lw_scores *scores, const float *dy)
{
  take(placing_of(scores->dy, false), scores->tokens, dy, scores->width);
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
  give(placing_of(scores->y, false), T, y, C);
  lw_reduce_sum_floats(scores->grid->world, y, T * C);
}

void lw_scores_get_dreading(const lw_scores *scores, double *dreading)
{
  const int64_t T = scores->tokens;
  for (int64_t c = 0; c < scores->shape.heads; c++)
    memcpy(dreading + c * T, scores->dreading + c * scores->shape.tokens,
           (size_t)T * sizeof *dreading);
  lw_reduce_sum_doubles(scores->grid->world, dreading, scores->shape.heads * T);
}

void lw_scores_add_dbias(const lw_scores *scores, double *dbias)
{
  const int64_t count = scores->shape.heads * lw_relative_buckets(&scores->shape.relative);
  for (int64_t n = 0; n < count; n++) dbias[n] += scores->dbias[n];
}

void lw_scores_get_gradient(const lw_scores *scores, float *dqkv)
{
  const int64_t T = scores->tokens, C = scores->width;
  begin_whole(scores, dqkv, 3 * T * C);
  give(placing_of(scores->dq, false), T, dqkv, 3 * C);
  give(placing_of(scores->dk, true), T, dqkv + C, 3 * C);
  give(placing_of(scores->dv, true), T, dqkv + 2 * C, 3 * C);
  lw_reduce_sum_floats(scores->grid->world, dqkv, 3 * T * C);
}
