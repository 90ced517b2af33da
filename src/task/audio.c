/* The task `audio`: sounds with a class each, as values of one or more channels. Nothing is
 * resampled: all files have one sampling rate. A step is a value of each channel, or a patch of
 * consecutive ones, which lie in a file as they do in the step. */
#include "building.h"
#include "entries.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/parse/audio.h"
#include "passed_over.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1 << 15 }; /* values that are read at once */

#define MONO_CHOICES(TYPE, ITEM)                                                                   \
  TYPE(mono_kind)                                                                                  \
  ITEM(MONO_KEEP, "keep")                                                                          \
  ITEM(MONO_MEAN, "mean")
LW_CHOICE(MONO_CHOICES);

typedef struct settings {
  lw_task_out out;
  lw_entry_settings entries;
  mono_kind mono;
  int64_t patch;
  lw_normalise normalise;
  lw_windows windows;
  lw_split_rule rule;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_ENTRY_OPTIONS(settings, entries),
    LW_CHOICE_ROW("mono", FLAG, PLACE(mono), MONO_CHOICES, "keep",
                  "channels as they are, or one channel that is their mean"),
    LW_INT_ROW(
        "patch", FLAG, PLACE(patch), "1", 1, 1 << 16,
        "values in a row of a channel that make one step, each a channel of it: 16 makes a sound "
        "16 times shorter; less than that at its end is left out"),
    LW_TASK_NORMALISE_OPTION(settings, normalise),
    LW_TASK_WINDOW_OPTIONS(settings, windows),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

typedef struct reading {
  const lw_option_section *flags;
  const settings *own;
  lw_building *building;
  lw_entries entries;
  int64_t first, behind; /* this rank's entries */
  lw_audio_info common;  /* of the first file: all have its rate and channels */
  int64_t channels;      /* of a file, as they are taken; a step has `patch` times as many */
  bool whole;            /* all files hold whole numbers of 16 bits */
  int64_t frames;        /* of all ranks */
  void *items;           /* [PIECE] as read */
} reading;

/* ---- a look at all files ---- */

static lw_status look(const char *path, lw_audio_info *info)
{
  lw_audio *audio = NULL;
  lw_status status = lw_audio_open(path, &audio);
  if (status == LW_OK) *info = *lw_audio_describe(audio);
  lw_audio_close(&audio);
  return status;
}

static lw_status compare(const reading *in, const char *path, const lw_audio_info *info)
{
  const bool channels = in->own->mono == MONO_MEAN || info->channels == in->common.channels;
  if (info->rate == in->common.rate && channels) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %" PRId64 " Hz and %" PRId64 " channel%s, '%s' %" PRId64
                 " Hz and %" PRId64 " channel%s; sounds of one data set have one rate and equally "
                 "many channels (--mono mean makes one): convert the files first",
                 path, info->rate, info->channels, lw_plural(info->channels),
                 in->entries.entry[0].path, in->common.rate, in->common.channels,
                 lw_plural(in->common.channels));
}

static int64_t channels_of_step(const reading *in)
{
  return in->channels * in->own->patch;
}

static lw_status compare_with_training(const reading *in)
{
  const lw_dataset_info *like = in->building->like;
  const int64_t patch = in->own->patch, channels = like ? like->channels / patch : in->channels;
  if (!like || (lround(like->rate * (double)patch) == in->common.rate && channels == in->channels))
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %" PRId64 " Hz and %" PRId64 " channel%s, the model was trained on %g "
                 "Hz and %" PRId64 " channel%s; convert the file first",
                 in->entries.entry[0].path, in->common.rate, in->channels, lw_plural(in->channels),
                 like->rate * (double)patch, channels, lw_plural(channels));
}

static lw_status long_enough(const reading *in, const char *path, const lw_audio_info *info)
{
  if (info->frames >= in->own->patch) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %" PRId64 " value%s, fewer than the %" PRId64 " of a step (--patch)",
                 path, info->frames, lw_plural(info->frames), in->own->patch);
}

static lw_status look_at_all(reading *in)
{
  lw_audio_info info;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "looking at sounds", "files", in->behind - in->first);
  LW_TRY(look(in->entries.entry[0].path, &in->common));
  in->whole = true;
  in->channels = in->own->mono == MONO_MEAN ? 1 : in->common.channels;
  for (int64_t i = in->first; i < in->behind; i++) {
    LW_TRY(look(in->entries.entry[i].path, &info));
    LW_TRY(compare(in, in->entries.entry[i].path, &info));
    LW_TRY(long_enough(in, in->entries.entry[i].path, &info));
    in->frames += info.frames;
    in->whole &= info.whole;
    lw_work_add(&work, 1);
  }
  LW_TRY(compare_with_training(in));
done:
  lw_work_end(&work);
  return status;
}

/* ---- samples ---- */

static void mean_of(const reading *in, int64_t channels, int64_t frames)
{
  int16_t *whole = in->items;
  float *real = in->items;
  for (int64_t i = 0; i < frames; i++) {
    double sum = 0;
    for (int64_t k = 0; k < channels; k++)
      sum += in->whole ? (double)whole[i * channels + k] : (double)real[i * channels + k];
    sum /= (double)channels;
    if (in->whole)
      whole[i] = (int16_t)(sum < 0 ? sum - 0.5 : sum + 0.5);
    else
      real[i] = (float)sum;
  }
}

static lw_status add_items(const reading *in, lw_audio *audio)
{
  const lw_audio_info *info = lw_audio_describe(audio);
  const int64_t patch = in->own->patch, frames = info->frames / patch * patch;
  const int64_t most = lw_larger(1, PIECE / (info->channels * patch)) * patch;
  lw_status status = LW_OK;
  for (int64_t done = 0; done < frames;) {
    const int64_t now = lw_smaller(most, frames - done);
    LW_TRY(in->whole ? lw_audio_whole(audio, in->items, now)
                     : lw_audio_real(audio, in->items, now));
    if (in->channels != info->channels) mean_of(in, info->channels, now);
    LW_TRY(lw_builder_items(in->building->builder, in->items, NULL, now / patch));
    done += now;
  }
done:
  return status;
}

static lw_status add_sample(const reading *in, const lw_entry *entry)
{
  lw_audio *audio = NULL;
  const lw_builder_sample sample = {.where = entry->path,
                                    .name = entry->name,
                                    .group = entry->group,
                                    .has_split = entry->has_split,
                                    .split = entry->split,
                                    .label = entry->class,
                                    .weight = 1};
  lw_status status = LW_OK;
  LW_TRY(lw_audio_open(entry->path, &audio));
  LW_TRY(lw_builder_begin(in->building->builder, &sample));
  LW_TRY(add_items(in, audio));
  LW_TRY(lw_builder_end(in->building->builder));
done:
  lw_audio_close(&audio);
  return status;
}

static lw_status add_all(reading *in)
{
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "reading sounds", "files", in->behind - in->first);
  LW_TRY(lw_mem_take(lw_larger(PIECE, in->common.channels * in->own->patch), sizeof(float),
                     &in->items));
  for (int64_t i = in->first; i < in->behind; i++) {
    LW_TRY(add_sample(in, &in->entries.entry[i]));
    lw_work_add(&work, 1);
  }
done:
  lw_work_end(&work);
  return status;
}

/* ---- the task ---- */

/* Full scale is 1 in their unit. */
static lw_builder_plan plan_of(const reading *in, lw_channel *channel)
{
  for (int64_t k = 0; k < channels_of_step(in); k++)
    channel[k] = (lw_channel){.unit_scale = in->whole ? 1.0 / 32768 : 1};
  return (lw_builder_plan){
      .task = "audio",
      .input = &lw_input_values,
      .target = &lw_target_class,
      .stored = in->whole ? LW_H5_I16 : LW_H5_F32,
      .channels = channels_of_step(in),
      .channel = channel,
      .normalise = in->own->normalise,
      .rate = (double)in->common.rate / (double)in->own->patch,
      .time_unit = "s",
      .named = true,
      .grouped = in->entries.grouped,
      .documents = 1,
      .windows = in->own->windows,
      .rule = lw_building_rule(in->flags, in->own->rule, in->entries.split),
      .like = in->building->like,
  };
}

static lw_status say(const reading *in)
{
  const settings *own = in->own;
  const lw_entries *entries = &in->entries;
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin(in->building, "sounds of %s",
                            own->entries.list[0] ? own->entries.list : own->entries.folder));
  LW_TRY(lw_building_note(in->building,
                          "sounds: %" PRId64 " file%s, %" PRId64 " Hz, %.1f seconds, such as %s\n",
                          entries->count, lw_plural(entries->count), in->common.rate,
                          (double)in->frames / (double)in->common.rate, in->common.format));
  LW_TRY(lw_entries_say_passed(in->building, entries, own->entries.folder, ".wav, .flac or .ogg"));
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  static const char *const endings[] = {".wav", ".flac", ".ogg", ".oga", NULL};
  const lw_world *world = building->world;
  reading in = {.flags = flags, .own = flags->values, .building = building};
  lw_channel *channel = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world,
                  lw_entries_read(&in.own->entries, endings, building->like != NULL, &in.entries));
  lw_building_part(building, in.entries.count, &in.first, &in.behind);
  LW_TRY_TOGETHER(world, look_at_all(&in));
  int64_t sums[] = {in.frames, !in.whole};
  lw_reduce_sum_integers(world, sums, 2);
  in.frames = sums[0];
  in.whole = !sums[1];
  LW_TRY_TOGETHER(world, LW_TAKE(&channel, channels_of_step(&in)));
  const lw_builder_plan plan = plan_of(&in, channel);
  LW_TRY(lw_builder_create(world, building->path, &plan, &building->builder));
  LW_TRY_TOGETHER(world, add_all(&in));
  LW_TRY_TOGETHER(world, say(&in));
done:
  lw_mem_give(channel);
  lw_mem_give(in.items);
  lw_entries_done(&in.entries);
  return status;
}

const lw_task lw_audio_task = {
    .name = "audio",
    .sentence = "sounds with a class each: WAV, FLAC and OGG files",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"folder", false, true, {"list", "validation_if", "test_if"}},
};
