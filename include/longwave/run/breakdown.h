/** The parts of an evaluation (model/tally.h) as files of a run folder, NAME-SPLIT.csv, and as
 *  tables for people. Local. */
#ifndef LONGWAVE_RUN_BREAKDOWN_H
#define LONGWAVE_RUN_BREAKDOWN_H

#include "longwave/base/text.h"
#include "longwave/model/tally.h"
#include <stdio.h>

/** Tables of more rows are not printed. */
enum { LW_BREAKDOWN_PRINTED = 64 };

/** As CSV, with the names of the columns, added to the text. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_breakdown_text(const lw_breakdown *breakdown, const lw_dataset *dataset,
                                        const double *tally, lw_text *text);
void lw_breakdown_print(const lw_breakdown *breakdown, const lw_dataset *dataset,
                        const double *tally, FILE *out);

#endif
