/** One run of a study, at hand: its settings, its folder, and what stands there already. */
#ifndef LONGWAVE_STUDY_STUDY_TASK_H
#define LONGWAVE_STUDY_STUDY_TASK_H

#include "longwave/train/job.h"
#include "longwave/study/study.h"

typedef struct lw_study_task {
  int64_t number; /* from 0 */
  char name[LW_TEXT_MAX], folder[LW_TEXT_MAX];
  const char *sets[LW_STUDY_SETS]; /* borrowed from the study */
  int set_count;
  lw_job job;
} lw_study_task;

/** Collective over all of `world`, or, when that is NULL, Local. Errors: those of lw_job_read, with
 *  the run's name; LW_ERROR_INPUT for a path that is too long. */
LW_MUST_USE lw_status lw_study_task_take(const lw_study *study, const lw_world *world,
                                         int64_t number, lw_study_task *task);

/** Whether its folder has a checkpoint, and whether its training is over. Local. Errors:
 *  LW_ERROR_INPUT when what is there was trained otherwise than the study says; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_study_task_look(const lw_study_task *task, bool *begun, bool *finished);

/** Whether its data set can be opened; else the failure is told, and *code is its exit code.
 *  Local. */
bool lw_study_task_data(const lw_study_task *task, int *code);

#endif
