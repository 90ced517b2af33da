/* Answers, groups, weights and splits of samples and steps. */
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/parse/number.h"
#include "table_inside.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- fields ---- */

void lw_table_take_fields(lw_table_reader *reader)
{
  for (int64_t i = 0; i < lw_table_fields(reader); i++) {
    const int64_t column = reader->at.answer[i];
    lw_table_field *field = &reader->field[i];
    *field = (lw_table_field){.missing = true};
    if (column < 0) continue;
    const lw_cell cell = lw_delimited_word(reader->table, column);
    *field = (lw_table_field){cell.text, cell.length,
                              lw_table_field_missing(reader, reader->table, i, column)};
  }
  reader->answers_line = lw_delimited_line(reader->table);
}

static lw_status take_outcome(lw_table_reader *reader, const char *id)
{
  lw_table_book *book = &reader->book;
  lw_table_outcome *outcome = lw_table_book_find(book, id);
  if (!outcome && reader->building->like) {
    for (int64_t i = 0; i < lw_table_fields(reader); i++)
      reader->field[i] = (lw_table_field){.missing = true};
    return LW_OK;
  }
  if (!outcome)
    return lw_delimited_refuse(reader->table, reader->at.id, "the id '%.40s' is not in '%s'", id,
                               lw_delimited_path(book->table));
  const char *text = book->text + outcome->id;
  for (int64_t i = 0; i < lw_table_fields(reader); i++) {
    text += strlen(text) + 1;
    reader->field[i] = (lw_table_field){book->column[i] < 0 ? NULL : text + 1,
                                        (int64_t)strlen(text + 1), *text == '?'};
  }
  outcome->used = true;
  reader->answers_line = outcome->line;
  return LW_OK;
}

/* "'t.csv' line 7, column 'y': 'x' ..." of a field. */
__attribute__((format(printf, 3, 4))) static lw_status
refuse(const lw_table_reader *reader, int64_t field, const char *format, ...)
{
  const lw_table_settings *own = reader->own;
  const char *const more[] = {own->group, own->weight, own->split};
  const int64_t targets = reader->targets.count;
  const char *name = field < targets ? reader->targets.entry[field] : more[field - targets];
  const bool joined = reader->book.table && !(lw_table_asks_steps(own) && field < targets);
  const lw_delimited *table = joined ? reader->book.table : reader->table;
  const lw_table_field *of = &reader->field[field];
  char memory[LW_MESSAGE_MAX];
  lw_text text = LW_TEXT_IN(memory);
  lw_text_add(&text, "'%s' line %" PRId64 ", column '%s': '%.*s' ", lw_delimited_path(table),
              reader->answers_line, name, (int)lw_smaller(of->length, 40), of->text);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s", text.text);
}

/* A copy with a zero behind it; begin_sample has made room. */
static const char *keep(lw_table_reader *reader, const char *text, int64_t length)
{
  char *own = reader->text + reader->text_used;
  memcpy(own, text, (size_t)length);
  own[length] = 0;
  reader->text_used += length + 1;
  return own;
}

static lw_status make_room(lw_table_reader *reader, int64_t more)
{
  int64_t bytes = reader->text_used + more;
  for (int64_t i = 0; i < lw_table_fields(reader); i++) bytes += 2 * reader->field[i].length + 2;
  return LW_EXTEND(&reader->text, &reader->text_room, reader->text_used, bytes);
}

/* ---- classes ---- */

/* The name of the class that a label of a field means. */
static lw_status name_class(lw_table_reader *reader, int64_t field, lw_cell label,
                            const char **name)
{
  char rule[LW_TEXT_MAX];
  if (!reader->classes.classes.count) {
    *name = keep(reader, label.text, label.length);
    return LW_OK;
  }
  const int32_t class = lw_product_label(&reader->classes, label.text, label.length);
  if (class < 0)
    return refuse(reader, field, "has the label '%.*s', which %s",
                  (int)lw_smaller(label.length, 40), label.text,
                  lw_product_label_rule(&reader->classes, rule));
  *name = reader->classes.classes.entry[class];
  return LW_OK;
}

static lw_cell trim(lw_cell cell)
{
  while (cell.length && cell.text[0] == ' ') cell.text++, cell.length--;
  while (cell.length && cell.text[cell.length - 1] == ' ') cell.length--;
  return cell;
}

/* Labels of one cell; an empty one has none. */
static lw_status split_labels(lw_table_reader *reader, lw_builder_sample *sample)
{
  const lw_table_field *field = &reader->field[0];
  const char separator = reader->own->label_separator[0], *at = field->text;
  const char *end = at + field->length;
  lw_status status = LW_OK;
  if (!at) return LW_OK;
  LW_TRY(LW_EXTEND(&reader->labels, &reader->label_room, 0, field->length + 1));
  sample->labels = reader->labels;
  while (at < end) {
    const char *stop = memchr(at, separator, (size_t)(end - at));
    const lw_cell label = trim((lw_cell){at, (stop ? stop : end) - at});
    if (!label.length)
      return refuse(reader, 0, "has an empty label; labels are split by '%c'", separator);
    LW_TRY(name_class(reader, 0, label, &reader->labels[sample->label_count++]));
    at = stop ? stop + 1 : end;
  }
done:
  return status;
}

/* A column a class, each 1 or 0; missing in all of them: not known. */
static lw_status mark_labels(lw_table_reader *reader, lw_builder_sample *sample)
{
  const int64_t count = reader->targets.count;
  int64_t missing = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) missing += reader->field[i].missing;
  if (missing == count) return LW_OK;
  LW_TRY(LW_EXTEND(&reader->labels, &reader->label_room, 0, count));
  sample->labels = reader->labels;
  for (int64_t i = 0; i < count; i++) {
    const lw_table_field *field = &reader->field[i];
    double value = -1.0;
    if (field->text && !field->missing) lw_number_read(field->text, field->length, '.', &value);
    if (value != 0.0 && value != 1.0)
      return refuse(reader, i, "is neither 1 (the class is there) nor 0");
    if (value == 1.0) reader->labels[sample->label_count++] = reader->targets.entry[i];
  }
done:
  return status;
}

/* ---- numbers ---- */

static lw_status take_number(const lw_table_reader *reader, int64_t i, double *value)
{
  const lw_table_field *field = &reader->field[i];
  const char mark = reader->own->decimal_comma ? ',' : '.';
  *value = NAN;
  if (field->missing || lw_number_read(field->text, field->length, mark, value)) return LW_OK;
  return refuse(reader, i, "is no finite number, and no mark of a missing value");
}

static lw_status take_numbers(lw_table_reader *reader, int64_t *known)
{
  for (int64_t i = 0; i < reader->targets.count; i++) {
    double value = NAN;
    const lw_status status = take_number(reader, i, &value);
    if (status != LW_OK) return status;
    reader->numbers[i] = (float)value;
    if (isinf(reader->numbers[i])) return refuse(reader, i, "is too large for a float32");
    *known += !isnan(value);
  }
  return LW_OK;
}

/* ---- samples ---- */

static lw_status take_split(lw_table_reader *reader, lw_builder_sample *sample)
{
  const int64_t at = reader->targets.count + LW_TABLE_SPLIT;
  const lw_table_field *field = &reader->field[at];
  sample->has_split = reader->split_given;
  sample->split = reader->split;
  if (!field->text || field->missing) return LW_OK;
  sample->has_split = true;
  if (lw_split_of(field->text, field->length, &sample->split)) return LW_OK;
  return refuse(reader, at, "is no split: train, validation (valid, val, dev) or test");
}

static lw_status take_target(lw_table_reader *reader, lw_builder_sample *sample)
{
  const lw_table_field *first = &reader->field[0];
  int64_t known = 0;
  lw_status status = LW_OK;
  switch (reader->own->question) {
  case LW_QUESTION_CLASS:
    if (!first->missing)
      status = name_class(reader, 0, (lw_cell){first->text, first->length}, &sample->label);
    break;
  case LW_QUESTION_CLASSES:
    status = reader->targets.count > 1 ? mark_labels(reader, sample) : split_labels(reader, sample);
    break;
  case LW_QUESTION_NUMBERS:
    status = take_numbers(reader, &known);
    sample->numbers = known ? reader->numbers : NULL;
    break;
  case LW_QUESTION_STEP_CLASS:
  case LW_QUESTION_STEP_NUMBERS:
  case LW_QUESTION_NEXT_VALUES:
    break;
  }
  return status;
}

lw_status lw_table_begin_sample(lw_table_reader *reader, lw_cell id, lw_builder_sample *sample)
{
  const char *path = lw_delimited_path(reader->table);
  char where[LW_TEXT_MAX + 32];
  const int64_t targets = reader->targets.count;
  const lw_table_field *group = reader->field + targets + LW_TABLE_GROUP;
  lw_status status = LW_OK;
  *sample = (lw_builder_sample){.weight = 1.0};
  reader->text_used = 0;
  snprintf(where, sizeof where, "%s:%" PRId64, path, lw_delimited_line(reader->table));
  LW_TRY(LW_EXTEND(&reader->text, &reader->text_room, 0, id.length + 1));
  const char *name = keep(reader, id.text, id.length);
  if (reader->book.table)
    LW_TRY(take_outcome(reader, name));
  else
    lw_table_take_fields(reader);
  LW_TRY(make_room(reader, (int64_t)strlen(where) + 1));
  sample->name = reader->text; /* which may have moved */
  sample->where = keep(reader, where, (int64_t)strlen(where));
  if (group->text && !group->missing) sample->group = keep(reader, group->text, group->length);
  if (reader->field[targets + LW_TABLE_WEIGHT].text) {
    LW_TRY(take_number(reader, targets + LW_TABLE_WEIGHT, &sample->weight));
    if (!(sample->weight >= 0.0))
      LW_TRY(refuse(reader, targets + LW_TABLE_WEIGHT, "is no weight: a number, 0 or more"));
  }
  LW_TRY(take_split(reader, sample));
  status = take_target(reader, sample);
done:
  return status;
}

/* ---- steps ---- */

lw_status lw_table_answer_step(lw_table_reader *reader, int64_t step)
{
  lw_builder *builder = reader->building->builder;
  const lw_table_field *first = &reader->field[0];
  const char *name = NULL;
  int64_t known = 0;
  lw_status status = LW_OK;
  if (reader->own->question == LW_QUESTION_STEP_CLASS) {
    if (first->missing) return LW_OK;
    reader->text_used = 0;
    LW_TRY(make_room(reader, 0));
    LW_TRY(name_class(reader, 0, (lw_cell){first->text, first->length}, &name));
    status = lw_builder_step_label(builder, step, name);
  } else if (reader->own->question == LW_QUESTION_STEP_NUMBERS) {
    LW_TRY(take_numbers(reader, &known));
    if (known) status = lw_builder_step_numbers(builder, step, reader->numbers);
  }
done:
  return status;
}
