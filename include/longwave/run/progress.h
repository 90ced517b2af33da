/** Progress for the person who waits: a bar on a terminal, plain lines in a log, and how evenly the
 *  ranks work. */
#ifndef LONGWAVE_RUN_PROGRESS_H
#define LONGWAVE_RUN_PROGRESS_H

#include "longwave/train/trainer.h"

typedef struct lw_progress_bar {
  bool drawn; /* on a terminal */
  const lw_objective *objective;
  int64_t steps, first;  /* of the whole training; done before this life */
  double started, shown; /* lw_clock of the start and of the last drawing */
} lw_progress_bar;

/** `drawn`: on a terminal, else plain lines only. Local; the root alone writes. */
void lw_progress_start(lw_progress_bar *bar, bool drawn, const lw_trainer *trainer);
/** After each step; `line`: a plain line is due. Local. */
void lw_progress_show(lw_progress_bar *bar, const lw_step_result *result, int64_t step, bool line);
void lw_progress_end(lw_progress_bar *bar);

/** What this rank did since the last line about it. Zero-initialise. */
typedef struct lw_balance {
  double busy, waiting; /* seconds */
  int64_t steps;
} lw_balance;

/** After each step. Local. */
void lw_balance_add(lw_balance *balance, const lw_step_result *result);
/** A line with the least, mean and greatest seconds over ranks, if some rank has spent at least
 *  `seconds` in the steps since the last one. Nothing on one rank. Collective over all. */
void lw_balance_show(lw_balance *balance, const lw_progress_bar *bar, const lw_world *world,
                     double seconds);

#endif
