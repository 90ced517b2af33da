/** What a data set gives away without any learning of order: equal samples, and the accuracy of
 *  four cheap guesses. Local. Neighbours: doctor.c prints it. */
#ifndef LONGWAVE_CLI_DOCTOR_STUDY_H
#define LONGWAVE_CLI_DOCTOR_STUDY_H

#include "longwave/data/dataset.h"

enum { LW_MARK_CELLS = 64, LW_LENGTH_CELLS = 256 };

typedef enum lw_guess {
  LW_GUESS_COMMONEST, /* always the commonest class of the train split */
  LW_GUESS_LENGTH,    /* how long the sample is, in eighths of an octave */
  LW_GUESS_BAG,       /* how often each token occurs: naive Bayes */
  LW_GUESS_MARKS,     /* pictures: how far the two brightest spots are from each other and from
                         the middle */
  LW_GUESSES,
} lw_guess;

typedef struct lw_doctor_study {
  const lw_dataset *dataset; /* borrowed */
  int64_t side;              /* of square pictures, else 0 */
  bool lengths;              /* samples differ in length */
  lw_split judged;           /* the guesses' accuracy is of this split: test, or validation */
  int64_t correct[LW_GUESSES];
  int64_t best_constant; /* samples of that split's own commonest class */
  /* samples of a split that have an equal one in an earlier split, or earlier in their own */
  int64_t again[LW_SPLITS][LW_SPLITS];
  int64_t contradictions; /* of these, with another label */
  /* inside */
  int64_t bins;
  int32_t *items; /* [longest] the sample in hand */
  double *bag;    /* [classes, bins] tokens seen in training, then their logarithms */
  double *prior;  /* [classes] samples */
  double *score;  /* [classes] */
  int64_t *cells;   /* [LW_MARK_CELLS, classes] samples */
  int64_t *octaves; /* [LW_LENGTH_CELLS, classes] samples */
} lw_doctor_study;

/** Read the whole data set once, and the judged split once more. Errors: as lw_dataset_read_*. */
LW_MUST_USE lw_status lw_doctor_study_make(lw_doctor_study *study, const lw_dataset *dataset);
void lw_doctor_study_done(lw_doctor_study *study);

/** A sample as token ids, or as stored values 0..255: items [length] of the study. */
LW_MUST_USE lw_status lw_doctor_study_read(lw_doctor_study *study, lw_split split, int64_t sample);

#endif
