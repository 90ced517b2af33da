#include "reference_attention.h"
#include "longwave/base/mem.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One head of one sequence (or chunk). Matrices are [T, T]. */
typedef struct sequence {
  const reference_problem *of;
  int64_t first, T, d, C, column;
  double alpha;
  const double *reading; /* of token first; NULL: none */
  double *dreading;
  double *a, *b, *da, *db; /* weights, smoothed weights, their gradients */
  double most;             /* greatest |s| */
  const float *bias;       /* [buckets], or NULL */
  double *dbias;
} sequence;

/* Rows [d] of what goes in: of Q, K and V (which 0, 1 and 2), and of dY. */
static const float *row_of(const sequence *s, int64_t t, int which)
{
  return s->of->qkv + ((s->first + t) * 3 + which) * s->C + s->column;
}

static const float *dy_of(const sequence *s, int64_t t)
{
  return s->of->dy + (s->first + t) * s->C + s->column;
}

static double dot(const float *x, const float *y, int64_t count)
{
  double sum = 0.0;
  for (int64_t n = 0; n < count; n++) sum += (double)x[n] * (double)y[n];
  return sum;
}

/* to += factor x */
static void add(double factor, const float *restrict x, int64_t count, double *restrict to)
{
  if (factor == 0.0) return;
  for (int64_t n = 0; n < count; n++) to[n] += factor * (double)x[n];
}

static double distance(const sequence *s, int64_t i, int64_t j)
{
  if (s->reading) return fabs(s->reading[i] - s->reading[j]);
  return s->alpha * (double)llabs(i - j);
}

/* exp(x); what is nothing beside any number here is 0, as processors take a hundred times longer for
   products below the least normal number. */
static double weight_of(double x)
{
  return x < -300.0 ? 0.0 : exp(x);
}

static double lambda(const sequence *s, int64_t i, int64_t j)
{
  if (s->of->options->locality == LW_LOCALITY_BIAS) return 1.0;
  return weight_of(-distance(s, i, j));
}

static double score(const sequence *s, int64_t i, int64_t j)
{
  return dot(row_of(s, i, 0), row_of(s, j, 1), s->d) / sqrt((double)s->d);
}

static int64_t end_of(const sequence *s, int64_t i)
{
  return s->of->options->causal ? i + 1 : s->T;
}

static void softmax_row(sequence *s, int64_t i)
{
  double *a = s->a + i * s->T, most = -INFINITY, sum = 0.0;
  const int64_t end = end_of(s, i);
  for (int64_t j = 0; j < end; j++) {
    const double plain = score(s, i, j);
    s->most = fmax(s->most, fabs(plain));
    a[j] = lambda(s, i, j) * plain;
    if (s->of->options->locality != LW_LOCALITY_SCALE) a[j] -= distance(s, i, j);
    if (s->bias) a[j] += (double)s->bias[lw_relative_bucket(&s->of->relative, i - j)];
    most = fmax(most, a[j]);
  }
  for (int64_t j = 0; j < end; j++) sum += a[j] = weight_of(a[j] - most);
  for (int64_t j = 0; j < s->T; j++) a[j] = j < end ? a[j] / sum : 0.0;
}

/* to[j] = 1/P sum of from[j + u], u = -before .. after */
static void average(const double *from, int64_t T, int64_t before, int64_t after, double *to)
{
  for (int64_t j = 0; j < T; j++) {
    double sum = 0.0;
    for (int64_t u = -before; u <= after; u++)
      if (j + u >= 0 && j + u < T) sum += from[j + u];
    to[j] = sum / (double)(before + after + 1);
  }
}

static void forward(sequence *s, double *y)
{
  const int64_t P = s->of->options->window;
  const int64_t left = s->of->options->alignment == LW_ALIGNMENT_CENTRED ? (P - 1) / 2 : 0;
  for (int64_t i = 0; i < s->T; i++) {
    softmax_row(s, i);
    average(s->a + i * s->T, s->T, left, P - 1 - left, s->b + i * s->T);
    double *to = y + (s->first + i) * s->C + s->column;
    memset(to, 0, (size_t)s->d * sizeof *to);
    for (int64_t j = 0; j < s->T; j++) add(s->b[i * s->T + j], row_of(s, j, 2), s->d, to);
  }
}

/* What the readings of i and j get from x_ij, of derivative dx. */
static void backward_reading(const sequence *s, int64_t i, int64_t j, double dx)
{
  double slope = s->of->options->locality == LW_LOCALITY_SCALE ? 0.0 : -1.0;
  if (i == j || dx == 0.0) return;
  if (s->of->options->locality != LW_LOCALITY_BIAS) slope -= lambda(s, i, j) * score(s, i, j);
  s->dreading[i] += i > j ? dx * slope : -dx * slope;
  s->dreading[j] -= i > j ? dx * slope : -dx * slope;
}

/* dB = dY V^T, dA = dB M^T, then dX, times lambda and 1/sqrt(d), into da */
static void backward_row(const sequence *s, int64_t i)
{
  const int64_t P = s->of->options->window;
  const int64_t left = s->of->options->alignment == LW_ALIGNMENT_CENTRED ? (P - 1) / 2 : 0;
  const double *a = s->a + i * s->T;
  double *db = s->db + i * s->T, *da = s->da + i * s->T, sum = 0.0;
  for (int64_t j = 0; j < s->T; j++) db[j] = dot(dy_of(s, i), row_of(s, j, 2), s->d);
  average(db, s->T, P - 1 - left, left, da);
  for (int64_t j = 0; j < s->T; j++) sum += a[j] * da[j];
  for (int64_t j = 0; j < s->T; j++) {
    const double dx = a[j] * (da[j] - sum);
    if (s->dreading) backward_reading(s, i, j, dx);
    if (s->bias && a[j] > 0) s->dbias[lw_relative_bucket(&s->of->relative, i - j)] += dx;
    da[j] = dx * lambda(s, i, j) / sqrt((double)s->d);
  }
}

static double *gradient(const sequence *s, double *dqkv, int64_t t, int which)
{
  return dqkv + (s->first + t) * 3 * s->C + which * s->C + s->column;
}

static void backward(const sequence *s, double *dqkv)
{
  for (int64_t i = 0; i < s->T; i++) {
    backward_row(s, i);
    for (int64_t j = 0; j < s->T; j++) {
      const double dx = s->da[i * s->T + j];
      add(dx, row_of(s, j, 1), s->d, gradient(s, dqkv, i, 0));
      add(dx, row_of(s, i, 0), s->d, gradient(s, dqkv, j, 1));
      add(s->b[i * s->T + j], dy_of(s, i), s->d, gradient(s, dqkv, j, 2));
    }
  }
}

static void set_clock(sequence *s)
{
  const reference_problem *of = s->of;
  const int64_t at = s->column / s->d * of->row_first[of->samples] + s->first;
  s->reading = of->reading && s->alpha > 0 ? of->reading + at : NULL;
  s->dreading = of->dreading && s->alpha > 0 ? of->dreading + at : NULL;
}

static lw_status each_sequence(sequence *s, int64_t b, double *y, double *dqkv)
{
  const int64_t chunk = s->of->options->chunk, end = s->of->row_first[b + 1];
  for (s->first = s->of->row_first[b]; s->first < end; s->first += s->T) {
    double *matrices = NULL;
    s->T = chunk && end - s->first > chunk ? chunk : end - s->first;
    const int64_t pairs = s->T * s->T;
    lw_status status = LW_TAKE(&matrices, 4 * pairs);
    if (status != LW_OK) return status;
    s->a = matrices;
    s->b = matrices + pairs;
    s->da = matrices + 2 * pairs;
    s->db = matrices + 3 * pairs;
    set_clock(s);
    forward(s, y);
    backward(s, dqkv);
    lw_mem_give(matrices);
  }
  return LW_OK;
}

double reference_attention(const reference_problem *problem, int64_t c, double *y, double *dqkv)
{
  const int64_t d = problem->head_size;
  sequence s = {.of = problem,
                .d = d,
                .C = problem->heads * d,
                .column = c * d,
                .alpha = (double)problem->alpha[c]};
  const int64_t buckets = lw_relative_buckets(&problem->relative);
  if (buckets > 0) {
    s.bias = problem->bias + c * buckets;
    s.dbias = problem->dbias + c * buckets;
  }
  for (int64_t b = 0; b < problem->samples; b++)
    if (each_sequence(&s, b, y, dqkv) != LW_OK) return -1.0;
  return s.most;
}
