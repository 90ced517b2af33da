/** Files that are written aside and renamed when they are whole: nobody ever sees a part of one,
 *  and two writers of one path do not disturb each other, since each has a temporary name of its
 *  own. The name is NAME.tmp-TAG-PID-N-HOST beside NAME; TAG stands for the machine since it was
 *  started. What a killed process left behind is removed by the next writer of the same NAME on the
 *  same machine, which can be sure that its process is gone; on other machines it stays. Local. Not
 *  here: whether a file may be replaced (io/output.h). */
#ifndef LONGWAVE_BASE_ASIDE_H
#define LONGWAVE_BASE_ASIDE_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Initialise with LW_ASIDE_NONE. */
typedef struct lw_aside {
  char *path, *temporary; /* owned */
  int file;               /* -1: closed, or behind `stream` */
  FILE *stream;           /* NULL: none */
} lw_aside;
#define LW_ASIDE_NONE                                                                              \
  (lw_aside)                                                                                       \
  {                                                                                                \
    .file = -1                                                                                     \
  }

/** Make the temporary file, empty: `file` is open for reading and writing. Errors: LW_ERROR_FILE,
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_aside_open(const char *path, lw_aside *out);
/** The same with a `stream` to write text to. */
LW_MUST_USE lw_status lw_aside_open_text(const char *path, lw_aside *out);

/** Give the file this length, all zeros, with its space reserved on the disk; a file system that
 *  cannot reserve space is no error. Errors: LW_ERROR_FILE: no room. */
LW_MUST_USE lw_status lw_aside_reserve(const lw_aside *aside, int64_t bytes);

/** Close the file, which others may now open by its temporary name. Errors: LW_ERROR_FILE: a part
 *  of it could not be written. */
LW_MUST_USE lw_status lw_aside_close(lw_aside *aside);
/** Sync the open file to the disk, close it and rename it. After the rename nothing is an error: a
 *  folder that cannot be synced is a warning. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_aside_publish(lw_aside *aside);
/** Remove the temporary file if it was not published. */
void lw_aside_done(lw_aside *aside);
/** The last call, after the whole file was written or after a failure with `status`: publish the
 *  file if all went well, and release it in either case. Errors: `status`, those of publishing. */
LW_MUST_USE lw_status lw_aside_end(lw_aside *aside, lw_status status);

/** From here on a signal that asks to leave (base/signals.h) removes what is open, up to eight
 *  files, and then ends the process as it would have. For commands that do nothing else then. */
void lw_aside_remove_on_signals(void);

/** The symbolic link `path` points to `target` from now on. Errors: LW_ERROR_FILE,
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_aside_link(const char *path, const char *target);

/** Whether a file of this name is or was a temporary one, of this or an earlier version. */
bool lw_aside_is_temporary(const char *name);

/** Sync a file to the disk. It is only a warning if the file system does not support this. Errors:
 *  LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_file_sync(int file, const char *path);

#endif
