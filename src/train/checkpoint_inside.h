/** What checkpoint.c and checkpoint_data.c share: the names that a checkpoint holds of its data. */
#ifndef LONGWAVE_TRAIN_CHECKPOINT_INSIDE_H
#define LONGWAVE_TRAIN_CHECKPOINT_INSIDE_H

#include "longwave/io/h5.h"
#include "longwave/train/checkpoint.h"

/** dataset: NULL for none. Local. */
lw_data_mark lw_checkpoint_mark(const lw_dataset *dataset);

/** Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_checkpoint_define_names(lw_h5_writer *writer, const lw_data_mark *mark,
                                                 const lw_dataset *dataset);

/** The names are there, and have the checksums that info->mark says. Local. Errors:
 *  LW_ERROR_FORMAT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_checkpoint_verify_names(const lw_h5 *file, const lw_checkpoint_info *info);

#endif
