/** The rows of `longwave table`, for the end of a sweep and for reports as well. */
#ifndef LONGWAVE_CLI_TABLE_H
#define LONGWAVE_CLI_TABLE_H

#include "runs.h"
#include <stdio.h>

enum { LW_GRID_CELL = 512 };

/** Texts in rows and columns; row 0 names the columns. */
typedef struct lw_text_grid {
  int64_t rows, columns;
  char (*cell)[LW_GRID_CELL]; /* [rows, columns], owned */
} lw_text_grid;

/** Runs that differ only in their seed are one row. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_table_make(const lw_run_views *views, lw_text_grid *out);
void lw_table_done(lw_text_grid *grid);

/** As Markdown, with notes on what the figures mean. */
void lw_table_print(const lw_run_views *views, const lw_text_grid *grid, FILE *out);

/** What the table and its notes say of the columns, one sentence. */
extern const char lw_table_note[];

/** Read the runs and print their table to stdout. Local. */
LW_MUST_USE lw_status lw_table_show(const lw_run_paths *paths);

#endif
