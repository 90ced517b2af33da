#include "longwave/model/mimetic.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4 };
static const double query_key = 0.7, value_out = 0.4;

/* Memory of one thread, and the matrix M [C, C] that is to be the product of two factors. */
typedef struct bench {
  int64_t C;
  float *m;
  float *p; /* [rows, C] orthonormal, then the first factor */
  float *q; /* [rows, C] p M, then the second */
} bench;

static double dot(const float *restrict a, const float *restrict b, int64_t count)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

static void add(float *restrict to, double factor, const float *restrict from, int64_t count)
{
  const float f = (float)factor;
  for (int64_t i = 0; i < count; i++) to[i] += f * from[i];
}

static void fill(float *x, int64_t count, double deviation, lw_rng rng)
{
  for (int64_t i = 0; i < count; i++) x[i] = (float)(deviation * lw_rng_normal(rng, (uint64_t)i));
}

/* Rows to rows of length 1, each at right angles to those before it; twice, for rounding. */
static void make_orthonormal(float *p, int64_t rows, int64_t C)
{
  for (int64_t r = 0; r < 2 * rows; r++) {
    float *row = p + r / 2 * C;
    for (int64_t s = 0; s < r / 2; s++) add(row, -dot(row, p + s * C, C), p + s * C, C);
    const double length = sqrt(dot(row, row, C));
    for (int64_t i = 0; i < C && length > 0.0; i++) row[i] = (float)((double)row[i] / length);
  }
}

/* q = p M */
static void multiply(const bench *b, int64_t rows)
{
  const int64_t C = b->C;
  memset(b->q, 0, (size_t)(rows * C) * sizeof *b->q);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < C; i++) add(b->q + r * C, (double)b->p[r * C + i], b->m + i * C, C);
}

/* p = q M^T */
static void multiply_back(const bench *b, int64_t rows)
{
  const int64_t C = b->C;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < C; i++) b->p[r * C + i] = (float)dot(b->q + r * C, b->m + i * C, C);
}

/* M = strength Z + diagonal I, and its factors p^T q of so many rows each. */
static void make_factors(const bench *b, int64_t rows, double strength, double diagonal, lw_rng rng)
{
  const int64_t C = b->C;
  fill(b->m, C * C, strength / sqrt((double)C), rng);
  for (int64_t i = 0; i < C; i++) b->m[i * C + i] += (float)diagonal;
  rng.second++;
  fill(b->p, rows * C, 1.0, rng);
  make_orthonormal(b->p, rows, C);
  for (int round = 0; round < ROUNDS && rows < C; round++) {
    multiply(b, rows);
    multiply_back(b, rows);
    make_orthonormal(b->p, rows, C);
  }
  multiply(b, rows);
  const double size = sqrt(dot(b->q, b->q, rows * C) / (double)rows);
  const double c = size > 0.0 ? sqrt(size) : 1.0;
  for (int64_t i = 0; i < rows * C; i++) {
    b->p[i] = (float)((double)b->p[i] * c);
    b->q[i] = (float)((double)b->q[i] / c);
  }
}

/* Row `row` of a parameter, if this rank holds it. */
static float *row_of(const lw_params *params, int64_t index, int64_t row)
{
  const lw_param *param = &params->table[index];
  const int64_t at = row - param->held.row;
  if (at < 0 || at >= param->held.rows) return NULL;
  return lw_param_value(params, index) + at * param->dims[1];
}

static void put_rows(const lw_params *params, int64_t index, int64_t first, const float *from,
                     int64_t rows, int64_t C)
{
  for (int64_t r = 0; r < rows; r++) {
    float *to = row_of(params, index, first + r);
    if (to) memcpy(to, from + r * C, (size_t)C * sizeof *to);
  }
}

static int64_t find(const lw_params *params, int64_t layer, const char *what)
{
  char name[LW_PARAM_NAME_MAX];
  snprintf(name, sizeof name, "blocks.%lld.attention.%s.weight", (long long)layer, what);
  for (int64_t i = 0; i < params->count; i++)
    if (!strcmp(params->table[i].name, name)) return i;
  assert(0 && "blocks without attention");
  return 0;
}

/* Queries and keys of a head; of the number behind the last head, values and output. */
static void start_one(const lw_params *params, const lw_mimetic_shape *shape, int64_t layer,
                      int64_t head, const bench *b)
{
  const int64_t C = shape->C, d = C / shape->heads, qkv = find(params, layer, "qkv");
  const lw_rng rng = {.seed = shape->seed,
                      .stream = LW_RNG_INIT,
                      .first = lw_hash_text(LW_HASH_BEGIN, params->table[qkv].name),
                      .second = (uint32_t)(1 + 2 * head)};
  if (head < shape->heads) {
    make_factors(b, d, query_key, query_key, rng);
    put_rows(params, qkv, head * d, b->p, d, C);
    put_rows(params, qkv, C + head * d, b->q, d, C);
    return;
  }
  make_factors(b, C, value_out, -value_out, rng);
  put_rows(params, qkv, 2 * C, b->q, C, C);
  const int64_t out = find(params, layer, "out");
  for (int64_t r = 0; r < C; r++) {
    float *to = row_of(params, out, r);
    for (int64_t i = 0; to && i < C; i++) to[i] = b->p[i * C + r]; /* W_out = P^T */
  }
}

lw_status lw_mimetic_start(lw_params *params, const lw_mimetic_shape *shape)
{
  const int64_t C = shape->C, each = shape->heads + 1, jobs = shape->layers * each;
  const int threads = omp_get_max_threads();
  float *memory = NULL;
  lw_status status = LW_TAKE(&memory, 3 * C * C * threads);
#pragma omp parallel for schedule(dynamic) if (status == LW_OK)
  for (int64_t job = 0; job < (status == LW_OK ? jobs : 0); job++) {
    float *own = memory + 3 * C * C * omp_get_thread_num();
    const bench b = {.C = C, .m = own, .p = own + C * C, .q = own + 2 * C * C};
    start_one(params, shape, job / each, job % each, &b);
  }
  lw_mem_give(memory);
  return status;
}
