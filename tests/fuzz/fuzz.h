/** What the fuzz targets share. A target hands one input to a reader and looks after what the
 *  reader promises; sanitizers look after memory. Every target ends with lw_fuzz_leave. */
#ifndef LONGWAVE_TESTS_FUZZ_H
#define LONGWAVE_TESTS_FUZZ_H

#include "longwave/task/task.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LW_FUZZ_FILES = 2 };

/** libFuzzer's: one input; 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Path of file number 0 <= number < LW_FUZZ_FILES, which has this content from now on. In $TMPDIR,
 *  by default in memory. */
const char *lw_fuzz_file(int number, const uint8_t *data, size_t size);

/** A world of this process alone. */
lw_world *lw_fuzz_world(void);

/** Make `product` as `longwave prepare` does with these words, NULL-ended: "--train", path. What a
 *  maker promises is looked after; lw_product_done is the caller's. */
LW_MUST_USE lw_status lw_fuzz_make(const lw_task *task, const char *const *words,
                                   lw_product *product);

/** A finding unless `holds`. */
void lw_fuzz_expect(bool holds, const char *promise);

/** The reader has given back its memory and closed what it opened with HDF5. Returns 0. */
int lw_fuzz_leave(void);

#endif
