/** The files that start values come from, a checkpoint or a file of safetensors (its name ends in
 *  .safetensors), as one kind of file with named arrays. Names are those of a checkpoint,
 *  "/parameters/head.weight"; a file of safetensors has them without the group. */
#ifndef LONGWAVE_TRAIN_START_SOURCE_H
#define LONGWAVE_TRAIN_START_SOURCE_H

#include "checkpoint_inside.h"

typedef struct lw_start_source lw_start_source;

/** What a file says of itself; a file of safetensors may say nothing. */
typedef struct lw_start_origin {
  int64_t step;                     /* -1: not known */
  const lw_objective *objective;    /* NULL: not known */
  char kind[64];                    /* lw_checkpoint_kind; "": not known */
  int64_t class_names, token_names; /* lw_data_mark; -1: not known */
  char job[LW_JOB_TEXT_MAX];        /* "": not known */
} lw_start_origin;

/** Local. Errors: those of lw_checkpoint_read_info and lw_safetensors_open. */
LW_MUST_USE lw_status lw_start_source_open(const char *path, lw_start_source **out);
void lw_start_source_close(lw_start_source **source);
const lw_start_origin *lw_start_source_origin(const lw_start_source *source);

/** Rows and columns of an array, 1 column of rank 1; *rows -1: it is not in the file. Local. */
LW_MUST_USE lw_status lw_start_source_size(const lw_start_source *source, const char *name,
                                           int64_t *rows, int64_t *columns);
/** Those of its `rows` rows that the array has and holds here. Local. Errors: those of
 *  lw_state_load and lw_safetensors_read. */
LW_MUST_USE lw_status lw_start_source_load(lw_start_source *source, const lw_state_array *a,
                                           int64_t rows);
/** visit(NAME, context) for each array that could be a parameter. Local. */
LW_MUST_USE lw_status lw_start_source_each(const lw_start_source *source,
                                           lw_status (*visit)(const char *name, void *context),
                                           void *context);

#endif
