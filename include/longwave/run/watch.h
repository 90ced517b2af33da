/** The watchdog: a thread on each rank that looks at where the main thread is
 *  (base/profile.h). MPI itself waits for ever for a rank that stopped, swaps or has lost its
 *  disk; here, when no rank has moved for the time set, one of them says who stands where and who
 *  gives no sign, and the job ends with LW_ERROR_STALLED's exit code, so that a script can resume
 *  it.
 *
 *  Ranks know of each other by files, for MPI is what may be stuck: each writes where it is to
 *  <folder>/places/rank-N, four times in the time set. A rank that still moves keeps all alive.
 *  The clock is the thread's own turns: a job that was suspended as a whole is not one that hangs.
 *  Not watched: opening and comparing the data set, before there is a folder. */
#ifndef LONGWAVE_RUN_WATCH_H
#define LONGWAVE_RUN_WATCH_H

#include "longwave/comm/world.h"

typedef struct lw_watch lw_watch;

/** minutes 0: *out is NULL, nothing is watched. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_watch_start(double minutes, const char *folder, const lw_world *world,
                                     lw_watch **out);
/** NULL is fine. Local. */
void lw_watch_stop(lw_watch **watch);

#endif
