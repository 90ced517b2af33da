/** The model over a split without training: the objective's figures, table of labels and guesses,
 *  logits, and the gradient of the mean loss. Samples in the order of the split, those that a limit
 *  leaves are drawn (data/subset.h); which rank takes one does not matter to any result but
 *  rounding. */
#ifndef LONGWAVE_TRAIN_EVALUATE_H
#define LONGWAVE_TRAIN_EVALUATE_H

#include "longwave/data/dataset.h"
#include "longwave/model/model.h"

typedef struct lw_evaluation {
  /* in */
  lw_split split;
  int64_t limit;      /* samples used, drawn; 0: all */
  int64_t batch_size; /* samples at a time, over all ranks */
  int64_t max_length; /* as data.max_length */
  lw_cost cost;       /* what an error costs, of the training: lw_job_cost */
  /* add the gradient of the mean loss to model->params.gradient, which is zeroed first */
  bool gradient;
  /* in, may be NULL; out: filled on all ranks */
  /* [samples, classes] rows as lw_evaluation_list; zeroed by the caller; of samples that are
     answered as a whole only */
  float *logits;
  /* [classes, classes] answers; rows: label, columns: guess; zeroed by the caller; of objectives
     with a guess only */
  int64_t *confusion;
  /* [lw_evaluation_tally_size] of objectives with a tally; zeroed by the caller */
  double *tally;
  /* out */
  int64_t samples, tokens;
  int64_t answers; /* over which the loss is the mean: samples, or tokens to predict */
  const lw_objective *objective; /* the model's, and its figures */
  lw_score score;
  double seconds;
} lw_evaluation;

/** Samples that an evaluation will use: the split's count, or the limit. */
int64_t lw_evaluation_samples(const lw_evaluation *evaluation, const lw_dataset *dataset);
/** Their numbers in the split, ascending: list [lw_evaluation_samples] out. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_evaluation_list(const lw_evaluation *evaluation, const lw_dataset *dataset,
                                         int64_t *list);

/** Numbers of the tally; 0: there is none. */
int64_t lw_evaluation_tally_size(const lw_dataset *dataset);

/** The leading figure of one who knows no sample, as the objective has it: the accuracy of always
 *  naming what is right most often in these samples, a class or a next token, the error of always
 *  saying the mean; 0 without any. Local. Errors: LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_evaluation_chance(const lw_evaluation *evaluation,
                                           const lw_dataset *dataset, double *chance);

/** Collective over all. Errors, on all ranks: LW_ERROR_INPUT (empty split), reading, memory. */
LW_MUST_USE lw_status lw_evaluate(lw_model *model, const lw_dataset *dataset,
                                  lw_evaluation *evaluation);

#endif
