/** A temporary file that this process alone writes at its end and reads anywhere. It has no name
 *  while it is used, so it is gone with the process, however that ends. Local. Neighbours:
 *  data/builder.h, base/aside.h. */
#ifndef LONGWAVE_DATA_SPOOL_H
#define LONGWAVE_DATA_SPOOL_H

#include "longwave/base/status.h"
#include <stdint.h>

/** Initialise with LW_SPOOL_NONE. */
typedef struct lw_spool {
  int file;      /* -1: none */
  char *path;    /* owned: beside which it is */
  char *end;     /* owned: its last bytes, that are not yet written */
  int64_t bytes; /* in all */
  int64_t held;  /* of them in `end` */
  char *near;    /* owned: what was read last, so that small neighbours are read together */
  int64_t near_first, near_bytes;
} lw_spool;
#define LW_SPOOL_NONE                                                                              \
  (lw_spool)                                                                                       \
  {                                                                                                \
    .file = -1                                                                                     \
  }

/** Beside `path`. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_spool_open(const char *path, lw_spool *out);
/** Errors: LW_ERROR_FILE (disk full). */
LW_MUST_USE lw_status lw_spool_add(lw_spool *spool, const void *data, int64_t bytes);
/** Bytes [first, first + bytes) of those that were added. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_spool_read(lw_spool *spool, int64_t first, int64_t bytes, void *out);
void lw_spool_done(lw_spool *spool);

#endif
