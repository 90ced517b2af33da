/** The parts of lw_dataset_verify: for dataset_verify.c and dataset_verify_2.c only. */
#ifndef LONGWAVE_DATA_DATASET_VERIFY_H
#define LONGWAVE_DATA_DATASET_VERIFY_H

#include "dataset_inside.h"
#include "longwave/data/input.h"
#include <math.h>

/** Samples of a split in the order of their starts; end: the greatest so far. Zero-initialise. */
typedef struct lw_cover_entry {
  int64_t start, end;
} lw_cover_entry;
typedef struct lw_cover {
  lw_cover_entry *entry; /* [count] owned */
  int64_t count;
} lw_cover;
LW_MUST_USE lw_status lw_cover_make(const lw_dataset *dataset, lw_split split, lw_cover *out);
/** Whether a sample holds an item and the one before it. */
bool lw_cover_joins(const lw_cover *cover, int64_t item);

/** Names of samples against their checksum; groups in two splits. Local. Errors: LW_ERROR_FORMAT,
 *  those of reading. */
LW_MUST_USE lw_status lw_dataset_verify_names(const lw_dataset *dataset);
LW_MUST_USE lw_status lw_dataset_verify_groups(const lw_dataset *dataset);

/** A number that no model can take. */
typedef struct lw_fault {
  int64_t first; /* its place in the array */
  double stored;
  int64_t others; /* more like it */
} lw_fault;
/** The sentence about it. */
LW_MUST_USE lw_status lw_dataset_refuse_found(const lw_dataset *dataset, lw_split split,
                                              lw_part part, const lw_fault *fault);

#endif
