/** The first lines of a run: what computes, with which libraries, how big it is; and warnings about
 *  settings that waste the machine. Collective over all. */
#ifndef LONGWAVE_RUN_BANNER_H
#define LONGWAVE_RUN_BANNER_H

#include "longwave/train/trainer.h"

void lw_log_run(const lw_trainer *trainer);

/** Threads of this rank: the option if above 0, else OMP_NUM_THREADS if set, else the node's cores
 *  shared by its ranks. Sets OpenMP to it. Local. */
int lw_threads_start(int64_t option, const lw_world *world);

#endif
