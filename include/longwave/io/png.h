/** Pictures; the one door to libpng. */
#ifndef LONGWAVE_IO_PNG_H
#define LONGWAVE_IO_PNG_H

#include "longwave/base/status.h"
#include <stdint.h>

/** rgb [height, width, 3] in. Local. Errors: LW_ERROR_FILE with libpng's reason. */
LW_MUST_USE lw_status lw_png_write(const char *path, int64_t width, int64_t height,
                                   const uint8_t *rgb);

/** A picture of any PNG kind by its stored levels, whatever gAMA, cHRM, sRGB or a profile say:
 *  rgba [height, width, 4] out, red, green, blue and opacity (255 where there is no transparency;
 *  colours behind it are as stored). Grey has three equal levels, 1, 2 and 4 bits are spread over
 *  0..255, of 16 bits the high byte counts. Other sizes are refused. Local. Errors: LW_ERROR_FILE
 *  when it is missing, empty, truncated or damaged in any part; LW_ERROR_FORMAT with its size. */
LW_MUST_USE lw_status lw_png_read(const char *path, int64_t width, int64_t height, uint8_t *rgba);

#endif
