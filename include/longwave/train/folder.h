/** The run folder: job.yaml (the resolved job), metrics.csv, train.log, lives.csv (train/lives.h),
 *  checkpoints/step-00000100.h5 and the links checkpoints/latest.h5 and best.h5. All functions
 *  are Local and called by the root, but for the names. */
#ifndef LONGWAVE_TRAIN_FOLDER_H
#define LONGWAVE_TRAIN_FOLDER_H

#include "longwave/base/status.h"
#include <stdint.h>

enum { LW_PATH_MAX = 4096 };

/** path [LW_PATH_MAX] becomes <folder>/<name>. Errors: LW_ERROR_INPUT when too long. */
LW_MUST_USE lw_status lw_folder_path(const char *folder, const char *name, char *path);
/** <folder>/checkpoints/step-<step, 8 digits>.h5 */
LW_MUST_USE lw_status lw_folder_checkpoint(const char *folder, int64_t step, char *path);

/** Make the folder, its parents and its checkpoints folder. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_folder_create(const char *folder);

/** Steps of the checkpoints there, newest first; none: *count 0. *steps is the caller's to give
 *  back. */
LW_MUST_USE lw_status lw_folder_steps(const char *folder, int64_t **steps, int64_t *count);

/** Remove all but the newest `keep` and that of best_step; also temporary files that a killed
 *  run left. */
LW_MUST_USE lw_status lw_folder_prune(const char *folder, int64_t keep, int64_t best_step);

/** Rename the checkpoint of `step`, which is damaged, to <its name>.damaged: it is no checkpoint
 *  any more, but can be looked at. */
LW_MUST_USE lw_status lw_folder_set_aside(const char *folder, int64_t step);

/** checkpoints/<name> points to the checkpoint of `step` from now on, in one step. */
LW_MUST_USE lw_status lw_folder_link(const char *folder, const char *name, int64_t step);

/** Replace <folder>/<name> by `text`. */
LW_MUST_USE lw_status lw_folder_write(const char *folder, const char *name, const char *text);

#endif
