#define _POSIX_C_SOURCE 200809L
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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
    const int ranks = 2 + k % 3; /* each number of ranks meets several kinds */
    FINE(build_on(world, ranks, path, &sources[k]));
    CHECK(equal_files(one, path), "%s on %d ranks", sources[k].name, ranks);
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

/* ---- what is stored ---- */

static void other_label(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->label = "no such class";
}

/* For predictions: all for testing, with what the other data set decided, though other samples would
   decide otherwise. */
static void check_like(const lw_world *world, const char *folder, const source *s,
                       const lw_dataset_info *like)
{
  char path[PATH_ROOM];
  source few = *s;
  lw_dataset *dataset = NULL;
  few.samples = 2;
  few.plan.like = like;
  snprintf(path, sizeof path, "%s/few.h5", folder);
  FINE(build(world, path, &few));
  FINE(lw_dataset_open(path, &dataset));
  if (!dataset) return;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  CHECK(info->count[LW_SPLIT_TEST] == 2 && info->count[LW_SPLIT_TRAIN] == 0, "not all in test");
  CHECK(info->class_names == like->class_names && info->time_scale == like->time_scale, "others");
  for (int c = 0; c < C; c++)
    CHECK(info->channel[c].scale == like->channel[c].scale &&
              info->channel[c].shift == like->channel[c].shift,
          "another scale of channel %d", c);
  few.faulty = 1;
  few.spoil = other_label;
  FAILS(build(world, path, &few), LW_ERROR_INPUT, "is none of the 3 classes that are named");
  MPI_Barrier(world->all);
  lw_dataset_close(&dataset);
}

/* Every sample stands in one split, with what it was given with, in the order of the source. */
static void check_given(const lw_world *world)
{
  const source *s = &sources[0];
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], name[64], wanted[64];
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  FINE(build(world, path, s));
  FINE(lw_dataset_open(path, &dataset));
  int64_t next[LW_SPLITS] = {0};
  const lw_dataset_info *info = dataset ? lw_dataset_describe(dataset) : NULL;
  for (int64_t n = 0; dataset && n < SAMPLES; n++) {
    lw_split split = LW_SPLIT_TRAIN;
    double stored[MOST * C];
    snprintf(wanted, sizeof wanted, "sample %lld", (long long)(n * n));
    for (int found = 0; found < LW_SPLITS; found++) {
      if (next[found] == info->count[found]) continue;
      FINE(lw_dataset_sample_name(dataset, (lw_split)found, next[found], name, sizeof name));
      if (!strcmp(name, wanted)) split = (lw_split)found;
    }
    const int64_t i = next[split]++, length = lw_dataset_length(dataset, split, i);
    const int32_t label = lw_dataset_label(dataset, split, i);
    CHECK(length == length_of(s, n), "%lld", (long long)length);
    CHECK(n % 7 ? label == (int32_t)(draw(n, 2) % 3) : label == -1, "%d", label);
    CHECK(lw_dataset_weight(dataset, split, i) == 0.5 + (double)(n % 3), "%lld", (long long)n);
    FINE(lw_dataset_read_stored(dataset, split, i, 0, length, stored));
    CHECK(stored[2] == (double)(300.0f + (float)(draw(n, 3) % 1000) / 7.0f), "%g", stored[2]);
  }
  /* numbers that name classes are sorted as numbers: 0, 5, 10 */
  CHECK(!dataset || !strcmp(lw_dataset_class_name(dataset, 2), "10"), "not sorted");
  CHECK(!info || info->unlabelled[0] + info->unlabelled[1] + info->unlabelled[2] == 7,
        "unlabelled");
  if (dataset) check_like(world, folder, s, info);
  MPI_Barrier(world->all);
  lw_dataset_close(&dataset);
  end(world, folder);
}

/* Shares of classes differ by one sample at most. */
static void check_shares(const lw_world *world)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  begin(world, folder, path, "set.h5");
  for (int k = 1; k <= 2; k++) {
    lw_dataset *dataset = NULL;
    double times[LW_SPLITS][4] = {{0}};
    FINE(build(world, path, &sources[k]));
    FINE(lw_dataset_open(path, &dataset));
    if (!dataset) continue;
    const lw_dataset_info *info = lw_dataset_describe(dataset);
    for (int split = 0; split < LW_SPLITS; split++)
      for (int64_t i = 0; i < info->count[split]; i++)
        times[split][lw_dataset_label(dataset, (lw_split)split, i) + 1]++;
    for (int c = 0; c < 4 && k == 1; c++) {
      const double all = times[0][c] + times[1][c] + times[2][c];
      CHECK(fabs(times[2][c] - all * 8 / SAMPLES) < 1.0, "%g of %g", times[2][c], all);
      CHECK(fabs(times[1][c] - all * 9 / SAMPLES) < 1.5, "%g of %g", times[1][c], all);
    }
    for (int64_t i = 0; k == 2 && i < info->count[1]; i++)
      for (int64_t j = 0; j < info->count[0]; j++)
        CHECK(lw_dataset_group(dataset, LW_SPLIT_VALIDATION, i) !=
                  lw_dataset_group(dataset, LW_SPLIT_TRAIN, j),
              "a torn group");
    MPI_Barrier(world->all);
    lw_dataset_close(&dataset);
  }
  end(world, folder);
}

/* No window has items of another split, and the items behind it are there, too. */
static void check_windows(const lw_world *world)
{
  const source *s = &sources[8];
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  int64_t windows[LW_SPLITS] = {0};
  begin(world, folder, path, "set.h5");
  FINE(build(world, path, s));
  FINE(lw_dataset_open(path, &dataset));
  for (int64_t n = 0; n < SAMPLES; n++) {
    const int64_t length = length_of(s, n), held = llround(0.3 * (double)length);
    const int64_t parts[] = {length - held - 15, held, 15};
    for (int split = 0; split < LW_SPLITS; split++)
      if (parts[split] >= 8) windows[split] += (parts[split] - 8) / 5 + 1;
  }
  for (int split = 0; dataset && split < LW_SPLITS; split++) {
    float values[3 * C];
    const int64_t count = lw_dataset_describe(dataset)->count[split];
    CHECK(count == windows[split], "%lld, not %lld", (long long)count, (long long)windows[split]);
    FINE(lw_dataset_read_next(dataset, (lw_split)split, count - 1, values));
  }
  MPI_Barrier(world->all);
  lw_dataset_close(&dataset);
  end(world, folder);
}

MPI_TEST(what_was_given_is_stored_in_the_split_that_the_rule_says, 2)
{
  check_given(world);
  check_shares(world);
  check_windows(world);
}

/* ---- what is refused ---- */

static void empty_label(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->label = "";
}

static void missing_value(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)times;
  values[4 * C + 1] = NAN;
}

static void infinite_value(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)times;
  values[2] = -INFINITY;
}

static void falling_time(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)values;
  times[3] = 0.0;
}

static void infinite_number(lw_builder_sample *sample, float *values, double *times)
{
  static const float numbers[K] = {0.0f, INFINITY};
  (void)values, (void)times;
  sample->numbers = numbers;
}

static void bad_weight(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->weight = -1.0;
}

static void given_class(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->has_split = true;
  sample->split = LW_SPLIT_TEST;
  sample->label = "rare";
}

static void torn_group(lw_builder_sample *sample, float *values, double *times)
{
  given_class(sample, values, times);
  sample->label = NULL;
}

static const char *const three[] = {"0", "5", "10"};
#define CLASS .target = &lw_target_class
#define RANDOM .rule = {LW_SPLIT_BY_RANDOM, HOLD}
static const struct {
  source of;
  const char *says;
} refused[] = {
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 30, empty_label}, "'a.csv:30': a label is empty"},
    {{"", {VALUES, CLASS, .classes = 3, .class_names = three, RANDOM}, SAMPLES, 30, other_label},
     "'a.csv:30': the label 'no such class' is none of the 3 classes that are named (0, ...)"},
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 8, missing_value},
     "'a.csv:8': the value at step 4 in channel 1 is missing"},
    {{"", {VALUES, CLASS, .missing = true, RANDOM}, SAMPLES, 8, infinite_value},
     "'a.csv:8': the value at step 0 in channel 2 is infinite"},
    {{"", {VALUES, CLASS, .timed = true, RANDOM}, SAMPLES, 8, falling_time},
     "'a.csv:8': the time of step 3, 0, is before that of the step before it"},
    {{"",
      {VALUES, .target = &lw_target_numbers, .numbers = K, RANDOM},
      SAMPLES,
      8,
      infinite_number},
     "'a.csv:8': number 2 of its answer is infinite"},
    {{"", {VALUES, CLASS, .weighted = true, RANDOM}, SAMPLES, 8, bad_weight},
     "'a.csv:8': its weight, -1, is not a number of 0 or more"},
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 40, given_class},
     "the class 'rare' is in the test split only ('a.csv:40')"},
    {{"",
      {VALUES, CLASS, .grouped = true, .rule = {LW_SPLIT_BY_ORDER, 0, 1, 0}},
      SAMPLES,
      1,
      torn_group},
     "is in two splits: 'a.csv:0' is in train, and 'a.csv:1' in test"},
    {{"",
      {.task = "t", .input = &lw_input_tokens, CLASS, .stored = LW_H5_U8, .vocabulary = 3, RANDOM},
      SAMPLES,
      -1,
      NULL},
     "is outside the vocabulary of 3"},
    {{"", {VALUES, .target = &lw_target_next_values, .horizon = 20, RANDOM}, SAMPLES, -1, NULL},
     "the last 20 are asked for"},
    {{"", {VALUES, CLASS, RANDOM}, 0, -1, NULL}, "the source has no sample"},
    {{"", {VALUES, CLASS, RANDOM}, 9, -1, NULL}, "leave none of 9 to train on"},
    {{"",
      {VALUES, CLASS, .windows = {.length = 38}, .rule = {LW_SPLIT_BY_ORDER, 0.1, 0, 0}},
      SAMPLES,
      -1,
      NULL},
     "the validation split comes out empty: a window of 38 steps"},
    {{"",
      {VALUES, .target = &lw_target_several, .rule = {LW_SPLIT_BY_CLASS, HOLD}},
      SAMPLES,
      -1,
      NULL},
     "cannot be shared out by class"},
    {{"", {VALUES, CLASS, .rule = {LW_SPLIT_BY_GROUP, HOLD}}, SAMPLES, -1, NULL},
     "have no groups to share out"},
};

static int files_in(const char *folder)
{
  int count = 0;
  DIR *directory = opendir(folder);
  while (directory && readdir(directory)) count++;
  if (directory) closedir(directory);
  return count - 2;
}

MPI_TEST(what_no_data_set_can_hold_is_refused_and_leaves_nothing, 2)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  begin(world, folder, path, "set.h5");
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    FAILS(build(world, path, &refused[i].of), LW_ERROR_INPUT, refused[i].says);
  MPI_Barrier(world->all);
  CHECK(files_in(folder) == 0, "%d files stay", files_in(folder));
  end(world, folder);
}

/* The largest file that may be written is a full disk. */
MPI_TEST(a_full_disk_is_told_and_leaves_nothing, 2)
{
  static float items[1 << 20];
  const lw_builder_plan plan = {VALUES, CLASS, RANDOM};
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  struct rlimit before, small;
  lw_builder *builder = NULL;
  lw_status status = LW_OK;
  begin(world, folder, path, "set.h5");
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 1 << 20;
  FINE(lw_builder_create(world, path, &plan, &builder));
  if (world->rank) setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 3 && status == LW_OK; i++) {
    status = lw_builder_begin(builder, &(lw_builder_sample){.label = "a"});
    if (status == LW_OK) status = lw_builder_items(builder, items, NULL, (1 << 20) / C);
  }
  status = lw_agree(world, status);
  setrlimit(RLIMIT_FSIZE, &before);
  FAILS(status, LW_ERROR_FILE, "cannot write a temporary file beside");
  lw_builder_destroy(&builder);
  MPI_Barrier(world->all);
  CHECK(files_in(folder) == 0, "%d files stay", files_in(folder));
  end(world, folder);
}
