/** The results of runs as text: one row for all seeds of the same settings. Not here: which runs
 *  (run_paths.h). */
#ifndef LONGWAVE_STUDY_TABLE_H
#define LONGWAVE_STUDY_TABLE_H

#include "longwave/study/run_paths.h"
#include <stdio.h>

/** Zero-initialised: Markdown, with all columns that fit. */
typedef struct lw_table_request {
  const char *columns; /* "run,accuracy,window", the columns and their order; NULL or "": all */
  bool latex, csv;     /* not Markdown */
  const char *against; /* name of the rows that others are compared with; NULL or "": none */
  bool ranks;          /* and how methods rank over several data sets */
  const char *command; /* what asked for it, for a comment in LaTeX */
} lw_table_request;

/** Read the runs and print their table. Local. Errors: LW_ERROR_MEMORY; LW_ERROR_INPUT for an
 *  unknown column, with the nearest name; those of reading runs. */
LW_MUST_USE lw_status lw_table_show(const lw_run_paths *paths, const lw_table_request *request,
                                    FILE *out);
/** The columns and what they are, for --help. */
void lw_table_help(FILE *out);

#endif
