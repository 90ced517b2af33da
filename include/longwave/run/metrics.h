/** Numbers to plot: one CSV line a step and an evaluation, from the root. The columns are
 *  step, epoch, split, the stored figures of the objective (loss, accuracy), learning_rate,
 *  gradient_norm, tokens_per_second, seconds, its tallied figures (macro_f1), near_tiles,
 *  step_loss and step_accuracy; evaluations leave learning_rate, gradient_norm and the last three
 *  empty, steps of training the tallied figures. seconds: of training and evaluation since step 0,
 *  over all lives of the run.
 *  near_tiles: share of the tiles of attention that were computed (train/trainer.h). */
#ifndef LONGWAVE_RUN_METRICS_H
#define LONGWAVE_RUN_METRICS_H

#include "longwave/base/text.h"
#include "longwave/model/objective.h"

typedef struct lw_metrics {
  bool open; /* on the root alone */
  int file;
  const lw_objective *objective;
  lw_text rows; /* that the disk has not taken yet */
} lw_metrics;

typedef struct lw_metrics_row {
  int64_t step;
  double epoch;
  const char *split;
  lw_score score;
  /* learning_rate and gradient_norm NAN: none; tokens over all ranks */
  double learning_rate, gradient_norm, tokens_per_second, seconds;
  double near_tiles;               /* NAN: none */
  double step_loss, step_accuracy; /* NAN: none */
} lw_metrics_row;

/** Open `path`; lines of steps after `step` (what a killed run wrote beyond its last checkpoint)
 *  are dropped first. Local, root. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_metrics_open(lw_metrics *metrics, const char *path,
                                      const lw_objective *objective, int64_t step);
/** Add a row; nothing unless open. Local. Errors: LW_ERROR_FILE (disk full): the row waits in
 *  memory and is written with the next one for which there is room. */
LW_MUST_USE lw_status lw_metrics_write(lw_metrics *metrics, const lw_metrics_row *row);
/** The last row in the file of each split that rows [count] name: step, epoch and figures; without
 *  a row the step is 0. *objective: the first one that has these columns; NULL where none has them.
 *  Local. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_metrics_last(const char *path, lw_metrics_row *rows, int count,
                                      const lw_objective **objective);
/** Write the rows that wait. Local. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_metrics_flush(lw_metrics *metrics);
void lw_metrics_close(lw_metrics *metrics);

#endif
