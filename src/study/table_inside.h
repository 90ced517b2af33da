/** The rows of `longwave table`, for the end of a sweep and for reports as well. */
#ifndef LONGWAVE_STUDY_TABLE_INSIDE_H
#define LONGWAVE_STUDY_TABLE_INSIDE_H

#include "runs.h"
#include <stdio.h>

enum { LW_GRID_CELL = 512, LW_TABLE_WIDTH = 100, LW_TABLE_NOTE = 4096 };

/** A column of a grid: how it is set, and whether a table may do without it. */
typedef struct lw_grid_column {
  bool name;   /* of the row: what the runs' folders are called */
  bool number; /* set to the right */
  int drop;    /* 1 is the first to be left out where the width does not do; 0: stays */
} lw_grid_column;

/** Texts in rows and columns; row 0 names the columns. Zero-initialise. */
typedef struct lw_text_grid {
  int64_t rows, columns;
  char (*cell)[LW_GRID_CELL];   /* [rows, columns], owned */
  bool *best;                   /* [rows, columns], owned: the best of its column */
  lw_grid_column *column;       /* [columns], owned */
  char same[LW_TABLE_NOTE];     /* what all rows have in common, or "" */
  char left_out[LW_TABLE_NOTE]; /* titles of columns that the width left out, or "" */
} lw_text_grid;

/** Runs that differ only in their seed are one row; all columns. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_table_make(const lw_run_views *views, lw_text_grid *out);
/** The columns that `names` lists, "run,accuracy,window" (lw_table_help). Errors: LW_ERROR_INPUT,
 *  with the nearest name. */
LW_MUST_USE lw_status lw_table_make_of(const lw_run_views *views, const char *names,
                                       lw_text_grid *out);
void lw_table_done(lw_text_grid *grid);

/** Names of rows without what a column says or all names share. */
void lw_table_shorten(lw_text_grid *grid, const lw_run_views *views);
/** Columns that are equal in all rows go to grid->same, with the settings of all runs. */
LW_MUST_USE lw_status lw_table_share(lw_text_grid *grid, const lw_run_views *views);
/** Leaves out columns until the Markdown takes at most `width` columns, or no more can go. */
void lw_table_fit(lw_text_grid *grid, int width);
/** Columns of a terminal that its Markdown takes. */
int lw_table_width(const lw_text_grid *grid);

/** As Markdown, with notes on what the figures mean. */
void lw_table_print(const lw_run_views *views, const lw_text_grid *grid, FILE *out);
/** As LaTeX with booktabs; command: what made it, for a comment. */
void lw_table_print_latex(const lw_text_grid *grid, const char *command, FILE *out);
/** A line a run. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_table_print_csv(const lw_run_views *views, FILE *out);

/** How methods, the names of rows, rank over the data sets of all of them, as Markdown; of a method
 *  that was tuned the best row counts (lw_run_better_row). grid: with names. Errors:
 *  LW_ERROR_INPUT where there are not two methods on two data sets; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_table_ranks(const lw_run_views *views, const lw_text_grid *grid,
                                     FILE *out);

/** "locality" for "attention.locality", if that says it. */
const char *lw_table_short_key(const char *key);

/** What the table and its notes say of the columns, in a few sentences. */
extern const char lw_table_note[];

#endif
