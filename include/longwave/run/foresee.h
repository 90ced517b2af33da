/** What a training will need of memory on ranks that are not here, as those of a job that is yet to
 *  be queued. */
#ifndef LONGWAVE_RUN_FORESEE_H
#define LONGWAVE_RUN_FORESEE_H

#include "longwave/train/memory.h"

typedef struct lw_foresight {
  int sequence;   /* ranks on the sequence axis */
  int64_t memory; /* bytes of a rank, at most; 0: not known, as of ScaLAPACK */
} lw_foresight;

/** The grid and the memory of a job on `ranks` ranks that may take `limit` each. Local; needs no
 *  MPI. Errors: LW_ERROR_INPUT when the ranks cannot be arranged as the job says; LW_ERROR_MEMORY
 *  when it does not fit, as lw_memory_check. */
LW_MUST_USE lw_status lw_foresee(const lw_job *job, const lw_dataset *dataset, int ranks,
                                 const lw_memory_limit *limit, lw_foresight *out);

/** The model of a job without values, on one rank whatever the job shares out: its parameters and
 *  its work can be asked. data must stay. Local; needs no MPI. Errors: those of
 *  lw_model_outline. */
LW_MUST_USE lw_status lw_foresee_outline(const lw_job *job, const lw_model_data *data,
                                         lw_model **out);

#endif
