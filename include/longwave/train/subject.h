/** A checkpoint that is opened to be tested or looked at, and everything that belongs to it: what
 *  it says, its job, its data set or another one, the arranged ranks, and its model with the
 *  parameters. One open, one close; in between lw_subject_load makes the model, when it is known
 *  what shall be done with it. Not here: going on with a training (train/trainer.h).
 *
 *  The model is computed as the job says, and not as the ranks of the training were: weights that
 *  the job shares are shared by the ranks at hand, and recompute saves memory here, too; but the
 *  sequence axis is the caller's or chosen, and a rank may use its share of this node's memory
 *  whatever parallel.memory was. Results are those of any ranks but for rounding. */
#ifndef LONGWAVE_TRAIN_SUBJECT_H
#define LONGWAVE_TRAIN_SUBJECT_H

#include "longwave/train/checkpoint.h"
#include "longwave/train/evaluate.h"
#include "longwave/train/job.h"

typedef struct lw_subject_request {
  const char *checkpoint;
  const char *data; /* another data set; "": that of the training; NULL: none is opened */
  bool accept_data; /* as in lw_checkpoint_check_data */
  bool unverified;  /* as in lw_checkpoint_state */
} lw_subject_request;

typedef struct lw_subject {
  char path[LW_TEXT_MAX]; /* of the checkpoint */
  bool unverified;
  lw_world *world; /* borrowed */
  lw_checkpoint_info info;
  lw_job job;             /* that made the checkpoint */
  lw_execution execution; /* of the model here */
  lw_dataset *dataset;    /* NULL: none was asked for */
  lw_model *model;        /* NULL until it is loaded */
  lw_optimizer optimizer; /* with lw_subject_use.optimizer */
} lw_subject;

/** What shall be done with the model. Zero-initialise. */
typedef struct lw_subject_use {
  const lw_evaluation *evaluation; /* NULL: there is no pass */
  const int64_t *list; /* [count] samples in place of those of the evaluation; or NULL */
  int64_t count;
  int64_t results;    /* bytes that the caller takes for them */
  int64_t sequence;   /* ranks on the sequence axis; 0: chosen */
  const char *option; /* what set it, for messages */
  const char *batch;  /* what sets the samples of a pass, for advice; NULL: nothing */
  bool optimizer;     /* its states, too */
} lw_subject_use;

/** Read what the checkpoint says, open the data set, see whether they fit. Collective over all.
 *  Errors, on all ranks: those of lw_checkpoint_read_info, lw_job_from_text, lw_job_open_data_or,
 *  lw_checkpoint_check_data; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_subject_open(lw_world *world, const lw_subject_request *request,
                                      lw_subject **out);

/** Arrange the world and make subject->model with its parameters, if all that the use takes fits.
 *  The sequence axis has as few ranks as give each rank work, let shared weights be shared, and
 *  fit. Collective over all. Errors, on all ranks: LW_ERROR_MEMORY before memory is taken, with
 *  the sentence of train/memory.h; those of lw_parallel_arrange and lw_checkpoint_load. */
LW_MUST_USE lw_status lw_subject_load(lw_subject *subject, const lw_subject_use *use);

/** Whether the job shares the weights out over ranks. Local. */
bool lw_subject_shares(const lw_subject *subject);

/** NULL is fine. */
void lw_subject_close(lw_subject **subject);

#endif
