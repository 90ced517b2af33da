/** Which classes have no sample in a split: nothing can be learnt of them there, or tested.
 *  Neighbours: data/dataset.h. */
#ifndef LONGWAVE_DATA_CLASSES_H
#define LONGWAVE_DATA_CLASSES_H

#include "longwave/data/dataset.h"

enum { LW_LACK_TEXT = 768 };

/** text out: "the test split has no sample of class 1 (pos)"; "" if it has all classes, or no
 *  answer at all, or no classes are asked for, or its steps are too many to be looked at. Local.
 *  Errors: LW_ERROR_MEMORY; of steps those of reading. */
LW_MUST_USE lw_status lw_dataset_lack(const lw_dataset *dataset, lw_split split,
                                      char text[LW_LACK_TEXT]);

#endif
