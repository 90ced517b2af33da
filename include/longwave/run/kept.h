/** A test that a run folder remembers: evaluation-test.csv has the figures of the best checkpoint
 *  on the test split (evaluation-SPLIT.csv, for that matter), confusion-test.csv the table of
 *  labels (rows) and guesses (columns), with the classes' names, where the objective has a guess.
 *  Tables of parts (model/tally.h) are files by their names: classes-test.csv, numbers-test.csv.
 *  The figures are the objective's: loss, the leading one with interval and chance,
 *  the others (perplexity and bits per token of the next token). They carry the checkpoint's
 *  checksum, so that a test of an earlier one is not taken for this one's. Local. */
#ifndef LONGWAVE_RUN_KEPT_H
#define LONGWAVE_RUN_KEPT_H

#include "longwave/train/evaluate.h"

enum { LW_KEPT_CLASSES = 1000, LW_KEPT_NAME = 64 };

/** Zero-initialise. */
typedef struct lw_kept {
  uint32_t checkpoint; /* lw_checkpoint_info.checksum */
  int64_t step, samples;
  const lw_objective *objective;
  lw_score score;   /* NAN: the file has no such figure */
  double low, high; /* the 95 % interval of the leading one */
  double chance;    /* lw_evaluation_chance */
  int64_t classes;
  int64_t *confusion;          /* [classes, classes], owned; NULL with more than LW_KEPT_CLASSES */
  char (*names)[LW_KEPT_NAME]; /* [classes], owned, as confusion */
} lw_kept;

/** An evaluation of up to LW_KEPT_CLASSES classes has its confusion table. Errors: LW_ERROR_FILE,
 *  LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_kept_write(const char *folder, const lw_evaluation *evaluation,
                                    const lw_dataset *dataset, uint32_t checkpoint, int64_t step);
/** *found false: there is none for this checkpoint. Errors: LW_ERROR_FORMAT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_kept_read(const char *folder, lw_split split, uint32_t checkpoint,
                                   const lw_objective *objective, lw_kept *kept, bool *found);
void lw_kept_done(lw_kept *kept);

/** How a class came out of a test: precision = right / guessed, recall = right / labelled,
 *  F1 = 2 right / (guessed + labelled); NAN where nothing is there to divide by. */
typedef struct lw_class_score {
  int64_t labelled, guessed, right; /* samples */
  double precision, recall, f1;
} lw_class_score;
/** kept: with a confusion table. */
lw_class_score lw_kept_score(const lw_kept *kept, int64_t class);

#endif
