/** What a training or an evaluation needs of memory, told before any is taken: a job that cannot
 *  fit is refused with one sentence, and is not ended by the system in the middle of a step or of
 *  an evaluation. The lengths of the samples count, not the longest one alone: first those of the
 *  worst micro-batch that any order could bring, and if that does not fit, those that this run
 *  draws. */
#ifndef LONGWAVE_TRAIN_MEMORY_H
#define LONGWAVE_TRAIN_MEMORY_H

#include "longwave/data/load.h"
#include "longwave/train/evaluate.h"
#include "longwave/train/job.h"
#include "longwave/train/optimizer.h"

/** The samples that passes are made of. Zero-initialise. */
typedef struct lw_memory_data {
  const lw_job *job;         /* borrowed */
  const lw_dataset *dataset; /* borrowed */
  int64_t *order;            /* all training samples, those with most tokens first */
  int64_t *evaluated;        /* [evaluations] what an evaluation of the validation split takes */
  int64_t evaluations;       /* 0: there is none */
  int64_t held, later;       /* bytes: taken before, and to be taken for orders and lists */
} lw_memory_data;

/** Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_memory_data_init(lw_memory_data *data, const lw_job *job,
                                          const lw_dataset *dataset);
void lw_memory_data_done(lw_memory_data *data);

/** What decides the largest share of a step that a rank may get. */
typedef struct lw_memory_case {
  int64_t samples; /* of a piece of the batch, over all ranks */
  int64_t longest; /* tokens of a sample, or of each document of a pair */
  int ranks;       /* in all */
  int sequence;    /* of them on the sequence axis */
  bool recompute;
  int optimizer;              /* index in lw_optimizers */
  const lw_memory_data *data; /* borrowed; NULL: all samples are of full length, none evaluated */
  /* From data, for the numbers above (lw_memory_load). No rows: not known, or no evaluation. */
  lw_load train, evaluated;
} lw_memory_case;

/** Bytes of a rank, at most and roughly. */
typedef struct lw_memory {
  int64_t tokens;                /* of the larger pass */
  bool evaluation;               /* that pass is an evaluation */
  int64_t parameters, gradients; /* as held */
  int64_t optimizer;             /* its states, and the summed gradient of the own rows */
  int64_t pass;                  /* what forward keeps and backward uses */
  int64_t buffers;               /* messages, work memory of attention, batches, tables, lists */
  int64_t results;               /* of an evaluation alone */
  int64_t all;
} lw_memory;

/** The case of a job on this world: tokens of its longest training sample. Local. */
lw_memory_case lw_memory_case_of(const lw_job *job, int64_t longest, const lw_world *world);

/** Fill in the loads of a case with data: of the worst order, and of the evaluation. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_memory_load(const lw_model *model, lw_memory_case *at);

/** The model need not have values. Local. */
lw_memory lw_memory_estimate(const lw_model *model, const lw_memory_case *at);

/** What a rank may take. */
typedef struct lw_memory_limit {
  double bytes;
  const char *whose; /* "parallel.memory": where that comes from, for messages */
} lw_memory_limit;
/** parallel.memory, or what there is for the rank with least. Collective over all. */
lw_memory_limit lw_memory_limit_of(const lw_execution *execution, const lw_world *world);

/** Refuse what does not fit. To be called for a model without values yet; all ranks agree. Fills in
 *  the loads that fit. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY: what is needed,
 *  what there is, what would do. */
LW_MUST_USE lw_status lw_memory_check(const lw_model *model, const lw_job *job, lw_memory_case *at,
                                      const lw_world *world);
/** The same with another limit than that of lw_memory_limit_of. */
LW_MUST_USE lw_status lw_memory_check_limit(const lw_model *model, const lw_job *job,
                                            lw_memory_case *at, const lw_memory_limit *limit,
                                            const lw_world *world);

/** What is done with a model that is not trained. Zero-initialise. */
typedef struct lw_memory_evaluation {
  const lw_dataset *dataset;          /* borrowed */
  const lw_evaluation *evaluation;    /* borrowed */
  const int64_t *list;                /* [count] its samples, in the order of its batches */
  int64_t count;                      /* 0: no pass is made */
  int64_t results;                    /* bytes taken for them */
  const lw_optimizer_kind *optimizer; /* whose states are read, too; NULL: none */
  const char *batch_option; /* what sets the samples of a pass, for advice; NULL: nothing */
} lw_memory_evaluation;

/** Refuse an evaluation that does not fit, with the same sentence. To be called for a model without
 *  values yet on its arranged world; all ranks agree. Collective over all. Errors, on all ranks:
 *  LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_memory_check_evaluation(const lw_model *model,
                                                 const lw_memory_evaluation *evaluation,
                                                 const lw_memory_limit *limit,
                                                 const lw_world *world);

#endif
