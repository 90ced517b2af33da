/* Locality by the readings of a clock, and learned biases per relative distance, in the kernel
   backends: each, on every instruction set this machine runs, against a direct evaluation in double
   (support/problem.h). */
#include "problem.h"

typedef enum readings { EVEN, TIMES, GATES, STILL, GIANT, READINGS } readings;
static const char *const readings_names[READINGS] = {"even", "times", "gates", "still", "giant"};

/* Readings as they come: even steps, times with equal ones and a gap, gates of which few are large,
   a clock that does not move, one with a gap that leaves float32's precision and another of 1e9. */
static void read_clock(double *reading, int64_t T, readings kind, double rate)
{
  double now = kind == GIANT ? 1e6 : 0;
  for (int64_t t = 0; t < T; t++) {
    const double u = lw_rng_uniform((lw_rng){5, LW_RNG_TEST, (uint32_t)kind, 0}, (uint64_t)t);
    double step = kind == EVEN ? 1 : kind == STILL ? 0 : u;
    if (kind == TIMES && (t == 3 || t == 4)) step = 0;
    if (kind == TIMES && t == T / 2) step = 40;
    if (kind == GATES) step = 20 * pow(u, 6);
    if (kind == GIANT && t == T / 3) step = 1e9;
    if (kind == GIANT && t == T / 2) step = 1e3;
    now += rate * step;
    reading[t] = now;
  }
}

static double worst; /* error in units of what is allowed, over a test */

static void check(const problem *p, readings kind, double allowed)
{
  for (int n = 0; n <= OUTPUTS; n++) {
    const char *name = n < OUTPUTS ? output_names[n] : "dreading";
    const double error = n < OUTPUTS ? error_of(p, n) : error_of_readings(p);
    worst = fmax(worst, error / allowed);
    cr_assert(error <= allowed,
              "%s: %s off by %.2e (%.2e allowed), T %d, d %d, %s, locality %d, %s", kernel_name,
              name, error, allowed, (int)p->T, (int)p->d, readings_names[kind], (int)p->locality,
              p->causal ? "causal" : "bidirectional");
  }
}

/* Every locality and clock, causal and not. */
static void check_options(int64_t T, int64_t d, double scale, double rate, double tolerance,
                          double allowed)
{
  problem p = problem_create(T, d, scale);
  double *reading = take(T, sizeof *reading);
  for (readings kind = 0; kind < READINGS; kind++)
    for (lw_locality locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
      for (int causal = 0; causal < 2; causal++) {
        read_clock(reading, T, kind, rate);
        p.reading = reading;
        p.locality = locality;
        p.causal = causal;
        p.tolerance = tolerance;
        direct(&p);
        for (int n = 0; next_kernel(&n);) {
          engine(&p);
          check(&p, kind, allowed);
        }
      }
  lw_mem_give(reading);
  problem_destroy(&p);
}

Test(clock, agrees_with_direct_evaluation)
{
  static const int64_t lengths[] = {1, 2, 63, 64, 65, 130, 200};
  for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
    check_options(lengths[n], 5, 1.0, 0.1, 0, 2e-6);
    check_options(lengths[n], 16, 1.3, 0.5, 0, 2e-6);
  }
  cr_log_info("worst error %.2f of what is allowed", worst);
  cr_assert_eq(lw_mem_live(), 0);
}

/* With sums over far keys and queries, over several segments of blocks; what is dropped. */
static void check_far(int64_t T, int64_t d, double scale, double rate, double allowed)
{
  check_options(T, d, scale, rate, 1e-5, allowed);
  cr_log_info("T %d, d %d, rate %g: worst error %.2f of what is allowed", (int)T, (int)d, rate,
              worst);
}

Test(clock, far_field_agrees)
{
  check_far(700, 8, 0.7, 0.05, 2e-6);
  check_far(1100, 5, 0.7, 0.5, 2e-6);
  cr_assert_eq(lw_mem_live(), 0);
}

/* How many tiles are left out, at least, where a clock has gone far. */
Test(clock, far_tiles_are_not_computed)
{
  problem p = problem_create(1000, 8, 0.5);
  double *reading = take(p.T, sizeof *reading);
  read_clock(reading, p.T, GATES, 0.3);
  p.reading = reading;
  p.tolerance = 1e-5;
  p.causal = true;
  for (lw_locality locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
    for (int n = 0; next_kernel(&n);) {
      p.locality = locality;
      engine(&p);
      cr_assert_eq(p.tiles.near + p.tiles.far + p.tiles.masked, 16 * 16);
      cr_log_info("locality %d: %d near of %d", (int)locality, (int)p.tiles.near, 136);
      cr_assert(p.tiles.far > 70, "%s, locality %d: %d far", kernel_name, (int)locality,
                (int)p.tiles.far);
    }
  lw_mem_give(reading);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Of row i in double, from all keys: y and dq, and what the reading gets as the query's. */
UNWATCHED static void direct_row(problem *p, int64_t i, double *x, double *y, double *dq,
                                 double *as_query)
{
  const int64_t end = p->causal ? i + 1 : p->T;
  double most = -INFINITY, sum = 0, delta = 0;
  for (int64_t j = 0; j < end; j++) {
    const double s = dot(p->q + i * p->stride, p->k + j * p->stride, p->d) / sqrt((double)p->d);
    x[j] = decay_of(p, i, j) * s;
    if (p->locality != LW_LOCALITY_SCALE) x[j] -= distance_of(p, i, j);
    most = fmax(most, x[j]);
  }
  for (int64_t j = 0; j < end; j++) sum += exp(x[j] - most);
  for (int64_t c = 0; c < p->d; c++) y[c] = dq[c] = 0;
  for (int64_t j = 0; j < end; j++)
    for (int64_t c = 0; c < p->d; c++)
      y[c] += exp(x[j] - most) / sum * (double)p->v[j * p->stride + c];
  for (int64_t c = 0; c < p->d; c++) delta += y[c] * (double)p->dy[i * p->stride + c];
  *as_query = 0;
  for (int64_t j = 0; j < end; j++) {
    const double a = exp(x[j] - most) / sum, bias = p->locality == LW_LOCALITY_SCALE ? 0 : 1;
    const double dx = a * (dot(p->dy + i * p->stride, p->v + j * p->stride, p->d) - delta);
    const double scaled = x[j] + bias * distance_of(p, i, j);
    const double slope = -bias - (p->locality == LW_LOCALITY_BIAS ? 0 : scaled);
    if (i != j) *as_query += i > j ? dx * slope : -dx * slope;
    for (int64_t c = 0; c < p->d; c++)
      dq[c] += dx * decay_of(p, i, j) * (double)p->k[j * p->stride + c] / sqrt((double)p->d);
  }
}

/* Gates that add up to 10,000, some rows of it. */
#ifdef SANITIZED
enum { LONG = 8192 }; /* 65,536 are slow there, and no other case of reading or writing */
#else
enum { LONG = 65536 };
#endif
static void check_long(problem *p, double *x)
{
  double error[3] = {0}, size[3] = {0};
  engine(p);
  for (int64_t i = 977; i < p->T; i += 7001) {
    double y[8], dq[8], as_query;
    direct_row(p, i, x, y, dq, &as_query);
    for (int64_t c = 0; c < p->d; c++) {
      error[0] += pow((double)p->out[0][i * p->stride + c] - y[c], 2);
      error[1] += pow((double)p->out[1][i * p->stride + c] - dq[c], 2);
      size[0] += y[c] * y[c];
      size[1] += dq[c] * dq[c];
    }
    error[2] += pow((double)p->dreading[1][i] - as_query, 2);
    size[2] += as_query * as_query;
  }
  for (int n = 0; n < 3; n++)
    cr_assert(error[n] <= 9e-12 * size[n], "%s, locality %d, %d: error %.2e of output %d",
              kernel_name, (int)p->locality, (int)p->causal, sqrt(error[n] / size[n]), n);
  cr_log_info("%s, locality %d, causal %d: %.1e %.1e %.1e", kernel_name, (int)p->locality,
              (int)p->causal, sqrt(error[0] / size[0]), sqrt(error[1] / size[1]),
              sqrt(error[2] / size[2]));
}

Test(clock, readings_of_long_sequences_keep_their_differences)
{
  problem p = problem_create(LONG, 8, 0.8);
  double *reading = take(p.T, sizeof *reading), *x = take(p.T, sizeof *x);
  read_clock(reading, p.T, GATES, 1);
  const double rate = 1e4 / reading[p.T - 1];
  for (int64_t t = 0; t < p.T; t++) reading[t] *= rate;
  p.reading = reading;
  p.tolerance = 1e-6;
  for (lw_locality locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
    for (int causal = 0; causal < 2; causal++) {
      int n = 0;
      p.locality = locality;
      p.causal = causal;
      cr_assert(next_kernel(&n));
      check_long(&p, x);
    }
  lw_mem_give(reading);
  lw_mem_give(x);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- biases per relative distance ---- */

static double error_of_dbias(const problem *p)
{
  double error = 0, size = 0;
  for (int64_t n = 0; n < lw_relative_buckets(&p->relative); n++) {
    error += pow(p->dbias[n] - p->expected_dbias[n], 2);
    size += pow(p->expected_dbias[n], 2);
  }
  return sqrt(error / size);
}

static void check_relative(problem *p, int64_t reach, readings kind)
{
  float bias[64];
  double dbias[64], expected[64];
  double *reading = take(p->T, sizeof *reading);
  read_clock(reading, p->T, kind, 0.1);
  p->reading = kind == EVEN ? NULL : reading;
  p->alpha = 0.1f;
  p->relative = lw_relative_of(reach, p->T, p->causal);
  cr_assert(lw_relative_buckets(&p->relative) <= 64);
  fill(bias, 64, 7, 1.5);
  p->bias = bias;
  p->dbias = dbias;
  p->expected_dbias = expected;
  direct(p);
  for (int n = 0; next_kernel(&n);) {
    engine(p);
    check(p, kind, 2e-6);
    const double error = error_of_dbias(p);
    worst = fmax(worst, error / 2e-6);
    cr_assert(error <= 2e-6 || p->T == 1, "%s: db off by %.2e, T %d, %s, locality %d", kernel_name,
              error, (int)p->T, readings_names[kind], (int)p->locality);
  }
  lw_mem_give(reading);
}

/* All forms of tiles, by positions and by readings; what a bias makes near, and what it does not. */
static void check_relatives(int64_t T, int64_t d, double tolerance)
{
  problem p = problem_create(T, d, 1.0);
  p.tolerance = tolerance;
  for (lw_locality locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
    for (int causal = 0; causal < 2; causal++)
      for (int clocked = 0; clocked < 2; clocked++) {
        p.locality = locality;
        p.causal = causal;
        check_relative(&p, 5, clocked ? GATES : EVEN);
        if (locality == LW_LOCALITY_SCALE) cr_assert_eq(p.tiles.far, 0);
        if (locality != LW_LOCALITY_SCALE && tolerance > 0) cr_assert_gt(p.tiles.far, 0);
      }
  problem_destroy(&p);
}

Test(relative_bias, agrees_with_direct_evaluation)
{
  check_relatives(1, 4, 0);
  check_relatives(65, 8, 0);
  check_relatives(200, 5, 0);
  check_relatives(700, 5, 1e-5);
  cr_log_info("worst error %.2f of what is allowed", worst);
  cr_assert_eq(lw_mem_live(), 0);
}
