/** What the parts of a run share: run.c (the steps), run_start.c, run_end.c. */
#ifndef LONGWAVE_RUN_RUN_INSIDE_H
#define LONGWAVE_RUN_RUN_INSIDE_H

#include "longwave/run/detail.h"
#include "longwave/run/lives.h"
#include "longwave/run/metrics.h"
#include "longwave/run/progress.h"
#include "longwave/run/record.h"
#include "longwave/run/run.h"
#include "longwave/run/saver.h"
#include "longwave/run/watch.h"

typedef struct lw_run_state {
  const lw_run_request *request;
  lw_world *world;
  lw_trainer *trainer;
  lw_metrics metrics;
  lw_progress_bar bar;
  lw_balance balance;
  lw_detail detail;
  lw_life life;     /* on the root */
  lw_record record; /* on the root */
  lw_saver saver;
  lw_watch *watch;
  int lock; /* of the folder, on the root; -1: none */
  lw_resume resume;
  char *start; /* what train.start_from gave, for the log; NULL: nothing */
  bool idle;      /* all is done already */
  bool moved;     /* checkpoints have got other names: links must follow */
  bool job_waits; /* until a checkpoint of this life is there, job.yaml is that of the one before */
  bool rows_wait; /* metrics that the disk has not taken */
  bool evaluated; /* in this life */
} lw_run_state;

/** Open or resume: trainer, folder with its log and lock, life, watch, saver. Collective over all.
 *  Errors, on all ranks: those of lw_run. */
LW_MUST_USE lw_status lw_run_start(lw_run_state *run);

/** Write job.yaml. Local, for the root. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_run_keep_job(const lw_run_state *run);

/** Whether training weighs classes: it then aims at balanced accuracy, and accuracy may well be
 *  less than that of the commonest class. */
static inline bool lw_run_weighs_classes(const lw_run_state *run)
{
  const lw_trainer *trainer = run->trainer;
  return trainer->job.objective.class_weights == LW_WEIGHING_BALANCED &&
         trainer->model->data.objective->heeds & LW_HEEDS_CLASS_WEIGHTS;
}

/** The last lines of the log. Local; the root writes. */
void lw_run_log_end(const lw_run_state *run, lw_run_end end);

/** End the life in lives.csv. A status that is not LW_OK keeps its own sentence, whatever becomes
 *  of the line. Local; nothing where no life has begun, as on all but the root. Errors: `status`,
 *  else LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_run_end_life(lw_run_state *run, lw_run_end end, lw_status status);

#endif
