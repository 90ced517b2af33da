/* Which column is what. */
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "table_inside.h"
#include <inttypes.h>
#include <string.h>

/* ---- by the train file ---- */

/* Marks of columns: named by something else than the channels. */
static lw_status mark(lw_delimited *table, const char *name, bool *taken)
{
  int64_t column = 0;
  if (!*name) return LW_OK;
  const lw_status status = lw_delimited_find(table, name, &column);
  if (status == LW_OK) taken[column] = true;
  return status;
}

static lw_status mark_list(lw_delimited *table, const lw_list *list, bool *taken)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < list->count && status == LW_OK; i++)
    status = mark(table, list->entry[i], taken);
  return status;
}

/* Answers, which may be absent where they are to be predicted. */
static lw_status mark_answers(lw_table_reader *reader, lw_delimited *table, bool *taken)
{
  const lw_table_settings *own = reader->own;
  const char *const more[] = {own->group, own->weight, own->split};
  const bool next = own->question == LW_QUESTION_NEXT_VALUES;
  for (int64_t i = 0; i < lw_table_fields(reader); i++) {
    const bool target = i < reader->targets.count;
    if (target && next) continue;
    const char *name = target ? reader->targets.entry[i] : more[i - reader->targets.count];
    const lw_status status = mark(table, name, taken);
    if (status != LW_OK && !reader->building->like) return status;
  }
  return LW_OK;
}

/* Columns that have another meaning. With a file of outcomes answers are there; what is named the
   same here is no channel either way. */
static lw_status mark_others(lw_table_reader *reader, lw_delimited *table, bool *taken)
{
  const lw_table_settings *own = reader->own;
  lw_list left_out = {0};
  lw_status status = LW_OK;
  LW_TRY(mark(table, own->id, taken));
  LW_TRY(mark(table, own->time, taken));
  LW_TRY(mark(table, own->text, taken));
  if (!own->outcomes[0]) LW_TRY(mark_answers(reader, table, taken));
  if (own->leave_out[0]) {
    LW_TRY(lw_list_split(own->leave_out, "--leave-out", &left_out));
    LW_TRY(mark_list(table, &left_out, taken));
  }
done:
  lw_list_done(&left_out);
  return status;
}

/* A column's name, or its number in a file without a header: number [24]. */
static const char *name_of(const lw_delimited *table, int64_t column, char *number)
{
  const char *name = lw_delimited_name(table, column);
  if (*name) return name;
  snprintf(number, 24, "%" PRId64, column + 1);
  return number;
}

/* All columns but those that are marked. */
static lw_status name_rest(lw_table_reader *reader, lw_delimited *table, const bool *taken)
{
  const int64_t columns = lw_delimited_columns(table);
  const char **names = NULL;
  char(*numbers)[24] = NULL;
  int64_t count = 0;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&names, columns));
  LW_TRY(lw_mem_take(columns, sizeof *numbers, (void **)&numbers));
  for (int64_t i = 0; i < columns; i++)
    if (!taken[i]) names[count++] = name_of(table, i, numbers[i]);
  if (!count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' has no column that is left for values; name them by "
                   "--channels",
                   lw_delimited_path(table)));
  LW_TRY(lw_list_take(names, count, "the header", &reader->channels));
done:
  lw_mem_give(numbers);
  lw_mem_give(names);
  return status;
}

/* "first..last" is a range of columns. */
static lw_status name_range(lw_delimited *table, const char *entry, lw_text *to)
{
  const char *between = strstr(entry, "..");
  char first[LW_TEXT_MAX], number[24];
  int64_t from = 0, last = 0;
  lw_status status = LW_OK;
  snprintf(first, sizeof first, "%.*s", (int)(between - entry), entry);
  LW_TRY(lw_delimited_find(table, first, &from));
  LW_TRY(lw_delimited_find(table, between + 2, &last));
  if (from > last)
    return lw_fail(LW_ERROR_INPUT, "--channels '%s': the first column stands behind the last",
                   entry);
  for (; from <= last; from++) lw_text_item(to, "\x1f", "%s", name_of(table, from, number));
done:
  return status;
}

static lw_status name_given(lw_table_reader *reader, lw_delimited *table)
{
  lw_list given = {0};
  lw_text all = LW_TEXT_GROWS;
  int64_t column = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_list_split(reader->own->channels, "--channels", &given));
  for (int64_t i = 0; i < given.count; i++) {
    const bool range =
        strstr(given.entry[i], "..") && lw_delimited_find(table, given.entry[i], &column) != LW_OK;
    if (range)
      LW_TRY(name_range(table, given.entry[i], &all));
    else
      lw_text_item(&all, "\x1f", "%s", given.entry[i]);
  }
  LW_TRY(lw_text_end(&all));
  LW_TRY(lw_list_split_at(all.text, '\x1f', "--channels", &reader->channels));
done:
  lw_text_done(&all);
  lw_list_done(&given);
  return status;
}

bool lw_table_named_before(const lw_table_reader *reader)
{
  const lw_dataset_info *like = reader->building->like;
  return like && !like->input->ids && *like->channel[0].name;
}

/* Those of the data set that a model was trained on. */
static lw_status name_as_before(lw_table_reader *reader)
{
  const lw_dataset_info *like = reader->building->like;
  const char **names = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&names, like->channels));
  for (int64_t i = 0; i < like->channels; i++) names[i] = like->channel[i].name;
  LW_TRY(lw_list_take(names, like->channels, "the data set", &reader->channels));
done:
  lw_mem_give(names);
  return status;
}

lw_status lw_table_name_columns(lw_table_reader *reader, lw_delimited *table)
{
  const lw_table_settings *own = reader->own;
  bool *taken = NULL;
  lw_status status = LW_OK;
  if (own->target[0]) LW_TRY(lw_list_split(own->target, "--target", &reader->targets));
  if (lw_table_named_before(reader)) return name_as_before(reader);
  if (own->rows == LW_TABLE_VALUE || own->text[0]) goto done; /* channels are no columns */
  if (own->channels[0]) {
    LW_TRY(name_given(reader, table));
    goto done;
  }
  LW_TRY(LW_TAKE(&taken, lw_delimited_columns(table)));
  LW_TRY(mark_others(reader, table, taken));
  LW_TRY(name_rest(reader, table, taken));
done:
  lw_mem_give(taken);
  return status;
}

/* ---- of each file ---- */

static lw_status find(lw_table_reader *reader, const char *name, int64_t *column)
{
  *column = -1;
  return *name ? lw_delimited_find(reader->table, name, column) : LW_OK;
}

static lw_status find_channels(lw_table_reader *reader)
{
  lw_table_columns *at = &reader->at;
  lw_status status = LW_OK;
  at->channels = reader->channels.count;
  at->adjacent = true;
  LW_TRY(LW_TAKE(&at->channel, at->channels));
  for (int64_t i = 0; i < at->channels; i++) {
    LW_TRY(lw_delimited_find(reader->table, reader->channels.entry[i], &at->channel[i]));
    at->adjacent &= at->channel[i] == at->channel[0] + i;
  }
done:
  return status;
}

bool lw_table_asks_steps(const lw_table_settings *own)
{
  return lw_question_steps(own->question);
}

int64_t lw_table_fields(const lw_table_reader *reader)
{
  return reader->targets.count + LW_TABLE_MORE;
}

bool lw_table_field_missing(const lw_table_reader *reader, const lw_delimited *table, int64_t field,
                            int64_t column)
{
  const lw_question question = reader->own->question;
  const int64_t targets = reader->targets.count;
  const bool numbers =
      lw_question_numbers(question) || (question == LW_QUESTION_CLASSES && targets > 1);
  if (field < targets ? numbers : field == targets + LW_TABLE_WEIGHT)
    return lw_delimited_missing(table, column);
  return lw_delimited_word(table, column).length == 0;
}

lw_status lw_table_find_answers(const lw_table_reader *reader, lw_delimited *table, bool here,
                                int64_t *column)
{
  const lw_table_settings *own = reader->own;
  const lw_list *targets = &reader->targets;
  const char *const more[] = {own->group, own->weight, own->split};
  const bool asked = own->question != LW_QUESTION_NEXT_VALUES &&
                     (lw_table_asks_steps(own) ? table == reader->table : here);
  for (int64_t i = 0; i < lw_table_fields(reader); i++) {
    const bool target = i < targets->count;
    const char *name = target ? targets->entry[i] : more[i - targets->count];
    column[i] = -1;
    if (!*name || !(target ? asked : here)) continue;
    const lw_status status = lw_delimited_find(table, name, &column[i]);
    if (status != LW_OK && !reader->building->like) return status;
    if (status != LW_OK) column[i] = -1;
  }
  return LW_OK;
}

lw_status lw_table_find_columns(lw_table_reader *reader)
{
  const lw_table_settings *own = reader->own;
  lw_table_columns *at = &reader->at;
  const bool is_long = own->rows == LW_TABLE_VALUE;
  lw_status status = LW_OK;
  lw_table_columns_done(at);
  LW_TRY(find(reader, own->id, &at->id));
  LW_TRY(find(reader, own->time, &at->time));
  LW_TRY(find(reader, own->text, &at->text));
  LW_TRY(find(reader, is_long ? own->variable : "", &at->variable));
  LW_TRY(find(reader, is_long ? own->value : "", &at->value));
  LW_TRY(LW_TAKE(&at->answer, lw_table_fields(reader)));
  LW_TRY(lw_table_find_answers(reader, reader->table, !own->outcomes[0], at->answer));
  if (!is_long && !own->text[0]) status = find_channels(reader);
done:
  return status;
}

void lw_table_columns_done(lw_table_columns *at)
{
  lw_mem_give(at->channel);
  lw_mem_give(at->answer);
  *at = (lw_table_columns){0};
}
