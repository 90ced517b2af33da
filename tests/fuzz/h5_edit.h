/** HDF5 files with surprises. HDF5 itself does not stand bytes that were chosen to hurt it
 *  (docs/decisions.md), so the targets do not feed it any: an input is a list of edits to a good
 *  file, made with HDF5's own calls, then bytes changed as by a failing disk, which HDF5's
 *  checksums must find. */
#ifndef LONGWAVE_TESTS_H5_EDIT_H
#define LONGWAVE_TESTS_H5_EDIT_H

#include "longwave/data/dataset.h"
#include <stddef.h>
#include <stdint.h>

typedef struct lw_fuzz_base lw_fuzz_base;

/** Remember the HDF5 file at `path` and the names in it. To the end of the process. */
const lw_fuzz_base *lw_fuzz_base_read(const char *path);

/** Write a small data set of tokens to `path`: two samples for training, one for validation, none
 *  for testing; two classes, names. */
void lw_fuzz_data(const char *path);

/** And one of version 2: values of two channels with all that samples may have, all for training. */
void lw_fuzz_data_2(const char *path, const lw_target *target);

/** Path of a copy with the edits. */
const char *lw_fuzz_edited(const lw_fuzz_base *base, const uint8_t *script, size_t size);

#endif
