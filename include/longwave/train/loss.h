/** Stop 6. The mean loss over the global batch, and its gradient with respect to the logits. */
#ifndef LONGWAVE_TRAIN_LOSS_H
#define LONGWAVE_TRAIN_LOSS_H

#include "longwave/data/batch.h"

/** Sums over this rank's answers; add up over micro-batches and ranks. */
typedef struct lw_loss {
  double loss;    /* sum of the answers' losses */
  double correct; /* answers whose greatest logit (the first among equals) is the label's */
} lw_loss;

/** Adds to *sums, where the batch is counted. logits [answers, classes] in; dlogits [answers,
 *  classes] out or NULL: gradient of the MEAN loss over batch->global_answers. Local. */
void lw_loss_add(const float *logits, int64_t classes, const lw_batch *batch, double smoothing,
                 float *dlogits, lw_loss *sums);

/** Place of the greatest of row [classes]. */
int64_t lw_loss_guess(const float *row, int64_t classes);

#endif
