/** What the parts of the checkpoint door share: checkpoint.c (the format, the list of arrays,
 *  saving), checkpoint_header.c (attributes), checkpoint_data.c (names), checkpoint_load.c. */
#ifndef LONGWAVE_TRAIN_CHECKPOINT_INSIDE_H
#define LONGWAVE_TRAIN_CHECKPOINT_INSIDE_H

#include "longwave/io/h5.h"
#include "longwave/train/checkpoint.h"

enum { LW_CHECKPOINT_OLDEST = 2, LW_CHECKPOINT_VERSION = 4 }; /* that are read; that is written */
enum { LW_CHECKPOINT_CHANNELS = 4 }; /* from which on a file knows of channels and numbers */

/** One array of the file, who writes it, and the rows of it that this rank holds. */
typedef struct lw_state_array {
  char name[LW_H5_NAME_MAX];
  const lw_param *param; /* borrowed from the model */
  int sole;              /* as in lw_shard_part */
  lw_param_rows held;    /* all, those of a shard, or those that it owns */
  float *data;           /* [held.rows, param->dims[1]], borrowed from the state */
} lw_state_array;

typedef struct lw_state_arrays {
  lw_state_array *list; /* for lw_mem_give */
  int64_t count;
} lw_state_arrays;

/** All arrays in the order of the file. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_state_list(const lw_checkpoint_state *state, lw_state_arrays *out);
/** Numbers of a whole array. */
int64_t lw_state_items(const lw_param *param);
/** Rows of an array that pass through memory at a time. */
int64_t lw_state_passage(const lw_state_array *a);
/** The checksum over those of the arrays. crc [count] */
uint32_t lw_state_sum(const uint32_t *crc, int64_t count);

/** Rows pass through here when not all of them are kept; zero-initialise, rows for lw_mem_give. */
typedef struct lw_passage {
  float *rows;
  int64_t room;
} lw_passage;

/** Read an array that has so many rows in the file; those that are held here are kept, rows beyond
 *  the array's own are not. unverified: *crc is not compared with the stored checksum. Local.
 *  Errors: LW_ERROR_FORMAT (damaged), those of reading. */
LW_MUST_USE lw_status lw_state_load(const lw_h5 *file, const lw_state_array *a, int64_t rows,
                                    bool unverified, lw_passage *passage, uint32_t *crc);

/** The attributes of the root. Local. Errors: those of the writer. */
LW_MUST_USE lw_status lw_checkpoint_define_head(lw_h5_writer *writer,
                                                const lw_checkpoint_info *info, int64_t seed);

/** dataset: NULL for none. Local. */
lw_data_mark lw_checkpoint_mark(const lw_dataset *dataset);

/** Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_checkpoint_define_names(lw_h5_writer *writer, const lw_data_mark *mark,
                                                 const lw_dataset *dataset);

/** The arrays of the data set's head. Local, by one rank. */
LW_MUST_USE lw_status lw_checkpoint_put_head(lw_h5_writer *writer, const lw_dataset *dataset);

/** The names are there, and have the checksums that info->mark says. Local. Errors:
 *  LW_ERROR_FORMAT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_checkpoint_verify_names(const lw_h5 *file, const lw_checkpoint_info *info);

#endif
