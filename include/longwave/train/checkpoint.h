/** Stop 9. Everything a step needs, in one HDF5 file, written by all ranks together; global arrays
 *  only, so any rank count can read it. The format is specified at the top of
 *  src/train/checkpoint.c. A file under its final name is whole: it was written beside, synced,
 *  read back against its checksums, renamed. Not here: which checkpoints exist and which are
 *  kept (run/folder.h). */
#ifndef LONGWAVE_TRAIN_CHECKPOINT_H
#define LONGWAVE_TRAIN_CHECKPOINT_H

#include "longwave/data/dataset.h"
#include "longwave/model/model.h"
#include "longwave/train/job.h"
#include "longwave/train/optimizer.h"

/** Where a training stands; part of every checkpoint. */
typedef struct lw_progress {
  int64_t step; /* steps done */
  /* samples taken from the endless training order: its place in the epoch and the epoch */
  int64_t cursor;
  int64_t tokens;            /* tokens trained on */
  double seconds;            /* spent on steps and evaluations, over all lives of the run */
  lw_score best;             /* of the best evaluation; lw_objective_worst before the first */
  int64_t best_step;         /* 0: none yet */
  int64_t evaluations_worse; /* since the best one: early stop */
  double plateau_scale;      /* 1 at the start */
  int64_t plateau_worse;     /* evaluations since the rate was lowered or the loss was best */
  int64_t evaluation_due;    /* 1: the step was saved before its evaluation */
} lw_progress;

/** What gives the numbers of the data their meaning, and what was in them: lw_dataset_info. */
typedef struct lw_data_mark {
  double scale, shift;
  int64_t class_names, token_names; /* checksums of names that the file holds; 0: it has none */
  int64_t samples[LW_SPLITS], content[LW_SPLITS];
  /* from format 4 on; before it there was one channel, and classes only */
  int64_t channels, numbers, horizon;
  int64_t meaning; /* lw_dataset_meaning */
} lw_data_mark;

/** What a checkpoint says about itself before its arrays are read. */
typedef struct lw_checkpoint_info {
  int64_t format;    /* version of the file's format */
  lw_data_mark mark; /* from format 3 on, else all 0 */
  lw_progress progress;
  double epoch;
  lw_model_data data;
  uint32_t data_checksum; /* lw_dataset_info.checksum */
  char task[64];
  char job[LW_JOB_TEXT_MAX];
  uint32_t checksum; /* of all arrays: the same state has the same one on any rank count */
  char version[32];  /* of the program that wrote it */
} lw_checkpoint_info;

/** The group of a file that the head of its data set stands in (data/dataset_head.h), from format 4
 *  on. */
#define LW_CHECKPOINT_DATA "/data"
/** Format from which on a file says what its data mean. */
enum { LW_CHECKPOINT_MARKED = 3 };

/** What is saved; an optimizer's world is that which saves. The optimizer is NULL when only
 *  evaluating: then its arrays are not read. dataset: whose names are saved; NULL: none. Loading
 *  needs no data set.
 *  unverified: load what the file holds without a look at checksums, for one changed on purpose. */
typedef struct lw_checkpoint_state {
  lw_model *model;
  lw_optimizer *optimizer;
  const lw_dataset *dataset;
  bool unverified;
} lw_checkpoint_state;

/** What a save did and how long each part took on this rank. */
typedef struct lw_checkpoint_saved {
  uint32_t checksum;
  int64_t bytes;                         /* of all arrays */
  double checksum_s, write_s, compare_s; /* write: until the file is on the disk */
} lw_checkpoint_saved;

/** Write `path`. info: all but format, mark, checksum and version filled in, alike on all ranks.
 *  Collective over all. Errors, on all ranks: LW_ERROR_FILE (disk full: how much is needed),
 *  LW_ERROR_FORMAT (what was read back differs); the training can go on after them. */
LW_MUST_USE lw_status lw_checkpoint_save(const char *path, const lw_world *world,
                                         lw_checkpoint_info *info, const lw_checkpoint_state *state,
                                         lw_checkpoint_saved *saved);

/** Local. Errors: LW_ERROR_FILE (it cannot be read now), LW_ERROR_FORMAT (it is damaged),
 *  LW_ERROR_FOREIGN (it is of another version, or no checkpoint at all). */
LW_MUST_USE lw_status lw_checkpoint_read_info(const char *path, lw_checkpoint_info *info);

/** Whether the model that a checkpoint describes can read the data set at all: kind, vocabulary,
 *  target, classes, documents. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_checkpoint_check_sizes(const char *path, const lw_checkpoint_info *info,
                                                const lw_dataset *dataset);

/** Of sizes that fit: what is otherwise in the data set than in the one that the checkpoint at
 *  `path` was trained on, one a line in text [room]: names of classes and tokens, scale and shift,
 *  counts, checksums; "" for the same checksum. Before LW_CHECKPOINT_MARKED only the checksum is
 *  known. Local. Errors: those of reading. */
LW_MUST_USE lw_status lw_checkpoint_data_changes(const char *path, const lw_checkpoint_info *info,
                                                 const lw_dataset *dataset, char *text,
                                                 int64_t room);

/** The attribute `kind`: what a model sees or is asked, in one word. Local. */
const char *lw_checkpoint_kind(const lw_model_data *data);

/** Training samples of an epoch, as the progress tells; 0 before the first step. Local. */
int64_t lw_checkpoint_samples(const lw_checkpoint_info *info);

/** Whether a split is certain to be the one of the training. Local. */
bool lw_checkpoint_same_split(const lw_checkpoint_info *info, const lw_dataset *dataset,
                              lw_split split);

/** Whether the data set's numbers mean what they meant in the training: sizes, names of classes and
 *  tokens, scale and shift; data that an earlier format cannot compare are warned of. accept: all
 *  but sizes is warned of, not refused. Local; the root warns. Errors: LW_ERROR_INPUT naming what
 *  differs, those of reading. */
LW_MUST_USE lw_status lw_checkpoint_check_data(const char *path, const lw_checkpoint_info *info,
                                               const lw_dataset *dataset, bool accept);

/** Whether the parameters of a model without memory yet are those of the file: sizes that a damaged
 *  file names must be those of its arrays, or memory would be taken that no file fills. Local.
 *  Errors: LW_ERROR_FORMAT, those of reading. */
LW_MUST_USE lw_status lw_checkpoint_check_shapes(const char *path, const lw_params *params);

/** Fill the arrays of a model (and optimizer) made for this checkpoint; checksums are compared.
 *  Local. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT naming the array. */
LW_MUST_USE lw_status lw_checkpoint_load(const char *path, const lw_checkpoint_state *state);

#endif
