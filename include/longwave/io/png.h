/** Pictures; the one door to libpng. */
#ifndef LONGWAVE_IO_PNG_H
#define LONGWAVE_IO_PNG_H

#include "longwave/base/status.h"
#include <stdint.h>

/** rgb [height, width, 3] in. Local. Errors: LW_ERROR_FILE with libpng's reason. */
LW_MUST_USE lw_status lw_png_write(const char *path, int64_t width, int64_t height,
                                   const uint8_t *rgb);

/** A picture as grey levels, [height, width] out; other sizes are refused. Local. Errors:
 *  LW_ERROR_FILE when it is missing, empty or damaged; LW_ERROR_FORMAT with its size. */
LW_MUST_USE lw_status lw_png_read_grey(const char *path, int64_t width, int64_t height,
                                       uint8_t *grey);

#endif
