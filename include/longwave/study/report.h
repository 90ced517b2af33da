/** Everything about some runs in one HTML file, which needs nothing else: summary, curves, time,
 *  confusion, attention, samples, settings, environment. Not here: which runs (run_paths.h). */
#ifndef LONGWAVE_STUDY_REPORT_H
#define LONGWAVE_STUDY_REPORT_H

#include "longwave/io/output.h"
#include "longwave/study/run_paths.h"

enum { LW_REPORT_MAPS = 64 };

typedef struct lw_report_request {
  char out[LW_TEXT_MAX]; /* the file to write */
  int64_t sample;        /* of the test split, whose attention is shown */
  int64_t maps;          /* settings that have their attention shown, at most LW_REPORT_MAPS */
  int64_t most_tokens;   /* no attention of longer samples */
  bool kept;             /* run no model: no attention, no samples */
  int64_t refresh;       /* seconds after which a browser loads the page again; 0: never */
} lw_report_request;

/** What a file that a report may replace begins with. */
lw_output_kind lw_report_kind(void);

/** Collective over all; arranges the world. Errors, on all ranks: LW_ERROR_FILE, LW_ERROR_MEMORY,
 *  those of reading runs and of evaluation. */
LW_MUST_USE lw_status lw_report_write(lw_world *world, const lw_run_paths *paths,
                                      const lw_report_request *request);

#endif
