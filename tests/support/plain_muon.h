/** The formula of op/muon.h, product by product, in double. */
#ifndef TESTS_SUPPORT_PLAIN_MUON_H
#define TESTS_SUPPORT_PLAIN_MUON_H

#include "numbers.h"

/** product [m, n] = a [m, k] b [k, n]; b_row, b_column: steps to the next row and column of b. */
UNWATCHED static inline void plain_product(const double *a, const double *b, int64_t b_row,
                                           int64_t b_column, int64_t m, int64_t k, int64_t n,
                                           double *product)
{
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      double sum = 0.0;
      for (int64_t l = 0; l < k; l++) sum += a[i * k + l] * b[l * b_row + j * b_column];
      product[i * n + j] = sum;
    }
}

/** x [rows, columns] in/out */
static inline void plain_orthogonal(double *x, int64_t rows, int64_t columns)
{
  const int64_t count = rows * columns;
  double norm = 0.0, *square = numbers_zero(rows * rows), *once = numbers_zero(count),
         *twice = numbers_zero(count);
  for (int64_t i = 0; i < count; i++) norm += x[i] * x[i];
  for (int64_t i = 0; i < count; i++) x[i] = norm > 0.0 ? x[i] / sqrt(norm) : 0.0;
  for (int step = 0; step < 5; step++) {
    plain_product(x, x, 1, columns, rows, columns, rows, square);
    plain_product(square, x, columns, 1, rows, rows, columns, once);
    plain_product(square, once, columns, 1, rows, rows, columns, twice);
    for (int64_t i = 0; i < count; i++) x[i] = 3.4445 * x[i] - 4.7750 * once[i] + 2.0315 * twice[i];
  }
  lw_mem_give(square), lw_mem_give(once), lw_mem_give(twice);
}

/** One step of rate `rate`; gradient [rows, columns] in; value and trail in/out. */
static inline void plain_muon(double momentum, double rate, double decay, int64_t rows,
                              int64_t columns, const double *gradient, double *value, double *trail)
{
  const int64_t count = rows * columns;
  const double stretch = rows > columns ? sqrt((double)rows / (double)columns) : 1.0;
  double *direction = numbers_zero(count);
  for (int64_t i = 0; i < count; i++) {
    trail[i] = momentum * trail[i] + gradient[i];
    direction[i] = gradient[i] + momentum * trail[i];
  }
  plain_orthogonal(direction, rows, columns);
  for (int64_t i = 0; i < count; i++)
    value[i] -= rate * (stretch * direction[i] + decay * value[i]);
  lw_mem_give(direction);
}

#endif
