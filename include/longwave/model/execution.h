/** How a model is computed and shared out on the ranks at hand: the section `parallel` of a job.
 *  Nothing here changes what a model computes, but for rounding: a checkpoint is bound to none of
 *  it, and whoever opens one may compute it otherwise than the training did. Not here: what a model
 *  is (lw_model_design in model/model.h); attention.engine, which is the attention's own part of
 *  the question (attention/attention.h).
 *
 *  To add an option: 1. a member here and a row in src/model/execution.c; 2. read it where it acts:
 *  where ranks are arranged (train/parallel.h), where memory is foretold (train/memory.h), or in
 *  the model, which keeps a copy. */
#ifndef LONGWAVE_MODEL_EXECUTION_H
#define LONGWAVE_MODEL_EXECUTION_H

#include "longwave/base/option.h"
#include "longwave/model/projection.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_execution {
  int64_t threads;       /* per rank; 0: run/banner.h chooses */
  int64_t sequence;      /* ranks on the sequence axis; 0: train/parallel.h chooses */
  lw_matmul_kind matmul; /* who multiplies the linear layers of the blocks */
  bool recompute; /* keep only the input of each block and compute the rest again in backward:
                       less memory, the same bits */
  int64_t memory; /* MiB that a rank may use; 0: its share of the node's */
} lw_execution;
extern const lw_option lw_execution_option_table[];

#endif
