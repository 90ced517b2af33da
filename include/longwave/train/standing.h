/** What the figures of evaluations decide, and what of it still holds when a run goes on with other
 *  settings: the best model, early stop, the plateau schedule. Pure arithmetic on lw_progress, the
 *  same on all ranks. Neighbours: run/run.h calls it, train/trainer.h restores. */
#ifndef LONGWAVE_TRAIN_STANDING_H
#define LONGWAVE_TRAIN_STANDING_H

#include "longwave/train/checkpoint.h"
#include "longwave/train/job.h"

/** Judge an evaluation after step progress->step by the figure that the job selects; true: it is
 *  the best so far. Plateau counts under its own schedule only, and not before the first step at
 *  the full rate. */
bool lw_standing_judge(lw_progress *progress, const lw_job *job, const lw_model_data *data,
                       const lw_score *score);

/** So many evaluations without a better one (train.patience) that no step follows. */
bool lw_standing_early(const lw_progress *progress, const lw_train_options *options);
/** No step and no evaluation is left to do. */
bool lw_standing_over(const lw_progress *progress, const lw_train_options *options);

/** Where a run comes from and how it goes on. */
typedef struct lw_standing_case {
  const lw_job *saved, *job;
  const lw_model_data *data;
  int64_t samples;      /* of the validation split now */
  bool same_split;      /* it holds what it held */
  bool limits_by_front; /* the checkpoint is of a version whose limits took the first samples */
} lw_standing_case;

/** Forget of a restored progress what cannot be compared with what comes: the best loss and the
 *  counts of patience and plateau when later evaluations use other samples. text [room] out: what
 *  was forgotten, and a learning rate that jumps, one a line; "" for nothing. */
void lw_standing_settle(const lw_standing_case *at, lw_progress *progress, char *text,
                        int64_t room);

#endif
