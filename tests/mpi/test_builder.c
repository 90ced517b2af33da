/* Data sets built from samples that come one at a time: the same bytes on 1 to 4 ranks, and every
   rule of splits. */
#include "builder_source.h"
#include "longwave/data/classes.h"
#include <stdlib.h>

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
    {"next, reaching back",
     {VALUES, .target = &lw_target_next_values, .numbers = 2, .asked = asked, .horizon = 3,
      .windows = {.length = 5, .reach_back = true},
      .rule = {LW_SPLIT_BY_ORDER, .validation = 0.3, .test = 15}},
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
    const int64_t all = info->count[0] + info->count[1] + info->count[2];
    CHECK(all <= SAMPLES && all >= SAMPLES - 9 && info->unlabelled[0] == 0, "%s", s->name);
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
  int64_t next[LW_SPLITS] = {0}, unlabelled = 0;
  const lw_dataset_info *info = dataset ? lw_dataset_describe(dataset) : NULL;
  for (int64_t n = 0; dataset && n < SAMPLES; n++) {
    int split = LW_SPLITS;
    double stored[MOST * C];
    snprintf(wanted, sizeof wanted, "sample %lld", (long long)(n * n));
    for (int found = 0; found < LW_SPLITS; found++) {
      if (next[found] == info->count[found]) continue;
      FINE(lw_dataset_sample_name(dataset, (lw_split)found, next[found], name, sizeof name));
      if (!strcmp(name, wanted)) split = found;
    }
    /* of training samples only those with a label are kept */
    CHECK(n % 7 ? split < LW_SPLITS : split != LW_SPLIT_TRAIN, "%lld", (long long)n);
    if (split == LW_SPLITS) continue;
    const int64_t i = next[split]++, length = lw_dataset_length(dataset, (lw_split)split, i);
    const int32_t label = lw_dataset_label(dataset, (lw_split)split, i);
    unlabelled += n % 7 == 0;
    CHECK(length == length_of(s, n), "%lld", (long long)length);
    CHECK(n % 7 ? label == (int32_t)(draw(n, 2) % 3) : label == -1, "%d", label);
    CHECK(lw_dataset_weight(dataset, (lw_split)split, i) == 0.5 + (double)(n % 3), "%lld",
          (long long)n);
    FINE(lw_dataset_read_stored(dataset, (lw_split)split, i, 0, length, stored));
    CHECK(stored[2] == (double)(300.0f + (float)(draw(n, 3) % 1000) / 7.0f), "%g", stored[2]);
  }
  /* numbers that name classes are sorted as numbers: 0, 5, 10 */
  CHECK(!dataset || !strcmp(lw_dataset_class_name(dataset, 2), "10"), "not sorted");
  CHECK(!info || (info->unlabelled[1] + info->unlabelled[2] == unlabelled && unlabelled > 0),
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
    for (int c = 1; c < 4 && k == 1; c++) {
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

/* No window has items of another split, unless it may reach back; the items behind it are there,
   too. */
static void check_windows(const lw_world *world, const source *s)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  int64_t windows[LW_SPLITS] = {0}, first = 0; /* asked of the validation split */
  begin(world, folder, path, "set.h5");
  FINE(build(world, path, s));
  FINE(lw_dataset_open(path, &dataset));
  for (int64_t n = 0; n < SAMPLES; n++) {
    const int64_t length = length_of(s, n), held = llround(0.3 * (double)length);
    const int64_t parts[] = {length - held - 15, held, 15};
    for (int split = 0; split < LW_SPLITS; split++) {
      const int64_t back = split && s->plan.windows.reach_back ? 5 : 0;
      if (n == 0 && split == 1) first = parts[0] + 5 - back;
      if (parts[split] + back >= 8) windows[split] += (parts[split] + back - 8) / 5 + 1;
    }
  }
  for (int split = 0; dataset && split < LW_SPLITS; split++) {
    float values[3 * C];
    const lw_dataset_info *info = lw_dataset_describe(dataset);
    const int64_t count = info->count[split];
    CHECK(count == windows[split], "%lld, not %lld", (long long)count, (long long)windows[split]);
    FINE(lw_dataset_read_next(dataset, (lw_split)split, count - 1, values));
    FINE(lw_dataset_read_next(dataset, (lw_split)split, 0, values));
    const double value = 100.0 + (double)(draw(0, 3 + first) % 1000) / 7.0;
    const double wanted = value * info->channel[0].scale + info->channel[0].shift;
    CHECK(split != 1 || fabs((double)values[0] - wanted) < 1e-4, "%g for %g", (double)values[0],
          wanted);
  }
  MPI_Barrier(world->all);
  lw_dataset_close(&dataset);
  end(world, folder);
}

MPI_TEST(what_was_given_is_stored_in_the_split_that_the_rule_says, 2)
{
  check_given(world);
  check_shares(world);
  check_windows(world, &sources[8]);
  check_windows(world, &sources[9]);
}
