/** Arrays as NumPy saves them: .npy (versions 1 to 3; plain or gzip) and the members of .npz, a ZIP
 *  file (stored or deflated, also of more than 4 GiB). Read from the first item to the last, in
 *  pieces of any size. Local.
 *  Source: the format of numpy.lib.format; APPNOTE.TXT of PKWARE for ZIP.
 *  Not here: arrays of texts, dates, records, complex numbers or Python objects, and those in
 *  Fortran's order; they are refused. */
#ifndef LONGWAVE_PARSE_NPY_H
#define LONGWAVE_PARSE_NPY_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { LW_NPY_DIMS_MAX = 8 };

typedef struct lw_npy_info {
  char kind;       /* 'b' true or false, 'i' whole, 'u' whole and not negative, 'f' real */
  int bytes;       /* of an item: 1, 2, 4 or 8 */
  bool big_endian; /* in the file */
  int dims;        /* 0: one item */
  int64_t shape[LW_NPY_DIMS_MAX];
  int64_t items; /* product of the shape */
} lw_npy_info;

typedef struct lw_npy lw_npy;

/** member: of an .npz, with or without ".npy"; NULL: the only one. For an .npy it must be NULL.
 *  Errors: LW_ERROR_FILE; LW_ERROR_INPUT for a member that is not there, naming those that are;
 *  LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_npy_open(const char *path, const char *member, lw_npy **out);
void lw_npy_close(lw_npy **npy);

const lw_npy_info *lw_npy_describe(const lw_npy *npy); /* borrowed */
/** The path, with ":member" for an .npz. Borrowed. */
const char *lw_npy_name(const lw_npy *npy);

/** The next `count` items in the order of the last index first (C); so many must be left. The last
 *  item must end the file or the member, and the checksum of a member must be right. Errors:
 *  LW_ERROR_FILE; LW_ERROR_FORMAT with the file, also for a whole number above 2^53, which a double
 *  does not hold. */
LW_MUST_USE lw_status lw_npy_read(lw_npy *npy, double *items, int64_t count);

#endif
