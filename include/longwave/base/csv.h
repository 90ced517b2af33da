/** Tables as text, commas between cells, names of the columns in the first line. A cell with a
 *  comma, a quote or a blank at its ends stands in quotes; no cell holds a line end. A last line
 *  without a line end is still being written, or its writer was killed: it is ignored. Local.
 *  To add a column: one LW_CSV_FIELD in the list of its file. Not here: what the columns mean. */
#ifndef LONGWAVE_BASE_CSV_H
#define LONGWAVE_BASE_CSV_H

#include "longwave/base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero-initialise: an empty table. Row 0 is the first one after the names. */
typedef struct lw_csv {
  char *text;   /* owned; the cells point into it */
  char **cells; /* [1 + rows, columns] */
  int64_t rows, columns;
} lw_csv;

/** *csv is written over, and untouched on failure. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT (empty),
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_csv_read(lw_csv *csv, const char *path);
void lw_csv_done(lw_csv *csv);

/** Index of a column, or -1. */
int64_t lw_csv_column(const lw_csv *csv, const char *name);
/** A cell; "" and NAN when the column is -1 or the line was too short. Borrowed. */
const char *lw_csv_text(const lw_csv *csv, int64_t row, int64_t column);
double lw_csv_number(const lw_csv *csv, int64_t row, int64_t column);

/* A row is written cell by cell into a text (base/text.h), and ended. */

/** A text in quotes where it needs them, truncated to less than LW_CELL_MAX bytes. */
enum { LW_CELL_MAX = 512 };
void lw_csv_put(lw_text *row, const char *cell);
/** A number, as printf writes it. */
void lw_csv_put_as(lw_text *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lw_csv_end(lw_text *row);

/** One column of a table whose rows are structs: its name, and the member that its cells show. The
 *  member's type says how: int64_t as a whole number, empty below 0; uint32_t as eight hexadecimal
 *  digits; double with so many `digits`, or else so many `decimals`; char [room] and const char *
 *  as texts. Names and cells of a file come from one list of fields, so they cannot disagree. */
typedef struct lw_csv_field {
  const char *name;
  enum { LW_CSV_COUNT, LW_CSV_SUM, LW_CSV_REAL, LW_CSV_CHARS, LW_CSV_WORD } kind;
  size_t offset, bytes; /* of the member */
  int digits, decimals;
  bool optional; /* a double that is NAN is an empty cell */
} lw_csv_field;
#define LW_CSV_KIND(member)                                                                        \
  _Generic((member), int64_t: LW_CSV_COUNT, uint32_t: LW_CSV_SUM, double: LW_CSV_REAL,             \
           char *: LW_CSV_CHARS, const char *: LW_CSV_WORD)
/** With .digits = 9, .decimals = 6 or .optional = true behind. */
#define LW_CSV_FIELD_AS(title, owner, member, ...)                                                 \
  {                                                                                                \
    .name = (title), .kind = LW_CSV_KIND(((owner *)NULL)->member),                                 \
    .offset = offsetof(owner, member), .bytes = sizeof(((owner *)NULL)->member), __VA_ARGS__       \
  }
#define LW_CSV_FIELD(title, owner, member) LW_CSV_FIELD_AS(title, owner, member, .decimals = 0)
#define LW_CSV_FIELDS(array) ((int)(sizeof(array) / sizeof *(array)))

/** The names of the columns, the cells of a struct `of`, both without the end of the row. */
void lw_csv_put_names(lw_text *row, const lw_csv_field *fields, int count);
void lw_csv_put_fields(lw_text *row, const lw_csv_field *fields, int count, const void *values);
/** A row of a table into a struct `out`, by the names of its columns. Where there is no number:
 *  -1 and NAN; a text of const char * stays as it is. */
void lw_csv_take_fields(const lw_csv *csv, int64_t row, const lw_csv_field *fields, int count,
                        void *out);

/** Make the file hold `header` (with its line end) and those whole lines of its own whose first
 *  cell is at most `step`. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_csv_trim(const char *path, const char *header, int64_t step);
/** Add `line`, with its line end, to the end of the file: all of it, or on a full disk nothing.
 *  Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_csv_append(const char *path, const char *line);

#endif
