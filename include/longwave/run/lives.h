/** lives.csv of the run folder: one line for each time the run was started, under SLURM or not. Its
 *  columns are the members of lw_life, in that order: which life it is, how far it came and how it
 *  ended, where it ran, and on what. By them a job that comes back from the queue again and again
 *  without progress is refused, `longwave status` and `cancel` find the job of a run, and tables
 *  and reports count core-hours. */
#ifndef LONGWAVE_RUN_LIVES_H
#define LONGWAVE_RUN_LIVES_H

#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdint.h>

/** Numbers are -1 where a file does not tell them. end: running, finished, early, stopped, failed,
 *  or lost: killed, or its node died; the next life finds out, and fills in last_step. */
typedef struct lw_life {
  int64_t number; /* column `life`: 1, 2, ...; 0: none */
  char job[64];   /* SLURM's: "12", "12_3" in an array; "-": without SLURM */
  int64_t ranks;
  int64_t first_step, last_step;      /* of the checkpoint it went on from; the newest at its end */
  char end[16], began[32], ended[32]; /* "2026-11-22T05:00:00"; ended "-": not yet, or unknown */
  char where[256];                    /* SLURM's nodes, or the host of rank 0 */
  int64_t data_axis, sequence_axis, threads; /* threads: of each rank */
  int64_t nodes, cores;                      /* cores: in use */
  char version[32], commit[64];              /* lw_version_commit */
  char processor[256], kernels[32], blas[300], mpi[LW_WORLD_LIBRARY_MAX], hdf5[32];
} lw_life;

/** On what this program runs: ranks, the members from data_axis on. Collective over all. */
void lw_life_describe(const lw_world *world, lw_life *life);
/** "AMD EPYC 7763", or "" where the system does not tell. name [room] out. Local. */
void lw_processor_name(char *name, size_t room);

/* The others are Local, called by the root. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */

/** Begin a described life from the newest checkpoint of the folder: fills in the other members. A
 *  life before it that is still called running is lost. LW_ERROR_STUCK when the last two lives of
 *  the same job ended without a newer checkpoint: what a queue starts again and again must stop
 *  some time. A new job may try again. */
LW_MUST_USE lw_status lw_lives_begin(const char *folder, lw_life *life);

/** The life went on from `step`: from another than the newest checkpoint when that was damaged. */
LW_MUST_USE lw_status lw_lives_resume(const char *folder, lw_life *life, int64_t step);

/** The life ends: `end` is a word of the list above, `step` the newest checkpoint's. */
LW_MUST_USE lw_status lw_lives_end(const char *folder, lw_life *life, const char *end,
                                   int64_t step);

/** The last line; life->number 0 when there is none. */
LW_MUST_USE lw_status lw_lives_last(const char *folder, lw_life *life);

/** Whether the last life calls itself running: one that was killed does so, too, until the next. */
LW_MUST_USE lw_status lw_lives_running(const char *folder, bool *running);

#endif
