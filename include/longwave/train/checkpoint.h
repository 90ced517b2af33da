/** Stop 9. Everything a step needs, in one HDF5 file, written by all ranks together; global arrays
 *  only, so any rank count can read it. The format is specified at the top of
 *  src/train/checkpoint.c. A file under its final name is whole: it was written beside, synced,
 *  read back against its checksums, renamed. Not here: which checkpoints exist and which are
 *  kept (train/folder.h). */
#ifndef LONGWAVE_TRAIN_CHECKPOINT_H
#define LONGWAVE_TRAIN_CHECKPOINT_H

#include "longwave/model/model.h"
#include "longwave/train/optimizer.h"

/** Where a training stands; part of every checkpoint. */
typedef struct lw_progress {
  int64_t step; /* steps done */
  /* samples taken from the endless training order: its place in the epoch and the epoch */
  int64_t cursor;
  int64_t tokens;                  /* tokens trained on */
  double seconds;                  /* spent on steps and evaluations, over all lives of the run */
  double best_loss, best_accuracy; /* of the best evaluation; infinity and 0 before the first */
  int64_t best_step;               /* 0: none yet */
  int64_t evaluations_worse;       /* since the best one: early stop */
  double plateau_scale;            /* 1 at the start */
  int64_t plateau_worse;           /* evaluations since the rate was lowered or the loss was best */
} lw_progress;

/** What a checkpoint says about itself before its arrays are read. */
typedef struct lw_checkpoint_info {
  lw_progress progress;
  double epoch;
  lw_model_data data;
  uint32_t data_checksum; /* lw_dataset_info.checksum */
  char task[64];
  char job[LW_JOB_TEXT_MAX];
  uint32_t checksum; /* of all arrays: the same state has the same one on any rank count */
  char version[32];  /* of the program that wrote it */
} lw_checkpoint_info;

/** What is saved; an optimizer's world is that which saves. The optimizer is NULL when only
 *  evaluating: then its arrays are not read.
 *  unverified: load what the file holds without a look at checksums, for one changed on purpose. */
typedef struct lw_checkpoint_state {
  lw_model *model;
  lw_optimizer *optimizer;
  bool unverified;
} lw_checkpoint_state;

/** What a save did and how long each part took on this rank. */
typedef struct lw_checkpoint_saved {
  uint32_t checksum;
  int64_t bytes;                         /* of all arrays */
  double checksum_s, write_s, compare_s; /* write: until the file is on the disk */
} lw_checkpoint_saved;

/** Write `path`. info: all but checksum and version filled in, alike on all ranks. Collective over
 *  all. Errors, on all ranks: LW_ERROR_FILE (disk full: how much is needed),
 *  LW_ERROR_FORMAT (what was read back differs); the training can go on after them. */
LW_MUST_USE lw_status lw_checkpoint_save(const char *path, const lw_world *world,
                                         lw_checkpoint_info *info, const lw_checkpoint_state *state,
                                         lw_checkpoint_saved *saved);

/** Local. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_checkpoint_read_info(const char *path, lw_checkpoint_info *info);

/** Fill the arrays of a model (and optimizer) made for this checkpoint; checksums are compared.
 *  Local. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT naming the array. */
LW_MUST_USE lw_status lw_checkpoint_load(const char *path, const lw_checkpoint_state *state);

/** The model that a checkpoint describes, with its parameters; unverified as in
 *  lw_checkpoint_state. *job becomes the job that made it. Collective over all. Errors, on
 *  all ranks: those of the two above; LW_ERROR_MEMORY, only for arrays that the file has. */
LW_MUST_USE lw_status lw_checkpoint_model(const char *path, const lw_world *world, bool unverified,
                                          lw_checkpoint_info *info, lw_job *job, lw_model **model);

#endif
