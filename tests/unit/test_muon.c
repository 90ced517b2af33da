#include "longwave/op/muon.h"
#include "plain_muon.h"

typedef struct shape {
  int64_t rows, columns;
} shape;

/* One number, rows and columns alone, squares, and sides that no block divides; the last ones through
   the panels of op/linear.h. */
static const shape shapes[] = {{1, 1},  {1, 9},   {11, 1},  {2, 2},    {8, 8},    {24, 9},
                               {9, 24}, {33, 31}, {17, 40}, {130, 20}, {20, 130}, {150, 140}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Far from singular, as the bounds ask: a square one of drawn numbers alone need not be. */
static float *direction(shape s)
{
  float *x = numbers(7, s.rows * s.columns);
  const double side = 2.0 * sqrt((double)(s.rows > s.columns ? s.rows : s.columns));
  for (int64_t i = 0; i < s.rows && i < s.columns; i++) x[i * s.columns + i] += (float)side;
  return x;
}

static void orthogonal(float *x, shape s)
{
  float *work = numbers(9, lw_muon_work(s.rows, s.columns));
  lw_muon_orthogonal(x, s.rows, s.columns, work);
  lw_mem_give(work);
}

TEST_ON_EVERY_PATH(muon, orthogonal_is_the_published_iteration)
{
  for (int i = 0; i < SHAPES; i++) {
    const shape s = shapes[i];
    float *x = direction(s);
    double *want = numbers_zero(s.rows * s.columns);
    for (int64_t k = 0; k < s.rows * s.columns; k++) want[k] = (double)x[k];
    orthogonal(x, s);
    plain_orthogonal(want, s.rows, s.columns);
    const double error = numbers_error(x, want, s.rows * s.columns);
    cr_assert_lt(error, 1e-5, "%lld x %lld: %g", (long long)s.rows, (long long)s.columns, error);
    lw_mem_give(x), lw_mem_give(want);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* Eigenvalues of a symmetric a [n, n], which they take the diagonal of: Jacobi's rotations. */
static void eigenvalues(double *a, int64_t n)
{
  for (int sweep = 0; sweep < 12; sweep++)
    for (int64_t p = 0; p < n; p++)
      for (int64_t q = p + 1; q < n; q++) {
        const double angle = 0.5 * atan2(2.0 * a[p * n + q], a[q * n + q] - a[p * n + p]);
        const double c = cos(angle), s = sin(angle);
        for (int64_t k = 0; k < n; k++) {
          const double x = a[k * n + p], y = a[k * n + q];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (int64_t k = 0; k < n; k++) {
          const double x = a[p * n + k], y = a[q * n + k];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
      }
}

/* product [small, small] = O^T D of a tall matrix, O D^T of a wide one */
static void inner(const double *o, const double *d, shape s, double *product)
{
  const bool tall = s.rows >= s.columns;
  const int64_t n = tall ? s.columns : s.rows, sum = tall ? s.rows : s.columns;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++)
      for (int64_t k = 0; k < sum; k++)
        product[i * n + j] += tall ? o[k * n + i] * d[k * n + j] : o[i * sum + k] * d[j * sum + k];
}

/* With D = U S V^T: singular values of O are in the band, and O^T D = V f(S) S V^T is symmetric and
   positive, as it is of the polar factor U V^T, so O has the same U and V. */
static void check_polar(shape s)
{
  const int64_t count = s.rows * s.columns, n = s.rows < s.columns ? s.rows : s.columns;
  float *x = direction(s);
  double *d = numbers_zero(count), *o = numbers_zero(count), *square = numbers_zero(n * n),
         *mixed = numbers_zero(n * n);
  for (int64_t k = 0; k < count; k++) d[k] = (double)x[k];
  orthogonal(x, s);
  for (int64_t k = 0; k < count; k++) o[k] = (double)x[k];
  inner(o, o, s, square);
  inner(o, d, s, mixed);
  double largest = 0.0, unlike = 0.0;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      largest = fmax(largest, fabs(mixed[i * n + j]));
      unlike = fmax(unlike, fabs(mixed[i * n + j] - mixed[j * n + i]));
    }
  cr_assert_lt(unlike, 2e-5 * largest, "%lld x %lld", (long long)s.rows, (long long)s.columns);
  eigenvalues(square, n);
  eigenvalues(mixed, n);
  for (int64_t i = 0; i < n; i++) {
    const double value = sqrt(square[i * n + i]);
    cr_assert(value > 0.68 && value < 1.14, "%lld x %lld: singular value %g", (long long)s.rows,
              (long long)s.columns, value);
    cr_assert_gt(mixed[i * n + i], 0.0);
  }
  lw_mem_give(x), lw_mem_give(d), lw_mem_give(o), lw_mem_give(square), lw_mem_give(mixed);
}

Test(muon, orthogonal_is_near_the_polar_factor)
{
  for (int i = 0; i < SHAPES; i++)
    if (shapes[i].rows * shapes[i].columns < 130 * 130) check_polar(shapes[i]);
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(muon, update_follows_the_formula)
{
  for (int i = 0; i < SHAPES; i++) {
    const int64_t rows = shapes[i].rows, columns = shapes[i].columns, count = rows * columns;
    float *value = numbers(1, count), *work = numbers(2, lw_muon_work(rows, columns));
    double *want = numbers_zero(count), *want_trail = numbers_zero(count),
           *given = numbers_zero(count);
    float *trail = numbers(3, count);
    for (int64_t k = 0; k < count; k++) {
      want[k] = (double)value[k];
      want_trail[k] = (double)trail[k];
    }
    for (int step = 1; step <= 3; step++) {
      const lw_muon muon = {.momentum = 0.9, .rate = 0.25 / step, .decay = 0.125};
      float *gradient = direction(shapes[i]);
      for (int64_t k = 0; k < count; k++) given[k] = 0.5 * (double)gradient[k];
      lw_muon_update(&muon, rows, columns, gradient, 0.5, value, trail, work);
      plain_muon(0.9, 0.25 / step, 0.125, rows, columns, given, want, want_trail);
      lw_mem_give(gradient);
    }
    cr_assert_lt(numbers_error(value, want, count), 1e-5, "%lld x %lld: %g", (long long)rows,
                 (long long)columns, numbers_error(value, want, count));
    cr_assert_lt(numbers_error(trail, want_trail, count), 3e-7);
    lw_mem_give(value), lw_mem_give(work), lw_mem_give(trail);
    lw_mem_give(want), lw_mem_give(want_trail), lw_mem_give(given);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(muon, no_gradient_leaves_only_the_decay)
{
  const float gradient[6] = {0};
  float value[6] = {2, 2, 2, 2, 2, 2}, trail[6] = {0}, work[64];
  const lw_muon muon = {.momentum = 0.95, .rate = 0.5, .decay = 0.25};
  lw_muon_update(&muon, 3, 2, gradient, 1.0, value, trail, work);
  lw_muon_update(&muon, 2, 3, gradient, 1.0, value, trail, work);
  for (int i = 0; i < 6; i++) cr_assert_eq(value[i], 2.0f * 0.875f * 0.875f);
}

/* Gradients of any size give the same direction. */
Test(muon, size_of_the_gradient_does_not_matter)
{
  const shape s = {12, 7};
  static const float sizes[] = {1e-30f, 1e-12f, 1e12f, 1e30f};
  float *want = direction(s);
  orthogonal(want, s);
  for (int i = 0; i < 4; i++) {
    float *x = direction(s);
    double *plain = numbers_zero(s.rows * s.columns);
    for (int64_t k = 0; k < s.rows * s.columns; k++) {
      x[k] *= sizes[i];
      plain[k] = (double)want[k];
    }
    orthogonal(x, s);
    cr_assert_lt(numbers_error(x, plain, s.rows * s.columns), 1e-5);
    lw_mem_give(x), lw_mem_give(plain);
  }
  lw_mem_give(want);
  cr_assert_eq(lw_mem_live(), 0);
}

static shape run_shape;
static void run(float *out)
{
  const int64_t count = run_shape.rows * run_shape.columns;
  float *gradient = numbers(1, count),
        *work = numbers(2, lw_muon_work(run_shape.rows, run_shape.columns));
  for (int64_t k = 0; k < 2 * count; k++) out[k] = (float)(k % 7) - 3.0f;
  lw_muon_update(&(lw_muon){.momentum = 0.9, .rate = 0.1, .decay = 0.1}, run_shape.rows,
                 run_shape.columns, gradient, 0.5, out, out + count, work);
  lw_mem_give(gradient), lw_mem_give(work);
}

TEST_ON_EVERY_PATH(muon, threads_do_not_change_a_bit)
{
  static const shape all[] = {{300, 200}, {190, 530}};
  for (int i = 0; i < 2; i++) {
    run_shape = all[i];
    numbers_same_for_threads(run, 2 * all[i].rows * all[i].columns);
  }
  cr_assert_eq(lw_mem_live(), 0);
}
