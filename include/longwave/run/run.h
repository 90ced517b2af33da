/** A run: a training with its folder, log, metrics, evaluations, checkpoints and end. */
#ifndef LONGWAVE_RUN_RUN_H
#define LONGWAVE_RUN_RUN_H

#include "longwave/base/choice.h"
#include "longwave/train/trainer.h"
#include <signal.h>

/** Whether a run may go on from the newest checkpoint of its folder. AUTO: if there is one; else it
 *  starts at step 0. */
#define LW_RUN_RESUME_CHOICES(TYPE, ITEM)                                                          \
  TYPE(lw_run_resume)                                                                              \
  ITEM(LW_RESUME_NO, "false")                                                                      \
  ITEM(LW_RESUME_YES, "true")                                                                      \
  ITEM(LW_RESUME_AUTO, "auto")
LW_CHOICE(LW_RUN_RESUME_CHOICES);

typedef struct lw_run_request {
  const lw_job *job;
  const char *folder;
  lw_run_resume resume;
  bool accept_data; /* resume although the data set is not as it was */
  bool dry_run;     /* check and measure, as lw_rehearse (run/rehearsal.h); write nothing */
  bool bar;         /* draw a progress bar on the terminal */
  const volatile sig_atomic_t *stop; /* a signal handler sets it: save at the next step and leave */
} lw_run_request;

typedef enum lw_run_end {
  LW_RUN_FINISHED,
  LW_RUN_EARLY,   /* early stop: no better loss for train.patience evaluations */
  LW_RUN_STOPPED, /* asked to stop; a checkpoint was saved */
} lw_run_end;

/** Whether the folder, which need not be there, suits `resume`. Local. Errors: LW_ERROR_INPUT when
 *  it holds a run and none is to be resumed, or the other way round; those of run/folder.h. */
LW_MUST_USE lw_status lw_run_check_folder(const char *folder, lw_run_resume resume);

/** Arranges the world. A run that is over says so and trains nothing. Collective over all. Errors,
 *  on all ranks: those of the parts and of lw_run_check_folder. */
LW_MUST_USE lw_status lw_run(const lw_run_request *request, lw_world *world, lw_run_end *end);

#endif
