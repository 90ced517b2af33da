/** A run: a training with its folder, log, metrics, evaluations, checkpoints and end. */
#ifndef LONGWAVE_TRAIN_RUN_H
#define LONGWAVE_TRAIN_RUN_H

#include "longwave/train/trainer.h"
#include <signal.h>

typedef struct lw_run_request {
  const lw_job *job;
  const char *folder;
  bool resume;
  bool accept_data;                  /* resume although the data set is not as it was */
  bool dry_run; /* check and measure, as lw_rehearse (train/rehearsal.h); write nothing */
  bool bar;                          /* draw a progress bar on the terminal */
  const volatile sig_atomic_t *stop; /* a signal handler sets it: save at the next step and leave */
} lw_run_request;

typedef enum lw_run_end {
  LW_RUN_FINISHED,
  LW_RUN_EARLY,   /* early stop: no better loss for train.patience evaluations */
  LW_RUN_STOPPED, /* asked to stop; a checkpoint was saved */
} lw_run_end;

/** Arranges the world. Collective over all. Errors, on all ranks: those of the parts; the folder
 *  already holds a run and resume is not asked for. */
LW_MUST_USE lw_status lw_run(const lw_run_request *request, lw_world *world, lw_run_end *end);

#endif
