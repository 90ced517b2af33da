/** Which files this process reads, so that none of them is replaced by what it writes. The modules
 *  that open files note them here; two names with the same device and inode are the same file.
 *  Local. Not here: the refusal (io/output.h). */
#ifndef LONGWAVE_BASE_INPUT_H
#define LONGWAVE_BASE_INPUT_H

#include <stdbool.h>

/** `path` is being read, or will be. A file that does not exist is not noted. Of very many files
 *  only the newest few thousand are remembered. */
void lw_input_note(const char *path);
/** This process has written the file: it may be read back, and still be replaced. */
void lw_input_own(const char *path);
/** Forget the file: it may be replaced. */
void lw_input_forget(const char *path);
/** Whether the file of this name is one that was noted. */
bool lw_input_is(const char *path);

#endif
