/* The task `signals`: records of WFDB, each a sample of several channels. */
#include "signals.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include "passed_over.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum { PIECE = 1 << 15 }; /* values that are read at once */

#define PLACE(member) LW_AT(lw_signals_settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_LONG_ROW(
        "train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1,
        "records (NAME.hea), files with their names (RECORDS) or folders, joined by commas; "
        "validation and test samples that are not given are taken from them"),
    LW_LONG_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0,
                "the same for validation"),
    LW_LONG_ROW("test_from", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, "the same for testing"),
    LW_LONG_ROW("channels", FLAG, PLACE(channels), "", 0,
                "names of the channels to take, joined by commas; without it all of them"),
    LW_CHOICE_ROW(
        "question", FLAG, PLACE(question), LW_QUESTION_CHOICES, "step-class",
        "what is asked: the class of each annotated step, several diagnoses of the header, "
        "what it says behind --key as a class or a number, or the next values"),
    LW_TEXT_ROW("annotator", FLAG, PLACE(annotator), "atr", 1, 64,
                "the ending of the files of annotations"),
    LW_LONG_ROW("kinds", FLAG, PLACE(kinds), "N=N,L,R,e,j;S=A,a,J,S;V=V,E;F=F;Q=/,f,Q", 1,
                "classes of annotations and their kinds; other kinds are not asked for"),
    LW_TEXT_ROW("key", FLAG, PLACE(key), "", 0, 64,
                "what stands before ':' in a comment of the headers, such as Age; of diagnoses Dx"),
    LW_LONG_ROW(
        "codes", FLAG, PLACE(codes), "", 0,
        "the diagnoses to ask for, joined by commas; without it those that are common enough"),
    LW_INT_ROW("least_count", FLAG, PLACE(least_count), "1", 1, 1e9,
               "records that must have a diagnosis"),
    LW_TEXT_ROW("unit", FLAG, PLACE(unit), "", 0, 15, "of the number, for people"),
    LW_CHOICE_ROW("missing", FLAG, PLACE(missing), LW_PREPARE_MISSING_CHOICES, "refuse",
                  "values that were not measured"),
    LW_TASK_HORIZON_OPTION(lw_signals_settings, horizon),
    LW_TASK_REACH_OPTION(lw_signals_settings, windows.reach_back),
    LW_TASK_NORMALISE_OPTION(lw_signals_settings, normalise),
    LW_TASK_WINDOW_OPTIONS(lw_signals_settings, windows),
    LW_TASK_SPLIT_OPTIONS(lw_signals_settings, rule),
    {0},
};

typedef struct reading {
  const lw_option_section *flags;
  const lw_signals_settings *own;
  lw_building *building;
  lw_records records;
  lw_signals_answers answers;
  lw_list names;         /* of the channels to take */
  lw_wfdb *first;        /* the first record: all others are like it */
  int64_t channels;      /* of a sample */
  int64_t *place;        /* [channels] of them in the record at hand */
  bool whole;            /* all records have whole numbers of 16 bits, and the same gains */
  int64_t steps;         /* of all records */
  const char *other;     /* the first record with another name of a channel */
  int64_t other_channel; /* that channel */
} reading;

/* ---- channels ---- */

/* Which channels of a record a sample takes: in->place. */
static lw_status find_channels(reading *in, const char *path, const lw_wfdb_header *header)
{
  const lw_wfdb_header *first = lw_wfdb_describe(in->first);
  if (!in->names.count && header->channels != first->channels)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has %" PRId64 " channels, '%s' %" PRId64
                   "; samples of one data set have equally many: name some by --channels",
                   path, header->channels, in->records.record[0].path, first->channels);
  for (int64_t i = 0; i < in->channels; i++) {
    int64_t k = in->names.count ? 0 : i;
    while (in->names.count && k < header->channels &&
           strcmp(header->channel[k].name, in->names.entry[i]) != 0)
      k++;
    if (k == header->channels)
      return lw_fail(LW_ERROR_INPUT, "'%s' has no channel '%s' (--channels)", path,
                     in->names.entry[i]);
    in->place[i] = k;
  }
  return LW_OK;
}

/* firsts: the places of the channels in the first record. */
static lw_status compare(reading *in, const char *path, const lw_wfdb_header *header,
                         const int64_t *firsts)
{
  const lw_wfdb_header *first = lw_wfdb_describe(in->first);
  const char *const of_first = in->records.record[0].path;
  if (header->rate != first->rate)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has %g steps a second, '%s' %g; records of one data set have one rate",
                   path, header->rate, of_first, first->rate);
  for (int64_t i = 0; i < in->channels; i++) {
    const lw_wfdb_channel *x = &header->channel[in->place[i]], *y = &first->channel[firsts[i]];
    if (strcasecmp(x->unit, y->unit) != 0)
      return lw_fail(LW_ERROR_INPUT,
                     "channel '%s' of '%s' is in %s, of '%s' in %s; one unit is needed", x->name,
                     path, x->unit, of_first, y->unit);
    in->whole &= x->format != 24 && x->gain == y->gain && x->baseline == y->baseline;
    if (strcmp(x->name, y->name) != 0 && !in->other) {
      in->other = path;
      in->other_channel = i;
    }
  }
  return LW_OK;
}

/* ---- a look at all records ---- */

static lw_status look(reading *in, const char *path, const int64_t *firsts)
{
  lw_wfdb *record = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_wfdb_open(path, &record));
  const lw_wfdb_header *header = lw_wfdb_describe(record);
  LW_TRY(find_channels(in, path, header));
  LW_TRY(compare(in, path, header, firsts));
  LW_TRY(lw_signals_answers_look(&in->answers, header));
  in->steps += header->steps;
done:
  lw_wfdb_close(&record);
  return status;
}

static lw_status check_like(const reading *in)
{
  const lw_dataset_info *like = in->building->like;
  const double rate = lw_wfdb_describe(in->first)->rate;
  if (!like || (like->rate == rate && like->channels == in->channels)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %g steps a second and %" PRId64
                 " channels, the model was trained on %g and %" PRId64
                 "; convert the record, or choose the channels by --channels",
                 in->records.record[0].path, rate, in->channels, like->rate, like->channels);
}

/* Every rank looks at all headers: they are small, and decide what is common to the samples. */
static lw_status look_at_all(reading *in)
{
  int64_t *firsts = NULL;
  lw_work work = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_records_find(in->own->source, &in->records));
  LW_TRY(lw_signals_answers_begin(in->own, &in->answers));
  if (in->own->channels[0]) LW_TRY(lw_list_split(in->own->channels, "--channels", &in->names));
  LW_TRY(lw_wfdb_open(in->records.record[0].path, &in->first));
  const lw_wfdb_header *first = lw_wfdb_describe(in->first);
  in->channels = in->names.count ? in->names.count : first->channels;
  in->whole = true;
  LW_TRY(LW_TAKE(&in->place, in->channels));
  LW_TRY(LW_TAKE(&firsts, in->channels));
  LW_TRY(find_channels(in, in->records.record[0].path, first));
  memcpy(firsts, in->place, (size_t)in->channels * sizeof *firsts);
  lw_work_begin(&work, "looking at records", "records", in->records.count);
  for (int64_t i = 0; i < in->records.count; i++) {
    LW_TRY(look(in, in->records.record[i].path, firsts));
    lw_work_add(&work, 1);
  }
  LW_TRY(lw_signals_answers_decide(&in->answers, in->building->like));
  LW_TRY(check_like(in));
  LW_TRY(find_channels(in, in->records.record[0].path, first));
done:
  lw_work_end(&work);
  lw_mem_give(firsts);
  return status;
}

/* ---- samples ---- */

/* A record at work. */
typedef struct desk {
  const char *path;
  lw_wfdb *record;
  const lw_wfdb_header *header;
  int32_t *values; /* of its channels */
  void *items;     /* of the sample's */
} desk;

static lw_status refuse_missing(const char *path, const lw_wfdb_channel *channel, int64_t step)
{
  return lw_fail(LW_ERROR_INPUT,
                 "'%s': channel '%s' has no value at step %" PRId64
                 " (and perhaps at others); --missing keep takes such records",
                 path, channel->name, step);
}

/* values [steps, channels of the record] to items [steps, channels] of the stored type. */
static lw_status convert(const reading *in, const desk *at, int64_t first, int64_t steps)
{
  int16_t *whole = at->items;
  float *real = at->items;
  for (int64_t i = 0; i < steps * in->channels; i++) {
    const int64_t k = in->place[i % in->channels], step = i / in->channels;
    const lw_wfdb_channel *channel = &at->header->channel[k];
    const int32_t value = at->values[step * at->header->channels + k];
    const bool missing = value == LW_WFDB_MISSING;
    if (missing && in->own->missing == LW_PREPARE_MISSING_REFUSE)
      return refuse_missing(at->path, channel, first + step);
    if (in->whole)
      whole[i] = missing ? INT16_MIN : (int16_t)value;
    else
      real[i] = missing ? NAN : (float)((value - (double)channel->baseline) / channel->gain);
  }
  return LW_OK;
}

static lw_status add_items(const reading *in, const desk *at)
{
  const int64_t steps = at->header->steps, most = lw_larger(1, PIECE / at->header->channels);
  lw_status status = LW_OK;
  for (int64_t done = 0; done < steps;) {
    const int64_t now = lw_smaller(most, steps - done);
    LW_TRY(lw_wfdb_read(at->record, at->values, now));
    LW_TRY(convert(in, at, done, now));
    LW_TRY(lw_builder_items(in->building->builder, at->items, NULL, now));
    done += now;
  }
done:
  return status;
}

static lw_status open_desk(const reading *in, const char *path, desk *at)
{
  lw_status status = LW_OK;
  at->path = path;
  LW_TRY(lw_wfdb_open(path, &at->record));
  at->header = lw_wfdb_describe(at->record);
  const int64_t room = lw_larger(PIECE, at->header->channels);
  LW_TRY(LW_TAKE(&at->values, room));
  LW_TRY(lw_mem_take(lw_larger(room, in->channels), sizeof(float), &at->items));
done:
  return status;
}

static void close_desk(desk *at)
{
  lw_mem_give(at->items);
  lw_mem_give(at->values);
  lw_wfdb_close(&at->record);
}

static lw_status add_record(reading *in, const lw_record *record)
{
  const char *slash = strrchr(record->path, '/');
  const bool unlabelled = in->building->like != NULL;
  desk at = {.path = NULL};
  lw_signals_answer answer = {0};
  lw_builder_sample sample = {.where = record->path,
                              .name = slash ? slash + 1 : record->path,
                              .has_split = record->split != LW_SPLIT_TRAIN,
                              .split = record->split,
                              .weight = 1};
  lw_status status = LW_OK;
  LW_TRY(open_desk(in, record->path, &at));
  LW_TRY(find_channels(in, record->path, at.header));
  LW_TRY(lw_signals_answer_of(&in->answers, record->path, at.header, unlabelled, &answer, &sample));
  LW_TRY(lw_builder_begin(in->building->builder, &sample));
  LW_TRY(add_items(in, &at));
  LW_TRY(lw_signals_answers_steps(&in->answers, record->path, at.header, unlabelled,
                                  in->building->builder));
  LW_TRY(lw_builder_end(in->building->builder));
done:
  lw_signals_answer_done(&answer);
  close_desk(&at);
  return status;
}

static lw_status add_all(reading *in)
{
  int64_t first = 0, behind = 0;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_building_part(in->building, in->records.count, &first, &behind);
  lw_work_begin(&work, "reading records", "records", behind - first);
  for (int64_t i = first; i < behind; i++) {
    LW_TRY(add_record(in, &in->records.record[i]));
    lw_work_add(&work, 1);
  }
done:
  lw_work_end(&work);
  return status;
}

/* ---- the task ---- */

static lw_status create(reading *in)
{
  const lw_wfdb_header *first = lw_wfdb_describe(in->first);
  bool given[LW_SPLITS] = {false};
  lw_channel *channel = NULL;
  lw_number number;
  lw_builder_plan plan = {.task = "signals",
                          .input = &lw_input_values,
                          .stored = in->whole ? LW_H5_I16 : LW_H5_F32,
                          .channels = in->channels,
                          .normalise = in->own->normalise,
                          .missing = in->own->missing == LW_PREPARE_MISSING_KEEP,
                          .has_code = in->whole && in->own->missing == LW_PREPARE_MISSING_KEEP,
                          .missing_code = INT16_MIN,
                          .rate = first->rate,
                          .time_unit = "s",
                          .named = true,
                          .windows = in->own->windows,
                          .like = in->building->like};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(in->building->world, LW_TAKE(&channel, in->channels));
  for (int64_t i = 0; i < in->channels; i++) {
    const lw_wfdb_channel *of = &first->channel[in->place[i]];
    channel[i] = (lw_channel){.name = of->name,
                              .unit = of->unit,
                              .unit_scale = in->whole ? 1 / of->gain : 1,
                              .unit_shift = in->whole ? -(double)of->baseline / of->gain : 0};
  }
  for (int split = 0; split < LW_SPLITS; split++) given[split] = in->own->source[split][0];
  plan.channel = channel;
  plan.rule = lw_building_rule(in->flags, in->own->rule, given);
  lw_signals_answers_plan(&in->answers, &number, &plan);
  LW_TRY(lw_builder_create(in->building->world, in->building->path, &plan, &in->building->builder));
done:
  lw_mem_give(channel);
  return status;
}

/* What the ranks counted is summed up before. */
static lw_status say(reading *in)
{
  const lw_signals_answers *answers = &in->answers;
  lw_building *building = in->building;
  const double rate = lw_wfdb_describe(in->first)->rate;
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin_of(building, "WFDB records of", in->own->source, LW_SPLITS));
  LW_TRY(lw_building_note(building, "records: %" PRId64 " with %" PRId64 " steps, %g a second\n",
                          in->records.count, in->steps, rate));
  if (in->other)
    LW_TRY(lw_building_note(building,
                            "look: channel %" PRId64 " has another name in '%s' than in '%s'; "
                            "--channels takes channels by their names\n",
                            in->other_channel + 1, in->other, in->records.record[0].path));
  if (answers->passed)
    LW_TRY(lw_building_note(building,
                            "left out: %" PRId64 " annotations of kinds that --kinds does "
                            "not name\n",
                            answers->passed));
  if (answers->twice)
    LW_TRY(lw_building_note(building,
                            "left out: %" PRId64 " annotations at steps that have one already\n",
                            answers->twice));
  if (answers->codes.count > answers->classes.count)
    LW_TRY(lw_building_note(building, "left out: %" PRId64 " of %" PRId64 " codes\n",
                            answers->codes.count - answers->classes.count, answers->codes.count));
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
  LW_TRY_TOGETHER(building->world, look_at_all(&in));
  LW_TRY(create(&in));
  LW_TRY_TOGETHER(building->world, add_all(&in));
  int64_t sums[] = {in.answers.passed, in.answers.twice};
  lw_reduce_sum_integers(building->world, sums, 2);
  in.answers.passed = sums[0];
  in.answers.twice = sums[1];
  LW_TRY_TOGETHER(building->world, say(&in));
done:
  lw_signals_answers_done(&in.answers);
  lw_list_done(&in.names);
  lw_wfdb_close(&in.first);
  lw_mem_give(in.place);
  lw_records_done(&in.records);
  return status;
}

const lw_task lw_signals_task = {
    .name = "signals",
    .sentence = "records of WFDB (PhysioNet): signals of several channels with annotations or "
                "diagnoses",
    .options = options,
    .settings_bytes = sizeof(lw_signals_settings),
    .build = build,
    .source = {"train", true, false, {"validation_from", "test_from"}},
};
