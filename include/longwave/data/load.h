/** How many tokens and samples micro-batches bring to a rank, computed from the lengths of the
 *  samples alone: for the memory check (train/memory.h). Samples are shared out and packed as
 *  data/batch.h does it, but nothing is read. Not here: bytes. */
#ifndef LONGWAVE_DATA_LOAD_H
#define LONGWAVE_DATA_LOAD_H

#include "longwave/data/batch.h"

/** The most of any rank in any micro-batch seen so far. Zero-initialise. */
typedef struct lw_load {
  int64_t rows;    /* tokens */
  int64_t samples; /* of its coordinate on the data axis */
  int64_t longest; /* tokens of a document */
} lw_load;

typedef struct lw_load_rule {
  const lw_dataset *dataset; /* borrowed */
  lw_split split;
  int64_t max_length;      /* as data.max_length */
  int data;                /* length of the data axis */
  lw_packing_rule packing; /* its ranks are those of the sequence axis; its rank does not matter */
} lw_load_rule;

/** Micro-batches of `each` samples, one behind another in list [count]. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_load_batches(const lw_load_rule *rule, const int64_t *list, int64_t count,
                                      int64_t each, lw_load *load);

/** The samples of the split, those with most tokens first; equals in order. order [count of the
 *  split] out. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_load_longest(const lw_load_rule *rule, int64_t *order);

/** A micro-batch of the `count` samples with most tokens, for any order of training: a sample comes
 *  `times` times when so many epochs can meet in one. order: as above. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_load_worst(const lw_load_rule *rule, const int64_t *order, int64_t count,
                                    int64_t times, lw_load *load);

/** Steps [first, first + count) of a training. */
typedef struct lw_load_steps_rule {
  uint64_t seed;         /* of the order */
  int64_t batch, pieces; /* samples of a step, its micro-batches */
  int64_t first, count;
} lw_load_steps_rule;
/** Exactly what these steps draw. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_load_steps(const lw_load_rule *rule, const lw_load_steps_rule *steps,
                                    lw_load *load);

#endif
