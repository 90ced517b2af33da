/** What is asked about a sample, as far as a data set knows it: where the answers are, how many
 *  there are and what they may be. Not here: what a wrong answer costs and how answers are judged
 *  (model/objective.h), for which one target may serve several objectives.
 *
 *  To add a target: 1. src/data/target_<name>.c with its functions and its row; 2. the row in
 *  lw_targets[] (src/data/targets.c); 3. what the file holds in docs/data-format.md; 4. an
 *  objective for it (model/objective.h).
 *  tests/unit/test_objective.c walks all rows. */
#ifndef LONGWAVE_DATA_TARGET_H
#define LONGWAVE_DATA_TARGET_H

#include "longwave/data/dataset.h"

enum { LW_ASKED_TEXT = 64 };

struct lw_batch;
struct lw_items;

/** What an answer is. */
typedef enum lw_answer_kind {
  LW_ANSWER_CLASS,   /* one of several outcomes: batch->label */
  LW_ANSWER_SEVERAL, /* for each class whether it is there: batch->wanted, 1 or 0 */
  LW_ANSWER_NUMBERS, /* real numbers: batch->wanted */
} lw_answer_kind;

struct lw_target {
  const char *name;   /* "next token": the attribute `target` of files */
  const char *wanted; /* in sentences, "asks for the next token of values" */
  const char *form;   /* of items that have this target, "token ids to be predicted"; NULL: they are
                         called after the input */
  lw_answer_kind kind;
  bool of_version_1; /* files of version 1 may ask for it */
  bool labels;       /* each sample has a label in [0, classes) */
  bool by_row;       /* one answer a row (a step of the sequence), else one a sample */
  bool next;         /* what comes next in the data themselves: there is no array of labels */
  bool ids_only;     /* only items that are ids can be asked for it */
  bool values_only;  /* only values */
  bool one_document; /* and only samples of one document */
  bool pretext;      /* no file asks for it, but a training may (data/question.h) */
  bool masks;        /* some steps are hidden from the model: batch->masked */
  /* Items after the last one of a rank's stretch that its answers need, too: they are read with
     it. */
  int64_t ahead;
  /** Numbers that a model gives for an answer: one a class, a token of the vocabulary, a number. */
  int64_t (*outcomes)(const lw_dataset_info *info);
  /** Answers that a sample of so many tokens asks for, if all are known. */
  int64_t (*answers)(int64_t tokens);
  /** Answers that are known of the first items of a sample, in an epoch; NULL: all. Errors: those
   *  of reading. */
  lw_status (*known)(const lw_dataset *dataset, lw_split split, const struct lw_items *items,
                     int64_t *count);
  /** times [outcomes]: how often each outcome is right in a sample that is truncated to max_length
   *  tokens, added to. scratch [longest]. Errors: those of reading. NULL: of numbers. */
  lw_status (*tally)(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t max_length,
                     int32_t *scratch, int64_t *times);
  /** What is right, to batch->label or batch->wanted: of all samples, or of items that were read
   *  into the batch from row items->row on, the first `rows` of which are this rank's. The other
   *  one is NULL. Errors: those of reading. */
  lw_status (*answer_samples)(struct lw_batch *batch, const lw_dataset *dataset, lw_split split);
  lw_status (*answer_rows)(struct lw_batch *batch, const lw_dataset *dataset, lw_split split,
                           const struct lw_items *items, int64_t rows);
  /** "10 classes", in the first line about a data set. */
  void (*describe)(const lw_dataset_info *info, FILE *out);
  /** The same in the log of a run: "next token of 256". text [LW_ASKED_TEXT] out. */
  void (*summarise)(const lw_dataset_info *info, char *text);
  /** Lines about each split's answers; NULL: none. */
  void (*report)(const lw_dataset *dataset, FILE *out);
  /** " label 3 (cat)," before the items of a sample; NULL: nothing. */
  void (*show)(const lw_dataset *dataset, lw_split split, int64_t sample, FILE *out);
};

extern const lw_target lw_target_class, lw_target_next_token, lw_target_several, lw_target_numbers,
    lw_target_next_values, lw_target_step_class, lw_target_step_numbers, lw_target_masked_tokens,
    lw_target_masked_values, lw_target_next_step;
/** All of them, NULL-ended; a file that names none asks for the first. */
extern const lw_target *const lw_targets[];

/** The row of a name; NULL: there is none. */
const lw_target *lw_target_find(const char *name);

/** Numbers that a model gives for an answer. */
int64_t lw_dataset_outcomes(const lw_dataset_info *info);
/** Numbers of an answer in batch->wanted: classes of several, numbers; of a class 1. */
int64_t lw_dataset_width(const lw_dataset_info *info);
/** Whether one of wanted [width] is known. */
bool lw_answer_known(const float *wanted, int64_t width);
/** A sample when it is seen: truncated to max_length tokens (0: whole), in an epoch. */
typedef struct lw_seen_sample {
  int64_t sample, epoch, max_length;
} lw_seen_sample;
/** *count: known answers of a sample. Local. Errors: those of reading. */
LW_MUST_USE lw_status lw_dataset_answers(const lw_dataset *dataset, lw_split split,
                                         lw_seen_sample seen, int64_t *count);

/* ---- answers of steps in the file: for the targets that have them ---- */

/** labels [items->count] out, -1: none. numbers [items->count, numbers] out, as a model learns
 *  them, NAN: none. Local. Errors: those of reading; LW_ERROR_FORMAT: a label outside. */
LW_MUST_USE lw_status lw_dataset_read_step_labels(const lw_dataset *dataset, lw_split split,
                                                  const struct lw_items *items, int32_t *labels);
LW_MUST_USE lw_status lw_dataset_read_step_numbers(const lw_dataset *dataset, lw_split split,
                                                   const struct lw_items *items, float *numbers);
/** How many of the first steps of a sample have an answer; of whole samples read only once. */
LW_MUST_USE lw_status lw_dataset_count_steps(const lw_dataset *dataset, lw_split split,
                                             const struct lw_items *items, int64_t *known);

/* ---- step labels beside the answers: of a data set with step_classes, whatever it asks ---- */

/** labels [items->count] out, -1: not known. Local. Errors: those of reading; LW_ERROR_FORMAT: a
 *  label outside. */
LW_MUST_USE lw_status lw_dataset_read_beside(const lw_dataset *dataset, lw_split split,
                                             const struct lw_items *items, int32_t *labels);
/** *count: known labels of a sample; of whole samples read only once. Local. Errors: as above. */
LW_MUST_USE lw_status lw_dataset_count_beside(const lw_dataset *dataset, lw_split split,
                                              lw_seen_sample seen, int64_t *count);

#endif
