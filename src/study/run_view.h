/** One run folder as tables and reports see it: what was set and what came out. Only reads. */
#ifndef LONGWAVE_STUDY_RUN_VIEW_H
#define LONGWAVE_STUDY_RUN_VIEW_H

#include "longwave/base/csv.h"
#include "longwave/train/checkpoint.h"
#include "longwave/train/job.h"
#include "longwave/run/kept.h"

typedef struct lw_setting {
  const lw_option *option; /* borrowed: its row; its role says what follows from the value */
  char key[128];           /* "model.layers" */
  const char *value;       /* borrowed from the run's text */
} lw_setting;

typedef struct lw_run_view {
  char folder[LW_TEXT_MAX];
  char aside[LW_TEXT_MAX]; /* where its test may be kept, too, or "" */
  lw_job job;
  lw_setting *settings; /* [setting_count], owned; the same keys in the same order in all runs */
  int64_t setting_count;
  char *text; /* of their values, owned */

  lw_model_data data; /* of a run with a checkpoint */
  uint32_t data_checksum;
  int64_t row;        /* runs of one row differ in the seed only */
  int64_t parameters; /* numbers; 0: not known */
  int64_t step;       /* steps done */
  bool finished;
  int64_t best_step;            /* of the checkpoint that stands for the run; 0: there is none */
  double best;                  /* leading figure of the best evaluation; NAN: there is none */
  char checkpoint[LW_TEXT_MAX]; /* that one, or "" */
  double chance;                /* of the validation split; NAN: not known */
  int64_t above_since;          /* step; 0: at chance */
  double core_hours;            /* NAN: not known */
  bool tested;
  lw_kept test;
  lw_csv metrics, chances, lives, times; /* empty where there is no file */
} lw_run_view;

/** The objective; of a run that has no checkpoint yet the first one. */
const lw_objective *lw_run_objective(const lw_run_view *run);
/** Its leading figure. */
const lw_figure *lw_run_leading(const lw_run_view *run);
/** A figure of the test by its column; NAN: not tested, or the objective has no such figure. */
double lw_run_figure(const lw_run_view *run, const char *column);

/** Local.
 *  aside  a folder that may hold the test of it, too; or ""
 *  info   room for what a checkpoint says
 *  run    out, all zero before; needs lw_run_view_done even on failure
 *  Errors: those of reading its files. */
LW_MUST_USE lw_status lw_run_view_read(const char *folder, const char *aside,
                                       lw_checkpoint_info *info, lw_run_view *run);
/** Only job and settings, of a job that sets nothing. As above. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_run_view_defaults(lw_run_view *run);
void lw_run_view_done(lw_run_view *run);

#endif
