#include "delimited_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/parse/number.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static inline bool is_blank(char byte)
{
  return byte == ' ' || byte == '\t';
}

static lw_cell trim(lw_cell cell)
{
  while (cell.length && is_blank(cell.text[0])) cell.text++, cell.length--;
  while (cell.length && is_blank(cell.text[cell.length - 1])) cell.length--;
  return cell;
}

/* ---- names ---- */

static int compare_names(const void *left, const void *right)
{
  const lw_column_name *x = left, *y = right;
  const int order = strcmp(x->name, y->name);
  return order ? order : LW_ORDER(x->column, y->column);
}

/* The current record is the header. */
static lw_status take_names(lw_delimited *table)
{
  int64_t bytes = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < table->columns; i++) bytes += lw_delimited_word(table, i).length + 1;
  LW_TRY(LW_TAKE(&table->names_text, bytes));
  LW_TRY(LW_TAKE(&table->names, table->columns));
  LW_TRY(LW_TAKE(&table->sorted, table->columns));
  char *to = table->names_text;
  for (int64_t i = 0; i < table->columns; i++) {
    const lw_cell word = lw_delimited_word(table, i);
    memcpy(to, word.text, (size_t)word.length);
    table->names[i] = to;
    table->sorted[i] = (lw_column_name){to, i};
    to += word.length + 1;
  }
  qsort(table->sorted, (size_t)table->columns, sizeof *table->sorted, compare_names);
done:
  return status;
}

const char *lw_delimited_name(const lw_delimited *table, int64_t column)
{
  return table->names ? table->names[column] : "";
}

static lw_status find_number(const lw_delimited *table, const char *name, int64_t *column)
{
  char *end = NULL;
  const long long number = strtoll(name, &end, 10);
  if (end == name || *end || number < 1 || number > table->columns)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' is read without a header line: columns are numbers 1 to %" PRId64
                   ", not '%s'",
                   lw_delimited_path(table), table->columns, name);
  *column = number - 1;
  return LW_OK;
}

static lw_status refuse_name(const lw_delimited *table, const char *name)
{
  const int64_t shown = lw_smaller(table->columns, 12);
  char memory[512];
  lw_text list = LW_TEXT_IN(memory);
  for (int64_t i = 0; i < shown; i++) lw_text_item(&list, ", ", "'%s'", table->names[i]);
  return lw_fail(LW_ERROR_INPUT, "'%s' has no column '%s'; it has %" PRId64 ": %s%s",
                 lw_delimited_path(table), name, table->columns, list.text,
                 shown < table->columns ? ", .." : "");
}

lw_status lw_delimited_find(lw_delimited *table, const char *name, int64_t *column)
{
  if (!table->names) return find_number(table, name, column);
  int64_t low = 0, high = table->columns; /* the first one that is not before the name */
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (strcmp(table->sorted[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  const lw_column_name *found = table->sorted + low;
  if (low == table->columns || strcmp(found->name, name) != 0) return refuse_name(table, name);
  if (low + 1 < table->columns && !strcmp(found[1].name, name))
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has more than one column '%s': %" PRId64 " and %" PRId64
                   "; give one of them another name",
                   lw_delimited_path(table), name, found[0].column + 1, found[1].column + 1);
  *column = found->column;
  return LW_OK;
}

/* ---- missing values ---- */

static lw_status take_marks(lw_delimited *table)
{
  const char *given = table->format.missing ? table->format.missing : LW_MISSING_MARKS;
  double value = 0.0;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_copy(given, &table->marks_text));
  table->format.missing = NULL;
  for (const char *at = given; *at; at++) table->mark_count += *at == ',';
  LW_TRY(LW_TAKE(&table->marks, ++table->mark_count));
  char *rest = table->marks_text;
  for (int64_t i = 0; i < table->mark_count; i++) {
    table->marks[i] = rest;
    rest += strcspn(rest, ",");
    *rest++ = 0;
    const char *mark = table->marks[i];
    table->number_marks |= lw_number_read(mark, (int64_t)strlen(mark), '.', &value);
  }
done:
  return status;
}

static bool is_mark(const lw_delimited *table, lw_cell word)
{
  for (int64_t i = 0; i < table->mark_count; i++)
    if ((int64_t)strlen(table->marks[i]) == word.length &&
        !strncasecmp(table->marks[i], word.text, (size_t)word.length))
      return true;
  return false;
}

bool lw_delimited_missing(const lw_delimited *table, int64_t column)
{
  return is_mark(table, lw_delimited_word(table, column));
}

/* ---- the file ---- */

static lw_status begin(lw_delimited *table)
{
  bool more = false;
  lw_status status = LW_OK;
  LW_TRY(take_marks(table));
  LW_TRY(lw_delimited_find_separator(table));
  table->stops[(unsigned char)table->format.separator] = true;
  if (table->format.separator == ' ') table->stops['\t'] = true;
  table->stops[0] = table->stops['\n'] = true;
  table->stops['"'] = !table->format.unquoted;
  LW_TRY(lw_delimited_scan(table, &more));
  if (!more)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is empty: it has no line with cells",
                   lw_delimited_path(table)));
  table->columns = table->count;
  table->held = table->format.headless;
  if (!table->held) LW_TRY(take_names(table));
done:
  return status;
}

lw_status lw_delimited_open(const char *path, const lw_delimited_format *format, lw_delimited **out)
{
  lw_delimited *table = NULL;
  lw_status status = LW_TAKE(&table, 1);
  if (status != LW_OK) return status;
  table->format = *format;
  table->next_line = 1;
  table->to = INT64_MAX;
  LW_TRY(lw_source_open(path, &table->source));
  LW_TRY(begin(table));
  *out = table;
  table = NULL;
done:
  lw_delimited_close(&table);
  return status;
}

void lw_delimited_close(lw_delimited **table)
{
  if (!*table) return;
  lw_source_close(&(*table)->source);
  lw_mem_give((*table)->bytes);
  lw_mem_give((*table)->cells);
  lw_mem_give((*table)->names_text);
  lw_mem_give((*table)->names);
  lw_mem_give((*table)->sorted);
  lw_mem_give((*table)->marks_text);
  lw_mem_give((*table)->marks);
  lw_mem_give(*table);
  *table = NULL;
}

const char *lw_delimited_path(const lw_delimited *table)
{
  return lw_source_path(table->source);
}

int64_t lw_delimited_columns(const lw_delimited *table)
{
  return table->columns;
}

int64_t lw_delimited_line(const lw_delimited *table)
{
  return table->line;
}

lw_status lw_delimited_next(lw_delimited *table, bool *more)
{
  if (table->held) {
    table->held = false;
    *more = true;
    return LW_OK;
  }
  lw_status status = lw_delimited_scan(table, more);
  if (status != LW_OK || !*more || table->count == table->columns) return status;
  return lw_delimited_refuse_record(
      table, "%" PRId64 " cell%s, but the first record of the file has %" PRId64, table->count,
      table->count == 1 ? "" : "s", table->columns);
}

/* ---- cells ---- */

lw_cell lw_delimited_cell(const lw_delimited *table, int64_t column)
{
  const lw_cell_place place = table->cells[column];
  return (lw_cell){table->bytes + table->begin + place.begin, place.length};
}

lw_cell lw_delimited_word(const lw_delimited *table, int64_t column)
{
  return trim(lw_delimited_cell(table, column));
}

static lw_status refuse_number(const lw_delimited *table, int64_t column)
{
  const lw_cell word = lw_delimited_word(table, column);
  return lw_delimited_refuse(table, column,
                             "'%.*s' is no finite number with %s and without thousands separators, "
                             "and no mark of a missing value",
                             (int)lw_smaller(word.length, 40), word.text,
                             table->format.decimal_comma ? "a decimal comma" : "a decimal point");
}

lw_status lw_delimited_number(const lw_delimited *table, int64_t column, double *value)
{
  const lw_cell cell = lw_delimited_cell(table, column);
  const char mark = table->format.decimal_comma ? ',' : '.';
  const bool number = lw_number_read(cell.text, cell.length, mark, value);
  if (number && !table->number_marks) return LW_OK;
  if (is_mark(table, trim(cell)))
    *value = NAN;
  else if (!number)
    return refuse_number(table, column);
  return LW_OK;
}

lw_status lw_delimited_numbers(const lw_delimited *table, int64_t first, int64_t count,
                               float *values)
{
  for (int64_t i = 0; i < count; i++) {
    double value = 0.0;
    lw_status status = lw_delimited_number(table, first + i, &value);
    if (status != LW_OK) return status;
    values[i] = (float)value;
    if (isinf(values[i])) return refuse_number(table, first + i);
  }
  return LW_OK;
}
