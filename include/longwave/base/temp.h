/** Folders that live as long as a command. Local. Not here: files written aside (base/aside.h). */
#ifndef LONGWAVE_BASE_TEMP_H
#define LONGWAVE_BASE_TEMP_H

#include "longwave/base/status.h"

enum { LW_TEMP_MAX = 1024 };

/** Make a folder of its own below TMPDIR, or else /tmp, for its user alone.
 *  use   what it is for, a part of its name
 *  path  [LW_TEMP_MAX] out; "" on failure
 *  Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_temp_make(const char *use, char *path);
/** Remove it with all that is in it, and set path to "". What cannot be removed stays. */
void lw_temp_remove(char *path);

#endif
