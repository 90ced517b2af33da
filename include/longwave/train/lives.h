/** lives.csv of the run folder: one line for each time the run was started, under SLURM or not.
 *  Columns: life, job, ranks, first_step, last_step, end, began, ended, where. first_step and
 *  last_step are the newest checkpoint's at the life's beginning and end; end is running, finished,
 *  early, stopped, failed, or lost (killed, or its node died: the next life finds out and fills in
 *  last_step; ended stays "-"). job is SLURM's ("12", "12_3" in an array), "-" without SLURM.
 *  All functions are Local and called by the root. */
#ifndef LONGWAVE_TRAIN_LIVES_H
#define LONGWAVE_TRAIN_LIVES_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_life {
  int64_t number; /* 1, 2, ...; 0: none */
  int64_t ranks, first_step, last_step;
  char job[64], end[16], began[32], ended[32], where[256];
} lw_life;

/** Begin a life from the newest checkpoint of the folder. A life that is still called running is
 *  lost. *life is for lw_lives_end. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY; LW_ERROR_STUCK when the
 *  last two lives of the same job ended without a newer checkpoint: what a queue starts again and
 *  again must stop some time. A new job may try again. */
LW_MUST_USE lw_status lw_lives_begin(const char *folder, int64_t ranks, lw_life *life);

/** The life ends: `end` is a word of the list above, `step` the newest checkpoint's. */
LW_MUST_USE lw_status lw_lives_end(const char *folder, const lw_life *life, const char *end,
                                   int64_t step);

/** The last line; life->number 0 when there is none. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_lives_last(const char *folder, lw_life *life);

#endif
