/** The checkpoints of a run: when one is due, what happens around it (links, pruning, the line of
 *  the log), and what happens when the disk does not take it: training goes on, and the next one is
 *  the next try. Only the last one of a run must succeed. Links that cannot be made and old files
 *  that cannot be removed are warnings: which checkpoint is best stands in every later one, too.
 *  Not here: what a checkpoint holds (train/checkpoint.h), the folder (run/folder.h). */
#ifndef LONGWAVE_RUN_SAVER_H
#define LONGWAVE_RUN_SAVER_H

#include "longwave/train/trainer.h"

typedef struct lw_saver {
  const char *folder;          /* borrowed */
  int64_t step;                /* of the newest checkpoint; -1: none */
  int64_t best;                /* of the best checkpoint that is there; -1: none */
  double time;                 /* when the last one was tried, by this rank's clock */
  bool told_links, told_prune; /* on the root: that links cannot be made, nothing be removed */
} lw_saver;

/** step: of the checkpoint that the run was restored from, or -1. best: as above, the root's word
 *  counts. Collective over all. */
void lw_saver_start(lw_saver *saver, const lw_world *world, const char *folder, int64_t step,
                    int64_t best);

/** Write a file of a few bytes as checkpoints are written, and remove it: what stands in their way
 *  is met before the training. Collective over all. Errors, on all ranks: as of a checkpoint. */
LW_MUST_USE lw_status lw_saver_try(const lw_saver *saver, const lw_world *world);

/** Whether checkpoint.minutes have passed on the root; what it says must be agreed (lw_step).
 *  Local. */
bool lw_saver_wishes(const lw_saver *saver, const lw_trainer *trainer);

typedef struct lw_saver_why {
  bool due;   /* by steps or minutes */
  bool best;  /* no validation loss was lower */
  bool again; /* it was saved before its evaluation */
  bool last;  /* the run ends here */
} lw_saver_why;

/** Save the step that is done, for one of these reasons or for none. Collective over all.
 *  Errors, on all ranks: only when `last`, for a training that has not been saved is not done. */
LW_MUST_USE lw_status lw_saver_step(lw_saver *saver, lw_trainer *trainer, lw_saver_why why);

#endif
