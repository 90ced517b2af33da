/** What the parts of the HDF5 door share: h5.c reads arrays, h5_text.c attributes and texts,
 *  h5_type.c knows the types of items, h5_write.c writes. Only these may include hdf5.h. */
#ifndef LONGWAVE_IO_H5_PRIVATE_H
#define LONGWAVE_IO_H5_PRIVATE_H

#include "longwave/io/h5.h"
#include <hdf5.h>

/** The type in memory, and the little-endian one in the file. Borrowed. */
hid_t lw_h5_native(lw_h5_type type);
hid_t lw_h5_stored(lw_h5_type type);

/** Type and byte order of the items of array `name` in the file `path`. Errors: LW_ERROR_FORMAT: a
 *  type not in lw_h5_type; the sentence names it and those that are read. */
LW_MUST_USE lw_status lw_h5_type_read(const char *path, const char *name, hid_t set,
                                      lw_h5_shape *shape);

/** HDF5 prints no errors from now on; lw_h5_reason tells the innermost one of the last call that
 *  failed. Borrowed, overwritten by the next failure. */
void lw_h5_quiet(void);
const char *lw_h5_reason(void);

/** The status of a call that has read: LW_ERROR_FILE with the system's reason when the system
 *  refused something since the last time, for the file may be good; else the one given. */
lw_status lw_h5_judge(const char *path, lw_status status);

/** The open file and its size in bytes, for h5_text.c. */
hid_t lw_h5_id(const lw_h5 *file);
int64_t lw_h5_bytes(const lw_h5 *file);

#endif
