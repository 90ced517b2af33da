/** The attention matrices of one sample, of every layer and head, before and after smoothing, as
 *  numbers and as pictures. The file's format is at the top of src/study/attention_maps.c. */
#ifndef LONGWAVE_STUDY_ATTENTION_MAPS_H
#define LONGWAVE_STUDY_ATTENTION_MAPS_H

#include "longwave/io/h5.h"
#include "longwave/train/subject.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct lw_map_request {
  const char *checkpoint, *data; /* "" data: that of the training */
  lw_split split;
  int64_t sample, document;   /* document 1: the second one of a pair, else 0 */
  const char *out, *pictures; /* file and folder; "" for none */
  int64_t most_bytes;         /* of the file */
  bool accept_data;           /* although its names say something else than the training's */
  FILE *told;                 /* gets a line about what was made; or NULL */
} lw_map_request;

/** Collective over all; arranges the world. Errors, on all ranks: those of lw_subject_open and
 *  lw_subject_load, LW_ERROR_INPUT, those of writing. */
LW_MUST_USE lw_status lw_attention_maps(lw_world *world, const lw_map_request *request);

/* ---- as a part of another file ---- */

typedef struct lw_map_sample {
  lw_subject *subject; /* borrowed */
  lw_split split;
  int64_t sample, document;
  lw_h5_writer *writer; /* of the caller, borrowed; NULL: no numbers are kept */
  const char *group;    /* "", or "/second": the layers stand under it in the file, and the names of
                           pictures begin with it */
  const char *pictures; /* folder; "" for none */
  int64_t most_bytes;
  const char *option; /* what asks for them, and how to do without, for messages */
  const char *advice;
} lw_map_sample;

/** Local. Errors: LW_ERROR_INPUT: the split has no such sample. */
LW_MUST_USE lw_status lw_map_sample_check(const lw_dataset *dataset, lw_split split,
                                          int64_t sample);
/** Tokens of the document, as the model sees it. Local. */
int64_t lw_map_sample_tokens(const lw_map_sample *maps);
/** Local. Errors: LW_ERROR_INPUT: the matrices take more than most_bytes. */
LW_MUST_USE lw_status lw_map_sample_fits(const lw_map_sample *maps);
/** The arrays in the file, which is not begun yet; the subject has a model. Local. Errors:
 *  LW_ERROR_INPUT: they are too large; those of lw_h5_writer_array. */
LW_MUST_USE lw_status lw_map_sample_define(const lw_map_sample *maps);
/** The model anew, whole on every rank. Collective over all. Errors: as lw_subject_load. */
LW_MUST_USE lw_status lw_map_sample_load(const lw_map_sample *maps);
/** The matrices into the file, which has begun, and the pictures; after lw_map_sample_load.
 *  Collective over all. Errors, on all ranks: those of reading and writing. */
LW_MUST_USE lw_status lw_map_sample_put(const lw_map_sample *maps);
/** Makes the folder of pictures if it is not there. Local. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_map_sample_folder(const char *path);

#endif
