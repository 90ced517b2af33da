/** Simple guesses about a data set that need no training, judged by the figures of its objective:
 *  what a model must surpass. Not here: guesses that look at items (longwave doctor). Local. */
#ifndef LONGWAVE_MODEL_BASELINE_H
#define LONGWAVE_MODEL_BASELINE_H

#include "longwave/model/objective.h"

/** list [count] samples of a split, truncated to max_length tokens (0: whole). */
typedef struct lw_samples_list {
  lw_split split;
  const int64_t *list;
  int64_t count, max_length;
} lw_samples_list;

/** The figures of a guess, by the data set's objective; those that there are none of are NAN.
 *  Errors: LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_baseline_score(const lw_objective *objective, const lw_dataset *dataset,
                                        const lw_samples_list *samples, lw_baseline guess,
                                        lw_score *score);

/** *lag: after how many steps the values that are asked for come again best, over 256 drawn samples
 *  of the train split, from 2 to 512; 0: the last value is no worse. Of next values only. Errors as
 *  above. */
LW_MUST_USE lw_status lw_baseline_season(const lw_dataset *dataset, int64_t *lag);

/** What is right in each answer of the samples, in their order: visit(batch, index, context), the
 *  answer number `index` of the batch. batch->sample[0] is the sample, batch->rows the first of its
 *  steps that is in the batch. list NULL: all of the split. Errors as above. */
typedef void (*lw_answer_visit)(const lw_batch *batch, int64_t index, void *context);
LW_MUST_USE lw_status lw_answers_visit(const lw_dataset *dataset, const lw_samples_list *samples,
                                       lw_answer_visit visit, void *context);

#endif
