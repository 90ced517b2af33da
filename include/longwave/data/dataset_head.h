/** What a data set of version 2 has besides the arrays of its splits (docs/data-format.md): what
 *  goes in, what is asked, names, scales. It is the root of a data set, and stands under a group in
 *  files that know the data set they come from, such as checkpoints. */
#ifndef LONGWAVE_DATA_DATASET_HEAD_H
#define LONGWAVE_DATA_DATASET_HEAD_H

#include "longwave/data/dataset.h"
#include "longwave/io/h5.h"

typedef struct lw_dataset_head {
  const lw_dataset_info *info; /* of either version; counts and checksums are not used */
  const char *origin, *settings;
  const char *under; /* the group, "/data"; "": the root */
} lw_dataset_head;

/** Local, alike on all ranks. Errors: those of the writer, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_dataset_define_head(const lw_dataset_head *head, lw_h5_writer *writer);
/** The arrays, after the writer's start. Local; by one rank. Errors: those of the writer. */
LW_MUST_USE lw_status lw_dataset_put_head(const lw_dataset_head *head, lw_h5_writer *writer);

#endif
