/* What the sources of the memory estimate share: memory.c (what is needed), memory_check.c (what
   there is, and a training that does not fit), memory_evaluation.c (an evaluation alone). */
#ifndef LONGWAVE_TRAIN_MEMORY_INSIDE_H
#define LONGWAVE_TRAIN_MEMORY_INSIDE_H

#include "longwave/train/memory.h"

/* The loads of a case with data: what the steps of this run draw, each rank a part of them.
   Collective over all. Errors, on all ranks: those of lw_load_steps. */
LW_MUST_USE lw_status lw_memory_load_drawn(const lw_model *model, lw_memory_case *at,
                                           const lw_world *world);

/* One pass with its buffers, beside parameters and gradients; `all` is left 0. load without rows:
   no pass. Local. */
lw_memory lw_memory_of_pass(const lw_model *model, const lw_memory_case *at, const lw_load *load,
                            lw_mode mode);

/* Fails with LW_ERROR_MEMORY: what is needed, what there is, what would do. split: of the samples
   that the pass is over, " of the test split", or "". Local. */
LW_MUST_USE lw_status lw_memory_refuse(const lw_memory *need, const char *split,
                                       const lw_memory_limit *limit, const char *advice);

#endif
