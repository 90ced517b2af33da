/** The parts of `longwave report`: each writes its section to the one HTML file. All are Local and
 *  called by the root, but for report_samples and report_attention. */
#ifndef LONGWAVE_CLI_REPORT_H
#define LONGWAVE_CLI_REPORT_H

#include "longwave/base/aside.h"
#include "runs.h"
#include <stdio.h>

enum { REPORT_COLOURS = 8 };

typedef struct report {
  lw_aside aside;            /* the file, on the root */
  FILE *out;                 /* to write to it; borrowed; NULL but on the root */
  const lw_run_views *views; /* NULL but on the root */
  char folder[LW_TEMP_MAX];  /* for files on the way, the same on all ranks */
} report;

/* ---- report_html.c ---- */

/** What every report begins with. */
extern const char report_head[];
void report_begin(const report *r);
void report_end(const report *r);
/** A heading and what the section shows, in one sentence; closed by report_section_end. */
void report_section(const report *r, const char *id, const char *title, const char *sentence);
void report_section_end(const report *r);
/** Text with the letters that mean something in HTML replaced. */
void report_text(const report *r, const char *text);
/** A sentence in place of what there is not. */
void report_note(const report *r, const char *sentence);
/** The file as the value of an attribute `src`. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_picture(const report *r, const char *path);
/** The name of a row beside its colour. */
void report_row_name(const report *r, int64_t row);

/* ---- report_charts.c ---- */

/** Curves of all runs; a note where there is no gnuplot. */
LW_MUST_USE lw_status report_charts(const report *r);

/* ---- report_tables.c ---- */

LW_MUST_USE lw_status report_summary(const report *r);
void report_times(const report *r);
void report_confusion(const report *r);
void report_settings(const report *r);
void report_environment(const report *r);

/* ---- report_samples.c ---- */

/** A run that speaks for its row. The same on all ranks. */
typedef struct report_pick {
  char checkpoint[LW_TEXT_MAX];
  int64_t row, layers;
  bool classifies; /* it guesses the class of a sample, not the next token */
  int64_t tokens; /* of the sample whose attention is shown; 0: it is not to be had */
} report_pick;

/** First samples of the test split with labels and guesses. Collective over all. */
LW_MUST_USE lw_status report_samples(const report *r, lw_world *world, const report_pick *pick);

/** What the model looks at in one test sample. Collective over all. */
LW_MUST_USE lw_status report_attention(const report *r, const lw_world *world,
                                       const report_pick *pick, int64_t sample);

#endif
