/** The rates of this machine (run/rates.h), from some training steps of a job: the steps of
 *  `longwave bench step`, on one rank alone and then on all cores at once. */
#ifndef LONGWAVE_CLI_PLAN_MEASURE_H
#define LONGWAVE_CLI_PLAN_MEASURE_H

#include "longwave/run/plan.h"

typedef struct lw_plan_subject {
  const char *path; /* of the job file */
  const char *const *sets;
  int set_count;
  const lw_job *job; /* as these say */
  const lw_dataset *dataset;
} lw_plan_subject;

/** machine: described, with its threads. step out. Local. Errors: LW_ERROR_FILE when nothing could
 *  be started; LW_ERROR_INPUT when the steps failed; LW_STOPPED when a signal asked to leave. */
LW_MUST_USE lw_status lw_plan_measure(const lw_plan_subject *subject, const lw_machine *machine,
                                      lw_step_rates *step);

#endif
