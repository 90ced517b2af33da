/* Products on every grid that fits the ranks, also smaller ones, with block sizes that divide
 * nothing, against a plain product in double. */
#include "longwave/array/dmat.h"
#include "longwave/base/mem.h"
#include "longwave/op/linear.h"
#include "mpi_case.h"
#include <math.h>
#include <string.h>

enum { SIDE = 40, ROOM = SIDE * SIDE };

/* Any numbers that differ from place to place, the same on all ranks. */
static void fill(float *x, int seed)
{
  for (int i = 0; i < ROOM; i++) x[i] = (float)((i * 7919 + seed * 104729) % 2003) / 1000.0f - 1.0f;
}

typedef struct sizes {
  int64_t m, n, k;
  int64_t row_block, column_block; /* of a and c; b has them the other way round */
  int64_t a_row, a_column, b_row, b_column, c_row, c_column;
} sizes;

static const sizes cases[] = {
    {17, 23, 11, 4, 3, 0, 0, 0, 0, 0, 0},   {40, 40, 40, 64, 64, 0, 0, 0, 0, 0, 0},
    {5, 7, 13, 1, 1, 3, 2, 9, 1, 6, 20},    {1, 19, 3, 7, 5, 11, 0, 0, 17, 39, 2},
    {29, 1, 8, 16, 2, 0, 13, 7, 5, 1, 39},  {12, 10, 30, 5, 11, 10, 10, 10, 10, 10, 10},
    {6, 6, 1, 3, 40, 34, 39, 39, 34, 0, 0},
};

typedef struct trio {
  lw_dmat *a, *b, *c;
} trio;

static void make(const lw_grid *grid, const sizes *s, trio *out)
{
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){SIDE, SIDE, s->row_block, s->column_block},
                       &out->a) == LW_OK,
        "%s", lw_fail_message());
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){SIDE, SIDE, s->column_block, s->row_block},
                       &out->b) == LW_OK,
        "%s", lw_fail_message());
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){SIDE, SIDE, s->row_block, s->column_block},
                       &out->c) == LW_OK,
        "%s", lw_fail_message());
}

static void give(trio *t)
{
  lw_dmat_destroy(&t->a);
  lw_dmat_destroy(&t->b);
  lw_dmat_destroy(&t->c);
}

static double element(const float *full, lw_dmat_part part, int64_t i, int64_t j)
{
  int64_t row = part.row + (part.transposed ? j : i),
          column = part.column + (part.transposed ? i : j);
  return (double)full[row * SIDE + column];
}

/* The whole of c after the product: inside the part by the formula, outside it untouched. */
static void expect(const lw_dmat_product *product, const float *a, const float *b, const float *c,
                   double *want)
{
  for (int i = 0; i < ROOM; i++) want[i] = (double)c[i];
  for (int64_t i = 0; i < product->m; i++)
    for (int64_t j = 0; j < product->n; j++) {
      double sum = 0.0;
      for (int64_t l = 0; l < product->k; l++)
        sum += element(a, product->a, i, l) * element(b, product->b, l, j);
      double *at = want + (product->c_row + i) * SIDE + product->c_column + j;
      *at = (double)product->alpha * sum + (double)product->beta * *at;
    }
}

static void check_product(const lw_grid *grid, const sizes *s, bool turn_a, bool turn_b)
{
  static float a[ROOM], b[ROOM], c[ROOM], got[ROOM];
  static double want[ROOM];
  fill(a, 1), fill(b, 2), fill(c, 3);
  trio on = {0};
  make(grid, s, &on);
  lw_dmat_from_full(on.a, a), lw_dmat_from_full(on.b, b), lw_dmat_from_full(on.c, c);
  /* A transposed part starts at the mirrored place, so that it still fits. */
  lw_dmat_part part_a = {on.a, turn_a ? s->a_column : s->a_row, turn_a ? s->a_row : s->a_column,
                         turn_a};
  lw_dmat_part part_b = {on.b, turn_b ? s->b_column : s->b_row, turn_b ? s->b_row : s->b_column,
                         turn_b};
  lw_dmat_product product = {s->m,   s->n, s->k, 0.7f,     part_a,
                             part_b, 0.3f, on.c, s->c_row, s->c_column};
  CHECK(lw_dmat_multiply(&product) == LW_OK, "%s", lw_fail_message());
  expect(&product, a, b, c, want);
  lw_dmat_to_full(on.c, got);
  double worst = 0.0;
  for (int i = 0; i < ROOM; i++) {
    const double error = fabs((double)got[i] - want[i]);
    if (!(error <= worst)) worst = error; /* keeps what is no number, which fmax drops */
  }
  CHECK(worst < 1e-5, "grid %d x %d, case %d, %d %d: %g", grid->rows, grid->columns,
        (int)(s - cases), turn_a, turn_b, worst);
  give(&on);
}

static void check_grid(const lw_world *world, int rows, int columns)
{
  lw_grid *grid = NULL;
  CHECK(lw_grid_create(world, rows, columns, &grid) == LW_OK, "%s", lw_fail_message());
  bool member = world->rank < rows * columns;
  CHECK(grid->row == (member ? world->rank / columns : -1), "row %d", grid->row);
  CHECK(grid->column == (member ? world->rank % columns : -1), "column %d", grid->column);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int turn = 0; turn < 4; turn++) check_product(grid, cases + i, turn & 1, turn & 2);
  lw_grid_destroy(&grid);
  CHECK(grid == NULL, "destroy forgets the grid");
  lw_grid_destroy(&grid);
}

MPI_TEST_1234(products_are_right_on_every_grid)
{
  lw_linear_init();
  for (int rows = 1; rows <= world->size; rows++)
    for (int columns = 1; rows * columns <= world->size; columns++)
      check_grid(world, rows, columns);
}

/* Owner and place of each element by the header's formula; parts cover the whole exactly once. */
MPI_TEST_1234(parts_cover_the_whole)
{
  lw_grid *grid = NULL;
  lw_dmat *matrix = NULL;
  static float whole[ROOM], back[ROOM];
  int rows = world->size == 4 ? 2 : 1, columns = world->size / rows;
  CHECK(lw_grid_create(world, rows, columns, &grid) == LW_OK, "%s", lw_fail_message());
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){31, 23, 4, 3}, &matrix) == LW_OK, "%s",
        lw_fail_message());
  for (int64_t i = 0; i < matrix->local_rows; i++)
    CHECK(lw_dmat_row(matrix, i) / 4 % rows == grid->row, "row %d", (int)i);
  for (int64_t j = 0; j < matrix->local_columns; j++)
    CHECK(lw_dmat_column(matrix, j) / 3 % columns == grid->column, "column %d", (int)j);
  fill(whole, 5);
  lw_dmat_from_full(matrix, whole);
  lw_dmat_to_full(matrix, back);
  CHECK(memcmp(whole, back, 31 * 23 * sizeof *back) == 0, "there and back");
  lw_dmat_destroy(&matrix);
  lw_dmat_destroy(&matrix);
  lw_grid_destroy(&grid);
}

/* With beta 0 not even NaN stays; nothing to sum leaves beta c; nothing to write does nothing. */
MPI_TEST_1234(empty_products)
{
  lw_grid *grid = NULL;
  trio on = {0};
  static float x[ROOM], got[ROOM];
  CHECK(lw_grid_create(world, 1, world->size, &grid) == LW_OK, "%s", lw_fail_message());
  make(grid, cases, &on);
  fill(x, 1);
  lw_dmat_from_full(on.c, x);
  lw_dmat_product none = {.m = SIDE,
                          .n = SIDE,
                          .k = 0,
                          .alpha = 1.0f,
                          .a = {.matrix = on.a, .column = SIDE},
                          .b = {.matrix = on.b, .row = SIDE},
                          .beta = 0.5f,
                          .c = on.c};
  CHECK(lw_dmat_multiply(&none) == LW_OK, "%s", lw_fail_message());
  lw_dmat_to_full(on.c, got);
  for (int i = 0; i < ROOM; i++) CHECK(got[i] == 0.5f * x[i], "%d: %g", i, (double)got[i]);
  none.m = 0;
  CHECK(lw_dmat_multiply(&none) == LW_OK, "%s", lw_fail_message());
  for (int i = 0; i < ROOM; i++) x[i] = NAN;
  lw_dmat_from_full(on.c, x);
  lw_dmat_product zero = {.m = SIDE,
                          .n = SIDE,
                          .k = SIDE,
                          .alpha = 1.0f,
                          .a = {.matrix = on.a},
                          .b = {.matrix = on.b},
                          .beta = 0.0f,
                          .c = on.c};
  CHECK(lw_dmat_multiply(&zero) == LW_OK, "%s", lw_fail_message());
  lw_dmat_to_full(on.c, got);
  for (int i = 0; i < ROOM; i++) CHECK(got[i] == 0.0f, "%d: %g", i, (double)got[i]);
  give(&on);
  lw_grid_destroy(&grid);
}

MPI_TEST_1234(what_does_not_fit_is_refused)
{
  lw_grid *grid = NULL, *wide = NULL;
  trio on = {0};
  lw_dmat *none = NULL;
  CHECK(lw_grid_create(world, 1, world->size + 1, &wide) == LW_ERROR_INPUT, "too many ranks");
  CHECK(lw_grid_create(world, 0, 1, &wide) == LW_ERROR_INPUT, "no rows");
  CHECK(wide == NULL, "out is untouched");
  CHECK(lw_grid_create(world, world->size, 1, &grid) == LW_OK, "%s", lw_fail_message());
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){0, 4, 1, 1}, &none) == LW_ERROR_INPUT, "no rows");
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){4, 4, 0, 1}, &none) == LW_ERROR_INPUT, "no block");
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){(int64_t)1 << 31, 4, 1, 1}, &none) == LW_ERROR_INPUT,
        "beyond 32 bits");
  CHECK(lw_dmat_create(grid, &(lw_dmat_shape){65536, 65536, 64, 64}, &none) == LW_ERROR_INPUT,
        "beyond 2 GiB a rank");
  CHECK(none == NULL, "out is untouched");
  make(grid, cases, &on);
  const lw_dmat_product good = {.m = 10,
                                .n = 10,
                                .k = 10,
                                .alpha = 1.0f,
                                .a = {.matrix = on.a},
                                .b = {.matrix = on.b},
                                .c = on.c};
  lw_dmat_product bad[6];
  for (int i = 0; i < 6; i++) bad[i] = good;
  bad[0].a.row = SIDE - 9;
  bad[1].b.column = SIDE - 9;
  bad[2].c_row = -1;
  bad[3].k = -1;
  bad[4].m = SIDE + 1;
  bad[5].b.matrix = on.c;
  for (int i = 0; i < 6; i++)
    CHECK(lw_dmat_multiply(bad + i) == LW_ERROR_INPUT, "product %d is refused", i);
  CHECK(lw_dmat_multiply(&good) == LW_OK, "%s", lw_fail_message());
  give(&on);
  lw_grid_destroy(&grid);
}

MPI_TESTS_1234
