/** Attention over a few long sequences, by their number of ranks whole or sharded: each rank's part
 *  of the result against that of one rank alone. */
#ifndef TESTS_SUPPORT_ATTENTION_CASE_H
#define TESTS_SUPPORT_ATTENTION_CASE_H

#include "longwave/attention/attention.h"
#include "longwave/comm/reduce.h"
#include "mpi_case.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

enum { SAMPLES = 3, SETTINGS_ROOM = 512 };

typedef struct configuration {
  const char *settings;
  int64_t length[SAMPLES];
  double scale; /* deviation of queries and keys */
} configuration;

typedef struct pass {
  lw_attention *attention;
  lw_packing packing;
  lw_attention_call call;
  float *memory, *bias; /* [H, buckets] of a bias per distance, and its gradient; or NULL */
  double *dbias;
} pass;

/* Row r of the inputs is a function of its sample and position alone. */
static inline void fill(const pass *p, double scale, float *qkv, float *dy)
{
  const int64_t C = p->attention->heads * p->attention->head_size;
  for (int64_t s = 0; s < p->packing.strip_count; s++) {
    const lw_strip *strip = &p->packing.strips[s];
    const int64_t sample = p->packing.sequences[strip->sequence].sample;
    const int64_t position = lw_strip_position(&p->packing, strip);
    lw_rng rng = {.seed = 17, .stream = LW_RNG_TEST, .first = (uint32_t)sample};
    for (int64_t t = 0; t < strip->tokens; t++)
      for (int64_t c = 0; c < 4 * C; c++) {
        const double x = lw_rng_normal(rng, (uint64_t)((position + t) * 4 * C + c));
        const int64_t row = strip->row + t;
        if (c < 3 * C)
          qkv[row * 3 * C + c] = (float)(c < 2 * C ? scale * x : x);
        else
          dy[row * C + c - 3 * C] = (float)x;
      }
  }
}

/* Readings of each clocked head, gates of which few are large: a function of sample, head and position alone. */
static inline void read_clocks(const pass *p, double *reading)
{
  for (int64_t s = 0; s < p->packing.strip_count; s++)
    for (int64_t h = 0; h < p->attention->heads; h++) {
      const lw_strip *strip = &p->packing.strips[s];
      const int64_t sample = p->packing.sequences[strip->sequence].sample;
      const int64_t position = lw_strip_position(&p->packing, strip);
      const lw_rng rng = {.seed = 18, .stream = LW_RNG_TEST, .first = (uint32_t)sample};
      double now = 0;
      for (int64_t t = 0; t < position + strip->tokens; t++) {
        now +=
            (double)p->attention->alpha[h] * 7 * pow(lw_rng_uniform(rng, (uint64_t)(t * 8 + h)), 6);
        if (t >= position) reading[h * p->packing.rows + strip->row + t - position] = now;
      }
    }
}

/* A bias per distance, if there is one. */
static inline void take_bias(pass *p, int64_t longest)
{
  p->attention->relative = lw_attention_relative(&p->attention->options, longest);
  const int64_t count = p->attention->heads * lw_relative_buckets(&p->attention->relative);
  if (count == 0) return;
  FINE(LW_TAKE(&p->bias, count));
  FINE(LW_TAKE(&p->dbias, count));
  for (int64_t n = 0; n < count; n++)
    p->bias[n] = (float)lw_rng_normal((lw_rng){19, LW_RNG_TEST, 0, 0}, (uint64_t)n);
}

/* Forward and backward with the choice `engine` of attention.engine. */
static inline void compute(const lw_world *world, const configuration *c, const char *engine,
                           pass *p)
{
  static lw_job job;
  char settings[SETTINGS_ROOM];
  snprintf(settings, sizeof settings, "%s attention.engine=%s", c->settings, engine);
  FINE(tiny_job(settings, &job));
  const lw_packing_rule rule = {.ranks = world->sequence->size,
                                .rank = world->sequence->rank,
                                .paired = job.attention.causal,
                                .chunk = job.attention.chunk,
                                .cost = {1, 1}};
  const int64_t C = job.model.width, H = job.model.heads;
  FINE(lw_attention_create(&job.attention, H, C / H, world, &p->attention));
  FINE(lw_packing_make(&p->packing, &rule, c->length, SAMPLES));
  take_bias(p, c->length[0]);
  const int64_t rows = p->packing.rows;
  FINE(LW_TAKE(&p->memory, rows * (10 * C + 5 * H) + 1));
  float *qkv = p->memory, *dy = qkv + rows * 3 * C;
  fill(p, c->scale, qkv, dy);
  p->call = (lw_attention_call){.packing = &p->packing,
                                .qkv = qkv,
                                .y = dy + rows * C,
                                .smooth = dy + rows * 2 * C,
                                .dqkv = dy + rows * 3 * C,
                                .dsmooth = dy + rows * 6 * C,
                                .lse = dy + rows * 7 * C,
                                .bias = p->bias,
                                .dbias = p->dbias};
  memset(p->call.y, 0xff, (size_t)(rows * (6 * C + H)) * sizeof(float));
  float *readings = p->memory + (rows * (10 * C + H) + 1) / 2 * 2;
  if (p->attention->moving) {
    p->call.reading = (double *)(void *)readings;
    p->call.dreading = readings + 2 * rows * H;
    read_clocks(p, (double *)(void *)readings);
  }
  FINE(lw_attention_reserve(p->attention, &p->call));
  FINE(lw_attention_forward(p->attention, &p->call));
  p->call.dy = dy;
  FINE(lw_attention_backward(p->attention, &p->call));
}

static inline void end(pass *p)
{
  lw_attention_destroy(&p->attention);
  lw_packing_done(&p->packing);
  lw_mem_give(p->memory);
  lw_mem_give(p->bias);
  lw_mem_give(p->dbias);
}

/* The row of one rank alone that a strip's first row is. */
static inline int64_t whole_row(const pass *alone, const pass *part, const lw_strip *strip)
{
  int64_t row = lw_strip_position(&part->packing, strip);
  for (int64_t b = 0; b < part->packing.sequences[strip->sequence].sample; b++)
    row += alone->packing.length[b];
  return row;
}

/* Norm-wise over all ranks. y: channels [first, first + count) of rows of `stride`. */
static inline double error_of(const lw_world *world, const pass *part, const pass *alone,
                              const float *got, const float *want, int64_t stride, int64_t first,
                              int64_t count)
{
  double sums[2] = {0};
  for (int64_t s = 0; s < part->packing.strip_count; s++) {
    const lw_strip *strip = &part->packing.strips[s];
    const int64_t row = whole_row(alone, part, strip);
    for (int64_t t = 0; t < strip->tokens; t++)
      for (int64_t c = first; c < first + count; c++) {
        const double x = want[(row + t) * stride + c];
        sums[0] += pow(got[(strip->row + t) * stride + c] - x, 2);
        sums[1] += x * x;
      }
  }
  lw_reduce_sum_doubles(world, sums, 2);
  return sqrt(sums[0] / sums[1]);
}

/* The same of what readings get, both kinds together. */
static inline double error_of_readings(const lw_world *world, const pass *part, const pass *alone)
{
  const int64_t H = part->attention->heads, here = part->packing.rows, all = alone->packing.rows;
  double sums[2] = {0};
  for (int64_t s = 0; s < part->packing.strip_count; s++) {
    const lw_strip *strip = &part->packing.strips[s];
    const int64_t row = whole_row(alone, part, strip);
    for (int64_t h = 0; h < H; h++)
      for (int64_t t = 0; t < strip->tokens; t++) {
        const float *got = part->call.dreading + h * here + strip->row + t;
        const float *want = alone->call.dreading + h * all + row + t;
        const double x = (double)want[0] + (double)want[H * all];
        sums[0] += pow((double)got[0] + (double)got[H * here] - x, 2);
        sums[1] += x * x;
      }
  }
  lw_reduce_sum_doubles(world, sums, 2);
  return sqrt(sums[0] / sums[1]);
}

/* All ranks together count the tiles of one rank alone; how many of them are near may differ a
   little, as plans know other bounds. */
static inline void check_tiles(const lw_world *world, const pass *part, const pass *alone,
                               const char *settings)
{
  const lw_fused_tiles here = part->attention->counted, all = alone->attention->counted;
  double sums[] = {(double)here.near, (double)here.far, (double)here.masked};
  lw_reduce_sum_doubles(world, sums, 3);
  CHECK(sums[0] + sums[1] == (double)(all.near + all.far) && sums[2] == (double)all.masked,
        "%s: %g near, %g far and %g masked tiles, not %d, %d and %d", settings, sums[0], sums[1],
        sums[2], (int)all.near, (int)all.far, (int)all.masked);
  CHECK(fabs(sums[0] - (double)all.near) <= 0.2 * (double)all.near, "%s: %g tiles near, not %d",
        settings, sums[0], (int)all.near);
}

/* The same of a bias per distance: the sum over the ranks. */
static inline double error_of_bias(const lw_world *world, const pass *part, const pass *alone)
{
  const int64_t count = part->attention->heads * lw_relative_buckets(&part->attention->relative);
  double sums[2] = {0};
  lw_reduce_sum_doubles(world, part->dbias, count);
  for (int64_t n = 0; n < count; n++) {
    sums[0] += pow(part->dbias[n] - alone->dbias[n], 2);
    sums[1] += pow(alone->dbias[n], 2);
  }
  return sqrt(sums[0] / sums[1]);
}

/* `engine` on all ranks against the fused one alone. */
static inline void check(const lw_world *world, const lw_world *self, const configuration *c,
                         const char *engine)
{
  pass part = {0}, alone = {0};
  compute(world, c, engine, &part);
  compute(self, c, "fused", &alone);
  const int64_t C = part.attention->heads * part.attention->head_size;
  const double errors[] = {
      error_of(world, &part, &alone, part.call.y, alone.call.y, C, 0, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, 0, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, C, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, 2 * C, C)};
  static const char *const names[] = {"y", "dq", "dk", "dv"};
  for (int n = 0; n < 4; n++)
    CHECK(errors[n] < 3e-6, "%s: %s differs by %g", c->settings, names[n], errors[n]);
  if (part.attention->moving) {
    const double error = error_of_readings(world, &part, &alone);
    CHECK(error < 3e-6, "%s: what readings get differs by %g", c->settings, error);
  }
  if (!strcmp(engine, "fused")) check_tiles(world, &part, &alone, c->settings);
  if (part.bias) {
    const double error = error_of_bias(world, &part, &alone);
    CHECK(error < 3e-6, "%s: what biases get differs by %g", c->settings, error);
  }
  end(&part);
  end(&alone);
}

/* All ranks as one row of a grid: the sequences are sharded over them. */
static inline void check_all(const lw_world *world, const configuration *of, int count,
                             const char *engine)
{
  lw_world *all = NULL, *self = NULL;
  omp_set_num_threads(1);
  FINE(lw_world_create(world->all, &all));
  FINE(lw_world_arrange(all, world->size));
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  for (int c = 0; c < count; c++) check(all, self, &of[c], engine);
  lw_world_destroy(&all);
  lw_world_destroy(&self);
}

#endif
