#include "longwave/op/muon.h"
#include "longwave/op/linear.h"
#include "share.h"
#include "longwave/base/whole.h"
#include <math.h>
#include <string.h>

enum { ITERATIONS = 5 }; /* odd: what they make ends where they did not begin */
/* Squares by which a matrix is turned over. */
enum { SQUARE = 16 };

/* The tall side up: [tall, small]. Products with X X^T then become products with X^T X, which is
   small, and rows can be shared out over threads. */
typedef struct shape {
  int64_t tall, small;
} shape;

static shape shape_of(int64_t rows, int64_t columns)
{
  return rows < columns ? (shape){columns, rows} : (shape){rows, columns};
}

/* Beside the direction: X once more, X^T X and its square. */
int64_t lw_muon_work(int64_t rows, int64_t columns)
{
  const shape s = shape_of(rows, columns);
  return 2 * s.tall * s.small + 2 * s.small * s.small;
}

/* Four running sums, so that one addition need not wait for the last. */
static double norm_of(const float *x, int64_t count)
{
  double sum[4] = {0};
  for (int64_t i = 0; i < count; i++) sum[i % 4] += (double)x[i] * x[i];
  return sqrt((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/* to [columns, rows] = from [rows, columns] turned over, times factor */
static void turn_over(const float *from, int64_t rows, int64_t columns, double factor, float *to)
{
#pragma omp parallel for schedule(static) if (rows * columns >= LW_SHARE_LEAST)
  for (int64_t first = 0; first < columns; first += SQUARE)
    for (int64_t r = 0; r < rows; r += SQUARE)
      for (int64_t c = first; c < lw_smaller(first + SQUARE, columns); c++)
        for (int64_t i = r; i < lw_smaller(r + SQUARE, rows); i++)
          to[c * rows + i] = (float)(factor * from[i * columns + c]);
}

static void multiply(const float *from, int64_t count, double factor, float *to)
{
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) to[i] = (float)(factor * from[i]);
}

/* to = from (3.4445 - 4.7750 A + 2.0315 A^2) with A = from^T from, all in one factor */
static void iterate(const float *from, shape s, float *work, float *to)
{
  const int64_t m = s.small;
  float *gram = work, *factor = work + m * m;
  memset(gram, 0, (size_t)(m * m) * sizeof *gram);
  lw_linear_backward(from, from, NULL, s.tall, m, m, NULL, gram, NULL);
  lw_linear_forward(gram, gram, NULL, m, m, m, factor);
#pragma omp parallel for schedule(static) if (m * m >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < m; j++)
      factor[i * m + j] = 2.0315f * factor[i * m + j] - 4.7750f * gram[i * m + j];
    factor[i * m + i] += 3.4445f;
  }
  lw_linear_forward(from, factor, NULL, s.tall, m, m, to);
}

void lw_muon_orthogonal(float *x, int64_t rows, int64_t columns, float *work)
{
  const int64_t count = rows * columns;
  const shape s = shape_of(rows, columns);
  const double norm = norm_of(x, count);
  float *a = work, *b = x;
  if (!(norm > 0.0)) return;
  if (rows < columns)
    turn_over(x, rows, columns, 1.0 / norm, a);
  else
    multiply(x, count, 1.0 / norm, a);
  for (int k = 0; k < ITERATIONS; k++) {
    iterate(a, s, work + count, b);
    float *other = a;
    a = b;
    b = other;
  }
  if (rows == s.tall) return;
  turn_over(x, columns, rows, 1.0, work);
  memcpy(x, work, (size_t)count * sizeof *x);
}

/* trail = mu trail + g;  direction = g + mu trail */
static void follow(const lw_muon *muon, int64_t count, const float *gradient, double scale,
                   float *trail, float *direction)
{
  const float keep = (float)muon->momentum, factor = (float)scale;
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) {
    const float g = gradient[i] * factor;
    trail[i] = keep * trail[i] + g;
    direction[i] = g + keep * trail[i];
  }
}

void lw_muon_update(const lw_muon *muon, int64_t rows, int64_t columns, const float *gradient,
                    double scale, float *value, float *trail, float *work)
{
  const int64_t count = rows * columns;
  float *direction = work;
  follow(muon, count, gradient, scale, trail, direction);
  lw_muon_orthogonal(direction, rows, columns, work + count);
  const double stretch = rows > columns ? sqrt((double)rows / (double)columns) : 1.0;
  const float rate = (float)(muon->rate * stretch), decay = (float)(muon->rate * muon->decay);
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) value[i] -= rate * direction[i] + decay * value[i];
}
