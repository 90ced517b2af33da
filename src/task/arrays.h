/** The parts of the task `arrays`: the arrays of one split, and what is asked about a sample. */
#ifndef LONGWAVE_TASK_ARRAYS_H
#define LONGWAVE_TASK_ARRAYS_H

#include "array_source.h"
#include "building.h"

typedef struct lw_arrays_settings {
  lw_task_out out;
  char values[LW_SPLITS][LW_TEXT_MAX], targets[LW_SPLITS][LW_TEXT_MAX];
  char offsets[LW_SPLITS][LW_TEXT_MAX], groups[LW_SPLITS][LW_TEXT_MAX];
  lw_question question;
  const char *classes, *numbers, *channels;
  bool channels_first;
  double rate;
  lw_prepare_missing missing;
  int64_t horizon;
  lw_normalise normalise;
  lw_windows windows;
  lw_split_rule rule;
} lw_arrays_settings;

/** The arrays of one split. Zero-initialise. */
typedef struct lw_arrays_split {
  lw_array *values, *targets, *offsets, *groups; /* NULL: not given */
  int64_t samples;
  int64_t steps;    /* of every sample; 0: by offsets */
  int64_t channels; /* of an item */
  int64_t width;    /* numbers of an answer in `targets` */
} lw_arrays_split;

/** Open the arrays of a split, and see that their shapes fit together. Errors: LW_ERROR_INPUT with
 *  both shapes; those of lw_array_open. */
LW_MUST_USE lw_status lw_arrays_open(const lw_arrays_settings *own, lw_split split, bool unlabelled,
                                     lw_arrays_split *out);
void lw_arrays_close(lw_arrays_split *split);

/** What is asked. Zero-initialise. */
typedef struct lw_arrays_answers {
  const lw_arrays_settings *own;
  lw_list names; /* of classes, or of numbers; if none are given and none can be found, 0, 1 .. */
  int64_t width;
  double *number; /* [width], at work */
  float *wanted;
  const char **labels;
  char text[32]; /* a class without a name */
} lw_arrays_answers;

/** width: of the targets of the train split. Errors: LW_ERROR_INPUT: not as many names. */
LW_MUST_USE lw_status lw_arrays_answers_begin(const lw_arrays_settings *own, int64_t width,
                                              lw_arrays_answers *answers);
void lw_arrays_answers_done(lw_arrays_answers *answers);

/** The answer of the next sample, for targets that have one a sample. Errors: LW_ERROR_INPUT with
 *  the sample. */
LW_MUST_USE lw_status lw_arrays_answer_sample(lw_arrays_answers *answers, lw_array *targets,
                                              const char *where, lw_builder_sample *sample);
/** Those of its `steps` steps, for targets that have one a step. */
LW_MUST_USE lw_status lw_arrays_answer_steps(lw_arrays_answers *answers,
                                             const lw_arrays_split *split, int64_t steps,
                                             lw_builder *builder);

#endif
