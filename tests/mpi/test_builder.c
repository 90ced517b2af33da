/* Data sets built from samples that come one at a time: the same bytes on 1 to 4 ranks, every rule
   of splits, and what is refused. */
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/comm/agree.h"
#include "longwave/data/builder.h"
#include "longwave/data/classes.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "mpi_folder.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { C = 3, K = 2, MOST = 64, SAMPLES = 43 };

/* A source of samples, each a function of its number. */
typedef struct source {
  const char *name;
  lw_builder_plan plan;
  int64_t samples;
  int64_t faulty; /* this sample has the fault; -1: none */
  void (*spoil)(lw_builder_sample *sample, float *values, double *times);
} source;

static uint64_t draw(int64_t sample, int64_t what)
{
  const lw_rng rng = {.seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)sample};
  return lw_rng_bits(rng, (uint64_t)what);
}

static int64_t length_of(const source *s, int64_t sample)
{
  return s->plan.windows.length ? 40 + (int64_t)(draw(sample, 0) % 24)
                                : 5 + (int64_t)(draw(sample, 0) % 20);
}

static lw_status add_steps(lw_builder *builder, const source *s, int64_t sample, int64_t length)
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

static lw_status add(lw_builder *builder, const source *s, int64_t n)
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
static lw_status build(const lw_world *world, const char *path, const source *s)
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
static const int64_t asked[] = {0, 2};
static const source sources[] = {
    {"class",
     {VALUES, .target = &lw_target_class, .timed = true, .named = true, .weighted = true,
      .rule = {LW_SPLIT_BY_RANDOM, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"by class",
     {VALUES, .target = &lw_target_class, .rule = {LW_SPLIT_BY_CLASS, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"by group",
     {VALUES, .target = &lw_target_class, .grouped = true, .missing = true,
      .rule = {LW_SPLIT_BY_GROUP, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"by order",
     {VALUES, .target = &lw_target_several, .rule = {LW_SPLIT_BY_ORDER, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"numbers",
     {VALUES, .target = &lw_target_numbers, .numbers = K, .normalise = LW_NORMALISE_ALL,
      .rule = {LW_SPLIT_BY_RANDOM, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"steps",
     {VALUES, .target = &lw_target_step_class, .rule = {LW_SPLIT_BY_RANDOM, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"step windows",
     {VALUES, .target = &lw_target_step_class, .sparse = true, .named = true,
      .windows = {.length = 6, .stride = 4},
      .rule = {LW_SPLIT_BY_ORDER, .validation = 0.25, .test = 12}},
     SAMPLES,
     -1,
     NULL},
    {"step numbers",
     {VALUES, .target = &lw_target_step_numbers, .numbers = K, .sparse = true,
      .rule = {LW_SPLIT_BY_RANDOM, HOLD}},
     SAMPLES,
     -1,
     NULL},
    {"next",
     {VALUES, .target = &lw_target_next_values, .numbers = 2, .asked = asked, .horizon = 3,
      .windows = {.length = 5}, .rule = {LW_SPLIT_BY_ORDER, .validation = 0.3, .test = 15}},
     SAMPLES,
     -1,
     NULL},
    {"tokens",
     {.task = "t",
      .input = &lw_input_tokens,
      .target = &lw_target_step_class,
      .stored = LW_H5_U8,
      .vocabulary = 9,
      .rule = {LW_SPLIT_BY_RANDOM, HOLD}},
     SAMPLES,
     -1,
     NULL},
};
enum { SOURCES = sizeof sources / sizeof *sources };

static bool equal_files(const char *a, const char *b)
{
  FILE *files[] = {fopen(a, "rb"), fopen(b, "rb")};
  int c[2] = {0, 0};
  while (files[0] && files[1] && c[0] == c[1] && c[0] != EOF)
    for (int i = 0; i < 2; i++) c[i] = getc(files[i]);
  for (int i = 0; i < 2; i++)
    if (files[i]) fclose(files[i]);
  return c[0] == EOF && c[1] == EOF;
}

/* On the first `ranks` ranks. */
static lw_status build_on(const lw_world *world, int ranks, const char *path, const source *s)
{
  lw_world *part = NULL;
  lw_status status = lw_world_split(world, world->rank < ranks ? 0 : -1, &part);
  if (status == LW_OK && part) status = build(part, path, s);
  lw_world_destroy(&part);
  return lw_agree(world, status);
}

static void check_splits(const lw_dataset *dataset, const source *s)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const bool windows = s->plan.windows.length > 0;
  if (!windows) {
    CHECK(info->count[0] + info->count[1] + info->count[2] == SAMPLES, "%s", s->name);
    if (!s->plan.grouped) CHECK(info->count[1] == 9 && info->count[2] == 8, "%s", s->name);
  }
  CHECK(info->count[1] > 0 && info->count[2] > 0, "%s", s->name);
  CHECK(!info->missing == !s->plan.missing, "%s", s->name);
  if (s->plan.timed) CHECK(info->time_scale == 0.5, "%g", info->time_scale);
}

/* Of the train split as a model sees it. */
static void check_moments(const lw_dataset *dataset, const source *s)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  double sum[C] = {0}, square[C] = {0}, count[C] = {0};
  float values[MOST * C];
  if (info->input->ids || s->plan.normalise != LW_NORMALISE_CHANNEL || s->plan.windows.length)
    return;
  for (int64_t i = 0; i < info->count[0]; i++) {
    const int64_t length = lw_dataset_length(dataset, LW_SPLIT_TRAIN, i);
    FINE(lw_dataset_read_values(dataset, LW_SPLIT_TRAIN, i, 0, length, values));
    for (int64_t n = 0; n < length * C; n++) {
      if (isnan(values[n])) continue;
      sum[n % C] += (double)values[n];
      square[n % C] += (double)values[n] * (double)values[n];
      count[n % C]++;
    }
  }
  for (int c = 0; c < C; c++)
    CHECK(fabs(sum[c] / count[c]) < 1e-5 && fabs(square[c] / count[c] - 1.0) < 1e-5, "%s: %g, %g",
          s->name, sum[c] / count[c], square[c] / count[c]);
}

MPI_TEST(the_same_samples_make_the_same_bytes_on_any_ranks, 4)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], one[PATH_ROOM];
  begin(world, folder, one, "one.h5");
  snprintf(path, sizeof path, "%s/more.h5", folder);
  for (int k = 0; k < SOURCES; k++) {
    lw_dataset *dataset = NULL;
    FINE(build_on(world, 1, one, &sources[k]));
    for (int ranks = 2; ranks <= world->size; ranks++) {
      FINE(build_on(world, ranks, path, &sources[k]));
      CHECK(equal_files(one, path), "%s on %d ranks", sources[k].name, ranks);
    }
    FINE(lw_dataset_open(path, &dataset));
    if (!dataset) continue;
    FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
    check_splits(dataset, &sources[k]);
    check_moments(dataset, &sources[k]);
    MPI_Barrier(world->all);
    lw_dataset_close(&dataset);
  }
  end(world, folder);
}
