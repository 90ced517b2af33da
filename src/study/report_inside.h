/** The parts of `longwave report`: each adds its facts to one JSON document, which the page
 *  (src/study/report/) shows. All are Local and called by the root, but for report_samples and
 *  report_attention.
 *
 *  The document: title, data, version, commit, made, note (what the summary means), unit (what
 *  bits are of, or null), and
 *    figures      those of the runs: key, title, unit, factor, digits, chart, stored, leading
 *    rows         settings: name, runs (indices in `runs`)
 *    runs         folder, row, seed, step, steps, finished, chance, test, times, curves
 *    summary      columns, rows, same: the texts of `longwave table`
 *    confusion    run, names, counts [label][guess] (null with many classes), classes: figures
 *    parts        run, name, title, first, columns, names, cells, charts: tables of a test's parts
 *    settings     shared, differing: [key, value] lists
 *    starts       run, facts: the lines of lives.csv as [name, value] lists
 *    attention    row, sample, tokens, maps: pictures of the layers
 *    samples      row, list: label, guess, right, and a picture or texts; null: left out
 *  attention_note and samples_note say why there are none. */
#ifndef LONGWAVE_STUDY_REPORT_INSIDE_H
#define LONGWAVE_STUDY_REPORT_INSIDE_H

#include "longwave/base/json.h"
#include "runs.h"
#include <stdio.h>

typedef struct report {
  lw_json data;              /* on the root */
  int64_t refresh;           /* seconds, as lw_report_request says */
  const lw_run_views *views; /* NULL but on the root */
  char folder[LW_TEMP_MAX];  /* for files on the way, the same on all ranks */
} report;

/* ---- report_data.c ---- */

void report_facts(const report *r);
/** Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_summary(const report *r);
void report_confusion(const report *r);
void report_settings(const report *r);
void report_starts(const report *r);

/* ---- report_parts.c ---- */

/** Errors: LW_ERROR_FORMAT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_parts(const report *r);

/* ---- report_runs.c ---- */

/** Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_runs(const report *r);

/* ---- report_page.c ---- */

/** What every report begins with. */
extern const char *const report_head;
/** The page around the document. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_page(const report *r, FILE *out);
/** Add a PNG file as a text that <img> takes. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status report_picture(lw_json in, const char *key, const char *path);

/* ---- report_samples.c ---- */

/** A run that speaks for its row. The same on all ranks. */
typedef struct report_pick {
  char checkpoint[LW_TEXT_MAX];
  int64_t row, layers;
  bool guesses;   /* its objective has a guess for a sample */
  int64_t tokens; /* of the sample whose attention is shown; 0: it is not to be had */
} report_pick;

/** First samples of the test split with labels and guesses. Collective over all. */
LW_MUST_USE lw_status report_samples(const report *r, lw_world *world, const report_pick *pick);

/** What the model looks at in one test sample, added to the array `in` of the root. Collective over
 *  all. */
LW_MUST_USE lw_status report_attention(const report *r, lw_json in, lw_world *world,
                                       const report_pick *pick, int64_t sample);

#endif
