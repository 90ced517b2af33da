/* The task `table`: CSV, TSV and alike. A row is a sample (wide form), a step, or one value of a
 * variable at a time (long form). */
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "table_inside.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef lw_table_settings settings;
#define PLACE(member) LW_AT(settings, member)
#define TEXT(name, start, least, sentence)                                                         \
  LW_TEXT_ROW(#name, FLAG, PLACE(name), start, least, LW_TEXT_MAX - 1, sentence)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW("train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1, LW_TEXT_MAX - 1,
                "a table: lines of cells, plain or gzip"),
    LW_TEXT_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0, LW_TEXT_MAX - 1,
                "the same for validation"),
    LW_TEXT_ROW("test_from", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, LW_TEXT_MAX - 1,
                "the same for testing"),
    LW_CHOICE_ROW("rows", FLAG, PLACE(rows), LW_TABLE_ROWS_CHOICES, "sample",
                  "what a row is: a sample, whose columns are its steps; a step, whose columns are "
                  "channels; one value of a variable at a time"),
    LW_LONG_ROW("channels", FLAG, PLACE(channels), "", 0,
                "the columns of values (of rows that are values: the variables), joined by commas, "
                "first..last for a range; if empty all that no other flag names"),
    LW_LONG_ROW("leave_out", FLAG, PLACE(leave_out), "", 0,
                "columns or variables that are not used, joined by commas"),
    TEXT(id, "", 0,
         "the column that tells samples apart and names them; their rows stand together"),
    TEXT(time, "", 0, "the column of times"),
    LW_CHOICE_ROW("time_form", FLAG, PLACE(time_form), LW_MOMENT_CHOICES, "auto",
                  "2016-07-31 24:00:00 (iso), 31.7.2016 (day_first), 7/31/2016 (month_first), "
                  "47:30 (clock), a number; auto: iso, clock or number by the first row"),
    TEXT(time_unit, "", 0, "the unit of times that are numbers, up to 15 bytes; of others it is s"),
    TEXT(variable, "variable", 1, "rows that are values: the column of the variable's name"),
    TEXT(value, "value", 1, "rows that are values: the column of its value"),
    LW_CHOICE_ROW("repeated", FLAG, PLACE(repeated), LW_TABLE_REPEATED_CHOICES, "refuse",
                  "a time that comes twice in a sample: steps may be kept; of values of a variable "
                  "the first, the last or the mean is taken"),
    LW_INT_ROW("row_channels", FLAG, PLACE(row_channels), "1", 1, 1e9,
               "rows that are samples: how many channels their columns are"),
    LW_CHOICE_ROW("row_order", FLAG, PLACE(row_order), LW_TABLE_ORDER_CHOICES, "steps",
                  "what comes first in such a row: all channels of the first step (steps), or all "
                  "steps of the first channel (channels)"),
    LW_BOOL_ROW("padded", FLAG, PLACE(padded), "false",
                "rows that are samples: missing values at the end of a row only fill it up"),
    TEXT(text, "", 0, "rows that are samples: the column of a text, whose bytes are the steps"),
    LW_CHOICE_ROW("question", FLAG, PLACE(question), LW_QUESTION_CHOICES, "class",
                  "what is asked of a sample: its class, several classes, numbers; of each step "
                  "its class or numbers; or the values that come next"),
    LW_LONG_ROW("target", FLAG, PLACE(target), "", 0,
                "the column that answers, or several, joined by commas: numbers, classes with 1 or "
                "0 in each row, channels to be predicted (if empty all)"),
    LW_TASK_CLASSES_OPTION(settings, classes),
    TEXT(class_file, "", 0, "in place of --classes: a file with a name a line"),
    TEXT(label_separator, ",", 1, "between several classes in a cell: a character"),
    TEXT(group, "", 0, "the column of groups, such as patients, that stand in one split only"),
    TEXT(weight, "", 0, "the column of weights in training"),
    TEXT(split, "", 0, "the column that says train, validation or test"),
    TEXT(outcomes, "", 0,
         "another table with --target, --group, --weight and --split, joined by the id"),
    TEXT(outcomes_id, "", 0, "its column of ids, if it has another name there"),
    LW_CHOICE_ROW("separator", FLAG, PLACE(separator), LW_TABLE_SEPARATOR_CHOICES, "auto",
                  "between cells; auto: what the first line has most of tabs, semicolons, commas"),
    LW_BOOL_ROW("header", FLAG, PLACE(header), "true",
                "the first line names the columns; else their names are numbers from 1"),
    LW_BOOL_ROW("quotes", FLAG, PLACE(quotes), "true",
                "cells may stand in double quotes; else a double quote is a letter"),
    LW_BOOL_ROW("decimal_comma", FLAG, PLACE(decimal_comma), "false", "numbers are written 1,5"),
    TEXT(comment, "", 0, "lines that begin with this character are passed over"),
    LW_LONG_ROW("missing_marks", FLAG, PLACE(missing_marks), LW_MISSING_MARKS, 0,
                "cells that are missing values, in any case, joined by commas; the first one here "
                "is the empty cell"),
    LW_INT_ROW("limit", FLAG, PLACE(limit), "0", 0, 1e15, "rows read of each table; 0: all"),
    LW_TASK_NORMALISE_OPTION(settings, normalise),
    LW_TASK_WINDOW_OPTIONS(settings, windows),
    LW_TASK_HORIZON_OPTION(settings, horizon),
    LW_TASK_REACH_OPTION(settings, windows.reach_back),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

/* ---- flags that do not go together ---- */

static lw_status check_rows(const settings *own, const lw_option_section *flags)
{
  static const char *const of_samples[] = {"row_channels", "row_order", "padded", "text", NULL};
  static const char *const of_values[] = {"variable", "value", NULL};
  static const char *const of_times[] = {"time", "repeated", NULL};
  const bool keeps = own->repeated == LW_TABLE_REFUSE || own->repeated == LW_TABLE_KEEP;
  lw_status status = LW_OK;
  if (own->rows == LW_TABLE_SAMPLE)
    LW_TRY(lw_task_forbid(flags, of_times, "where a row is a sample (--rows sample)"));
  else
    LW_TRY(lw_task_forbid(flags, of_samples, "without --rows sample"));
  if (own->rows != LW_TABLE_VALUE)
    LW_TRY(lw_task_forbid(flags, of_values, "without --rows value"));
  else if (!own->time[0])
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--rows value needs --time, the column of times"));
  if (own->rows == LW_TABLE_STEP && !keeps)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "where a row is a step, --repeated is refuse or keep"));
  if (own->rows == LW_TABLE_VALUE && own->repeated == LW_TABLE_KEEP)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "where a row is a value, --repeated is refuse, first, last or "
                                   "mean: a step has one value of a variable"));
done:
  return status;
}

static lw_status check_question(const settings *own, const lw_building *building)
{
  const bool steps = lw_question_steps(own->question);
  const bool next = own->question == LW_QUESTION_NEXT_VALUES;
  if (steps && own->rows != LW_TABLE_STEP)
    return lw_fail(LW_ERROR_INPUT, "to ask at each step, a row must be a step (--rows step)");
  if (next && own->text[0])
    return lw_fail(LW_ERROR_INPUT, "next values are asked of values, not of a --text");
  if (!next && !own->target[0] && !building->like)
    return lw_fail(LW_ERROR_INPUT, "--target is missing: the column with the answers");
  if (own->outcomes[0] && !own->id[0])
    return lw_fail(LW_ERROR_INPUT, "--outcomes needs --id: the column by which tables are joined");
  if (own->label_separator[1]) return lw_fail(LW_ERROR_INPUT, "--label-separator is one character");
  if (own->comment[0] && own->comment[1])
    return lw_fail(LW_ERROR_INPUT, "--comment is one character");
  if (own->decimal_comma && own->separator == LW_TABLE_COMMA)
    return lw_fail(LW_ERROR_INPUT, "with --decimal-comma cells cannot be split by commas");
  return LW_OK;
}

/* Of what was found in the train file. */
static lw_status check_columns(const lw_table_reader *reader)
{
  const settings *own = reader->own;
  const int64_t targets = reader->targets.count;
  if (reader->channels.count % own->row_channels)
    return lw_fail(LW_ERROR_INPUT,
                   "--row-channels %" PRId64 " does not divide the %" PRId64
                   " columns of values of '%s'",
                   own->row_channels, reader->channels.count, own->source[LW_SPLIT_TRAIN]);
  if (targets > 1 &&
      (own->question == LW_QUESTION_CLASS || own->question == LW_QUESTION_STEP_CLASS))
    return lw_fail(LW_ERROR_INPUT, "--question class has one column as --target; for several "
                                   "classes at once take --question classes");
  return LW_OK;
}

/* ---- the plan ---- */

typedef struct planned {
  lw_channel *channel;
  lw_number *number;
  int64_t *asked;
  lw_builder_plan plan;
} planned;

static int by_index(const void *left, const void *right)
{
  return LW_ORDER(*(const int64_t *)left, *(const int64_t *)right);
}

/* Which channels are to be predicted. */
static lw_status plan_next(const lw_table_reader *reader, planned *out)
{
  const lw_list *targets = &reader->targets;
  lw_builder_plan *plan = &out->plan;
  plan->horizon = reader->own->horizon;
  plan->numbers = targets->count ? targets->count : plan->channels;
  if (!targets->count) return LW_OK;
  const lw_status status = LW_TAKE(&out->asked, targets->count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < targets->count; i++) {
    const char *name = targets->entry[i];
    out->asked[i] = lw_list_find(&reader->channels, name, (int64_t)strlen(name));
    if (out->asked[i] < 0 || reader->own->rows == LW_TABLE_SAMPLE)
      return lw_fail(LW_ERROR_INPUT,
                     "--target '%s' is none of the channels, of which the next "
                     "values are asked",
                     name);
  }
  qsort(out->asked, (size_t)targets->count, sizeof *out->asked, by_index);
  plan->asked = out->asked;
  return LW_OK;
}

static lw_status plan_answers(const lw_table_reader *reader, planned *out)
{
  const lw_question question = reader->own->question;
  lw_builder_plan *plan = &out->plan;
  lw_status status = LW_OK;
  plan->target = lw_question_target(question);
  if (question == LW_QUESTION_NEXT_VALUES) return plan_next(reader, out);
  if (lw_question_numbers(question)) {
    plan->numbers = reader->targets.count;
    LW_TRY(LW_TAKE(&out->number, plan->numbers));
    for (int64_t i = 0; i < plan->numbers; i++)
      out->number[i] = (lw_number){.name = reader->targets.entry[i], .unit = ""};
    plan->number = out->number;
    goto done;
  }
  plan->classes = reader->classes.classes.count;
  if (plan->classes) plan->class_names = reader->classes.classes.entry;
done:
  return status;
}

static lw_status make_plan(const lw_table_reader *reader, const lw_option_section *flags,
                           planned *out)
{
  const settings *own = reader->own;
  const bool text = own->text[0], wide = own->rows == LW_TABLE_SAMPLE;
  const bool named = own->split[0];
  const bool given[LW_SPLITS] = {true, own->source[LW_SPLIT_VALIDATION][0] || named,
                                 own->source[LW_SPLIT_TEST][0] || named};
  lw_builder_plan *plan = &out->plan;
  lw_status status = LW_OK;
  *plan = (lw_builder_plan){
      .task = "table",
      .input = text ? &lw_input_tokens : &lw_input_values,
      .stored = text ? LW_H5_U8 : LW_H5_F32,
      .vocabulary = text ? 256 : 0,
      .channels = text   ? 1
                  : wide ? own->row_channels
                         : reader->channels.count,
      .normalise = own->normalise,
      .missing = !text,
      .timed = own->time[0],
      .time_unit = !own->time[0]                      ? NULL
                   : reader->form == LW_MOMENT_NUMBER ? own->time_unit
                                                      : "s",
      .weighted = own->weight[0],
      .named = own->id[0],
      .grouped = own->group[0],
      .documents = 1,
      .windows = own->windows,
      .rule = lw_building_rule(flags, own->rule, given),
      .like = reader->building->like,
  };
  if (!text && !wide) {
    LW_TRY(LW_TAKE(&out->channel, plan->channels));
    for (int64_t i = 0; i < plan->channels; i++)
      out->channel[i] = (lw_channel){.name = reader->channels.entry[i], .unit = ""};
    plan->channel = out->channel;
  }
  status = plan_answers(reader, out);
done:
  return status;
}

/* ---- reading ---- */

static lw_status read_file(lw_table_reader *reader, lw_split split)
{
  const settings *own = reader->own;
  const lw_world *world = reader->building->world;
  const char *path = own->source[split];
  const int64_t limit = reader->building->like ? 0 : own->limit; /* that was for the training */
  const bool shared = own->rows == LW_TABLE_SAMPLE && !limit;    /* else rows depend on others */
  const int64_t before = reader->counts.rows;
  lw_status status = LW_OK;
  if (!*path || (!shared && world->rank)) return LW_OK;
  LW_TRY(lw_table_open(own, path, &reader->table));
  if (shared) LW_TRY(lw_delimited_take_part(reader->table, world->rank, world->size));
  LW_TRY(lw_table_find_columns(reader));
  reader->split = split;
  reader->split_given = split != LW_SPLIT_TRAIN;
  reader->left = limit ? limit : INT64_MAX;
  LW_TRY(own->rows == LW_TABLE_SAMPLE ? lw_table_read_wide(reader)
         : own->rows == LW_TABLE_STEP ? lw_table_read_steps(reader)
                                      : lw_table_read_long(reader));
  if (reader->counts.rows == before && world->size == 1)
    status = lw_fail(LW_ERROR_INPUT, "'%s' has no rows behind its header", path);
done:
  lw_delimited_close(&reader->table);
  return status;
}

static lw_status read_all(lw_table_reader *reader)
{
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&reader->field, lw_table_fields(reader)));
  LW_TRY(LW_TAKE(&reader->numbers, reader->targets.count));
  LW_TRY(lw_table_book_read(reader));
  for (int split = 0; split < LW_SPLITS; split++) LW_TRY(read_file(reader, (lw_split)split));
done:
  return status;
}

static lw_status say(lw_table_reader *reader)
{
  const settings *own = reader->own;
  lw_building *building = reader->building;
  const lw_table_counts *counts = &reader->counts;
  const int64_t unused = reader->book.count - counts->used;
  lw_status status = LW_OK;
  const char *const files[] = {own->source[0], own->source[1], own->source[2], own->outcomes};
  char list[4 * LW_TEXT_MAX + 16];
  lw_text paths = LW_TEXT_IN(list);
  for (int i = 0; i < 4; i++)
    if (*files[i]) lw_text_item(&paths, ", ", "%s", files[i]);
  LW_TRY(lw_building_origin(building, "table %s", list));
  LW_TRY(lw_building_note(building, "rows: %" PRId64 "\n", counts->rows));
  if (counts->missing)
    LW_TRY(lw_building_note(building, "missing: %" PRId64 " values\n", counts->missing));
  if (counts->repeated)
    LW_TRY(lw_building_note(building,
                            "repeated: %" PRId64 " values of a variable at a time that had one\n",
                            counts->repeated));
  if (counts->other)
    LW_TRY(lw_building_note(building, "left out: %" PRId64 " values of other variables\n",
                            counts->other));
  if (counts->empty)
    LW_TRY(lw_building_note(building, "left out: %" PRId64 " samples without any value\n",
                            counts->empty));
  if (unused)
    LW_TRY(lw_building_note(building,
                            "left out: %" PRId64 " of %" PRId64 " outcomes, which no sample has\n",
                            unused, reader->book.count));
done:
  return status;
}

static void sum_counts(lw_table_reader *reader)
{
  lw_table_counts *counts = &reader->counts;
  int64_t sums[] = {counts->rows,     counts->missing,
                    counts->repeated, counts->other,
                    counts->empty,    reader->book.count - lw_table_book_unused(&reader->book)};
  lw_reduce_sum_integers(reader->building->world, sums, 6);
  *counts = (lw_table_counts){sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]};
}

static void done_with(lw_table_reader *reader)
{
  lw_delimited_close(&reader->table);
  lw_table_columns_done(&reader->at);
  lw_table_book_done(&reader->book);
  lw_list_done(&reader->channels);
  lw_list_done(&reader->targets);
  lw_product_done(&reader->classes);
  lw_mem_give(reader->field);
  lw_mem_give(reader->labels);
  lw_mem_give(reader->numbers);
  lw_mem_give(reader->text);
  lw_mem_give(reader->values);
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  const settings *own = flags->values;
  const lw_world *world = building->world;
  lw_table_reader reader = {.own = own, .building = building};
  planned made = {0};
  lw_status status = LW_OK;
  LW_TRY(check_rows(own, flags)); /* the same on all ranks */
  LW_TRY(check_question(own, building));
  LW_TRY_TOGETHER(world, lw_table_look(&reader));
  LW_TRY(check_columns(&reader));
  LW_TRY_TOGETHER(world, make_plan(&reader, flags, &made));
  LW_TRY(lw_builder_create(world, building->path, &made.plan, &building->builder));
  LW_TRY_TOGETHER(world, read_all(&reader));
  sum_counts(&reader);
  LW_TRY_TOGETHER(world, say(&reader));
done:
  done_with(&reader);
  lw_mem_give(made.channel);
  lw_mem_give(made.number);
  lw_mem_give(made.asked);
  return status;
}

const lw_task lw_table_task = {
    .name = "table",
    .sentence = "your CSV or TSV: a row a sample, a step or a value",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"train", false, false, {"validation_from", "test_from", "split", "outcomes"}},
};
