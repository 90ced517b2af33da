#include "longwave/io/png.h"
#include <png.h>

lw_status lw_png_write(const char *path, int64_t width, int64_t height, const uint8_t *rgb)
{
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGB};
  const int eight_bits = 0, stride = 0; /* rows lie close together */
  if (png_image_write_to_file(&image, path, eight_bits, rgb, stride, NULL)) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write the picture %s: %s; does its folder exist?", path,
                 image.message);
}
