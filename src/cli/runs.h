/** Run folders as tables and reports see them: what was set, what came out, which of them are the
 *  same but for the seed. Only reads; what nobody has tested yet is tested first, and kept. */
#ifndef LONGWAVE_CLI_RUNS_H
#define LONGWAVE_CLI_RUNS_H

#include "longwave/base/csv.h"
#include "longwave/train/checkpoint.h"
#include "longwave/train/job.h"
#include "longwave/train/kept.h"

/** Folders of runs. */
typedef struct lw_run_paths {
  int64_t count;
  char (*path)[LW_TEXT_MAX]; /* owned */
  char aside[LW_TEXT_MAX];   /* on the root: tests of runs that may only be read, of path[i] in
                                aside/i; "": no such folder. lw_run_paths_done removes it */
} lw_run_paths;

/** Each word is a run folder (it has a job.yaml) or a folder of such. Collective over all; the root
 *  looks. Errors, on all ranks: LW_ERROR_INPUT when a word is neither. */
LW_MUST_USE lw_status lw_run_paths_find(const lw_world *world, const char *const *words, int count,
                                        lw_run_paths *out);
void lw_run_paths_done(lw_run_paths *paths);

/** Evaluate each run's best checkpoint on the test split, unless that is kept already. A run whose
 *  data is not here is left alone, with a warning; of one that may only be read the result is kept
 *  aside. Collective over all. */
LW_MUST_USE lw_status lw_run_paths_test(lw_world *world, lw_run_paths *paths);

/** Whether a run still stands there untested; the checkpoint to test. checkpoint [LW_TEXT_MAX]
 *  out. Local. */
LW_MUST_USE lw_status lw_run_untested(const char *folder, char *checkpoint, bool *untested);

typedef struct lw_setting {
  char key[128];     /* "model.layers" */
  const char *value; /* borrowed from the run's text */
} lw_setting;

/** What decides neither the function that is learnt nor how ("parallel.threads"; the seed, too): it
 *  makes no other row. key: a text that begins with it. */
bool lw_setting_is_incidental(const char *key);

typedef struct lw_run_view {
  char folder[LW_TEXT_MAX];
  char aside[LW_TEXT_MAX]; /* where its test may be kept, too, or "" */
  lw_job job;
  lw_setting *settings; /* [setting_count], owned; the same keys in the same order in all runs */
  int64_t setting_count;
  char *text; /* owned */

  lw_model_data data; /* of a run with a checkpoint */
  uint32_t data_checksum;
  int64_t row;        /* runs of one row differ in the seed only */
  int64_t parameters; /* numbers; 0: not known */
  int64_t step;       /* steps done */
  bool finished;
  int64_t best_step; /* of the checkpoint that stands for the run; 0: there is none */
  double best_accuracy;
  char checkpoint[LW_TEXT_MAX]; /* that one, or "" */
  double chance;                /* of the validation split; NAN: not known */
  int64_t above_since;          /* step; 0: at chance */
  double core_hours;            /* NAN: not known */
  bool tested;
  lw_kept test;
  lw_csv metrics, chances, lives, times; /* empty where there is no file */
} lw_run_view;

typedef struct lw_run_views {
  int64_t count, rows;
  lw_run_view *list;       /* owned; row after row, seeds ascending */
  char (*names)[LW_TEXT_MAX]; /* [rows], owned: what the folders of a row have in common */
} lw_run_views;

/** Local. Errors: those of reading. */
LW_MUST_USE lw_status lw_run_views_read(const lw_run_paths *paths, lw_run_views *out);
void lw_run_views_done(lw_run_views *views);

/** The first run of a row, and how many there are. */
const lw_run_view *lw_run_row(const lw_run_views *views, int64_t row, int64_t *count);
/** True when the setting at `place` differs between rows, and means something there. */
bool lw_run_differs(const lw_run_views *views, int64_t place);

/** Mean and sample deviation (NAN of fewer than two) of a test figure over the runs of a row that
 *  have it; their number. figure: the place of a double in lw_kept. */
int64_t lw_run_spread(const lw_run_views *views, int64_t row, size_t figure, double *mean,
                      double *deviation);
/** "byte" or "token" if some runs predict the next one; NULL: there is no such run. */
const char *lw_run_unit(const lw_run_views *views);

#endif
