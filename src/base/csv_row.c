#include "longwave/base/csv.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells; the comma of each stands behind it until the row ends ---- */

/* `text` as a cell, truncated if need be. cell [LW_CELL_MAX] out */
static void quote(const char *text, char *cell)
{
  const size_t length = strlen(text);
  const bool quoted =
      strpbrk(text, ",\"\n") || (length && (*text == ' ' || text[length - 1] == ' '));
  char *write = cell;
  if (quoted) *write++ = '"';
  for (; *text && write < cell + LW_CELL_MAX - 4; text++) {
    if (*text == '"') *write++ = '"';
    *write++ = *text;
    if (*text == '\n') write[-1] = ' ';
  }
  if (quoted) *write++ = '"';
  *write = 0;
}

void lw_csv_put(lw_text *row, const char *cell)
{
  char quoted[LW_CELL_MAX];
  quote(cell, quoted);
  lw_text_add(row, "%s,", quoted);
}

void lw_csv_put_as(lw_text *row, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(row, format, arguments);
  va_end(arguments);
  lw_text_add(row, ",");
}

void lw_csv_end(lw_text *row)
{
  if (row->used && row->text[row->used - 1] == ',') row->text[--row->used] = 0;
  lw_text_add(row, "\n");
}

/* ---- members of a struct ---- */

static void put_count(lw_text *row, int64_t count)
{
  if (count >= 0)
    lw_csv_put_as(row, "%" PRId64, count);
  else
    lw_csv_put_as(row, "%s", "");
}

static void put_real(lw_text *row, const lw_csv_field *field, double value)
{
  if (field->optional && isnan(value))
    lw_csv_put_as(row, "%s", "");
  else if (field->digits)
    lw_csv_put_as(row, "%.*g", field->digits, value);
  else
    lw_csv_put_as(row, "%.*f", field->decimals, value);
}

void lw_csv_put_names(lw_text *row, const lw_csv_field *fields, int count)
{
  for (int i = 0; i < count; i++) lw_csv_put(row, fields[i].name);
}

void lw_csv_put_fields(lw_text *row, const lw_csv_field *fields, int count, const void *values)
{
  for (const lw_csv_field *field = fields; field < fields + count; field++) {
    const void *member = (const char *)values + field->offset;
    switch (field->kind) {
    case LW_CSV_COUNT:
      put_count(row, *(const int64_t *)member);
      break;
    case LW_CSV_SUM:
      lw_csv_put_as(row, "%08" PRIx32, *(const uint32_t *)member);
      break;
    case LW_CSV_REAL:
      put_real(row, field, *(const double *)member);
      break;
    case LW_CSV_CHARS:
      lw_csv_put(row, member);
      break;
    case LW_CSV_WORD:
      lw_csv_put(row, *(const char *const *)member);
      break;
    }
  }
}

static int64_t whole(double number)
{
  return number >= 0 && number < 1e15 ? (int64_t)number : -1;
}

void lw_csv_take_fields(const lw_csv *csv, int64_t row, const lw_csv_field *fields, int count,
                        void *out)
{
  for (const lw_csv_field *field = fields; field < fields + count; field++) {
    const int64_t column = lw_csv_column(csv, field->name);
    const char *cell = lw_csv_text(csv, row, column);
    const double number = lw_csv_number(csv, row, column);
    void *member = (char *)out + field->offset;
    switch (field->kind) {
    case LW_CSV_COUNT:
      *(int64_t *)member = whole(number);
      break;
    case LW_CSV_SUM:
      *(uint32_t *)member = (uint32_t)strtoul(cell, NULL, 16);
      break;
    case LW_CSV_REAL:
      *(double *)member = number;
      break;
    case LW_CSV_CHARS:
      snprintf(member, field->bytes, "%s", cell);
      break;
    case LW_CSV_WORD:
      break;
    }
  }
}
