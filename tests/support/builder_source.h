/** Samples, each a function of its number, that tests of builders add: of every input and target,
 *  with one of them spoilt where it is to be refused. */
#ifndef TESTS_SUPPORT_BUILDER_SOURCE_H
#define TESTS_SUPPORT_BUILDER_SOURCE_H

#include "longwave/array/layout.h"
#include "longwave/base/rng.h"
#include "longwave/comm/agree.h"
#include "longwave/data/builder.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "mpi_folder.h"
#include <math.h>
#include <stdio.h>

enum { C = 3, K = 2, MOST = 64, SAMPLES = 43 };

/* A source of samples, each a function of its number. */
typedef struct source {
  const char *name;
  lw_builder_plan plan;
  int64_t samples;
  int64_t faulty; /* this sample has the fault; -1: none */
  void (*spoil)(lw_builder_sample *sample, float *values, double *times);
} source;

static inline uint64_t draw(int64_t sample, int64_t what)
{
  const lw_rng rng = {.seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)sample};
  return lw_rng_bits(rng, (uint64_t)what);
}

static inline int64_t length_of(const source *s, int64_t sample)
{
  return s->plan.windows.length ? 40 + (int64_t)(draw(sample, 0) % 24)
                                : 5 + (int64_t)(draw(sample, 0) % 20);
}

static inline lw_status add_steps(lw_builder *builder, const source *s, int64_t sample,
                                  int64_t length)
{
  static const char *const names[] = {"b", "a", "c"};
  const lw_target *target = s->plan.target;
  lw_status status = LW_OK;
  if (!target->by_row || target->next) return LW_OK;
  for (int64_t t = 0; t < length && status == LW_OK; t++) {
    const float numbers[K] = {(float)t, t % 5 ? (float)sample : NAN};
    if (draw(sample, 100 + t) % 4 == 0) continue;
    status = target->kind == LW_ANSWER_NUMBERS ? lw_builder_step_numbers(builder, t, numbers)
                                               : lw_builder_step_label(builder, t, names[t % 3]);
  }
  return status;
}

static inline lw_status add(lw_builder *builder, const source *s, int64_t n)
{
  const int64_t length = length_of(s, n);
  char texts[4][32];
  const char *labels[] = {"x", n % 3 ? "y" : "z"};
  float values[MOST * C], numbers[K] = {(float)n, n % 4 ? 100.0f - (float)n : NAN};
  uint8_t tokens[MOST];
  double times[MOST];
  lw_builder_sample sample = {.where = texts[0], .name = texts[1], .group = texts[2]};
  lw_status status = LW_OK;
  snprintf(texts[0], 32, "a.csv:%lld", (long long)n);
  snprintf(texts[1], 32, "sample %lld", (long long)(n * n));
  snprintf(texts[2], 32, "p%lld", (long long)(draw(n / 3, 1) % 1000));
  snprintf(texts[3], 32, "%d", (int)(draw(n, 2) % 3) * 5);
  if (n % 7) sample.label = texts[3];
  if (n % 5) sample.labels = labels, sample.label_count = n % 4 ? 2 : 0;
  sample.numbers = numbers;
  sample.weight = 0.5 + (double)(n % 3);
  for (int64_t t = 0; t < length; t++) {
    tokens[t] = (uint8_t)(draw(n, 3 + t) % 9);
    times[t] = (double)t * 0.5 + (t % 4 == 0) * 0.25;
    for (int64_t c = 0; c < C; c++)
      values[t * C + c] = (float)(100 * (c + 1)) + (float)(draw(n, 3 + t) % 1000) / 7.0f;
    if (s->plan.missing && t % 6 == 2) values[t * C + 1] = NAN;
  }
  if (n == s->faulty) s->spoil(&sample, values, times);
  status = lw_builder_begin(builder, &sample);
  for (int64_t first = 0, now; first < length && status == LW_OK; first += now) {
    now = length - first < 7 ? length - first : 7;
    status = lw_builder_items(builder,
                              s->plan.input->ids ? (const void *)(tokens + first)
                                                 : (const void *)(values + first * C),
                              times + first, now);
  }
  if (status == LW_OK) status = add_steps(builder, s, n, length);
  return status == LW_OK ? lw_builder_end(builder) : status;
}

/* Ranks of `world` each give their part. */
static inline lw_status build(const lw_world *world, const char *path, const source *s)
{
  lw_builder *builder = NULL;
  const int64_t first = lw_layout_first(s->samples, world->size, world->rank);
  lw_status status = lw_builder_create(world, path, &s->plan, &builder);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < lw_layout_count(s->samples, world->size, world->rank); i++)
    if (status == LW_OK) status = add(builder, s, first + i);
  status = lw_agree(world, status);
  if (status == LW_OK) status = lw_builder_finish(builder, "a test", "none: 1");
  lw_builder_destroy(&builder);
  return status;
}

#define VALUES .task = "t", .input = &lw_input_values, .stored = LW_H5_F32, .channels = C
#define HOLD .validation = 0.2, .test = 8, .seed = 3

/** A spoilt sample: of a class that was not named. */
static inline void other_label(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->label = "no such class";
}

#endif
