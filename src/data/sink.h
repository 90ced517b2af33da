/** Rows of an array on their way out: into their checksum, or into a file. Local. Neighbours:
 *  builder_make.c, io/h5.h. */
#ifndef LONGWAVE_DATA_SINK_H
#define LONGWAVE_DATA_SINK_H

#include "longwave/base/work.h"
#include "longwave/io/h5.h"

/** Zero-initialise what is not set. */
typedef struct lw_sink {
  lw_h5_writer *writer; /* borrowed; NULL: the checksum */
  const char *name;     /* borrowed: of the array */
  int64_t row_bytes;
  bool texts;  /* the checksum is that of texts: each without the zeros behind it, and one zero */
  int64_t row; /* of the array: where the next rows go */
  lw_work *work;
  uint32_t sum;
  int64_t bytes; /* of which `sum` is */
  char *held;    /* owned: rows that have not gone out */
  int64_t held_rows, room_rows;
} lw_sink;

/** Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_sink_open(lw_sink *sink);
/** rows [count] of row_bytes each. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_sink_add(lw_sink *sink, const void *rows, int64_t count);
/** The last rows go out. */
LW_MUST_USE lw_status lw_sink_flush(lw_sink *sink);
void lw_sink_close(lw_sink *sink);

#endif
