/** The attention matrices of one sample, of every layer and head, before and after smoothing, as
 *  numbers and as pictures. The file's format is at the top of src/study/attention_maps.c. */
#ifndef LONGWAVE_STUDY_ATTENTION_MAPS_H
#define LONGWAVE_STUDY_ATTENTION_MAPS_H

#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
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

#endif
