/** Stop 6. The mean loss over the global batch, and its gradient with respect to the logits. */
#ifndef LONGWAVE_TRAIN_LOSS_H
#define LONGWAVE_TRAIN_LOSS_H

#include "longwave/model/model.h"

/** Sums over this rank's answers; add up over micro-batches and ranks. */
typedef struct lw_loss {
  double loss;    /* sum of the answers' losses, in nats */
  double correct; /* answers whose greatest logit (the first among equals) is the label's */
} lw_loss;

/** Adds to *sums, where the batch is counted. logits [answers, classes] in; dlogits [answers,
 *  classes] out or NULL: gradient of the MEAN loss over batch->global_answers, 0 where nothing is
 *  asked. Local. */
void lw_loss_add(const float *logits, int64_t classes, const lw_batch *batch, double smoothing,
                 float *dlogits, lw_loss *sums);

/** What a mean loss says in the words of language models: the number of equally likely tokens among
 *  which the choice would be as hard, and bits a token. */
double lw_loss_perplexity(double loss);
double lw_loss_bits(double loss);
/** "byte" where tokens are bytes, else "token". */
const char *lw_loss_unit(int64_t vocabulary);
enum { LW_LOSS_TEXT = 64 };
/** ", perplexity 5.213, 2.3821 bits per byte" for a model of the next token, else "". */
const char *lw_loss_text(double loss, const lw_model_data *data, char text[LW_LOSS_TEXT]);

/** Place of the greatest of row [classes]. */
int64_t lw_loss_guess(const float *row, int64_t classes);

#endif
