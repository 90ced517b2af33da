/** Stop 6. The mean loss over the global batch, and its gradient with respect to the outputs of the
 *  model. What a loss is, and by which other figures answers are judged, is the objective's
 *  (model/objective.h). */
#ifndef LONGWAVE_TRAIN_LOSS_H
#define LONGWAVE_TRAIN_LOSS_H

#include "longwave/model/model.h"

/** Adds this rank's answers to *sums, where the batch is counted; add up over micro-batches and
 *  ranks. logits [answers, outputs] in; dlogits [answers, outputs] out or NULL: gradient of the
 *  MEAN loss over batch->global_answers, 0 where nothing is asked. Local. */
void lw_loss_add(const lw_model_data *data, const lw_cost *cost, const float *logits,
                 const lw_batch *batch, float *dlogits, lw_sums *sums);

/** The same of the labels of steps beside the answers (model/step_head.h): adds their losses, and
 *  how many are right, to sum [2]; the gradient, of the mean over batch->global_beside times
 *  `weight`, goes to model->head_kept.steps.dlogits. Nothing where the model learns none. Local. */
void lw_loss_add_steps(const lw_model *model, const lw_batch *batch, double weight, double *sum);

/** Adds this rank's answers to the tally of an evaluation, where the batch is counted. Local. */
void lw_loss_tally(const lw_model_data *data, const float *logits, const lw_batch *batch,
                   double *tally);

/** Sums over ranks, with `count` (at most 8) other numbers, in one message. Collective over all. */
void lw_loss_share(const lw_world *world, const lw_objective *objective, lw_sums *sums,
                   double *more, int count);

#endif
