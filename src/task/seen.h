/** Which texts came before: a set of their hashes of 64 bits (base/hash.h), 8 to 16 bytes a text,
 *  so that two of a million texts are mistaken for one another in one of 10^7 files. Neighbours:
 *  table_rows.c. */
#ifndef LONGWAVE_TASK_SEEN_H
#define LONGWAVE_TASK_SEEN_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** Zero-initialise. */
typedef struct lw_seen {
  uint64_t *slots; /* [room], a power of two; 0: free */
  int64_t room, count;
} lw_seen;

/** *again: whether the text [length] was added before. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_seen_add(lw_seen *seen, const char *text, int64_t length, bool *again);
void lw_seen_done(lw_seen *seen);

#endif
