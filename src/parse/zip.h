/** The members of a ZIP file, stored or deflated, one at a time from beginning to end. */
#ifndef LONGWAVE_PARSE_ZIP_H
#define LONGWAVE_PARSE_ZIP_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_zip lw_zip;

/** Whether a file begins as a ZIP file does. */
bool lw_zip_is(const char *path);

/** Errors: LW_ERROR_FILE; LW_ERROR_FORMAT: damaged, cut short. */
LW_MUST_USE lw_status lw_zip_open(const char *path, lw_zip **out);
void lw_zip_close(lw_zip **zip);

int64_t lw_zip_count(const lw_zip *zip);
/** Borrowed. */
const char *lw_zip_name(const lw_zip *zip, int64_t member);

/** Go to the first byte of a member. Errors: LW_ERROR_FORMAT: damaged, encrypted, packed by
 *  another method. */
LW_MUST_USE lw_status lw_zip_enter(lw_zip *zip, int64_t member);
/** The next `count` bytes of it. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT: damaged, ends before. */
LW_MUST_USE lw_status lw_zip_take(lw_zip *zip, void *data, int64_t count);
/** It ends here, and its checksum is right. */
LW_MUST_USE lw_status lw_zip_expect_end(lw_zip *zip);

#endif
