/** The run folder: job.yaml (the resolved job), metrics.csv, train.log, lives.csv (run/lives.h),
 *  lock (who writes here), places/ (run/watch.h), checkpoints/step-00000100.h5 and the links
 *  checkpoints/latest.h5 and best.h5. All functions are Local and called by the root, but for the
 *  names. Errors of all: LW_ERROR_FILE with the system's reason; LW_ERROR_INPUT when a path is too
 *  long. */
#ifndef LONGWAVE_RUN_FOLDER_H
#define LONGWAVE_RUN_FOLDER_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { LW_PATH_MAX = 4096 };

/** path [LW_PATH_MAX] becomes <folder>/<name>. */
LW_MUST_USE lw_status lw_folder_path(const char *folder, const char *name, char *path);
/** path [LW_PATH_MAX] becomes <folder>/checkpoints/step-<step, 8 digits or more>.h5. */
LW_MUST_USE lw_status lw_folder_checkpoint(const char *folder, int64_t step, char *path);

/** Whether a run in this folder, which need not be there, would replace a file that this process
 *  reads (base/input.h). Its own job.yaml may be: one that holds the text `job` already, or that of
 *  a run which goes on (`resume`). Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_folder_check_inputs(const char *folder, const char *job, bool resume);

/** Make the folder and its parents where they are missing. */
LW_MUST_USE lw_status lw_folder_make(const char *folder);
/** Make the folder, its parents, and the folders for checkpoints and places in it. */
LW_MUST_USE lw_status lw_folder_create(const char *folder);

/** Steps of the checkpoints there, newest first; none: *count 0. *steps is the caller's to give
 *  back. Errors also: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_folder_steps(const char *folder, int64_t **steps, int64_t *count);

typedef struct lw_folder_rule {
  int64_t keep;  /* the newest */
  int64_t best;  /* that of this step; 0: none */
  int64_t every; /* those of steps that this divides; 0: none */
} lw_folder_rule;

/** Remove all but what the rule keeps; also temporary files that a killed run left. */
LW_MUST_USE lw_status lw_folder_prune(const char *folder, const lw_folder_rule *rule);

/** The step of the checkpoint that <name> of lw_folder_link points to, if this folder has it; else
 *  -1. The link may have come from another folder, with its whole path. */
int64_t lw_folder_linked(const char *folder, const char *name);

/** Make the folder this process's own: no other run may write there. The system frees it when the
 *  process ends, however that happens, so a killed run leaves nothing to clean up. Waits up to
 *  `seconds` for a run that is about to end. *lock: to be closed at the end; -1 where the file
 *  system knows no locks. Errors also: LW_ERROR_INPUT, naming the process that has it. */
LW_MUST_USE lw_status lw_folder_lock(const char *folder, double seconds, int *lock);
void lw_folder_unlock(int *lock);

/** Whether a run could write there, as far as that shows without writing: the folder, or the
 *  nearest one above it that is there, may be written, and no other run writes there now. Errors
 *  also: LW_ERROR_INPUT, naming that run. */
LW_MUST_USE lw_status lw_folder_try(const char *folder);

/** Rename the checkpoint of `step`, which is damaged, to <its name>.damaged: it is no checkpoint
 *  any more, but can be looked at. */
LW_MUST_USE lw_status lw_folder_set_aside(const char *folder, int64_t step);

/** checkpoints/<name> points to the checkpoint of `step` from now on, in one step. */
LW_MUST_USE lw_status lw_folder_link(const char *folder, const char *name, int64_t step);

/** Replace <folder>/<name> by `text`, whole or not at all. */
LW_MUST_USE lw_status lw_folder_write(const char *folder, const char *name, const char *text);

#endif
