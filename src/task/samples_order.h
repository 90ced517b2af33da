/** Another order of samples in memory, or fewer of them. Neighbours: data/dataset.h,
 *  task_order.c decides for the splits of a product. */
#ifndef LONGWAVE_TASK_SAMPLES_ORDER_H
#define LONGWAVE_TASK_SAMPLES_ORDER_H

#include "longwave/data/dataset.h"

/** Samples list[0..count) in this order take the place of all. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_samples_pick(lw_samples *samples, const int64_t *list, int64_t count);

/** Keep so many, drawn as data/subset.h draws, in the order they have; 0: all. */
LW_MUST_USE lw_status lw_samples_limit(lw_samples *samples, int64_t limit);

/** An order that is a pure function of seed, split and count. */
LW_MUST_USE lw_status lw_samples_shuffle(lw_samples *samples, uint64_t seed, lw_split split);

/** Whether classes come one behind the other: neighbours differ in label not a quarter as often as
 *  in a random order, which is n - sum of n_k^2 / n times for n_k of n samples in class k. Not said
 *  where that is less than 8 times. */
LW_MUST_USE lw_status lw_samples_sorted(const lw_samples *samples, bool *sorted);

#endif
