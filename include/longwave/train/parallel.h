/** How the ranks of a training or an evaluation are arranged: which of them share samples. */
#ifndef LONGWAVE_TRAIN_PARALLEL_H
#define LONGWAVE_TRAIN_PARALLEL_H

#include "longwave/comm/world.h"
#include <stdint.h>

typedef struct lw_parallel_request {
  const char *option; /* what the user set it by, for messages */
  int64_t sequence;   /* ranks on the sequence axis; 0: chosen here */
  int64_t least;      /* to be chosen */
  int64_t samples;    /* of a micro-batch */
  int64_t longest;    /* tokens of the longest sample */
} lw_parallel_request;

/** How many ranks the sequence axis gets of `ranks`. Local. Errors: as lw_parallel_arrange. */
LW_MUST_USE lw_status lw_parallel_choose(int ranks, const lw_parallel_request *request,
                                         int *sequence);
/** Arrange the world, before anything is made on its axes. Chosen are as few ranks on the sequence
 *  axis as let each place of the data axis have a sample. Collective over all. Errors, on all
 *  ranks: LW_ERROR_INPUT when the number does not divide the ranks, or is more than the tokens of
 *  the longest sample. */
LW_MUST_USE lw_status lw_parallel_arrange(lw_world *world, const lw_parallel_request *request);

/** Arrange the world so that what is made on its axes fits. make: makes it anew, and fails with
 *  LW_ERROR_MEMORY on all ranks when it does not fit: where the number of ranks is left to us, the
 *  sequence axis then grows until it does. Collective over all. Errors, on all ranks: as
 *  lw_parallel_arrange, those of make. */
LW_MUST_USE lw_status lw_parallel_fit(lw_world *world, lw_parallel_request request,
                                      lw_status (*make)(void *context), void *context);

#endif
