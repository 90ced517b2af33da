/** A prediction from inside: predict.c computes, predict_tell.c turns outputs into answers,
 *  predict_table.c makes a table of the file. */
#ifndef LONGWAVE_RUN_PREDICT_INSIDE_H
#define LONGWAVE_RUN_PREDICT_INSIDE_H

#include "longwave/io/h5.h"
#include "longwave/run/predict.h"
#include "longwave/train/subject.h"

typedef struct prediction {
  const lw_prediction_request *request;
  lw_subject *subject;
  const lw_dataset_info *info; /* of the data set */
  int64_t samples, max_length;
  int64_t *list;  /* [samples] numbers in the split */
  int64_t *first; /* [samples + 1] answers of the samples before */
  int64_t width;  /* numbers of an answer in the file */
} prediction;

/** Writes request->out from the file `path` of answers. Root. Errors: LW_ERROR_FILE, those of
 *  reading. */
LW_MUST_USE lw_status prediction_table(const prediction *p, const char *path);

#endif
