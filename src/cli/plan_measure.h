/** Measuring what a job's steps are made of, for longwave plan. */
#ifndef LONGWAVE_CLI_PLAN_MEASURE_H
#define LONGWAVE_CLI_PLAN_MEASURE_H

#include "longwave/run/rates.h"

/** Some seconds of steps of the job on this rank alone, a part of its batch each, with
 *  rates->threads threads, then again with the other cores at work; fills in the measured rates.
 *  Collective over all, one rank. Errors: those of lw_trainer_create and lw_step. */
LW_MUST_USE lw_status lw_plan_measure(const lw_job *job, lw_world *world, lw_rates *rates);

#endif
