/** A file into which all ranks write, each its own stretches of bytes (MPI-IO). It is there
 *  already, with its full size. Not here: what the bytes mean (io/h5.h), whether they are on the
 *  disk. */
#ifndef LONGWAVE_COMM_FILE_H
#define LONGWAVE_COMM_FILE_H

#include "longwave/comm/world.h"
#include <stdint.h>

typedef struct lw_file lw_file;

/** Collective over all. Errors, on all ranks: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_file_open(const lw_world *world, const char *path, lw_file **out);
/** bytes of data to byte `offset` of the file. Local. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_file_write(lw_file *file, int64_t offset, const void *data, int64_t bytes);
/** Collective over all; NULL on all ranks is fine. The file is closed whatever is returned. Errors,
 *  on this rank: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_file_close(lw_file **file);

#endif
