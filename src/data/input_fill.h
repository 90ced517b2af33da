/** Values as a model sees them: missing ones replaced, and inputs that say which were missing and
 *  how much time went by. */
#ifndef LONGWAVE_DATA_INPUT_FILL_H
#define LONGWAVE_DATA_INPUT_FILL_H

#include "longwave/data/input.h"

/** rows in: values [items->count, channels], NAN where one is missing; out: what a model sees
 *  [items->count, lw_input_numbers]. Local. Errors: those of reading; LW_ERROR_INPUT: a value is
 *  missing and data.missing is refuse. */
LW_MUST_USE lw_status lw_input_fill(const lw_dataset *dataset, lw_split split,
                                    const lw_items *items, const lw_input_options *options,
                                    float *rows);

/** The time from the item before in typical gaps, 0 at the first of a document: gaps [items->count]
 *  out. Local. Errors: those of reading; LW_ERROR_FORMAT: a gap beyond 1e30. */
LW_MUST_USE lw_status lw_input_gaps(const lw_dataset *dataset, lw_split split,
                                    const lw_items *items, double *gaps);

#endif
