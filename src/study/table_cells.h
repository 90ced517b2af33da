/** The columns that a table can have, and what stands in their cells: settings are not among them.
 *  For table_columns.c. */
#ifndef LONGWAVE_STUDY_TABLE_CELLS_H
#define LONGWAVE_STUDY_TABLE_CELLS_H

#include "table_inside.h"

typedef struct lw_row_of_runs {
  const lw_run_views *views;
  const lw_figure *figure; /* of a column that shows one */
  int64_t row, count;
  const lw_run_view *run; /* [count] */
} lw_row_of_runs;

typedef struct lw_column {
  const char *key, *title;
  void (*write)(const lw_row_of_runs *of, char *cell); /* [LW_GRID_CELL]; NULL: settings */
  int better; /* 1: the greatest number is the best, -1: the least, 0: there is no best */
  int drop;   /* lw_grid_column */
  const lw_figure *figure; /* that it shows; only where a run has it */
  bool leading;            /* the title ends with the unit of the leading figure */
  bool name;               /* the names of the rows */
  bool text;               /* no number */
  bool asked;              /* only by its name */
  const char *sentence;
} lw_column;

enum { LW_COLUMNS_MOST = 48 };
typedef struct lw_column_list {
  int count;
  lw_column list[LW_COLUMNS_MOST];
} lw_column_list;

/** All of them: a column for each figure of any objective, and the others. */
void lw_columns_list(lw_column_list *out);

#endif
