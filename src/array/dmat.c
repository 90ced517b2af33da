#include "longwave/array/dmat.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <limits.h>
#include <string.h>

/* No header declares these. Integers have 32 bits. */
int Csys2blacs_handle(MPI_Comm communicator);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridexit(int context);
int numroc_(const int *size, const int *block, const int *coordinate, const int *first,
            const int *ranks);
void descinit_(int *descriptor, const int *rows, const int *columns, const int *row_block,
               const int *column_block, const int *first_row, const int *first_column,
               const int *context, const int *stride, int *info);
void psgemm_(const char *transposed_a, const char *transposed_b, const int *m, const int *n,
             const int *k, const float *alpha, const float *a, const int *a_row,
             const int *a_column, const int *a_descriptor, const float *b, const int *b_row,
             const int *b_column, const int *b_descriptor, const float *beta, float *c,
             const int *c_row, const int *c_column, const int *c_descriptor);

/* The library asks this for the width of the panels that its products work in, and means it to be
 * recoordinated where another suits the machine better. Its own answer, 32, leaves too little work
 * between messages: products of linear layers take 1.6 times as long. */
int pilaenv_(const int *context, const char *precision, int length);
int pilaenv_(const int *context, const char *precision, int length)
{
  (void)context;
  (void)precision;
  (void)length;
  return 256;
}

static bool inside(const lw_grid *grid)
{
  return grid->row >= 0;
}

lw_status lw_grid_create(const lw_world *world, int rows, int columns, lw_grid **out)
{
  lw_status status = LW_OK;
  lw_grid *grid = NULL;
  if (rows < 1 || columns < 1 || (int64_t)rows * columns > world->size)
    return lw_fail(LW_ERROR_INPUT, "a grid of %d x %d ranks does not fit %d ranks", rows, columns,
                   world->size);
  LW_TRY_TOGETHER(world, LW_TAKE(&grid, 1));
  bool member = world->rank < rows * columns;
  *grid = (lw_grid){.world = world, .rows = rows, .columns = columns};
  grid->row = member ? world->rank / columns : -1;
  grid->column = member ? world->rank % columns : -1;
  LW_TRY(lw_world_split(world, grid->row, &grid->along_row));
  /* The library gives one handle to all that ask with the same communicator, and a grid gets a copy
   * of it: so the handle can, and must, be returned before another grid asks. */
  const int handle = Csys2blacs_handle(world->all);
  grid->context = handle;
  /* The library's grid is the transposed one: going down its columns is going along our rows. */
  Cblacs_gridinit(&grid->context, "Col", columns, rows);
  Cfree_blacs_system_handle(handle);
  *out = grid;
  grid = NULL;
done:
  lw_mem_give(grid);
  return status;
}

void lw_grid_destroy(lw_grid **grid)
{
  if (!*grid) return;
  if (inside(*grid)) Cblacs_gridexit((*grid)->context);
  lw_world_destroy(&(*grid)->along_row);
  lw_mem_give(*grid);
  *grid = NULL;
}

static int local_count(int64_t size, int64_t block, int coordinate, int ranks)
{
  const int first = 0, whole = (int)size, length = (int)block;
  return numroc_(&whole, &length, &coordinate, &first, &ranks);
}

/* The library's view of the matrix: transposed, so that our rows are its columns. */
static lw_status describe(lw_dmat *matrix)
{
  const int rows = (int)matrix->columns, columns = (int)matrix->rows, zero = 0;
  const int row_block = (int)matrix->column_block, column_block = (int)matrix->row_block;
  /* A stride of 0 is an error even on a rank that owns nothing. */
  const int stride = matrix->local_columns > 0 ? (int)matrix->local_columns : 1;
  int info = 0;
  descinit_(matrix->descriptor, &rows, &columns, &row_block, &column_block, &zero, &zero,
            &matrix->grid->context, &stride, &info);
  if (info == 0) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "ScaLAPACK refuses a matrix of %lld x %lld (argument %d)",
                 (long long)matrix->rows, (long long)matrix->columns, -info);
}

static lw_status describe_part(lw_dmat *matrix)
{
  const lw_grid *grid = matrix->grid;
  if (!inside(grid)) return LW_OK;
  matrix->local_rows = local_count(matrix->rows, matrix->row_block, grid->row, grid->rows);
  matrix->local_columns =
      local_count(matrix->columns, matrix->column_block, grid->column, grid->columns);
  /* PBLAS counts the bytes of a part in 32 bits. */
  if (matrix->local_rows * matrix->local_columns > INT_MAX / (int64_t)sizeof *matrix->data)
    return lw_fail(LW_ERROR_INPUT, "%lld x %lld on a grid of %d x %d: a rank's part exceeds 2 GiB",
                   (long long)matrix->rows, (long long)matrix->columns, grid->rows, grid->columns);
  return describe(matrix);
}

static lw_status take_part(lw_dmat *matrix)
{
  lw_status status = describe_part(matrix);
  if (status != LW_OK || !inside(matrix->grid)) return status;
  return LW_TAKE(&matrix->data, matrix->local_rows * matrix->local_columns);
}

static bool fits_an_int(int64_t size)
{
  return size >= 1 && size <= INT_MAX;
}

static lw_status check_shape(const lw_dmat_shape *shape)
{
  if (fits_an_int(shape->rows) && fits_an_int(shape->columns) && fits_an_int(shape->row_block) &&
      fits_an_int(shape->column_block))
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "no matrix of %lld x %lld in blocks of %lld x %lld: each must be 1 to %d",
                 (long long)shape->rows, (long long)shape->columns, (long long)shape->row_block,
                 (long long)shape->column_block, INT_MAX);
}

static lw_dmat matrix_of(const lw_grid *grid, const lw_dmat_shape *shape)
{
  return (lw_dmat){.grid = grid,
                   .rows = shape->rows,
                   .columns = shape->columns,
                   .row_block = shape->row_block,
                   .column_block = shape->column_block};
}

lw_status lw_dmat_borrow(const lw_grid *grid, const lw_dmat_shape *shape, float *data, lw_dmat *out)
{
  lw_status status = check_shape(shape);
  if (status != LW_OK) return status;
  lw_dmat matrix = matrix_of(grid, shape);
  matrix.data = data;
  status = describe_part(&matrix);
  if (status == LW_OK) *out = matrix;
  return status;
}

lw_status lw_dmat_create(const lw_grid *grid, const lw_dmat_shape *shape, lw_dmat **out)
{
  lw_dmat *matrix = NULL;
  lw_status status = check_shape(shape);
  if (status != LW_OK) return status;
  LW_TRY_TOGETHER(grid->world, LW_TAKE(&matrix, 1));
  *matrix = matrix_of(grid, shape);
  LW_TRY_TOGETHER(grid->world, take_part(matrix));
  *out = matrix;
  matrix = NULL;
done:
  lw_dmat_destroy(&matrix);
  return status;
}

void lw_dmat_destroy(lw_dmat **matrix)
{
  if (!*matrix) return;
  lw_mem_give((*matrix)->data);
  lw_mem_give(*matrix);
  *matrix = NULL;
}

/* Blocks are dealt in turn: local block b of coordinate r is block b * ranks + r of the whole. */
static int64_t whole_index(int64_t local, int64_t block, int coordinate, int ranks)
{
  return (local / block * ranks + coordinate) * block + local % block;
}

int64_t lw_dmat_row(const lw_dmat *matrix, int64_t local_row)
{
  return whole_index(local_row, matrix->row_block, matrix->grid->row, matrix->grid->rows);
}

int64_t lw_dmat_column(const lw_dmat *matrix, int64_t local_column)
{
  return whole_index(local_column, matrix->column_block, matrix->grid->column,
                     matrix->grid->columns);
}

void lw_dmat_from_full(lw_dmat *matrix, const float *full)
{
  for (int64_t i = 0; i < matrix->local_rows; i++) {
    const float *from = full + lw_dmat_row(matrix, i) * matrix->columns;
    float *to = matrix->data + i * matrix->local_columns;
    for (int64_t j = 0; j < matrix->local_columns; j++) to[j] = from[lw_dmat_column(matrix, j)];
  }
}

/* Each element has one owner and is 0 elsewhere, so the sum over ranks copies. */
void lw_dmat_to_full(const lw_dmat *matrix, float *full)
{
  int64_t count = matrix->rows * matrix->columns;
  memset(full, 0, (size_t)count * sizeof *full);
  for (int64_t i = 0; i < matrix->local_rows; i++) {
    const float *from = matrix->data + i * matrix->local_columns;
    float *to = full + lw_dmat_row(matrix, i) * matrix->columns;
    for (int64_t j = 0; j < matrix->local_columns; j++) to[lw_dmat_column(matrix, j)] = from[j];
  }
  lw_reduce_sum_floats(matrix->grid->world, full, count);
}

/* rows x columns of `matrix` from (row, column) on, for the factor or result called `name`. */
static lw_status check_part(const char *name, const lw_dmat *matrix, int64_t row, int64_t column,
                            int64_t rows, int64_t columns)
{
  bool fits = row >= 0 && column >= 0 && rows >= 0 && columns >= 0 && rows <= matrix->rows - row &&
              columns <= matrix->columns - column;
  if (fits) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "product: %s takes %lld x %lld from (%lld, %lld) of a matrix of %lld x %lld", name,
                 (long long)rows, (long long)columns, (long long)row, (long long)column,
                 (long long)matrix->rows, (long long)matrix->columns);
}

static lw_status check_factor(const char *name, lw_dmat_part part, int64_t rows, int64_t columns)
{
  return check_part(name, part.matrix, part.row, part.column, part.transposed ? columns : rows,
                    part.transposed ? rows : columns);
}

static lw_status check(const lw_dmat_product *product)
{
  lw_status status = LW_OK;
  LW_TRY(check_factor("a", product->a, product->m, product->k));
  LW_TRY(check_factor("b", product->b, product->k, product->n));
  LW_TRY(check_part("c", product->c, product->c_row, product->c_column, product->m, product->n));
  if (product->a.matrix->grid != product->c->grid || product->b.matrix->grid != product->c->grid)
    return lw_fail(LW_ERROR_INPUT, "product: the three matrices must be on one grid");
  if (product->a.matrix == product->c || product->b.matrix == product->c)
    return lw_fail(LW_ERROR_INPUT, "product: c must not be a factor as well");
done:
  return status;
}

/* Where a part begins as the library counts: from 1, our columns being its rows. */
typedef struct corner {
  int row, column;
} corner;

static corner corner_of(int64_t row, int64_t column)
{
  return (corner){(int)column + 1, (int)row + 1};
}

lw_status lw_dmat_multiply(const lw_dmat_product *product)
{
  lw_status status = check(product);
  if (status != LW_OK || !inside(product->c->grid) || product->m == 0 || product->n == 0)
    return status;
  const int m = (int)product->m, n = (int)product->n, k = (int)product->k;
  const corner a = corner_of(product->a.row, product->a.column),
               b = corner_of(product->b.row, product->b.column);
  const corner c = corner_of(product->c_row, product->c_column);
  /* c^T = op(b)^T op(a)^T */
  psgemm_(product->b.transposed ? "T" : "N", product->a.transposed ? "T" : "N", &n, &m, &k,
          &product->alpha, product->b.matrix->data, &b.row, &b.column,
          product->b.matrix->descriptor, product->a.matrix->data, &a.row, &a.column,
          product->a.matrix->descriptor, &product->beta, product->c->data, &c.row, &c.column,
          product->c->descriptor);
  return LW_OK;
}
