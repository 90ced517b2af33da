/** What is asked about a sample, as far as a data set knows it: where the answers are, how many
 *  there are and what they may be. Not here: what a wrong answer costs and how answers are judged
 *  (model/objective.h), for which one target may serve several objectives.
 *
 *  To add a target: 1. src/data/target_<name>.c with its functions and its row; 2. the row in
 *  lw_targets[] (src/data/target.c); 3. what the file holds at the top of src/data/dataset.c and in
 *  datasets/README.md; 4. an objective for it (model/objective.h).
 *  tests/unit/test_objective.c walks all rows. */
#ifndef LONGWAVE_DATA_TARGET_H
#define LONGWAVE_DATA_TARGET_H

#include "longwave/data/dataset.h"

enum { LW_ASKED_TEXT = 64 };

struct lw_batch;
struct lw_stretch;

struct lw_target {
  const char *name;   /* "next token": the attribute `target` of files */
  const char *wanted; /* in sentences, "asks for the next token of values" */
  const char *form;   /* of items that have this target, "token ids to be predicted"; NULL: they are
                         called after the input */
  bool labels;        /* each sample has a label in [0, classes) */
  bool by_row;        /* one answer a row (a step of the sequence), else one a sample */
  bool ids_only;      /* only items that are ids can be asked for it */
  bool one_document;  /* and only samples of one document */
  /* Items after the last one of a rank's stretch that its answers need, too: they are read with
     it. */
  int64_t ahead;
  /** Numbers that an answer is chosen from: classes, or the vocabulary. */
  int64_t (*outcomes)(const lw_dataset_info *info);
  /** Answers that a sample of so many tokens asks for. */
  int64_t (*answers)(int64_t tokens);
  /** times [outcomes]: how often each outcome is right in a sample that is truncated to max_length
   *  tokens, added to. scratch [longest]. Errors: those of reading. */
  lw_status (*tally)(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t max_length,
                     int32_t *scratch, int64_t *times);
  /** What is right, to batch->label: of samples, or of the rows of a stretch, behind whose first
   *  token `read` items stand in the batch. The other one is NULL. */
  void (*label_samples)(struct lw_batch *batch, const lw_dataset *dataset, lw_split split);
  void (*label_rows)(struct lw_batch *batch, const struct lw_stretch *stretch, int64_t read);
  /** "10 classes", in the first line about a data set. */
  void (*describe)(const lw_dataset_info *info, FILE *out);
  /** The same in the log of a run: "next token of 256". text [LW_ASKED_TEXT] out. */
  void (*summarise)(const lw_dataset_info *info, char *text);
  /** Lines about each split's answers; NULL: none. */
  void (*report)(const lw_dataset *dataset, FILE *out);
  /** " label 3 (cat)," before the items of a sample; NULL: nothing. */
  void (*show)(const lw_dataset *dataset, lw_split split, int64_t sample, FILE *out);
};

extern const lw_target lw_target_class, lw_target_next_token;
/** All of them, NULL-ended; a file that names none asks for the first. */
extern const lw_target *const lw_targets[];

/** The row of a name; NULL: there is none. */
const lw_target *lw_target_find(const char *name);

/** What an answer may be: the classes, or the vocabulary. */
int64_t lw_dataset_outcomes(const lw_dataset_info *info);
/** Answers that a sample asks for when it is truncated to max_length tokens (0: whole). */
int64_t lw_dataset_answers(const lw_dataset *dataset, lw_split split, int64_t sample,
                           int64_t max_length);

#endif
