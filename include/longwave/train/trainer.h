/** Everything a training holds, and the path of one step (src/train/step.c, the first file to
 *  read). */
#ifndef LONGWAVE_TRAIN_TRAINER_H
#define LONGWAVE_TRAIN_TRAINER_H

#include "longwave/data/batch.h"
#include "longwave/train/checkpoint.h"
#include "longwave/train/curriculum.h"
#include "longwave/train/evaluate.h"
#include "longwave/train/job.h"
#include "longwave/train/loss.h"
#include "longwave/train/memory.h"
#include "longwave/train/optimizer.h"
#include "longwave/train/weights.h"
#include <stdbool.h>

typedef struct lw_trainer {
  lw_job job;
  const lw_world *world; /* borrowed */
  lw_dataset *dataset;
  lw_weights weights; /* of answers */
  lw_model *model;
  lw_memory memory; /* as foretold */
  lw_memory_limit limit;
  lw_optimizer optimizer;
  lw_gradient gradient; /* summed */
  lw_progress progress;
  lw_order order;
  lw_curriculum curriculum;
  lw_lesson lesson; /* of the step that began last; its data set and order are not NULL */
  lw_batch batch;
  int64_t *list; /* [batch_size] the samples of the step, in order */
} lw_trainer;

typedef struct lw_step_result {
  lw_score score;                      /* of the step's samples; value[0] is the loss */
  double learning_rate, gradient_norm; /* norm before clipping */
  double step_loss, step_accuracy;     /* of step labels beside the answers; NAN: none are learnt */
  int64_t tokens;                      /* over all ranks */
  double near_tiles;                   /* share of the allowed tiles of attention that forward
                                          computed, over all blocks; NAN: it has none */
  double seconds, waiting;             /* of this rank; waiting for others is part of seconds */
  bool stop, save;                     /* what some rank wishes: agreed, all see the same */
} lw_step_result;

/** How a training goes on from a checkpoint. */
typedef struct lw_resume {
  bool accept_data; /* in: although the data set is not as it was */
  /* out: what is not as it was, one a line, "" for nothing: options that may differ; the data set,
     and what follows from that; what is forgotten, or jumps, because of either */
  char changes[4096], data[4096], settled[2048];
} lw_resume;

/** What this rank wishes to happen after the step. */
typedef struct lw_step_wishes {
  bool stop; /* it was signalled */
  bool save; /* by its clock a checkpoint is due */
} lw_step_wishes;

/** Opens the data set and compares it with its checksums, arranges the world as the job says, makes
 *  model and optimizer. Collective over all. Errors, on all ranks: LW_ERROR_FILE, LW_ERROR_FORMAT
 *  (the data set); LW_ERROR_INPUT (what does not fit together); LW_ERROR_MEMORY, before any is
 *  taken (train/memory.h). */
LW_MUST_USE lw_status lw_trainer_create(const lw_job *job, lw_world *world, lw_trainer **out);
void lw_trainer_destroy(lw_trainer **trainer);

/** One optimizer step: stops 2 to 8. Collective over all.
 *  Errors, on all ranks: LW_ERROR_DIVERGED when loss or gradient is not finite (parameters are then
 *  untouched, and the sentence holds the table of norms), reading, memory. */
LW_MUST_USE lw_status lw_step(lw_trainer *trainer, lw_step_wishes wishes, lw_step_result *result);

/** What an evaluation of the validation split is, not done yet. Local. */
lw_evaluation lw_trainer_evaluation(const lw_trainer *trainer);
/** The figures of the validation split. Collective over all. Errors as lw_evaluate. */
LW_MUST_USE lw_status lw_trainer_validate(lw_trainer *trainer, lw_evaluation *evaluation);

/** Stop 9. Collective over all. Errors as lw_checkpoint_save. */
LW_MUST_USE lw_status lw_trainer_save(lw_trainer *trainer, const char *path,
                                      lw_checkpoint_saved *saved);
/** Continue from a checkpoint: checks that job and data fit, restores everything. Collective over
 *  all. Errors, on all ranks: LW_ERROR_INPUT (another model, order of samples or data set), those
 *  of lw_checkpoint_load. */
LW_MUST_USE lw_status lw_trainer_restore(lw_trainer *trainer, const char *path, lw_resume *resume);

/** Epochs done, with the fraction of the one under way. Local. */
double lw_trainer_epoch(const lw_trainer *trainer);

#endif
