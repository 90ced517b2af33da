/** Tables as text, commas between cells, names of the columns in the first line. A cell with a
 *  comma, a quote or a blank at its ends stands in quotes; no cell holds a line end. A last line
 *  without its end is one that is still being written, or was torn, and does not count. Local.
 *  Not here: what the columns mean. */
#ifndef LONGWAVE_BASE_CSV_H
#define LONGWAVE_BASE_CSV_H

#include "longwave/base/status.h"
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

/** Place of a column, or -1. */
int64_t lw_csv_column(const lw_csv *csv, const char *name);
/** A cell; "" and NAN when the column is -1 or the line was too short. Borrowed. */
const char *lw_csv_text(const lw_csv *csv, int64_t row, int64_t column);
double lw_csv_number(const lw_csv *csv, int64_t row, int64_t column);

enum { LW_CELL_MAX = 512 };
/** `text` as a cell, cut if need be. cell [LW_CELL_MAX] out; returns it. */
const char *lw_csv_cell(const char *text, char *cell);

/** Make the file hold `header` (with its line end) and those whole lines of its own whose first
 *  cell is at most `step`. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_csv_trim(const char *path, const char *header, int64_t step);
/** Add `line`, with its line end, to the end of the file: all of it, or on a full disk nothing.
 *  Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_csv_append(const char *path, const char *line);

#endif
