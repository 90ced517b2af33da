/** Which checkpoint of a run is the newest and which the best, for those who only look at its
 *  folder. The files step-N.h5 count; the links latest.h5 and best.h5 may be missing, point to
 *  nothing or to another folder, or be files of their own, as copies make them. Not here: the
 *  names (run/folder.h), going on with a training (run/run.h). All functions are Local, but for
 *  lw_newest_steps. */
#ifndef LONGWAVE_RUN_NEWEST_H
#define LONGWAVE_RUN_NEWEST_H

#include "longwave/train/checkpoint.h"
#include "longwave/run/folder.h"

/** lw_folder_steps as the root sees them: on a shared file system the others may see an older
 *  state. Collective over all. Errors, on all ranks: the same. */
LW_MUST_USE lw_status lw_newest_steps(const lw_world *world, const char *folder, int64_t **steps,
                                      int64_t *count);

/** The newest checkpoint that can be read, and what it says. path [LW_PATH_MAX] out; "": there is
 *  none. One that is damaged is passed over with a warning for the one before it. Errors: those of
 *  lw_checkpoint_read_info when none can be read. */
LW_MUST_USE lw_status lw_newest_find(const char *folder, char *path, lw_checkpoint_info *info);

/** The best one, by what the newest says, which is at path, or else by best.h5; without evaluations
 *  path stays. When the best is not there, path stays, too, and a warning says so. path
 *  [LW_PATH_MAX] in and out. */
void lw_newest_best(const char *folder, const lw_progress *newest, char *path);

/** The checkpoint that stands for a run in tables and reports: the best, or without evaluations the
 *  newest.
 *  newest      out: what the newest one says
 *  checkpoint  [LW_TEXT_MAX] out; "": there is none
 *  Errors: those of lw_newest_find; LW_ERROR_INPUT for a path that is too long. */
LW_MUST_USE lw_status lw_newest_shown(const char *folder, lw_checkpoint_info *newest,
                                      char *checkpoint);

/** Whether there is any checkpoint, under any name. */
bool lw_newest_any(const char *folder);

/** A copy under the name of a link becomes step-N.h5 where there is none of its step. *changed:
 *  there was such a one. Errors: LW_ERROR_FILE, those of reading but for damage. */
LW_MUST_USE lw_status lw_newest_adopt(const char *folder, bool *changed);

#endif
