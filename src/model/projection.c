#include "longwave/model/projection.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/op/linear.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

lw_status lw_matmul_create(lw_matmul_kind kind, const lw_world *world, lw_matmul **out)
{
  lw_matmul *matmul = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&matmul, 1));
  matmul->axis = world->sequence ? world->sequence : world;
  if (kind == LW_MATMUL_SCALAPACK && matmul->axis->size > 1)
    LW_TRY(lw_grid_create(matmul->axis, matmul->axis->size, 1, &matmul->grid));
  *out = matmul;
  matmul = NULL;
done:
  lw_matmul_destroy(&matmul);
  return status;
}

void lw_matmul_destroy(lw_matmul **matmul)
{
  if (!*matmul) return;
  lw_grid_destroy(&(*matmul)->grid);
  lw_mem_give(*matmul);
  *matmul = NULL;
}

void lw_matmul_begin(lw_matmul *matmul, int64_t rows)
{
  double most = (double)rows;
  if (!matmul->grid) return;
  lw_reduce_max_doubles(matmul->axis, &most, 1);
  matmul->room = (int64_t)most;
}

int64_t lw_matmul_room(const lw_matmul *matmul)
{
  return matmul->grid ? matmul->room : 0;
}

static bool shared(const lw_projection *projection)
{
  return projection->matmul && projection->matmul->grid;
}

lw_status lw_projection_init(lw_projection *projection, const lw_projection_shape *shape,
                             lw_params *params, const char *name)
{
  const int64_t in = shape->in, out = shape->out;
  const lw_matmul *matmul = shape->matmul;
  lw_status status = LW_OK;
  *projection = (lw_projection){.in = in, .out = out, .matmul = matmul};
  lw_param_shape weight = {.kind = LW_PARAM_MATRIX,
                           .dims = {out, in},
                           .start = LW_START_NORMAL,
                           .deviation = shape->gain / sqrt(3.0 * (double)in),
                           .decayed = true};
  lw_param_shape bias = {.kind = LW_PARAM_VECTOR, .dims = {out, 1}, .start = LW_START_ZERO};
  LW_TRY(lw_params_add(params, weight, &projection->weight, "%s.weight", name));
  if (shared(projection)) lw_params_share(params, matmul->axis->size, matmul->axis->rank);
  LW_TRY(lw_params_add(params, bias, &projection->bias, "%s.bias", name));
done:
  return status;
}

/* ---- shared weights ---- */

/* The token rows of all ranks. The library reads factors through pointers to what may change. */
static lw_dmat token_rows(const lw_matmul *matmul, const float *x, int64_t width)
{
  lw_dmat matrix = {0};
  const lw_dmat_shape shape = {matmul->room * matmul->axis->size, width, matmul->room, width};
  lw_status status = lw_dmat_borrow(matmul->grid, &shape, (float *)(uintptr_t)x, &matrix);
  assert(status == LW_OK);
  (void)status;
  return matrix;
}

/* The weight or its gradient, whose blocks of rows are those of lw_param_shard. */
static lw_dmat weight_rows(const lw_projection *projection, float *weight)
{
  lw_dmat matrix = {0};
  int64_t block =
      (projection->out + projection->matmul->axis->size - 1) / projection->matmul->axis->size;
  const lw_dmat_shape shape = {projection->out, projection->in, block, projection->in};
  lw_status status = lw_dmat_borrow(projection->matmul->grid, &shape, weight, &matrix);
  assert(status == LW_OK);
  (void)status;
  return matrix;
}

/* c = op(a) op(b) + beta c, of m x n numbers of c from (row, column) on */
typedef struct target {
  lw_dmat *c;
  int64_t row, column, m, n;
} target;

static void multiply(lw_dmat_part a, lw_dmat_part b, int64_t k, float beta, target to)
{
  lw_dmat_product product = {.m = to.m,
                             .n = to.n,
                             .k = k,
                             .alpha = 1.0f,
                             .a = a,
                             .b = b,
                             .beta = beta,
                             .c = to.c,
                             .c_row = to.row,
                             .c_column = to.column};
  lw_status status = lw_dmat_multiply(&product);
  assert(status == LW_OK);
  (void)status;
}

static void shared_forward(lw_projection_part part, const lw_params *params, const float *x,
                           float *y)
{
  const lw_projection *projection = part.of;
  if (projection->matmul->room == 0) return;
  lw_dmat from = token_rows(projection->matmul, x, projection->in),
          to = token_rows(projection->matmul, y, projection->out);
  lw_dmat weight = weight_rows(projection, lw_param_value(params, projection->weight));
  multiply((lw_dmat_part){.matrix = &from},
           (lw_dmat_part){.matrix = &weight, .row = part.first, .transposed = true}, projection->in,
           0.0f, (target){&to, 0, part.first, to.rows, part.count});
}

static void shared_backward(lw_projection_part part, const lw_params *params, const float *dy,
                            const float *x, float *dx)
{
  const lw_projection *projection = part.of;
  if (projection->matmul->room == 0) return;
  lw_dmat from = token_rows(projection->matmul, dy, projection->out),
          other = token_rows(projection->matmul, x, projection->in);
  lw_dmat weight = weight_rows(projection, lw_param_value(params, projection->weight));
  lw_dmat gradient = weight_rows(projection, lw_param_gradient(params, projection->weight));
  if (dx) {
    lw_dmat to = token_rows(projection->matmul, dx, projection->in);
    multiply((lw_dmat_part){.matrix = &from, .column = part.first},
             (lw_dmat_part){.matrix = &weight, .row = part.first}, part.count, 0.0f,
             (target){&to, 0, 0, to.rows, to.columns});
  }
  multiply((lw_dmat_part){.matrix = &from, .column = part.first, .transposed = true},
           (lw_dmat_part){.matrix = &other}, from.rows, 1.0f,
           (target){&gradient, part.first, 0, part.count, gradient.columns});
}

/* ---- the interface ---- */

static lw_projection_part all_of(const lw_projection *projection)
{
  return (lw_projection_part){projection, 0, projection->out};
}

static lw_linear_part linear_of(lw_projection_part part)
{
  return (lw_linear_part){part.of->in, part.of->out, part.first, part.count};
}

void lw_projection_part_forward(lw_projection_part part, const lw_params *params, const float *x,
                                int64_t rows, float *y)
{
  const float *bias = lw_param_value(params, part.of->bias);
  lw_profile_begin(LW_PROFILE_LINEAR);
  if (shared(part.of)) {
    shared_forward(part, params, x, y);
    lw_linear_add_bias(linear_of(part), bias, rows, y);
  } else {
    lw_linear_part_forward(linear_of(part), x, lw_param_value(params, part.of->weight), bias, rows,
                           y);
  }
  lw_profile_end();
}

void lw_projection_forward(const lw_projection *projection, const lw_params *params, const float *x,
                           int64_t rows, float *y)
{
  lw_projection_part_forward(all_of(projection), params, x, rows, y);
}

void lw_projection_part_backward(lw_projection_part part, const lw_params *params, const float *dy,
                                 const float *x, int64_t rows, float *dx)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  if (shared(part.of))
    shared_backward(part, params, dy, x, dx);
  else
    lw_linear_part_backward(linear_of(part), dy, x, lw_param_value(params, part.of->weight), rows,
                            dx, lw_param_gradient(params, part.of->weight));
  lw_profile_end();
}

void lw_projection_bias_backward(const lw_projection *projection, const lw_params *params,
                                 const float *dy, int64_t rows)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  if (rows > 0)
    lw_linear_bias_gradient(dy, rows, projection->out, lw_param_gradient(params, projection->bias));
  lw_profile_end();
}

void lw_projection_backward(const lw_projection *projection, const lw_params *params,
                            const float *dy, const float *x, int64_t rows, float *dx)
{
  lw_projection_part_backward(all_of(projection), params, dy, x, rows, dx);
  lw_projection_bias_backward(projection, params, dy, rows);
}

void lw_projection_backward_input(const lw_projection *projection, const lw_params *params,
                                  const float *dy, int64_t rows, float *dx)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  lw_linear_backward(dy, NULL, lw_param_value(params, projection->weight), rows, projection->in,
                     projection->out, dx, NULL, NULL);
  lw_profile_end();
}
