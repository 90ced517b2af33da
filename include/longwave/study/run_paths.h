/** Which run folders a table or a report is about, and the tests of those that nobody has tested
 *  yet. Not here: what stands in them (run_view.h). */
#ifndef LONGWAVE_STUDY_RUN_PATHS_H
#define LONGWAVE_STUDY_RUN_PATHS_H

#include "longwave/base/option.h"
#include "longwave/base/temp.h"
#include "longwave/comm/world.h"
#include "longwave/train/checkpoint.h"
#include <stdbool.h>
#include <stdint.h>

/** Folders of runs. */
typedef struct lw_run_paths {
  int64_t count;
  char (*path)[LW_TEXT_MAX]; /* owned */
  char aside[LW_TEMP_MAX];   /* on the root: tests of runs that may only be read, of path[i] in
                                aside/i; "": no such folder. lw_run_paths_done removes it */
} lw_run_paths;

/** Each word is a run folder (it has a job.yaml) or a folder of such. Collective over all; the root
 *  looks. Errors, on all ranks: LW_ERROR_INPUT when a word is neither. */
LW_MUST_USE lw_status lw_run_paths_find(const lw_world *world, const char *const *words, int count,
                                        lw_run_paths *out);
void lw_run_paths_done(lw_run_paths *paths);

/** Evaluate each run's best checkpoint on the test split, unless that is kept already. A run whose
 *  data is not here is left alone, with a warning; of one that may only be read the result is kept
 *  aside; one that cannot be read leaves the list. Collective over all. Errors, on all ranks: those
 *  of evaluation. */
LW_MUST_USE lw_status lw_run_paths_test(lw_world *world, lw_run_paths *paths);

/** Where the test of path[i] is kept aside. folder [LW_PATH_MAX] out; "": nowhere. Local. Errors:
 *  those of lw_folder_path. */
LW_MUST_USE lw_status lw_run_paths_aside(const lw_run_paths *paths, int64_t i, char *folder);

/** A run that is damaged, or not for us to read, takes none of the others with it: whether *status,
 *  then LW_OK, says that it is one. A warning names it. Local. */
bool lw_run_passed_over(const char *folder, lw_status *status);

/** Whether a run still stands there untested; the checkpoint to test. checkpoint [LW_TEXT_MAX]
 *  out. Local. */
LW_MUST_USE lw_status lw_run_untested(const char *folder, char *checkpoint, bool *untested);

#endif
