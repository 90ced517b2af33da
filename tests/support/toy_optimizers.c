/* Two optimizers as a new one would be written, and the table with them: tests linked with this file
   have this table in place of the library's (src/train/optimizers.c).
     toy        number by number: momentum
     toy_whole  of a matrix one step towards the nearest orthogonal one, which needs all of it; the
                rest as toy */
#include "longwave/train/optimizer.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { TRAIL, PAST };

typedef struct toy_options {
  double keep; /* of the trail */
} toy_options;
static_assert(sizeof(toy_options) <= sizeof(lw_optimizer_own), "more room for own options");

#define AT(member) LW_AT(toy_options, member)
static const lw_option toy_rows[] = {
    LW_REAL_ROW("toy_keep", RUN, AT(keep), "0.75", 0, 1, "share of the trail that is kept"), {0}};
static const lw_option whole_rows[] = {
    LW_REAL_ROW("toy_whole_keep", RUN, AT(keep), "0.75", 0, 1, "share of the trail that is kept"),
    {0}};

static float keep_of(const lw_optimizer_step *step)
{
  toy_options own;
  memcpy(&own, step->own, sizeof own);
  return (float)own.keep;
}

static void follow(const lw_optimizer_step *step, const lw_optimizer_block *block, float *trail)
{
  const float keep = keep_of(step), rate = (float)step->rate, scale = (float)step->scale,
              decay = (float)step->decay;
  for (int64_t i = 0; i < block->rows * block->columns; i++) {
    trail[i] = keep * trail[i] + scale * block->gradient[i];
    block->value[i] -= rate * (trail[i] + decay * block->value[i]);
  }
}

static void toy_update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  follow(step, block, block->state[TRAIL]);
}

const lw_optimizer_kind lw_optimizer_toy = {
    .options = toy_rows,
    .states = {[TRAIL] = {"trail", LW_PARAM_ALL}},
    .update = toy_update,
};

/* X, and X X^T behind it. */
static int64_t whole_work(lw_param_kind kind, int64_t rows, int64_t columns)
{
  return kind == LW_PARAM_MATRIX ? rows * columns + rows * rows : 0;
}

/* product = X X^T */
static void square(const float *x, int64_t rows, int64_t columns, float *product)
{
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < rows; k++) {
      double sum = 0.0;
      for (int64_t j = 0; j < columns; j++) sum += (double)x[i * columns + j] * x[k * columns + j];
      product[i * rows + k] = (float)sum;
    }
}

/* trail = keep trail + scale g;  X = trail / |trail|;  value -= rate (3/2 X - 1/2 X X^T X) */
static void turn(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  const int64_t rows = block->rows, columns = block->columns, count = rows * columns;
  float *trail = block->state[TRAIL], *x = block->work, *product = block->work + count;
  const float keep = keep_of(step);
  double norm = 1e-30;
  for (int64_t i = 0; i < count; i++) {
    trail[i] = keep * trail[i] + (float)step->scale * block->gradient[i];
    norm += (double)trail[i] * trail[i];
  }
  for (int64_t i = 0; i < count; i++) x[i] = (float)(trail[i] / sqrt(norm));
  square(x, rows, columns, product);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      double sum = 0.0;
      for (int64_t k = 0; k < rows; k++) sum += (double)product[i * rows + k] * x[k * columns + j];
      block->value[i * columns + j] -= (float)(step->rate * (1.5 * x[i * columns + j] - 0.5 * sum));
    }
}

static void whole_update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  if (block->kind == LW_PARAM_MATRIX)
    turn(step, block);
  else
    follow(step, block, block->state[PAST]);
}

const lw_optimizer_kind lw_optimizer_toy_whole = {
    .options = whole_rows,
    .states = {[TRAIL] = {"trail", LW_PARAM_SET(LW_PARAM_MATRIX)},
               [PAST] = {"past", LW_PARAM_ALL & ~LW_PARAM_SET(LW_PARAM_MATRIX)}},
    .whole_matrix = true,
    .work = whole_work,
    .update = whole_update,
};

#define OPTIMIZERS(NAME) NAME(adamw) NAME(toy) NAME(toy_whole)

LW_OPTIMIZER_TABLE(OPTIMIZERS)
