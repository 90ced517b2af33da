/** How fast a machine computes the steps of a job: a YAML file that a plan (run/plan.h) reads. One
 *  that was measured stands in the user's cache folder, and may be copied to another machine and
 *  changed by hand. Local. Not here: the measurement (src/cli/plan_measure.h). */
#ifndef LONGWAVE_RUN_RATES_H
#define LONGWAVE_RUN_RATES_H

#include "longwave/base/option.h"
#include "longwave/train/job.h"

/** The section `machine`. */
typedef struct lw_machine {
  char processor[LW_TEXT_MAX], kernels[LW_TEXT_MAX];
  int64_t threads;           /* of a rank, when the rates were measured */
  int64_t cores;             /* of a node */
  int64_t nodes;             /* there are; 0: as many as wanted */
  int64_t memory;            /* MiB of a node; 0: not known */
  double latency, bandwidth; /* of a message, microseconds; MB/s */
} lw_machine;

/** The section `rates`: of one rank that has the machine for itself. */
typedef struct lw_step_rates {
  double products;  /* GFLOP/s of matrix products */
  double attention; /* GFLOP/s of attention, of the useful work that all pairs of tokens would be */
  double rest;      /* nanoseconds of all else in a pass, for a token, block and channel */
  double update;    /* nanoseconds of the optimizer for a parameter */
  double crowding;  /* times slower when all cores of the node compute */
  char job[LW_TEXT_MAX]; /* that was measured */
} lw_step_rates;

typedef struct lw_rates {
  lw_machine machine;
  lw_step_rates step;
} lw_rates;

/** All mistakes of the file are told. Errors: LW_ERROR_FILE; LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_rates_read(const char *path, lw_rates *out);
/** The folder is made. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_rates_write(const char *path, lw_rates *rates);

/** This machine, as far as it tells by itself: the rest is as the defaults of the file. */
void lw_machine_describe(lw_machine *out, int64_t threads);

/** Threads of a rank that a plan counts on: parallel.threads, or OMP_NUM_THREADS, or 1. */
int64_t lw_rates_threads(const lw_job *job);

/** Where the rates of a job on a machine are cached: $XDG_CACHE_HOME/longwave/rates-KEY.yaml, or
 *  below ~/.cache. The key stands for processor, kernels, threads, and what decides the sizes of
 *  the job's layers and samples. tokens: of a sample, mean. path [LW_PATH_MAX] out. Errors:
 *  LW_ERROR_INPUT when neither folder is known, or the path is too long; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_rates_place(const lw_machine *machine, lw_job *job, double tokens,
                                     char *path);

#endif
