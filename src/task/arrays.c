/* The task `arrays`: values and targets from arrays of NumPy or HDF5. */
#include "arrays.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PLACE(member) LW_AT(lw_arrays_settings, member)
#define NAME_ROW(name, member, split, start, sentence)                                             \
  LW_TEXT_ROW(name, FLAG, PLACE(member[split]), start, 0, LW_TEXT_MAX - 1, sentence)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    NAME_ROW("train", values, LW_SPLIT_TRAIN, NULL,
             "values [samples, steps] or [samples, steps, channels]: FILE.npy, FILE.npz:NAME or "
             "FILE.h5:/PATH; validation and test samples that are not given are taken from them"),
    NAME_ROW("train_targets", targets, LW_SPLIT_TRAIN, "", "their targets, likewise"),
    NAME_ROW("train_offsets", offsets, LW_SPLIT_TRAIN, "",
             "values [steps] or [steps, channels] of all samples: where each begins, and the end"),
    NAME_ROW("train_groups", groups, LW_SPLIT_TRAIN, "", "of each sample a number: its group"),
    NAME_ROW("validation_from", values, LW_SPLIT_VALIDATION, "", "values for validation"),
    NAME_ROW("validation_targets", targets, LW_SPLIT_VALIDATION, "", "their targets"),
    NAME_ROW("validation_offsets", offsets, LW_SPLIT_VALIDATION, "", "their offsets"),
    NAME_ROW("validation_groups", groups, LW_SPLIT_VALIDATION, "", "their groups"),
    NAME_ROW("test_from", values, LW_SPLIT_TEST, "", "values for testing"),
    NAME_ROW("test_targets", targets, LW_SPLIT_TEST, "", "their targets"),
    NAME_ROW("test_offsets", offsets, LW_SPLIT_TEST, "", "their offsets"),
    NAME_ROW("test_groups", groups, LW_SPLIT_TEST, "", "their groups"),
    LW_CHOICE_ROW(
        "question", FLAG, PLACE(question), LW_QUESTION_CHOICES, "class",
        "what targets are: a class a sample, 0 and 1 for each of several classes, numbers; "
        "the class or numbers of each step; or none: the next values are asked for"),
    LW_TASK_CLASSES_OPTION(lw_arrays_settings, classes),
    LW_LONG_ROW("numbers", FLAG, PLACE(numbers), "", 0,
                "names of the numbers of targets, joined by commas"),
    LW_LONG_ROW("channels", FLAG, PLACE(channels), "", 0, "names of the channels"),
    LW_BOOL_ROW("channels_first", FLAG, PLACE(channels_first), "false",
                "values are [samples, channels, steps]"),
    LW_REAL_ROW("rate", FLAG, PLACE(rate), "0", 0, 1e15, "steps a second; 0: not known"),
    LW_CHOICE_ROW("missing", FLAG, PLACE(missing), LW_PREPARE_MISSING_CHOICES, "refuse",
                  "values that are not a number (NaN)"),
    LW_TASK_HORIZON_OPTION(lw_arrays_settings, horizon),
    LW_TASK_REACH_OPTION(lw_arrays_settings, windows.reach_back),
    LW_TASK_NORMALISE_OPTION(lw_arrays_settings, normalise),
    LW_TASK_WINDOW_OPTIONS(lw_arrays_settings, windows),
    LW_TASK_SPLIT_OPTIONS(lw_arrays_settings, rule),
    {0},
};

typedef struct reading {
  const lw_option_section *flags;
  const lw_arrays_settings *own;
  lw_building *building;
  lw_arrays_split split[LW_SPLITS];
  lw_arrays_answers answers;
  lw_list channels; /* their names */
  lw_h5_type stored;
  int64_t samples;
} reading;

/* ---- a look at all arrays ---- */

/* Types that hold what smaller ones hold: U8, I16, F32. */
static int order_of(lw_h5_type stored)
{
  return stored == LW_H5_U8 ? 0 : stored == LW_H5_I16 ? 1 : 2;
}

static lw_status check_alike(const reading *in, const lw_arrays_split *split)
{
  const lw_arrays_split *train = &in->split[LW_SPLIT_TRAIN];
  const lw_dataset_info *like = in->building->like;
  if (split->channels != train->channels)
    return lw_fail(LW_ERROR_INPUT, "'%s' has %" PRId64 " channels, '%s' %" PRId64,
                   lw_array_name(split->values), split->channels, lw_array_name(train->values),
                   train->channels);
  if (split->targets && train->targets && split->width != train->width)
    return lw_fail(LW_ERROR_INPUT, "'%s' has %" PRId64 " numbers in an answer, '%s' %" PRId64,
                   lw_array_name(split->targets), split->width, lw_array_name(train->targets),
                   train->width);
  if (like && split->channels != like->channels)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has %" PRId64 " channels, the model was trained on %" PRId64,
                   lw_array_name(split->values), split->channels, like->channels);
  return LW_OK;
}

/* Several classes without names are called 0, 1 .. */
static lw_status name_several(reading *in)
{
  lw_arrays_answers *answers = &in->answers;
  lw_text names = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  if (in->own->question != LW_QUESTION_CLASSES || answers->names.count) return LW_OK;
  for (int64_t k = 0; k < answers->width; k++) lw_text_item(&names, ",", "%" PRId64, k);
  LW_TRY(lw_text_end(&names));
  LW_TRY(lw_list_split(names.text, "the list of classes", &answers->names));
done:
  lw_text_done(&names);
  return status;
}

static lw_status open_all(reading *in)
{
  lw_arrays_split *train = &in->split[LW_SPLIT_TRAIN];
  lw_status status = LW_OK;
  in->stored = LW_H5_U8;
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_arrays_split *of = &in->split[split];
    LW_TRY(lw_arrays_open(in->own, (lw_split)split, in->building->like != NULL, of));
    if (!of->values) continue;
    LW_TRY(check_alike(in, of));
    const lw_h5_type stored = lw_array_describe(of->values)->stored;
    if (order_of(stored) > order_of(in->stored)) in->stored = stored;
    in->samples += of->samples;
  }
  LW_TRY(lw_arrays_answers_begin(in->own, lw_larger(1, train->width), &in->answers));
  LW_TRY(name_several(in));
  if (in->own->channels[0]) LW_TRY(lw_list_split(in->own->channels, "--channels", &in->channels));
  if (in->channels.count && in->channels.count != train->channels)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--channels has %" PRId64 " names, '%s' %" PRId64 " channels",
                   in->channels.count, lw_array_name(train->values), train->channels));
done:
  return status;
}

/* ---- samples ---- */

static void store(const reading *in, const double *numbers, int64_t count, void *items)
{
  uint8_t *small = items;
  int16_t *whole = items;
  float *real = items;
  for (int64_t i = 0; i < count; i++)
    if (in->stored == LW_H5_U8)
      small[i] = (uint8_t)numbers[i];
    else if (in->stored == LW_H5_I16)
      whole[i] = (int16_t)numbers[i];
    else
      real[i] = (float)numbers[i];
}

/* numbers [channels, steps] to [steps, channels] */
static void transpose(const double *numbers, int64_t channels, int64_t steps, double *out)
{
  for (int64_t k = 0; k < channels; k++)
    for (int64_t t = 0; t < steps; t++) out[t * channels + k] = numbers[k * steps + t];
}

/* The items of one sample: a row of values, or with offsets `steps` rows. */
static lw_status add_items(const reading *in, const lw_arrays_split *of, int64_t steps)
{
  const int64_t numbers = steps * of->channels, rows = of->offsets ? steps : 1;
  double *read = NULL, *turned = NULL;
  float *items = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&read, numbers));
  LW_TRY(LW_TAKE(&items, numbers));
  LW_TRY(lw_array_read(of->values, read, rows));
  if (in->own->channels_first) LW_TRY(LW_TAKE(&turned, numbers));
  if (turned) transpose(read, of->channels, steps, turned);
  store(in, turned ? turned : read, numbers, items);
  LW_TRY(lw_builder_items(in->building->builder, items, NULL, steps));
done:
  lw_mem_give(items);
  lw_mem_give(turned);
  lw_mem_give(read);
  return status;
}

/* Steps of the next sample by its offsets; *at: where it begins, and in the end the next one. */
static lw_status next_length(const lw_arrays_split *of, int64_t *at, int64_t *steps)
{
  double next = 0;
  const double total = (double)lw_array_describe(of->values)->size[0];
  lw_status status = lw_array_read(of->offsets, &next, 1);
  if (status != LW_OK) return status;
  if (next != floor(next) || next <= (double)*at || next > total)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has %g behind %" PRId64
                   "; offsets must rise from 0 to the %g rows of '%s'",
                   lw_array_name(of->offsets), next, *at, total, lw_array_name(of->values));
  *steps = (int64_t)next - *at;
  *at = (int64_t)next;
  return LW_OK;
}

static lw_status add_sample(reading *in, lw_split split, int64_t number, int64_t *at)
{
  const lw_arrays_split *of = &in->split[split];
  char where[LW_TEXT_MAX + 64], group[32];
  double of_group = 0;
  int64_t steps = of->steps;
  lw_builder_sample sample = {.where = where,
                              .has_split = split != LW_SPLIT_TRAIN,
                              .split = split,
                              .group = of->groups ? group : NULL};
  lw_status status = LW_OK;
  snprintf(where, sizeof where, "sample %" PRId64 " of '%s'", number, lw_array_name(of->values));
  if (of->offsets) LW_TRY(next_length(of, at, &steps));
  if (of->groups) LW_TRY(lw_array_read(of->groups, &of_group, 1));
  snprintf(group, sizeof group, "%.15g", of_group);
  LW_TRY(lw_arrays_answer_sample(&in->answers, of->targets, where, &sample));
  LW_TRY(lw_builder_begin(in->building->builder, &sample));
  LW_TRY(add_items(in, of, steps));
  LW_TRY(lw_arrays_answer_steps(&in->answers, of, steps, in->building->builder));
  LW_TRY(lw_builder_end(in->building->builder));
done:
  return status;
}

static lw_status add_split(reading *in, lw_split split, lw_work *work)
{
  const lw_arrays_split *of = &in->split[split];
  double first = 0;
  int64_t at = 0;
  lw_status status = LW_OK;
  if (of->offsets) LW_TRY(lw_array_read(of->offsets, &first, 1));
  if (first != 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' begins with %g; the first sample begins at 0",
                   lw_array_name(of->offsets), first));
  for (int64_t i = 0; i < of->samples; i++) {
    LW_TRY(add_sample(in, split, i, &at));
    lw_work_add(work, 1);
  }
  if (of->offsets && at != lw_array_describe(of->values)->size[0])
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' ends with %" PRId64 ", '%s' has %" PRId64 " rows",
                   lw_array_name(of->offsets), at, lw_array_name(of->values),
                   lw_array_describe(of->values)->size[0]));
done:
  return status;
}

static lw_status add_all(reading *in)
{
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "reading arrays", "samples", in->samples);
  for (int split = 0; split < LW_SPLITS; split++)
    if (in->split[split].values) LW_TRY(add_split(in, (lw_split)split, &work));
done:
  lw_work_end(&work);
  return status;
}

/* ---- the task ---- */

static void plan_answers(const reading *in, lw_number *number, lw_builder_plan *plan)
{
  const lw_question question = in->own->question;
  const bool numbers = lw_question_numbers(question);
  const lw_list *names = &in->answers.names;
  plan->target = lw_question_target(question);
  plan->horizon = question == LW_QUESTION_NEXT_VALUES ? in->own->horizon : 0;
  plan->classes = numbers ? 0 : names->count;
  plan->class_names = numbers ? NULL : names->entry;
  plan->numbers = numbers ? in->answers.width : 0;
  plan->number = number;
  for (int64_t k = 0; k < plan->numbers; k++)
    number[k] = (lw_number){.name = names->count ? names->entry[k] : NULL};
}

static lw_status create(reading *in)
{
  const lw_arrays_settings *own = in->own;
  const int64_t channels = in->split[LW_SPLIT_TRAIN].channels;
  lw_channel *channel = NULL;
  lw_number *number = NULL;
  bool given[LW_SPLITS] = {false}, grouped = false;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(in->building->world, LW_TAKE(&channel, channels));
  LW_TRY_TOGETHER(in->building->world, LW_TAKE(&number, in->answers.width));
  for (int64_t k = 0; k < in->channels.count; k++) channel[k].name = in->channels.entry[k];
  for (int split = 0; split < LW_SPLITS; split++) {
    given[split] = in->split[split].values != NULL;
    grouped |= in->split[split].groups != NULL;
  }
  lw_builder_plan plan = {.task = "arrays",
                          .input = &lw_input_values,
                          .stored = in->stored,
                          .channels = channels,
                          .channel = channel,
                          .normalise = own->normalise,
                          .missing = own->missing == LW_PREPARE_MISSING_KEEP,
                          .rate = own->rate,
                          .time_unit = own->rate > 0 ? "s" : NULL,
                          .grouped = grouped,
                          .windows = own->windows,
                          .rule = lw_building_rule(in->flags, own->rule, given),
                          .like = in->building->like};
  plan_answers(in, number, &plan);
  LW_TRY(lw_builder_create(in->building->world, in->building->path, &plan, &in->building->builder));
done:
  lw_mem_give(number);
  lw_mem_give(channel);
  return status;
}

static lw_status say(const reading *in)
{
  const lw_arrays_settings *own = in->own;
  const char *const names[] = {own->values[0], own->values[1], own->values[2]};
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin_of(in->building, "arrays of", names, LW_SPLITS));
  LW_TRY(lw_building_note(in->building, "arrays: %" PRId64 " samples\n", in->samples));
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  static const char *const next_only[] = {"horizon", NULL};
  reading in = {.flags = flags, .own = flags->values, .building = building};
  lw_status status = LW_OK;
  if (in.own->question != LW_QUESTION_NEXT_VALUES)
    LW_TRY(lw_task_forbid(flags, next_only, "without --question next-values"));
  LW_TRY_TOGETHER(building->world, open_all(&in));
  LW_TRY(create(&in));
  LW_TRY_ON_ROOT(building->world, add_all(&in));
  LW_TRY_ON_ROOT(building->world, say(&in));
done:
  for (int split = 0; split < LW_SPLITS; split++) lw_arrays_close(&in.split[split]);
  lw_arrays_answers_done(&in.answers);
  lw_list_done(&in.channels);
  return status;
}

const lw_task lw_arrays_task = {
    .name = "arrays",
    .sentence = "values and targets from arrays of NumPy (.npy, .npz) or HDF5",
    .options = options,
    .settings_bytes = sizeof(lw_arrays_settings),
    .build = build,
    .source = {"train",
               false,
               false,
               {"train_targets", "train_offsets", "train_groups", "validation_from",
                "validation_targets", "validation_offsets", "validation_groups", "test_from",
                "test_targets", "test_offsets", "test_groups"}},
};
