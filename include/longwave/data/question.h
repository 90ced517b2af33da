/** What a training may ask of a data set in place of the answers that its file has: questions that
 *  the items answer themselves, so that a model learns from samples without labels (self-supervised
 *  pretraining). Asked is either what stands at masked steps, or the next step.
 *  Not here: the answers of files (data/target.h), what an error costs (model/objective.h).
 *
 *  A step t of a sample is masked if a span begins at one of the steps t - span + 1 .. t; one
 *  begins at each step by itself with the probability 1 - (1 - share)^(1 / span), so that a step
 *  with span - 1 steps before it is masked with the probability `share`. Whether one begins is a
 *  function of (seed, epoch, sample, step) alone: no rank, batch or resume changes it. */
#ifndef LONGWAVE_DATA_QUESTION_H
#define LONGWAVE_DATA_QUESTION_H

#include "longwave/base/choice.h"
#include "longwave/data/dataset.h"

#define LW_PRETRAIN_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_pretrain)                                                                                \
  ITEM(LW_PRETRAIN_NONE, "none")                                                                   \
  ITEM(LW_PRETRAIN_MASKED, "masked")                                                               \
  ITEM(LW_PRETRAIN_NEXT_STEP, "next_step")
LW_CHOICE(LW_PRETRAIN_CHOICES);

typedef struct lw_question {
  lw_pretrain kind;  /* none: what the file asks */
  double mask_share; /* in (0, 1) */
  int64_t mask_span; /* >= 1 */
  uint64_t seed;
} lw_question;

/** From here on the data set asks this; to be called once, before batches are made of it. Local.
 *  Errors: LW_ERROR_INPUT (pairs of documents), LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_dataset_ask(lw_dataset *dataset, const lw_question *question);

struct lw_items;
/** masked [items->count] out: 1 where a step of the sample is masked in the epoch, else 0.
 *  Local. */
void lw_question_mask(const lw_question *question, const struct lw_items *items, uint8_t *masked);

#endif
