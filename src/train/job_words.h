/** Words of the field for what a job file calls otherwise, by section: for suggestions. */
#ifndef LONGWAVE_TRAIN_JOB_WORDS_H
#define LONGWAVE_TRAIN_JOB_WORDS_H

#include "longwave/base/option.h"

extern const lw_synonym lw_data_words[], lw_model_words[], lw_attention_words[],
    lw_objective_words[], lw_train_words[], lw_optimizer_words[], lw_checkpoint_words[],
    lw_parallel_words[];

#endif
