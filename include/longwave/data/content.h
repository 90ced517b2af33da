/** What the items and the answers of steps of a data set are, which must be read for it. Not here:
 *  what is known once it is open (lw_dataset_report), whether it is valid (lw_dataset_verify). */
#ifndef LONGWAVE_DATA_CONTENT_H
#define LONGWAVE_DATA_CONTENT_H

#include "longwave/data/dataset.h"

/** Values that are missing, and answers of steps: how often each class, or how numbers lie, in each
 *  split; to `out` on the root, NULL elsewhere. Nothing where a data set has neither. Each rank
 *  reads a share. Collective over all. Errors, on all ranks: those of reading. */
LW_MUST_USE lw_status lw_dataset_report_content(const lw_dataset *dataset, const lw_world *world,
                                                FILE *out);

#endif
