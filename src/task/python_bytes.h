/** Texts that were printed as Python byte strings: b'...' with escapes, as in Long Range Arena's
 *  files of the retrieval task. */
#ifndef LONGWAVE_TASK_PYTHON_BYTES_H
#define LONGWAVE_TASK_PYTHON_BYTES_H

#include <stdint.h>

/** Undo the printing in place: returns the new length, `length` when text is no such string, -1
 *  when it begins like one but is malformed. */
int64_t lw_python_bytes_undo(char *text, int64_t length);

#endif
