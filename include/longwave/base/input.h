/** Which files this process reads, so that none of them is replaced by what it writes. The doors to
 *  files note what they open; a file counts as the same by device and inode, whatever it is called.
 *  Local. Not here: the refusal (io/output.h). */
#ifndef LONGWAVE_BASE_INPUT_H
#define LONGWAVE_BASE_INPUT_H

#include <stdbool.h>

/** `path` is being read, or will be. What is not there is not noted. Of very many files only the
 *  newest some thousand are known. */
void lw_input_note(const char *path);
/** This process has written it: it may be read back, and written again. */
void lw_input_own(const char *path);
/** It may be replaced after all. */
void lw_input_forget(const char *path);
/** Whether the file of this name is one that was noted. */
bool lw_input_is(const char *path);

#endif
