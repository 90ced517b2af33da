/** A set of samples by content: has this one been seen? Keys are compared in full; the bytes stay
 *  in lw_samples, which must outlive the set and may grow meanwhile. */
#ifndef LONGWAVE_TASK_SAMPLE_SET_H
#define LONGWAVE_TASK_SAMPLE_SET_H

#include "longwave/data/dataset.h"

typedef struct lw_sample_slot {
  uint64_t hash;
  int64_t sample; /* index + 1; 0: free */
  int32_t split;
} lw_sample_slot;

/** Zero-initialise, with `samples` [LW_SPLITS] borrowed. */
typedef struct lw_sample_set {
  const lw_samples *samples;
  lw_sample_slot *slots; /* [room], a power of two */
  int64_t room, count;
} lw_sample_set;

/** The split of an equal sample that was added before, or -1. */
int lw_sample_set_find(const lw_sample_set *set, const uint8_t *bytes, int64_t count);
/** Add sample number `sample` of `split`. */
LW_MUST_USE lw_status lw_sample_set_add(lw_sample_set *set, lw_split split, int64_t sample);
void lw_sample_set_done(lw_sample_set *set);

#endif
