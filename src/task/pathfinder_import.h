/** The folders in which Pathfinder was released: metadata/N.npy, which are text in spite of their
 *  name (one line a picture: folder, file, index, label, then settings), and the pictures. */
#ifndef LONGWAVE_TASK_PATHFINDER_IMPORT_H
#define LONGWAVE_TASK_PATHFINDER_IMPORT_H

#include "longwave/task/pathfinder.h"

/** Append all pictures of a level's folder, batches 0, 1, 2 .. and their lines in order; pictures
 *  of `side` x `side`, colours as lw_grey_of(LW_GREY_LUMA). background: the grey level that shows
 *  through transparent pixels, or -1: they are refused. An empty picture file (the release has one)
 *  counts as missing. Local. Errors: LW_ERROR_FILE, LW_ERROR_INPUT with file and line. */
LW_MUST_USE lw_status lw_pathfinder_import(const char *folder, int64_t side, int64_t background,
                                           lw_samples *samples);

#endif
