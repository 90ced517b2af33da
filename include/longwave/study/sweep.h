/** The runs of a study (study.h), one after another; each is trained and tested by this program,
 *  started anew. What is finished is left alone, so that the same call continues where an earlier
 *  one was stopped. Neighbours: study_task.h, one run; table.h, which tells the results. */
#ifndef LONGWAVE_STUDY_SWEEP_H
#define LONGWAVE_STUDY_SWEEP_H

#include "longwave/base/option.h"
#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct lw_sweep_request {
  char launch[LW_TEXT_MAX]; /* words before the program, such as "srun"; "": the study's */
  int64_t only;             /* this run, counted from 1; 0: all */
  bool list;                /* start nothing; print the command of each run, one a line */
  FILE *out;                /* for the list and the table */
} lw_sweep_request;

/** path: of the study. The world has one rank. Errors: LW_ERROR_INPUT; those of the first run that
 *  failed, when all are through; LW_STOPPED after a signal. */
LW_MUST_USE lw_status lw_sweep_run(lw_world *world, const char *path,
                                   const lw_sweep_request *request);

#endif
