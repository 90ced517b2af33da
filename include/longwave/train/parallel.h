/** How the ranks of a training or an evaluation are arranged: which of them share samples. */
#ifndef LONGWAVE_TRAIN_PARALLEL_H
#define LONGWAVE_TRAIN_PARALLEL_H

#include "longwave/comm/world.h"
#include <stdbool.h>
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

/** Whether there is anything of at least request->least to choose. Local. */
bool lw_parallel_more(const lw_world *world, const lw_parallel_request *request);

#endif
