/** Tables as texts: CSV, TSV and alike, one record at a time in memory that does not grow with the
 *  file. Plain or gzip. By RFC 4180: a cell in double quotes may hold separators, line breaks and
 *  doubled quotes, all records have the same number of cells. Besides: a byte order mark is
 *  dropped, lines end in LF or CRLF, empty lines are passed over. Every failure names the file and
 *  the line (that on which the record begins, counted with the breaks inside of quotes), those of a
 *  cell also its column. Local.
 *
 *      LW_TRY(lw_delimited_open(path, &(lw_delimited_format){0}, &table));
 *      LW_TRY(lw_delimited_find(table, "value", &column));
 *      for (;;) {
 *        LW_TRY(lw_delimited_next(table, &more));
 *        if (!more) break;
 *        LW_TRY(lw_delimited_number(table, column, &value));
 *      }
 *
 *  Not here: what columns mean (src/task/table.c), dates (parse/moment.h), writing (base/csv.h). */
#ifndef LONGWAVE_PARSE_DELIMITED_H
#define LONGWAVE_PARSE_DELIMITED_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** Cells that stand for a missing value, in any case, joined by commas; the empty one is the first.
 */
#define LW_MISSING_MARKS ",NA,N/A,NaN,?,-,null"

/** Zero-initialised: quotes, a header line, decimal points, no comments. */
typedef struct lw_delimited_format {
  char separator;      /* ' ': a run of blanks and tabs; 0: the one of tab, semicolon and (without
                          decimal_comma) comma that the first record has most */
  bool unquoted;       /* a double quote is a letter like others; records are lines */
  bool headless;       /* the first record is of values, not of names */
  bool decimal_comma;  /* 1,5 instead of 1.5 */
  char comment;        /* lines that begin with it are passed over; 0: none */
  const char *missing; /* as LW_MISSING_MARKS, which NULL means; copied */
} lw_delimited_format;

typedef struct lw_delimited lw_delimited;

/** Opens the file and reads its header. Errors: LW_ERROR_FILE; LW_ERROR_INPUT for a file without
 *  any record. */
LW_MUST_USE lw_status lw_delimited_open(const char *path, const lw_delimited_format *format,
                                        lw_delimited **out);
void lw_delimited_close(lw_delimited **table);

/** After the opening: of the records only those of part number `part` of `parts`, which begin in
 *  the part-th of so many equal shares of the file's bytes, so that together the parts have each
 *  record once, in order. What stands before is read once to count its lines and quotes, as fast as
 *  the file can be read, so line breaks inside of quotes are known and lines are numbered as in the
 *  whole file. A packed file, and one with comments beside quotes, is not shared: part 0 is all of
 *  it. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_delimited_take_part(lw_delimited *table, int part, int parts);

const char *lw_delimited_path(const lw_delimited *table); /* borrowed */
int64_t lw_delimited_columns(const lw_delimited *table);
/** The name of a column, without blanks around it; "" in a file without a header. Borrowed. */
const char *lw_delimited_name(const lw_delimited *table, int64_t column);
/** The column of this name; in a file without a header, names are numbers from 1. Errors:
 *  LW_ERROR_INPUT when there is none, or more than one. */
LW_MUST_USE lw_status lw_delimited_find(lw_delimited *table, const char *name, int64_t *column);

/** The next record becomes the current one. *more: whether there was one. Errors: LW_ERROR_INPUT
 *  for another number of cells than the first record has, a quote inside of a cell that does not
 *  begin with one, text behind a closing quote, a quote that is not closed, a zero byte. */
LW_MUST_USE lw_status lw_delimited_next(lw_delimited *table, bool *more);
/** Where the current record begins, from 1. */
int64_t lw_delimited_line(const lw_delimited *table);

/** A cell of the current record, without its quotes. */
typedef struct lw_cell {
  const char *text; /* borrowed until the next record; no zero behind it */
  int64_t length;
} lw_cell;
lw_cell lw_delimited_cell(const lw_delimited *table, int64_t column);
/** The same without the blanks around it. */
lw_cell lw_delimited_word(const lw_delimited *table, int64_t column);
/** Whether the cell stands for a missing value. */
bool lw_delimited_missing(const lw_delimited *table, int64_t column);

/** A cell as a number, NaN where it is missing. Errors: LW_ERROR_INPUT for anything else. */
LW_MUST_USE lw_status lw_delimited_number(const lw_delimited *table, int64_t column, double *value);
/** The same for cells first .. first + count - 1.  values [count] out */
LW_MUST_USE lw_status lw_delimited_numbers(const lw_delimited *table, int64_t first, int64_t count,
                                           float *values);

/** LW_ERROR_INPUT with a sentence about a cell of the current record: "'t.csv' line 7, column 3
 *  ('load'): 'x' is no number ..." begins with file, line, column and cell. */
lw_status lw_delimited_refuse(const lw_delimited *table, int64_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The same about the record: "'t.csv' line 7: ...". */
lw_status lw_delimited_refuse_record(const lw_delimited *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
