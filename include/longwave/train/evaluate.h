/** The model over a split without training: loss, accuracy, confusion table, logits, and the
 *  gradient of the mean loss. Samples in the order of the split, those that a limit leaves are
 *  drawn (data/subset.h); which rank takes one does not matter to any result but rounding. */
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
  /* add the gradient of the mean loss to model->params.gradient, which is zeroed first */
  bool gradient;
  /* in, may be NULL; out: filled on all ranks */
  /* [samples, classes] rows as lw_evaluation_list; zeroed by the caller; classes of samples only */
  float *logits;
  /* [classes, classes] rows: label, columns: guess; zeroed by the caller; of samples only */
  int64_t *confusion;
  /* out */
  int64_t samples, tokens;
  int64_t answers; /* over which loss and accuracy are means: samples, or tokens to predict */
  double loss, accuracy, seconds;
} lw_evaluation;

/** Samples that an evaluation will use: the split's count, or the limit. */
int64_t lw_evaluation_samples(const lw_evaluation *evaluation, const lw_dataset *dataset);
/** Their numbers in the split, ascending: list [lw_evaluation_samples] out. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_evaluation_list(const lw_evaluation *evaluation, const lw_dataset *dataset,
                                         int64_t *list);

/** Accuracy of always naming what is right most often in these samples, a class or a next token; 0
 *  without any. Local. Errors: LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_evaluation_chance(const lw_evaluation *evaluation,
                                           const lw_dataset *dataset, double *chance);

/** Collective over all. Errors, on all ranks: LW_ERROR_INPUT (empty split), reading, memory. */
LW_MUST_USE lw_status lw_evaluate(lw_model *model, const lw_dataset *dataset,
                                  lw_evaluation *evaluation);

/** Wilson's score interval of a share `accuracy` of `answers` at 95 %. Source: [Wilson1927]. It
 *  takes answers as independent, which the tokens of one text are not: of next tokens it is too
 *  narrow. Local. */
void lw_wilson(double accuracy, int64_t answers, double *low, double *high);

#endif
