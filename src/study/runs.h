/** Many runs as tables and reports see them: which of them are the same but for the seed, and how
 *  far their tests spread. */
#ifndef LONGWAVE_STUDY_RUNS_H
#define LONGWAVE_STUDY_RUNS_H

#include "longwave/study/run_paths.h"
#include "run_view.h"

typedef struct lw_run_views {
  int64_t count, rows;
  lw_run_view *list;          /* owned; row after row, seeds ascending */
  char (*names)[LW_TEXT_MAX]; /* [rows], owned: what the folders of a row have in common */
  const char *against; /* borrowed: name of the rows that others are compared with; or NULL */
} lw_run_views;

/** Local. Errors: those of reading. */
LW_MUST_USE lw_status lw_run_views_read(const lw_run_paths *paths, lw_run_views *out);
void lw_run_views_done(lw_run_views *views);

/** The first run of a row, and how many there are. */
const lw_run_view *lw_run_row(const lw_run_views *views, int64_t row, int64_t *count);
/** Of two rows the one that stands for its method where several differ in what was tuned: that with
 *  more tested seeds, of as many that with the better validation. */
int64_t lw_run_better_row(const lw_run_views *views, int64_t a, int64_t b);
/** The row of the same data that views->against names: called so, or so with a tuned setting behind
 *  it ("plain_learning_rate-1e-3" for "plain"), of several the best; -1: there is none. */
int64_t lw_run_reference(const lw_run_views *views, int64_t row);

/** Differences of the leading figure of the test between a row and another, seed by seed. */
typedef struct lw_run_pairs {
  int64_t count;
  double mean, half; /* half of the mean's 95 % interval (Student's t); NAN of fewer than two */
} lw_run_pairs;
lw_run_pairs lw_run_compare(const lw_run_views *views, int64_t row, int64_t reference);

/** True when the setting at `index` differs between rows, and means something there. */
bool lw_run_differs(const lw_run_views *views, int64_t index);

/** Mean and sample deviation (NAN of fewer than two) of a test figure over the runs of a row that
 *  have it; their number. column: its name in files. */
int64_t lw_run_spread(const lw_run_views *views, int64_t row, const char *column, double *mean,
                      double *deviation);
/** The figures that some runs have, each column once, as their objectives list them. list [room]
 *  out; their number. */
int lw_run_figures(const lw_run_views *views, const lw_figure **list, int room);
/** What figures "per ..." are of, "byte" or "token"; NULL: no run has such a figure. */
const char *lw_run_unit(const lw_run_views *views);

#endif
