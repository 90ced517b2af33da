/** The conformance kit of attention: problems over packed batches, evaluated by the definition in
 *  double, and what engines make of them judged against that. For tests/mpi/test_attention.c. */
#ifndef TESTS_SUPPORT_ATTENTION_KIT_H
#define TESTS_SUPPORT_ATTENTION_KIT_H

#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/comm/reduce.h"
#include "longwave/op/local.h"
#include "mpi_case.h"
#include "reference_attention.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEADS = 4, SAMPLES_MOST = 8, OUTPUTS = 5, ENGINES_MOST = 32, NAME_ROOM = 32 };
enum { BIASES = HEADS * 64 };
static const float alphas[HEADS] = {0.0f, 1e-3f, 0.03f, 0.5f};
static const char *const output_names[OUTPUTS] = {"y", "dq", "dk", "dv", "dclock"};

/* ---- problems ---- */

typedef struct problem {
  lw_attention_options options;
  int64_t head_size, samples, row_first[SAMPLES_MOST + 1];
  double stretch; /* of q and k: scores have about its square as deviation */
  double offset;  /* of v: D is then far greater than what is left of dy . v - D */
  double most;    /* greatest |s|, to which q and k are brought; 0: as they are drawn */
  float *qkv, *dy;
  double *y, *dqkv;           /* by the definition */
  double *reading, *dreading; /* [heads, rows], of options with a clock that moves */
  double limit;               /* of a relative error */
  lw_relative relative;       /* of options.relative_bias */
  float bias[BIASES];
  double dbias[BIASES]; /* by the definition */
} problem;

static inline lw_attention_options options_of(bool causal, int locality, int64_t window,
                                              int alignment)
{
  lw_attention_options options = {.locality = (lw_locality)locality,
                                  .decay = LW_DECAY_LIST,
                                  .alphas.count = HEADS,
                                  .window = window,
                                  .alignment = (lw_alignment)alignment,
                                  .causal = causal,
                                  .panel = 64};
  for (int c = 0; c < HEADS; c++) options.alphas.value[c] = (double)alphas[c];
  return options;
}

static inline void fill(float *x, int64_t count, uint32_t which, double scale)
{
  const lw_rng rng = {.seed = 3, .stream = LW_RNG_TEST, .first = which};
  for (int64_t n = 0; n < count; n++) x[n] = (float)(scale * lw_rng_normal(rng, (uint64_t)n));
}

static int64_t rows_of(const problem *p)
{
  return p->row_first[p->samples];
}

/* q and k, each by `factor`. */
static inline void problem_stretch(problem *p, double factor)
{
  const int64_t C = HEADS * p->head_size;
  for (int64_t t = 0; t < rows_of(p); t++)
    for (int64_t c = 0; c < 2 * C; c++) p->qkv[t * 3 * C + c] *= (float)factor;
}

static bool moves(const problem *p)
{
  return p->options.clock != LW_CLOCK_INDEX;
}

/* Times with two equal ones and a gap, or gates of which few are large; each sample from 0. */
static inline void read_clocks(const problem *p)
{
  const lw_rng rng = {.seed = 4, .stream = LW_RNG_TEST};
  for (int64_t c = 0; c < HEADS; c++)
    for (int64_t b = 0; b < p->samples; b++) {
      double now = 0.0;
      for (int64_t t = p->row_first[b]; t < p->row_first[b + 1]; t++) {
        const bool gates = p->options.clock == LW_CLOCK_CONTENT;
        const double u = lw_rng_uniform(rng, (uint64_t)(gates ? t * HEADS + c : t));
        double tick = gates ? 20.0 * pow(u, 6) : u;
        if (!gates && t == p->row_first[b] + 3) tick = 0.0;
        if (!gates && t == p->row_first[b] + 20) tick = 40.0;
        now += (double)alphas[c] * tick;
        p->reading[c * rows_of(p) + t] = now;
      }
    }
}

static inline lw_status problem_take(problem *p)
{
  const int64_t rows = rows_of(p), C = HEADS * p->head_size;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&p->qkv, rows * 3 * C));
  LW_TRY(LW_TAKE(&p->dy, rows * C));
  LW_TRY(LW_TAKE(&p->y, rows * C));
  LW_TRY(LW_TAKE(&p->dqkv, rows * 3 * C));
  LW_TRY(LW_TAKE(&p->reading, rows * HEADS));
  LW_TRY(LW_TAKE(&p->dreading, rows * HEADS));
  read_clocks(p);
  fill(p->qkv, rows * 3 * C, 0, 1.0);
  fill(p->dy, rows * C, 1, 1.0);
  fill(p->bias, BIASES, 2, 1.0);
  p->relative = lw_attention_relative(&p->options, rows);
  CHECK(HEADS * lw_relative_buckets(&p->relative) <= BIASES, "too many buckets");
  for (int64_t t = 0; t < rows; t++)
    for (int64_t c = 2 * C; c < 3 * C; c++) p->qkv[t * 3 * C + c] += (float)p->offset;
  problem_stretch(p, p->stretch);
done:
  return status;
}

static inline void problem_give(problem *p)
{
  lw_mem_give(p->qkv);
  lw_mem_give(p->dy);
  lw_mem_give(p->y);
  lw_mem_give(p->dqkv);
  lw_mem_give(p->reading);
  lw_mem_give(p->dreading);
}

/* Of clocks with readings. */
static inline const double *readings_of(const problem *p)
{
  return lw_clock_reads(&p->options) ? p->reading : NULL;
}

/* Each rank evaluates some of the heads. Returns the greatest |s|. */
static inline double problem_evaluate(problem *p, const lw_world *world)
{
  const reference_problem reference = {.options = &p->options,
                                       .alpha = alphas,
                                       .heads = HEADS,
                                       .head_size = p->head_size,
                                       .samples = p->samples,
                                       .row_first = p->row_first,
                                       .qkv = p->qkv,
                                       .dy = p->dy,
                                       .reading = readings_of(p),
                                       .dreading = moves(p) ? p->dreading : NULL,
                                       .relative = p->relative,
                                       .bias = p->bias,
                                       .dbias = p->dbias};
  const int64_t C = HEADS * p->head_size;
  double most = 0.0;
  memset(p->dbias, 0, sizeof p->dbias);
  memset(p->y, 0, (size_t)(rows_of(p) * C) * sizeof *p->y);
  memset(p->dqkv, 0, (size_t)(rows_of(p) * 3 * C) * sizeof *p->dqkv);
  memset(p->dreading, 0, (size_t)(rows_of(p) * HEADS) * sizeof *p->dreading);
  for (int64_t c = world->rank; c < HEADS; c += world->size) {
    double own = reference_attention(&reference, c, p->y, p->dqkv);
    CHECK(own >= 0.0, "memory of the reference");
    most = fmax(most, own);
  }
  lw_reduce_sum_doubles(world, p->y, rows_of(p) * C);
  lw_reduce_sum_doubles(world, p->dqkv, rows_of(p) * 3 * C);
  lw_reduce_sum_doubles(world, p->dreading, rows_of(p) * HEADS);
  lw_reduce_sum_doubles(world, p->dbias, BIASES);
  lw_reduce_max_doubles(world, &most, 1);
  return most;
}

/* The limit grows with the scores, as their rounding does. */
static inline void problem_create(problem *p, const lw_world *world)
{
  CHECK(problem_take(p) == LW_OK, "%s", lw_fail_message());
  double most = problem_evaluate(p, world);
  if (p->most > 0.0) {
    problem_stretch(p, sqrt(p->most / most));
    most = problem_evaluate(p, world);
  }
  p->limit = 2e-6 * fmax(1.0, most / 8.0);
}

/* ---- results and their errors ---- */

typedef struct results {
  float *y, *dqkv, *smooth, *dsmooth, *lse;
  float *dreading;      /* [2, heads, rows]: by tokens as keys, as queries */
  double *dreading_sum; /* [heads, rows] */
  double dbias[BIASES]; /* added to */
} results;

static inline void results_create(const problem *p, results *r)
{
  const int64_t rows = rows_of(p), C = HEADS * p->head_size;
  CHECK(LW_TAKE(&r->y, rows * C) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->dqkv, rows * 3 * C) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->smooth, rows * C) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->dsmooth, rows * C) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->lse, rows * HEADS) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->dreading, 2 * rows * HEADS) == LW_OK, "%s", lw_fail_message());
  CHECK(LW_TAKE(&r->dreading_sum, rows * HEADS) == LW_OK, "%s", lw_fail_message());
}

static inline void results_give(results *r)
{
  void *const blocks[] = {r->y,   r->dqkv,     r->smooth,      r->dsmooth,
                          r->lse, r->dreading, r->dreading_sum};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
}

/* What was there before must not matter. */
static inline void results_spoil(const problem *p, results *r)
{
  const int64_t rows = rows_of(p), C = HEADS * p->head_size;
  for (int64_t n = 0; n < rows * C; n++) r->y[n] = r->smooth[n] = r->dsmooth[n] = NAN;
  for (int64_t n = 0; n < rows * 3 * C; n++) r->dqkv[n] = NAN;
  for (int64_t n = 0; n < rows * HEADS; n++) r->lse[n] = NAN;
  for (int64_t n = 0; n < 2 * rows * HEADS; n++) r->dreading[n] = NAN;
  memset(r->dbias, 0, sizeof r->dbias);
}

/* Both kinds of gradients together. */
static inline void results_sum(const problem *p, results *r)
{
  const int64_t count = rows_of(p) * HEADS;
  for (int64_t n = 0; n < count; n++)
    r->dreading_sum[n] = (double)r->dreading[n] + (double)r->dreading[count + n];
}

/* One line of the table: the worst errors of an engine and the worst shares of the limits. */
typedef struct line {
  char name[NAME_ROOM];
  double error[OUTPUTS], share[OUTPUTS];
} line;
static line table[ENGINES_MOST];
static int lines;

static inline line *line_of(const char *name)
{
  for (int n = 0; n < lines; n++)
    if (!strcmp(table[n].name, name)) return table + n;
  if (lines == ENGINES_MOST) lines--;
  snprintf(table[lines].name, sizeof table[lines].name, "%s", name);
  return table + lines++;
}

/* Columns [at, at + C) of rows that are `stride` long. */
static inline double error_of_readings(const double *got, const double *want, int64_t count)
{
  double distance = 0.0, size = 0.0;
  for (int64_t n = 0; n < count; n++) {
    distance += (got[n] - want[n]) * (got[n] - want[n]);
    size += want[n] * want[n];
  }
  if (!isfinite(distance)) return (double)INFINITY;
  return size > 0.0 ? sqrt(distance / size) : sqrt(distance);
}

static inline double error_of(const float *got, const double *want, int64_t rows, int64_t stride,
                              int64_t at, int64_t C)
{
  double distance = 0.0, size = 0.0;
  for (int64_t t = 0; t < rows; t++)
    for (int64_t c = at; c < at + C; c++) {
      const double difference = (double)got[t * stride + c] - want[t * stride + c];
      distance += difference * difference;
      size += want[t * stride + c] * want[t * stride + c];
    }
  if (!isfinite(distance)) return (double)INFINITY;
  return size > 0.0 ? sqrt(distance / size) : sqrt(distance);
}

/* db, of all heads together; scores of one key alone have none. */
static inline void judge_bias(const problem *p, const results *r, const char *engine, int number)
{
  const int64_t count = HEADS * lw_relative_buckets(&p->relative);
  double distance = 0.0, size = 0.0;
  for (int64_t n = 0; n < count; n++) {
    distance += pow(r->dbias[n] - p->dbias[n], 2);
    size += pow(p->dbias[n], 2);
  }
  CHECK(sqrt(distance) <= p->limit * sqrt(size), "%s, problem %d: error %.3g of the bias over %.3g",
        engine, number, sqrt(distance / size), p->limit);
}

static inline double error_in(const problem *p, const results *r, int output)
{
  const int64_t rows = rows_of(p), C = HEADS * p->head_size;
  if (output == 0) return error_of(r->y, p->y, rows, C, 0, C);
  if (output < OUTPUTS - 1) return error_of(r->dqkv, p->dqkv, rows, 3 * C, (output - 1) * C, C);
  return moves(p) ? error_of_readings(r->dreading_sum, p->dreading, rows * HEADS) : 0.0;
}

static inline void judge(const problem *p, const results *r, const char *engine, int number)
{
  line *to = line_of(engine);
  judge_bias(p, r, engine, number);
  for (int n = 0; n < OUTPUTS; n++) {
    const double error = error_in(p, r, n);
    to->error[n] = fmax(to->error[n], error);
    to->share[n] = fmax(to->share[n], error / p->limit);
    CHECK(error <= p->limit,
          "%s, problem %d (d %d, window %d %s, locality %d, clock %d, %s), %s: error %.3g over "
          "%.3g",
          engine, number, (int)p->head_size, (int)p->options.window,
          p->options.alignment ? "causal" : "centred", p->options.locality, p->options.clock,
          p->options.causal ? "causal" : "bidirectional", output_names[n], error, p->limit);
  }
}

static inline void print_table(const lw_world *world)
{
  if (world->rank > 0) return; /* the results of a grid are on all ranks */
  printf("%-28s%9s%9s%9s%9s%9s   share of the limit\n", "worst relative error", "y", "dq", "dk",
         "dv", "dclock");
  for (int n = 0; n < lines; n++) {
    printf("%-28s", table[n].name);
    for (int k = 0; k < OUTPUTS; k++) printf(" %8.1e", table[n].error[k]);
    printf("  ");
    for (int k = 0; k < OUTPUTS; k++) printf(" %4.2f", table[n].share[k]);
    putchar('\n');
  }
}

#endif
