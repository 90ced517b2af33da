/** What a training needs of memory, told before the first step: a job that cannot fit is refused
 *  with one sentence, and is not ended by the system in the middle of a step. */
#ifndef LONGWAVE_TRAIN_MEMORY_H
#define LONGWAVE_TRAIN_MEMORY_H

#include "longwave/train/job.h"

/** What decides the largest share of a step that a rank may get. */
typedef struct lw_memory_case {
  int64_t samples; /* of a piece of the batch, over all ranks */
  int64_t longest; /* tokens of a sample, or of each document of a pair */
  int ranks;       /* in all */
  int sequence;    /* of them on the sequence axis */
  bool recompute;
} lw_memory_case;

/** Bytes of a rank, at most and roughly: the batch spread evenly, all samples of full length. */
typedef struct lw_memory {
  int64_t tokens;                /* of a pass */
  int64_t parameters, gradients; /* as held */
  int64_t optimizer;             /* moments and summed gradient of the own rows */
  int64_t pass;                  /* what forward keeps and backward uses */
  int64_t buffers;               /* messages, work memory of attention, batches */
  int64_t all;
} lw_memory;

/** The case of a job on this world: tokens of its longest training sample. Local. */
lw_memory_case lw_memory_case_of(const lw_job *job, int64_t longest, const lw_world *world);

/** The model need not have values. Local. */
lw_memory lw_memory_estimate(const lw_model *model, const lw_memory_case *at);

/** Refuse what does not fit. To be called for a model without values yet; all ranks agree.
 *  Collective over all. Errors, on all ranks: LW_ERROR_MEMORY: what is needed, what there is, what
 *  would do. */
LW_MUST_USE lw_status lw_memory_check(const lw_model *model, const lw_job *job,
                                      const lw_memory_case *at, const lw_world *world);

#endif
