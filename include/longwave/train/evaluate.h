/** The model over a split without training: loss, accuracy, confusion table, logits, and the
 *  gradient of the mean loss. Samples in the order of the split; which rank takes one does not
 *  matter to any result but rounding. */
#ifndef LONGWAVE_TRAIN_EVALUATE_H
#define LONGWAVE_TRAIN_EVALUATE_H

#include "longwave/data/dataset.h"
#include "longwave/model/model.h"

typedef struct lw_evaluation {
  /* in */
  lw_split split;
  int64_t limit;      /* samples used; 0: all */
  int64_t batch_size; /* samples at a time, over all ranks */
  int64_t max_length; /* as data.max_length */
  /* add the gradient of the mean loss to model->params.gradient, which is zeroed first */
  bool gradient;
  /* in, may be NULL; out: filled on all ranks */
  float *logits;      /* [samples, classes] zeroed by the caller */
  int64_t *confusion; /* [classes, classes] rows: label, columns: guess; zeroed by the caller */
  /* out */
  int64_t samples, tokens;
  double loss, accuracy, seconds;
} lw_evaluation;

/** Samples that an evaluation will use: the split's count, or the limit. */
int64_t lw_evaluation_samples(const lw_evaluation *evaluation, const lw_dataset *dataset);

/** Accuracy of always naming the class that is most frequent among these samples; 0 without any.
 *  Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_evaluation_chance(const lw_evaluation *evaluation,
                                           const lw_dataset *dataset, double *chance);

/** Collective over all. Errors, on all ranks: LW_ERROR_INPUT (empty split), reading, memory. */
LW_MUST_USE lw_status lw_evaluate(lw_model *model, const lw_dataset *dataset,
                                  lw_evaluation *evaluation);

/** Wilson's score interval of a share `accuracy` of `samples` at 95 %. Source: [Wilson1927].
 *  Local. */
void lw_wilson(double accuracy, int64_t samples, double *low, double *high);

#endif
