/** One pass over a whole data set, piece by piece: what is equal, what the values are like, and how
 *  much of a text stands in another split. Memory: hashes and one piece, whatever the samples'
 *  lengths. Local. Neighbours: doctor_findings.c prints it, doctor_study.c goes on from it. */
#ifndef LONGWAVE_CLI_DOCTOR_SCAN_H
#define LONGWAVE_CLI_DOCTOR_SCAN_H

#include "doctor_overlap.h"
#include "longwave/data/equals.h"
#include "longwave/data/moments.h"
#include "longwave/model/objective.h"

enum { LW_DOCTOR_PIECE = 1 << 20 }; /* items in hand at once */

/** Over all splits. */
typedef struct lw_doctor_totals {
  int64_t samples, items, longest; /* longest: items of a document */
} lw_doctor_totals;
lw_doctor_totals lw_doctor_total(const lw_dataset_info *info);

/** What guesses suit a data set's objective. */
lw_guesswork lw_doctor_guesswork(const lw_dataset_info *info);

/** Reads any data set; a piece of a sample is in the array that fits the input. */
typedef struct lw_doctor_reader {
  const lw_dataset *dataset; /* borrowed */
  int64_t room;              /* items: the longest sample's, at most LW_DOCTOR_PIECE */
  int32_t *tokens;           /* [room], or NULL */
  double *stored;            /* [room, channels] values before scale and shift, or NULL */
} lw_doctor_reader;

LW_MUST_USE lw_status lw_doctor_reader_init(lw_doctor_reader *reader, const lw_dataset *dataset);
void lw_doctor_reader_done(lw_doctor_reader *reader);
/** Items [first, first + count) of a sample, count <= room. Errors: those of reading. */
LW_MUST_USE lw_status lw_doctor_reader_read(lw_doctor_reader *reader, lw_split split,
                                            int64_t sample, int64_t first, int64_t count);

/** Values of a channel before scale and shift. */
typedef struct lw_doctor_values {
  lw_moments all[LW_SPLITS];
  lw_moments means[LW_SPLITS]; /* of the samples' own means */
  double inside[LW_SPLITS];    /* sum of (x - the mean of its sample)^2 */
} lw_doctor_values;

typedef struct lw_doctor_scan {
  lw_equals equals;
  lw_doctor_overlap overlap;   /* of the next token only */
  int64_t constant[LW_SPLITS]; /* samples of two items and more that are all the same */
  lw_doctor_values *channel;   /* [channels] of values, owned; NULL: tokens */
  bool levels;                 /* all are whole numbers from 0 to 255 */
  bool passages;               /* overlap is counted: tokens are to be predicted */
} lw_doctor_scan;

LW_MUST_USE lw_status lw_doctor_scan_make(lw_doctor_scan *scan, const lw_dataset *dataset);
void lw_doctor_scan_done(lw_doctor_scan *scan);

#endif
