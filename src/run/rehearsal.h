/** A dry run: a few real steps of a training, and how long all of it will take. */
#ifndef LONGWAVE_RUN_REHEARSAL_H
#define LONGWAVE_RUN_REHEARSAL_H

#include "run_inside.h"

/** Times steps and a part of an evaluation, and says what the run would do. The model is then not
 *  what it was; nothing is written. run: started with request->dry_run. Collective over all.
 *  *end: LW_RUN_STOPPED when asked to stop. Errors, on all ranks: those of lw_step and
 *  lw_evaluate. */
LW_MUST_USE lw_status lw_rehearse(lw_run_state *run, lw_run_end *end);

#endif
