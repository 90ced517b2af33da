/** The choice of `tune` that a combination of a study's grid gets: the one of which the run with
 *  the first seed has the best figure of objective.select on the validation split, in its best
 *  evaluation. What these runs say is read from their folders, so that every start of a sweep, and
 *  every task of an array, finds the same. */
#ifndef LONGWAVE_STUDY_STUDY_TUNE_H
#define LONGWAVE_STUDY_STUDY_TUNE_H

#include "longwave/study/study_task.h"

/** Sets study->chosen where it is not known yet and all runs that decide are finished; over: those
 *  that are not will not be, and the others decide. What was chosen is told. Collective over all of
 *  `world`, or, when that is NULL, Local. Errors: those of lw_study_task_take and
 *  lw_study_task_look. */
LW_MUST_USE lw_status lw_study_tune(lw_study *study, const lw_world *world, bool over,
                                    lw_study_task *task);

/** The sentence about a run whose choice is not known. LW_ERROR_INPUT */
lw_status lw_study_fail_unknown(const lw_study *study, int64_t run);

#endif
