/** One head of attention with its gradients, evaluated directly in double and by the kernel
 *  backends of op/fused.h. For their tests, which run on every backend there is. */
#ifndef TESTS_SUPPORT_PROBLEM_H
#define TESTS_SUPPORT_PROBLEM_H

#include "longwave/attention/attention.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/op/fused.h"
#include "unwatched.h"
#include <criterion/criterion.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 3, OUTPUTS = 4 };
static const float untouched = 1234.5f;
static const char *const output_names[OUTPUTS] = {"y", "dq", "dk", "dv"};

/* The backend that `engine` runs, and its name with that of its instruction set. */
static const lw_fused_backend *kernel = &lw_fused_float32;
static char kernel_name[64];

/* for (int n = 0; next_kernel(&n);) runs its body for every backend on each of its instruction sets
 * that this machine executes. */
static inline bool next_kernel(int *n)
{
  int seen = 0;
  for (int b = 0; lw_attention_names[b]; b++) {
    const lw_fused_backend *backend = lw_attention_choices[b].backend;
    for (const char *const *set = backend ? backend->instruction_sets : NULL; set && *set; set++) {
      if (seen++ < *n || !backend->force_instruction_set(*set)) continue;
      kernel = backend;
      snprintf(kernel_name, sizeof kernel_name, "%s %s", lw_attention_names[b], *set);
      *n = seen;
      return true;
    }
  }
  return false;
}

/* One head with its gradients. Rows are GAP floats longer than d, to see that nothing writes
 * between them. */
typedef struct problem {
  int64_t T, d, stride;
  float alpha;
  const double *reading;          /* [T] of a clock, or NULL: alpha i */
  lw_relative relative;           /* reach 0: no bias per distance */
  const float *bias;              /* [buckets] */
  double *dbias, *expected_dbias; /* [buckets] of the engine, of the direct evaluation */
  lw_locality locality;
  bool causal;
  float *q, *k, *v, *dy;     /* in */
  float *out[OUTPUTS], *lse; /* y dq dk dv of the engine */
  double *expected[OUTPUTS], *expected_lse;
  float *dreading[LW_FUSED_KINDS]; /* [T] of the engine: by tokens as keys, as queries */
  double *expected_dreading;       /* [T]: of both together */
  double *a, *dx;                  /* [T, T] of the direct evaluation, from the first one on */
  double score_most;
  double tolerance; /* of the far field */
  lw_fused_order order;
  lw_fused_tiles tiles; /* what the engine did */
} problem;

static inline void *take(int64_t count, int64_t size)
{
  void *block = NULL;
  cr_assert_eq(lw_mem_take(count, size, &block), LW_OK);
  return block;
}

static inline void fill(float *x, int64_t count, uint32_t which, double scale)
{
  for (int64_t n = 0; n < count; n++)
    x[n] = (float)(scale * lw_rng_normal((lw_rng){11, LW_RNG_TEST, which, 0}, (uint64_t)n));
}

/* q and k are drawn with deviation `scale`: scores then have about its square. One thread from here
 * on, since Criterion runs as many tests at once as there are cores. */
static inline problem problem_create(int64_t T, int64_t d, double scale)
{
  omp_set_num_threads(1);
  problem p = {.T = T, .d = d, .stride = d + GAP};
  float **inputs[] = {&p.q, &p.k, &p.v, &p.dy};
  for (uint32_t n = 0; n < 4; n++) {
    *inputs[n] = take(T * p.stride, sizeof(float));
    fill(*inputs[n], T * p.stride, n, n < 2 ? scale : 1);
  }
  for (int n = 0; n < OUTPUTS; n++) {
    p.out[n] = take(T * p.stride, sizeof(float));
    p.expected[n] = take(T * d, sizeof(double));
  }
  for (int kind = 0; kind < LW_FUSED_KINDS; kind++) p.dreading[kind] = take(T, sizeof(float));
  p.expected_dreading = take(T, sizeof(double));
  p.lse = take(T, sizeof(float));
  p.expected_lse = take(T, sizeof(double));
  return p;
}

static inline void problem_destroy(problem *p)
{
  void *blocks[] = {p->q,
                    p->k,
                    p->v,
                    p->dy,
                    p->lse,
                    p->expected_lse,
                    p->a,
                    p->dx,
                    p->dreading[0],
                    p->dreading[1],
                    p->expected_dreading};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
  for (int n = 0; n < OUTPUTS; n++) {
    lw_mem_give(p->out[n]);
    lw_mem_give(p->expected[n]);
  }
}

UNWATCHED static inline double dot(const float *a, const float *b, int64_t count)
{
  double sum = 0;
  for (int64_t c = 0; c < count; c++) sum += (double)a[c] * (double)b[c];
  return sum;
}

UNWATCHED static inline double distance_of(const problem *p, int64_t i, int64_t j)
{
  return p->reading ? fabs(p->reading[i] - p->reading[j]) : (double)p->alpha * (double)llabs(i - j);
}

UNWATCHED static inline double decay_of(const problem *p, int64_t i, int64_t j)
{
  return p->locality == LW_LOCALITY_BIAS ? 1 : exp(-distance_of(p, i, j));
}

/* a[i, :] and lse_i from the definition. */
UNWATCHED static inline void direct_weights(problem *p, int64_t i)
{
  const int64_t end = p->causal ? i + 1 : p->T;
  double *a = p->a + i * p->T, most = -INFINITY, sum = 0;
  for (int64_t j = 0; j < end; j++) {
    double s = dot(p->q + i * p->stride, p->k + j * p->stride, p->d) / sqrt((double)p->d);
    p->score_most = fmax(p->score_most, fabs(s));
    a[j] = decay_of(p, i, j) * s;
    if (p->locality != LW_LOCALITY_SCALE) a[j] -= distance_of(p, i, j);
    if (p->bias) a[j] += (double)p->bias[lw_relative_bucket(&p->relative, i - j)];
    most = fmax(most, a[j]);
  }
  for (int64_t j = 0; j < end; j++) sum += a[j] = exp(a[j] - most);
  for (int64_t j = 0; j < p->T; j++) a[j] = j < end ? a[j] / sum : 0;
  p->expected_lse[i] = most + log(sum);
}

/* to[r, :] = factor * sum_n matrix[r * row + n * step] * from[n, :] */
UNWATCHED static inline void direct_product(const problem *p, const double *matrix, int64_t row,
                                            int64_t step, const float *from, double factor,
                                            double *to)
{
  for (int64_t r = 0; r < p->T; r++) {
    for (int64_t c = 0; c < p->d; c++) to[r * p->d + c] = 0;
    for (int64_t n = 0; n < p->T; n++) {
      const double weight = factor * matrix[r * row + n * step];
      if (weight == 0) continue;
      for (int64_t c = 0; c < p->d; c++)
        to[r * p->d + c] += weight * (double)from[n * p->stride + c];
    }
  }
}

/* What x_ij, of derivative dx, gives to the readings of i and j. */
UNWATCHED static inline void direct_reading(problem *p, int64_t i, int64_t j, double dx)
{
  double slope = p->locality == LW_LOCALITY_SCALE ? 0 : -1;
  if (dx == 0 || i == j) return;
  if (p->locality != LW_LOCALITY_BIAS)
    slope -= decay_of(p, i, j) * dot(p->q + i * p->stride, p->k + j * p->stride, p->d) /
             sqrt((double)p->d);
  p->expected_dreading[i] += i > j ? dx * slope : -dx * slope;
  p->expected_dreading[j] -= i > j ? dx * slope : -dx * slope;
}

UNWATCHED static inline void direct(problem *p)
{
  if (!p->a) p->a = take(p->T * p->T, sizeof(double));
  if (!p->dx) p->dx = take(p->T * p->T, sizeof(double));
  const double scale = 1 / sqrt((double)p->d);
  p->score_most = 0;
  for (int64_t i = 0; i < p->T; i++) p->expected_dreading[i] = 0;
  for (int64_t n = 0; n < lw_relative_buckets(&p->relative); n++) p->expected_dbias[n] = 0;
  for (int64_t i = 0; i < p->T; i++) direct_weights(p, i);
  direct_product(p, p->a, p->T, 1, p->v, 1, p->expected[0]);
  for (int64_t i = 0; i < p->T; i++) {
    double delta = 0;
    for (int64_t c = 0; c < p->d; c++)
      delta += (double)p->dy[i * p->stride + c] * p->expected[0][i * p->d + c];
    for (int64_t j = 0; j < p->T; j++) {
      const double a = p->a[i * p->T + j];
      const double dp = a == 0 ? 0 : dot(p->dy + i * p->stride, p->v + j * p->stride, p->d);
      direct_reading(p, i, j, a * (dp - delta));
      if (p->bias && a > 0)
        p->expected_dbias[lw_relative_bucket(&p->relative, i - j)] += a * (dp - delta);
      p->dx[i * p->T + j] = a * (dp - delta) * decay_of(p, i, j);
    }
  }
  direct_product(p, p->dx, p->T, 1, p->k, scale, p->expected[1]);
  direct_product(p, p->dx, 1, p->T, p->q, scale, p->expected[2]);
  direct_product(p, p->a, 1, p->T, p->dy, 1, p->expected[3]);
}

static inline lw_fused_head head_of(const problem *p)
{
  return (lw_fused_head){.queries = p->T,
                         .keys = p->T,
                         .head_size = p->d,
                         .alpha = p->alpha,
                         .clocked = p->reading != NULL,
                         .reading = {{p->reading, 1}, {p->reading, 1}},
                         .relative = p->relative,
                         .bias = p->bias,
                         .locality = p->locality,
                         .causal = p->causal,
                         .tolerance = p->tolerance,
                         .order = p->order,
                         .q = p->q,
                         .k = p->k,
                         .v = p->v,
                         .q_stride = p->stride,
                         .k_stride = p->stride,
                         .v_stride = p->stride,
                         .y = p->out[0],
                         .y_stride = p->stride,
                         .lse = p->lse};
}

/* Memory of the engine, full of what is not a number. */
static inline void *engine_memory(const lw_fused_head *heads, int64_t count)
{
  const int64_t bytes = kernel->memory(heads, count);
  void *memory = take(bytes, 1);
  memset(memory, 0xff, (size_t)bytes);
  return memory;
}

static inline void engine(problem *p)
{
  for (int n = 0; n < OUTPUTS; n++)
    for (int64_t at = 0; at < p->T * p->stride; at++) p->out[n][at] = untouched;
  lw_fused_head head = head_of(p);
  void *memory = engine_memory(&head, 1);
  kernel->forward(&head, 1, memory, &p->tiles);
  memset(memory, 0xff, (size_t)kernel->memory(&head, 1));
  lw_fused_gradient gradient = {.dy = p->dy,
                                .dq = p->out[1],
                                .dk = p->out[2],
                                .dv = p->out[3],
                                .dq_stride = p->stride,
                                .dk_stride = p->stride,
                                .dv_stride = p->stride,
                                .dreading = {p->dreading[0], p->dreading[1]},
                                .dreading_stride = {1, 1},
                                .dbias = p->dbias};
  for (int64_t n = 0; n < lw_relative_buckets(&p->relative); n++) p->dbias[n] = 0;
  kernel->backward(&head, &gradient, 1, memory);
  lw_mem_give(memory);
}

UNWATCHED static inline double error_of(const problem *p, int output)
{
  double error = 0, size = 0, dy = 0;
  for (int64_t i = 0; i < p->T; i++)
    for (int64_t c = 0; c < p->d; c++) {
      const double expected = p->expected[output][i * p->d + c];
      const double difference = (double)p->out[output][i * p->stride + c] - expected;
      error += difference * difference;
      size += expected * expected;
      dy += (double)p->dy[i * p->stride + c] * (double)p->dy[i * p->stride + c];
    }
  /* With one token dq = dk = 0, with two they are what little is left of a difference: relative to
   * dy then. */
  return sqrt(error / (p->T <= 2 ? dy : size));
}

/* Of the gradient of the readings, in the same measure. */
static inline double error_of_readings(const problem *p)
{
  double error = 0, size = 0, dy = 0;
  for (int64_t i = 0; i < p->T; i++) {
    const double got = (double)p->dreading[0][i] + (double)p->dreading[1][i];
    error += pow(got - p->expected_dreading[i], 2);
    size += pow(p->expected_dreading[i], 2);
    dy += dot(p->dy + i * p->stride, p->dy + i * p->stride, p->d);
  }
  return sqrt(error / (p->T <= 2 ? dy : size));
}

#endif
