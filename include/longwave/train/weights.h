/** What answers weigh in training, made from the options of the job and the train split: samples by
 *  the weights of the data set, classes by how rare they are. Evaluations weigh all alike.
 *  Neighbours: model/cost.h. */
#ifndef LONGWAVE_TRAIN_WEIGHTS_H
#define LONGWAVE_TRAIN_WEIGHTS_H

#include "longwave/train/job.h"

/** Zero-initialise. cost points into the others. */
typedef struct lw_weights {
  lw_cost cost;
  double *class_weight, *present_weight; /* [outputs], or NULL */
} lw_weights;

/** With n of N train answers a class weighs N / (C n), C the number of classes that come: the mean
 *  over the answers is 1. A class of several that is there in n of N known answers weighs
 *  (N - n) / n where it is there. Weights of samples have mean 1 over the train split. Collective
 *  over all. Errors, on all ranks: LW_ERROR_INPUT: all samples weigh 0; memory, reading. */
LW_MUST_USE lw_status lw_weights_init(lw_weights *weights, const lw_job *job,
                                      const lw_dataset *dataset, const lw_world *world);
void lw_weights_done(lw_weights *weights);

#endif
