/** All ranks leave with the same status. To be called after a step that one rank alone may fail
 *  (file, memory, options) and before the next collective operation, in which the other ranks would
 *  wait for ever. */
#ifndef LONGWAVE_COMM_AGREE_H
#define LONGWAVE_COMM_AGREE_H

#include "longwave/comm/world.h"

/** Collective over all. The failure of the lowest failing rank, and its sentence, become
 *  everybody's; LW_OK if no rank failed. */
LW_MUST_USE lw_status lw_agree(const lw_world *world, lw_status own);

/** LW_TRY for such a step. */
#define LW_TRY_TOGETHER(world, call) LW_TRY(lw_agree((world), (call)))

/** LW_TRY for a step of the root that the others wait for: only the root evaluates `call`. */
#define LW_TRY_ON_ROOT(world, call) LW_TRY_TOGETHER((world), (world)->rank == 0 ? (call) : LW_OK)

/** Ends the job, all its ranks, with the sentence of this rank's last failure in the log and its
 *  status as exit code: for a failure in the middle of messages, where others cannot be told. Does
 *  not return. */
_Noreturn void lw_abort(const lw_world *world, lw_status status);

/** The same for a thread that may not call MPI, or when MPI does not answer: this process ends at
 *  once, and whatever started the ranks ends the others. Local. */
_Noreturn void lw_leave(lw_status status);

#endif
