/** What a training will take on some number of ranks, before it runs on any: memory, time of a
 *  step, bytes, core hours. Memory is that of run/foresee.h, time is arithmetic on the rates of a
 *  machine (run/rates.h). Local; needs no MPI.
 *
 *  A rank that has the whole batch and the machine for itself takes
 *      pass   = FLOP of products / rate + FLOP of attention / rate + rest x tokens x blocks x width
 *      update = parameters x rate
 *  a step. Of R ranks, D on the data axis and S on the sequence axis, a step takes
 *      (pass x ceil(piece / D) / piece / S + update / R) x crowding + bytes / bandwidth
 *          + messages x latency
 *  where crowding grows evenly from 1 with one busy core of a node to its full rate with all of
 *  them; ranks beyond the cores take turns. The batch is computed in pieces of `piece` samples. */
#ifndef LONGWAVE_RUN_PLAN_H
#define LONGWAVE_RUN_PLAN_H

#include "longwave/run/rates.h"
#include "longwave/train/memory.h"

/** Of a whole training and of one of its steps, whatever the ranks. */
typedef struct lw_plan_job {
  int64_t steps, samples, batch, piece; /* samples: to learn from */
  double tokens;                        /* of a sample with all of its documents, mean */
  double products, attention;           /* FLOP of a step, useful ones (lw_model_work) */
  double rows;                          /* tokens x blocks x width of a step */
  int64_t parameters, checkpoint;       /* numbers; bytes */
  int64_t blocks, width, documents;
  bool causal;
  int64_t window, chunk;
  int64_t evaluations, evaluated; /* how often, and samples of each */
} lw_plan_job;

/** Look at the job and its data set. Errors: those of the model; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_plan_job_init(lw_plan_job *out, const lw_job *job,
                                       const lw_dataset *dataset);

/** How ranks stand on a machine. */
typedef struct lw_plan_grid {
  int ranks, sequence;
  int64_t threads;  /* of a rank: the rates are taken for as many times faster */
  int64_t per_node; /* ranks on a node */
} lw_plan_grid;
/** Ranks with the threads of the rates on nodes that are filled up; more than the machine has cores
 *  for are shared out over its nodes. sequence is left 1. */
lw_plan_grid lw_plan_grid_of(const lw_machine *machine, int ranks);

typedef struct lw_plan_time {
  double step, pass, update, travel; /* seconds of a step, and its parts */
  double bytes;                      /* that a rank sends a step, at most */
  double training, evaluation;       /* seconds, of all steps and of all evaluations */
  double core_hours;                 /* of the cores that the ranks compute on */
} lw_plan_time;
lw_plan_time lw_plan_time_of(const lw_plan_job *job, const lw_rates *rates,
                             const lw_plan_grid *grid);

/** One number of ranks. */
typedef struct lw_plan_row {
  lw_plan_grid grid;
  double memory;      /* bytes of a rank; 0: not known */
  bool fits;          /* else the other members but memory and refusal say nothing */
  char refusal[1024]; /* why not, and what would */
  lw_plan_time time;
  double efficiency; /* least core hours of all rows / those of this one */
} lw_plan_row;

/** The grid, the memory and the time of a row whose ranks are set. limit: what a rank may take.
 *  Errors: LW_ERROR_MEMORY when this process has too little for the arithmetic; a job that does not
 *  fit is no error. */
LW_MUST_USE lw_status lw_plan_row_fill(lw_plan_row *row, const lw_plan_job *plan,
                                       const lw_rates *rates, const lw_memory_limit *limit,
                                       const lw_job *job, const lw_dataset *dataset);

/** What the rows say together: indices, -1 where none fits. */
typedef struct lw_plan_choice {
  int cheapest, fastest;
  int chosen; /* the fastest of those with an efficiency of LW_PLAN_EFFICIENT or more */
} lw_plan_choice;
#define LW_PLAN_EFFICIENT 0.7
/** Fills in the efficiency of the rows, and chooses. */
lw_plan_choice lw_plan_choose(lw_plan_row *rows, int count);

#endif
