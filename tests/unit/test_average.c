/* Moving averages of every instruction set against their formula in double: a sequence in strips, as
   ranks hold it, and gradients against central differences of that formula. */
#include "longwave/op/average.h"
#include "longwave/base/whole.h"
#include "numbers.h"

typedef struct shape {
  int64_t T, C, N;
  int D;
  int64_t cut;  /* the second strip begins here; T: there is one */
  double alpha; /* added to every alpha: memories of about exp(-alpha) tokens */
} shape;
static const shape shapes[] = {
    {1, 1, 1, 1, 1, 0.0},    {1, 5, 3, 2, 1, 0.0},      {7, 16, 2, 1, 3, 0.0},
    {40, 33, 4, 2, 40, 0.0}, {128, 20, 2, 2, 1, 0.0},   {129, 17, 1, 1, 129, -3.0},
    {300, 9, 5, 2, 64, 2.0}, {385, 3, 16, 2, 257, 0.0}, {300, 35, 3, 1, 129, -6.0}};
enum { SHAPES = sizeof shapes / sizeof *shapes, PARAMETERS = 4, STRIPS = 2, PLACES = 600 };

static int64_t parameters_of(shape s)
{
  return s.D * s.C * s.N;
}

/* ---- one channel in double ---- */

/* y of channel c; parameters [PARAMETERS, D C, N]: alpha, delta, beta, eta. */
static void channel(shape s, const double *parameters, const double *x, int64_t c, double *y)
{
  const int64_t count = parameters_of(s);
  memcpy(y, x, (size_t)s.T * sizeof *y);
  for (int64_t n = 0; n < s.D * s.N; n++) {
    const double *of = parameters + (n / s.N * s.C + c) * s.N + n % s.N;
    const double a = 1.0 / (1.0 + exp(-of[0])), d = 1.0 / (1.0 + exp(-of[count]));
    double state = 0.0;
    for (int64_t r = 0; r < s.T; r++) {
      const int64_t t = n / s.N ? s.T - 1 - r : r;
      state = a * of[2 * count] * x[t] + (1.0 - a * d) * state;
      y[t] += of[3 * count] * state;
    }
  }
}

/* dy . y of a channel, with `moved` moved by a step. */
static double moved(shape s, const double *parameters, const double *x, const double *dy, int64_t c,
                    double *number, double step)
{
  const double start = *number;
  double *y = numbers_zero(s.T), sum = 0.0;
  *number = start + step;
  channel(s, parameters, x, c, y);
  *number = start;
  for (int64_t t = 0; t < s.T; t++) sum += dy[t] * y[t];
  lw_mem_give(y);
  return sum;
}

static double difference(shape s, const double *parameters, const double *x, const double *dy,
                         int64_t c, double *number)
{
  const double step = 1e-5;
  return (moved(s, parameters, x, dy, c, number, step) -
          moved(s, parameters, x, dy, c, number, -step)) /
         (2.0 * step);
}

/* What is wanted of channel c: y, dx [T, C], and the gradients. */
static void want_channel(shape s, double *parameters, const float *x, const float *dy, int64_t c,
                         double *y, double *dx, double *gradients)
{
  double *column[3] = {numbers_zero(s.T), numbers_zero(s.T), numbers_zero(s.T)};
  for (int64_t t = 0; t < s.T; t++) {
    column[0][t] = (double)x[t * s.C + c];
    column[1][t] = (double)dy[t * s.C + c];
  }
  channel(s, parameters, column[0], c, column[2]);
  for (int64_t t = 0; t < s.T; t++) {
    y[t * s.C + c] = column[2][t];
    dx[t * s.C + c] = difference(s, parameters, column[0], column[1], c, &column[0][t]);
  }
  for (int64_t n = 0; n < PARAMETERS * s.D * s.N; n++) {
    const int64_t at = (n / s.N * s.C + c) * s.N + n % s.N;
    gradients[at] = difference(s, parameters, column[0], column[1], c, &parameters[at]);
  }
  for (int i = 0; i < 3; i++) lw_mem_give(column[i]);
}

/* ---- the operator ---- */

typedef struct bench {
  shape s;
  lw_average average;
  float *x, *dy, *y, *dx, *parameters, *gradients, *coefficients; /* owned */
  float *states, *scratch;
  lw_average_piece pieces[PLACES];
  int64_t count, places;
  lw_average_strip strips[STRIPS];
  int strip_count;
  lw_average_run runs[2 * LW_AVERAGE_MODES];
} bench;

static lw_average_parameters parameters_in(const bench *b)
{
  const int64_t n = parameters_of(b->s);
  return (lw_average_parameters){b->parameters, b->parameters + n, b->parameters + 2 * n,
                                 b->parameters + 3 * n};
}

static void add_strip(bench *b, int64_t first, int64_t end)
{
  const int64_t C = b->s.C;
  lw_average_strip *strip = &b->strips[b->strip_count++];
  *strip = (lw_average_strip){.place = b->places, .rows = end - first};
  for (int64_t t = first; t < end; t += LW_AVERAGE_ROWS, strip->pieces++)
    b->pieces[b->count++] = (lw_average_piece){.x = b->x + t * C,
                                               .dy = b->dy + t * C,
                                               .rows = lw_smaller(LW_AVERAGE_ROWS, end - t),
                                               .place = b->places++};
  b->places++;
}

static void cut(bench *b)
{
  const shape s = b->s;
  if (s.cut == s.T && s.T <= LW_AVERAGE_ROWS) {
    b->pieces[b->count++] = (lw_average_piece){.x = b->x, .dy = b->dy, .rows = s.T, .place = -1};
    return;
  }
  add_strip(b, 0, s.cut);
  if (s.cut < s.T) add_strip(b, s.cut, s.T);
}

static bench *bench_of(shape s)
{
  const int64_t count = s.T * s.C, n = parameters_of(s);
  bench *b = NULL;
  cr_assert_eq(LW_TAKE(&b, 1), LW_OK);
  *b = (bench){.s = s, .average = {.channels = s.C, .modes = s.N, .directions = s.D}};
  b->x = numbers(1, count), b->dy = numbers(2, count), b->y = numbers(3, count);
  b->dx = numbers(4, count), b->parameters = numbers(5, PARAMETERS * n);
  for (int64_t i = 0; i < n; i++) b->parameters[i] += (float)s.alpha;
  cr_assert_eq(LW_TAKE(&b->gradients, PARAMETERS * n), LW_OK);
  cr_assert_eq(LW_TAKE(&b->coefficients, 4 * n), LW_OK);
  cr_assert_eq(LW_TAKE(&b->scratch, lw_average_scratch(&b->average)), LW_OK);
  cut(b);
  b->states = numbers(6, (b->places + 1) * s.N * s.C * 2 * s.D);
  for (int i = 0; i < 2 * s.D; i++)
    b->runs[i] = (lw_average_run){.direction = i % s.D,
                                  .gradient = i >= s.D,
                                  .states = b->states + i * (b->places + 1) * s.N * s.C};
  lw_average_coefficients(&b->average, parameters_in(b), b->coefficients, b->coefficients + n);
  b->average.loss = b->coefficients, b->average.weight = b->coefficients + n;
  return b;
}

static void bench_done(bench *b)
{
  float *arrays[] = {b->x,         b->dy,           b->y,      b->dx,     b->parameters,
                     b->gradients, b->coefficients, b->states, b->scratch};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) lw_mem_give(arrays[i]);
  lw_mem_give(b);
}

/* Of both strips, as two ranks would hold them. */
static void run_states(bench *b, const lw_average_run *run)
{
  lw_average_states(&b->average, run, b->pieces, b->count, b->strips, b->strip_count);
  if (b->strip_count < 2) return;
  const bool back = lw_average_back(run);
  lw_average_enter(&b->average, run, &b->strips[!back],
                   lw_average_end(&b->average, run, &b->strips[back]));
}

static void point_to(bench *b, float *to)
{
  for (int64_t p = 0; p < b->count; p++) b->pieces[p].to = to + (b->pieces[p].x - b->x);
}

static void both_ways(bench *b)
{
  const int64_t n = parameters_of(b->s);
  float *dloss = b->coefficients + 2 * n, *dweight = b->coefficients + 3 * n, *g = b->gradients;
  for (int i = 0; i < 2 * b->s.D; i++) run_states(b, &b->runs[i]);
  point_to(b, b->y);
  lw_average_forward(&b->average, b->runs, b->pieces, b->count);
  point_to(b, b->dx);
  lw_average_backward(&b->average, b->runs, b->pieces, b->count, dloss, dweight, b->scratch);
  lw_average_parameters_backward(&b->average, parameters_in(b), dloss, dweight,
                                 (lw_average_gradients){g, g + n, g + 2 * n, g + 3 * n});
}

static void check(shape s)
{
  static const char *const names[] = {"alpha", "delta", "beta", "eta"};
  const int64_t count = s.T * s.C, n = parameters_of(s);
  bench *b = bench_of(s);
  double *y = numbers_zero(count), *dx = numbers_zero(count);
  double *parameters = numbers_zero(PARAMETERS * n), *gradients = numbers_zero(PARAMETERS * n);
  for (int64_t i = 0; i < PARAMETERS * n; i++) parameters[i] = (double)b->parameters[i];
  for (int64_t c = 0; c < s.C; c++) want_channel(s, parameters, b->x, b->dy, c, y, dx, gradients);
  both_ways(b);
  cr_expect_lt(numbers_error(b->y, y, count), 1e-6, "y, T %d C %d: %g", (int)s.T, (int)s.C,
               numbers_error(b->y, y, count));
  cr_expect_lt(numbers_error(b->dx, dx, count), 1e-6, "dx, T %d C %d: %g", (int)s.T, (int)s.C,
               numbers_error(b->dx, dx, count));
  for (int i = 0; i < PARAMETERS; i++)
    cr_expect_lt(numbers_error(b->gradients + i * n, gradients + i * n, n), 3e-6,
                 "%s, T %d C %d: %g", names[i], (int)s.T, (int)s.C,
                 numbers_error(b->gradients + i * n, gradients + i * n, n));
  double *const arrays[] = {y, dx, parameters, gradients};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) lw_mem_give(arrays[i]);
  bench_done(b);
}

TEST_ON_EVERY_PATH(average, of_many_shapes)
{
  for (int i = 0; i < SHAPES; i++) check(shapes[i]);
  cr_assert_eq(lw_mem_live(), 0);
}

/* 65,536 tokens, memories of 4 to 10 million tokens: every decay, and its memory of all tokens. */
TEST_ON_EVERY_PATH(average, keeps_its_precision_over_long_sequences)
{
  const shape s = {65536, 3, 2, 2, 40001, 0.0};
  bench *b = bench_of(s);
  double *parameters = numbers_zero(PARAMETERS * parameters_of(s));
  double *x = numbers_zero(s.T), *y = numbers_zero(s.T);
  for (int64_t i = 0; i < parameters_of(s); i++) b->parameters[i] = (float)(-16 + 1.5 * (double)i);
  for (int64_t t = 0; t < s.T * s.C; t++) b->x[t] += 1.0f;
  for (int64_t i = 0; i < PARAMETERS * parameters_of(s); i++)
    parameters[i] = (double)b->parameters[i];
  lw_average_coefficients(&b->average, parameters_in(b), b->coefficients,
                          b->coefficients + parameters_of(s));
  both_ways(b);
  for (int64_t c = 0; c < s.C; c++) {
    double distance = 0.0, size = 0.0;
    for (int64_t t = 0; t < s.T; t++) x[t] = (double)b->x[t * s.C + c];
    channel(s, parameters, x, c, y);
    for (int64_t t = 0; t < s.T; t++) {
      distance = fmax(distance, fabs((double)b->y[t * s.C + c] - y[t]));
      size = fmax(size, fabs(y[t]));
    }
    cr_expect_lt(distance, 2e-6 * size, "channel %d: %g of %g", (int)c, distance, size);
  }
  lw_mem_give(parameters), lw_mem_give(x), lw_mem_give(y);
  bench_done(b);
  cr_assert_eq(lw_mem_live(), 0);
}

/* y, dx and the gradients of many rows. */
static const shape many = {5 * LW_AVERAGE_ROWS + 7, 100, 3, 2, 200, 0.0};
static void run(float *out)
{
  bench *b = bench_of(many);
  const int64_t count = many.T * many.C;
  both_ways(b);
  memcpy(out, b->y, (size_t)count * sizeof *out);
  memcpy(out + count, b->dx, (size_t)count * sizeof *out);
  memcpy(out + 2 * count, b->gradients, (size_t)(PARAMETERS * parameters_of(many)) * sizeof *out);
  bench_done(b);
}

TEST_ON_EVERY_PATH(average, has_the_same_bits_on_any_number_of_threads)
{
  numbers_same_for_threads(run, 2 * many.T * many.C + PARAMETERS * parameters_of(many));
}
