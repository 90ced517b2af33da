/** How far guesses come that know nothing of order: the accuracy of four cheap ones. Local.
 *  Neighbours: doctor_scan.h, the pass before this one; doctor.c prints it. */
#ifndef LONGWAVE_CLI_DOCTOR_STUDY_H
#define LONGWAVE_CLI_DOCTOR_STUDY_H

#include "doctor_scan.h"

enum { LW_MARK_CELLS = 64, LW_LENGTH_CELLS = 256, LW_LEVELS = 256 };

typedef enum lw_guess {
  LW_GUESS_COMMONEST, /* always the commonest class of the train split */
  LW_GUESS_LENGTH,    /* how long the sample is, in eighths of an octave */
  LW_GUESS_BAG,       /* how often each token or level occurs: naive Bayes */
  LW_GUESS_MARKS,     /* pictures: how far the two brightest spots are from each other and from
                         the middle */
  LW_GUESSES,
} lw_guess;

typedef struct lw_doctor_study {
  const lw_dataset *dataset; /* borrowed */
  int64_t side;              /* of square pictures, else 0 */
  lw_split judged;           /* the guesses' accuracy is of this split: test, or validation */
  bool made[LW_GUESSES];     /* false: does not apply, or is too large (too_large) */
  bool too_large;            /* the bag: classes times tokens */
  int64_t correct[LW_GUESSES];
  int64_t best_constant; /* samples of that split's own commonest class */
  double low, high;      /* what the 256 levels of values are between, as stored */
  /* inside */
  lw_doctor_reader reader;
  int64_t bins;
  int32_t *items;   /* [reader.room] the piece in hand as tokens or levels */
  int64_t *seen;    /* [bins] the same, counted */
  double *bag;      /* [classes, bins] tokens seen in training, then their logarithms; or NULL */
  double *prior;    /* [classes] samples */
  double *prior_log; /* [classes] */
  double *score;    /* [classes] */
  int64_t commonest; /* class of the train split */
  int64_t *cells;   /* [LW_MARK_CELLS, classes] samples, or NULL */
  int64_t *octaves; /* [rows, classes] samples, or NULL */
  int64_t row[LW_LENGTH_CELLS]; /* of each octave that is met */
} lw_doctor_study;

/** Read the train split once, and the judged split once. Errors: as lw_dataset_read_*. */
LW_MUST_USE lw_status lw_doctor_study_make(lw_doctor_study *study, const lw_dataset *dataset,
                                           const lw_doctor_scan *scan);
void lw_doctor_study_done(lw_doctor_study *study);

/** Levels 0..255 of a picture: study->items [side^2]. */
LW_MUST_USE lw_status lw_doctor_study_picture(lw_doctor_study *study, lw_split split,
                                              int64_t sample);

#endif
