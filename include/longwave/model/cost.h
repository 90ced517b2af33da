/** What a wrong answer costs: the section `objective` of a job, and what a training makes of it and
 *  of its train split (train/weights.h). Not here: the losses themselves (model/objective.h).
 *
 *  To add an option: 1. a member here and a row in src/model/cost.c; 2. read it where it acts;
 *  3. an objective says in its row whether it heeds it, if not all do. */
#ifndef LONGWAVE_MODEL_COST_H
#define LONGWAVE_MODEL_COST_H

#include "longwave/base/choice.h"
#include "longwave/base/option.h"
#include "longwave/data/question.h"

#define LW_LOSS_CHOICES(TYPE, ITEM)                                                                \
  TYPE(lw_loss_kind)                                                                               \
  ITEM(LW_LOSS_SQUARED, "squared")                                                                 \
  ITEM(LW_LOSS_ABSOLUTE, "absolute")                                                               \
  ITEM(LW_LOSS_HUBER, "huber")
LW_CHOICE(LW_LOSS_CHOICES);

#define LW_WEIGHING_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_weighing)                                                                                \
  ITEM(LW_WEIGHING_NONE, "none")                                                                   \
  ITEM(LW_WEIGHING_BALANCED, "balanced")
LW_CHOICE(LW_WEIGHING_CHOICES);

typedef struct lw_objective_options {
  lw_loss_kind loss;
  double huber_delta; /* in deviations of the numbers */
  lw_weighing class_weights, positive_weights;
  char select[LW_TEXT_MAX]; /* the key of a figure */
  double step_weight;       /* of the loss of step labels beside the answers; 0: none */
  lw_pretrain pretrain;
  double mask_share;
  int64_t mask_span;
} lw_objective_options;
extern const lw_option lw_objective_option_table[];

/** Zero: squared errors, nothing smoothed, all answers alike. An evaluation has loss and
 *  huber_delta of the training and nothing else. */
typedef struct lw_cost {
  lw_loss_kind loss;
  double huber_delta;
  double smoothing;             /* of labels */
  const double *class_weight;   /* [outputs] times the loss where this class is right; or NULL */
  const double *present_weight; /* [outputs] of several classes: where it is there; or NULL */
  double sample_scale;          /* times batch->weight; 0: samples are alike */
} lw_cost;

/** Of an error, output minus what is right: the cost, *slope its derivative. With d = delta:
 *  squared e^2, absolute |e|, Huber e^2 / 2 up to d and d (|e| - d / 2) beyond.
 *  Source: [Huber1964]. Local. */
double lw_loss_of_error(const lw_cost *cost, double error, double *slope);

#endif
