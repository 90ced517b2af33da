/** The test of a checkpoint: its model over a split of a data set, with what is asked for of the
 *  results: the confusion table, the logits and the gradient of the mean loss as files, and the
 *  figures kept in the run folder (run/kept.h), where tables and reports find them. Not here: what
 *  is told of it (the evaluate command), the evaluation itself (train/evaluate.h). */
#ifndef LONGWAVE_RUN_CHECKPOINT_TEST_H
#define LONGWAVE_RUN_CHECKPOINT_TEST_H

#include "longwave/io/h5.h"
#include "longwave/run/kept.h"
#include "longwave/train/subject.h"

/** Classes up to which a confusion table that is not kept is made: one that can be shown. */
enum { LW_CHECKPOINT_TEST_CLASSES = 32 };

typedef enum lw_test_keep {
  LW_TEST_KEEP_NEVER,
  LW_TEST_KEEP_SHOWN,  /* of the checkpoint that stands for its run, on all samples of the run's
                          own data, and where the folder may be written */
  LW_TEST_KEEP_ALWAYS, /* or fail */
} lw_test_keep;

/** All strings are borrowed until lw_checkpoint_test_done; "": not asked for. */
typedef struct lw_checkpoint_test_request {
  const char *checkpoint;
  const char *data; /* "": the set that the checkpoint was trained on */
  lw_split split;
  int64_t limit;      /* samples used, drawn; 0: all */
  int64_t batch_size; /* samples at a time, over all ranks; 0: a piece of training's batch */
  int64_t sequence;   /* ranks on the sequence axis; 0: chosen */
  bool unverified;    /* as in lw_checkpoint_state */
  bool accept_data;   /* as in lw_checkpoint_check_data */
  lw_test_keep keep;
  const char *keep_in;            /* on the root: where instead of in the checkpoint's run folder */
  const char *logits, *gradients; /* files */
} lw_checkpoint_test_request;

/** Zero-initialise. To read once it has run. */
typedef struct lw_checkpoint_test {
  lw_checkpoint_test_request request;
  lw_world *world; /* borrowed */
  lw_subject *subject;
  lw_evaluation evaluation;         /* with the results */
  lw_h5_writer *logits, *gradients; /* files begun; NULL: none */
  bool kept;                        /* the result is to be kept; after _keep: it is */
  char folder[LW_TEXT_MAX];         /* where, on the root */
} lw_checkpoint_test;

/** Open what the request names, arrange the world, evaluate. Files are begun first: a missing
 *  folder or a full disk shows before the work. Collective over all. Errors, on all ranks:
 *  LW_ERROR_INPUT (what does not fit together), LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_checkpoint_test_run(lw_world *world,
                                             const lw_checkpoint_test_request *request,
                                             lw_checkpoint_test *test);
/** Keep the figures where the request says so. Collective over all. Errors, on all ranks: those of
 *  lw_kept_write with LW_TEST_KEEP_ALWAYS; else a line of the log tells why they are not kept. */
LW_MUST_USE lw_status lw_checkpoint_test_keep(lw_checkpoint_test *test);
/** Write the files that the request names. Collective over all. Errors, on all ranks: those of
 *  writing. */
LW_MUST_USE lw_status lw_checkpoint_test_write(lw_checkpoint_test *test);
void lw_checkpoint_test_done(lw_checkpoint_test *test);

/** Whether a limit leaves some of the split's samples only. Local. */
bool lw_checkpoint_test_drawn(const lw_checkpoint_test *test);

/** Test a whole split of a run's own data and keep the figures, for those of runs that nobody has
 *  tested yet. folder: where, on the root; "": in the checkpoint's run folder. Collective over all;
 *  arranges the world. Errors, on all ranks: as the three above. */
LW_MUST_USE lw_status lw_checkpoint_test_and_keep(lw_world *world, const char *checkpoint,
                                                  lw_split split, const char *folder);

#endif
