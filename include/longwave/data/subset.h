/** Which samples of a split are used when their number is limited. They are drawn at random, since
 *  the first ones of a split that is sorted by class are all of one class. A pure function of the
 *  split's count and the limit, so that they are the same on any rank count and batch size; those
 *  of a smaller limit are among those of a greater one. Neighbours: train/evaluate.h,
 *  task/task.h. */
#ifndef LONGWAVE_DATA_SUBSET_H
#define LONGWAVE_DATA_SUBSET_H

#include "longwave/base/status.h"
#include <stdint.h>

/** How many: the limit, or all of `count` when it is 0 or not below. */
int64_t lw_subset_count(int64_t count, int64_t limit);

/** list [lw_subset_count(count, limit)] out: their numbers, ascending. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_subset_draw(int64_t count, int64_t limit, int64_t *list);

#endif
