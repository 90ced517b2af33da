/* The task `series`: files of the archives of time series (parse/series.h). What is asked is what
 * the file says: a class, a number, or, where there is no target, the values that come next. */
#include "longwave/parse/series.h"
#include "building.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  char source[LW_SPLITS][LW_TEXT_MAX];
  int64_t horizon;
  lw_normalise normalise;
  lw_windows windows;
  lw_split_rule rule;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW("train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1, LW_TEXT_MAX - 1,
                "a file of series: .ts, .arff, .tsf, or lines of a label and values (.tsv, .txt), "
                "plain or gzip"),
    LW_TEXT_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0, LW_TEXT_MAX - 1,
                "the same for validation"),
    LW_TEXT_ROW("test_from", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, LW_TEXT_MAX - 1,
                "the same for testing"),
    LW_TASK_NORMALISE_OPTION(settings, normalise),
    LW_TASK_WINDOW_OPTIONS(settings, windows),
    LW_TASK_HORIZON_OPTION(settings, horizon),
    LW_TASK_REACH_OPTION(settings, windows.reach_back),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

typedef struct reading {
  const settings *own;
  lw_building *building;
  lw_series_head head; /* of the train file; `problem` and `classes` live as long as it is open */
  lw_series *train;    /* open, its first sample taken */
  int64_t samples, missing;
} reading;

/* ---- plan ---- */

/* The first sample tells what the header leaves out. */
static lw_status look(reading *in)
{
  lw_series_sample sample;
  bool more = false;
  lw_status status = LW_OK;
  LW_TRY(lw_series_open(in->own->source[LW_SPLIT_TRAIN], &in->train));
  LW_TRY(lw_series_next(in->train, &sample, &more));
  if (!more)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' has no samples behind its header",
                   in->own->source[LW_SPLIT_TRAIN]));
  in->head = *lw_series_head_of(in->train);
done:
  return status;
}

static lw_builder_plan plan_of(const reading *in, const lw_option_section *flags,
                               const lw_number *number)
{
  static const lw_target *const targets[] = {&lw_target_next_values, &lw_target_class,
                                             &lw_target_numbers};
  const settings *own = in->own;
  const lw_series_head *head = &in->head;
  const bool given[LW_SPLITS] = {true, own->source[LW_SPLIT_VALIDATION][0],
                                 own->source[LW_SPLIT_TEST][0]};
  const bool next = head->target == LW_SERIES_NOTHING, is_number = head->target == LW_SERIES_NUMBER;
  return (lw_builder_plan){
      .task = "series",
      .input = &lw_input_values,
      .target = targets[head->target],
      .stored = LW_H5_F32,
      .channels = head->channels,
      .normalise = own->normalise,
      .missing = true,
      .timed = head->stamped,
      .time_unit = head->stamped && head->moment != LW_MOMENT_NUMBER ? "s" : NULL,
      .classes = head->class_count,
      .class_names = head->classes,
      .numbers = next ? head->channels : is_number,
      .number = is_number ? number : NULL,
      .horizon = next ? own->horizon : 0,
      .named = head->kind == LW_SERIES_TSF,
      .documents = 1,
      .windows = own->windows,
      .rule = lw_building_rule(flags, own->rule, given),
      .like = in->building->like,
  };
}

/* ---- samples ---- */

static lw_status compare(const reading *in, const lw_series_head *head, const char *path)
{
  const lw_series_head *first = &in->head;
  const char *train = in->own->source[LW_SPLIT_TRAIN];
  if (head->target != first->target && !in->building->like)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' and '%s' have different kinds of targets: classes, numbers or none", path,
                   train);
  if (head->stamped != first->stamped)
    return lw_fail(LW_ERROR_INPUT, "one of '%s' and '%s' has time stamps, the other has none", path,
                   train);
  if (head->channels && head->channels != first->channels)
    return lw_fail(LW_ERROR_INPUT, "'%s' has %" PRId64 " channels, '%s' has %" PRId64, path,
                   head->channels, train, first->channels);
  return LW_OK;
}

static lw_status add_sample(reading *in, const char *path, lw_split split,
                            const lw_series_sample *sample)
{
  lw_builder *builder = in->building->builder;
  const int64_t count = sample->steps * sample->channels;
  const float number = (float)sample->number;
  const bool labelled = *sample->target && in->head.target == LW_SERIES_CLASS;
  char where[LW_TEXT_MAX + 32];
  snprintf(where, sizeof where, "%s:%" PRId64, path, sample->line);
  const lw_builder_sample about = {.where = where,
                                   .name = sample->name,
                                   .has_split = split != LW_SPLIT_TRAIN,
                                   .split = split,
                                   .label = labelled ? sample->target : NULL,
                                   .numbers = isnan(number) ? NULL : &number,
                                   .weight = 1.0};
  lw_status status = LW_OK;
  in->samples++;
  for (int64_t i = 0; i < count; i++) in->missing += isnan(sample->values[i]);
  LW_TRY(lw_builder_begin(builder, &about));
  LW_TRY(lw_builder_items(builder, sample->values, sample->times, sample->steps));
  status = lw_builder_end(builder);
done:
  return status;
}

static lw_status add_file(reading *in, lw_split split)
{
  const char *path = in->own->source[split];
  lw_series *series = NULL;
  lw_series_sample sample;
  bool more = false;
  lw_status status = LW_OK;
  if (!*path) return LW_OK;
  LW_TRY(lw_series_open(path, &series));
  const int64_t before = in->samples;
  for (;;) {
    LW_TRY(lw_series_next(series, &sample, &more));
    LW_TRY(compare(in, lw_series_head_of(series), path));
    if (!more) break;
    LW_TRY(add_sample(in, path, split, &sample));
  }
  if (in->samples == before)
    status = lw_fail(LW_ERROR_INPUT, "'%s' has no samples behind its header", path);
done:
  lw_series_close(&series);
  return status;
}

static lw_status add_all(reading *in)
{
  const settings *own = in->own;
  lw_building *building = in->building;
  char list[3 * LW_TEXT_MAX + 16];
  lw_text paths = LW_TEXT_IN(list);
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) LW_TRY(add_file(in, (lw_split)split));
  for (int split = 0; split < LW_SPLITS; split++)
    if (own->source[split][0]) lw_text_item(&paths, ", ", "%s", own->source[split]);
  LW_TRY(lw_building_origin(building, "series %s of %s", in->head.problem, list));
  if (in->missing)
    status = lw_building_note(building, "missing: %" PRId64 " values\n", in->missing);
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  const lw_world *world = building->world;
  const lw_number number = {.name = "target", .unit = ""};
  reading in = {.own = flags->values, .building = building};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, look(&in));
  const lw_builder_plan plan = plan_of(&in, flags, &number);
  LW_TRY(lw_builder_create(world, building->path, &plan, &building->builder));
  LW_TRY_ON_ROOT(world, add_all(&in));
done:
  lw_series_close(&in.train);
  return status;
}

const lw_task lw_series_task = {
    .name = "series",
    .sentence = "files of the UEA, UCR and Monash archives: .ts, .arff, .tsf, .tsv",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"train", false, false, {"validation_from", "test_from"}},
};
