/** What a training will take on some number of ranks: memory, work, time, what is sent. Arithmetic
 *  on the job, its data set and rates (run/rates.h); nothing is computed. Not here: measuring. */
#ifndef LONGWAVE_RUN_PLAN_H
#define LONGWAVE_RUN_PLAN_H

#include "longwave/run/foresee.h"
#include "longwave/run/rates.h"

/** Of a step, over all ranks; work as lw_model_work, mean over the training samples. */
typedef struct lw_plan_work {
  double linear, attention; /* FLOP */
  double rows;              /* numbers: tokens x width x blocks */
  double tokens;
  int64_t parameters, checkpoint; /* numbers; bytes */
  int64_t samples, pieces;        /* of a piece; pieces of a step */
  int64_t steps, longest;
  double epochs;
  int64_t layers, width;
  bool recompute;
} lw_plan_work;
/** Local; needs no MPI. Errors: those of lw_model_outline. */
LW_MUST_USE lw_status lw_plan_work_of(const lw_job *job, const lw_dataset *dataset,
                                      lw_plan_work *work);

typedef struct lw_plan_row {
  int ranks, sequence, threads;
  int64_t memory;           /* bytes of a rank; 0: not known */
  double seconds, sent;     /* a step; bytes that a rank sends in it, at most */
  double hours, core_hours; /* of all steps, without evaluations */
} lw_plan_row;
/** Fills in all but memory. cluster: ranks that one node has no cores for get further nodes, else
 *  they share its cores. Rates of another number of threads count in proportion. Local. */
void lw_plan_time(const lw_plan_work *work, const lw_rates *rates, bool cluster, lw_plan_row *row);

#endif
