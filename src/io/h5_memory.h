/** A file of HDF5's in memory, for making the head of a file: what HDF5 writes itself. It keeps
 *  only the pages that were written, so that arrays which are laid out but not filled cost nothing,
 *  and it never fails in front of HDF5, which cannot survive a failing disk: what goes wrong is
 *  told afterwards. Local. */
#ifndef LONGWAVE_IO_H5_MEMORY_H
#define LONGWAVE_IO_H5_MEMORY_H

#include "h5_private.h"

typedef struct lw_h5_memory lw_h5_memory;

LW_MUST_USE lw_status lw_h5_memory_create(lw_h5_memory **out);
void lw_h5_memory_destroy(lw_h5_memory **memory);

/** Let files of this access list be made in `memory`, which must outlive them; one at a time. */
void lw_h5_memory_use(hid_t access, lw_h5_memory *memory);

/** Bytes of the file once HDF5 has closed it. */
int64_t lw_h5_memory_bytes(const lw_h5_memory *memory);
/** Write its pages to where they belong in an open file. Errors: LW_ERROR_FILE, with `path` in the
 *  sentence; LW_ERROR_MEMORY when some did not find room. */
LW_MUST_USE lw_status lw_h5_memory_save(const lw_h5_memory *memory, int file, const char *path);

#endif
