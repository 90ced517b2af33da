/** Progress for the person who waits: a bar on a terminal, plain lines in a log. Root only in
 *  effect. */
#ifndef LONGWAVE_TRAIN_PROGRESS_H
#define LONGWAVE_TRAIN_PROGRESS_H

#include "longwave/train/trainer.h"

typedef struct lw_progress_bar {
  bool drawn;            /* on a terminal */
  int64_t steps, first;  /* of the whole training; done before this life */
  double started, shown; /* lw_clock of the start and of the last drawing */
} lw_progress_bar;

void lw_progress_start(lw_progress_bar *bar, bool drawn, const lw_trainer *trainer);
/** After each step; `line`: a plain line is due. */
void lw_progress_show(lw_progress_bar *bar, const lw_step_result *result, int64_t step, bool line);
void lw_progress_end(lw_progress_bar *bar);

/** True when rank 0's standard error ends on a terminal, also through mpirun on this machine.
 *  Local. */
bool lw_progress_terminal(void);

#endif
