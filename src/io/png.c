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

lw_status lw_png_read_grey(const char *path, int64_t width, int64_t height, uint8_t *grey)
{
  png_image image = {.version = PNG_IMAGE_VERSION};
  lw_status status = LW_OK;
  if (!png_image_begin_read_from_file(&image, path))
    return lw_fail(LW_ERROR_FILE, "cannot read the picture '%s': %s", path, image.message);
  image.format = PNG_FORMAT_GRAY;
  if (image.width != width || image.height != height)
    status = lw_fail(LW_ERROR_FORMAT, "the picture '%s' has %u x %u pixels, not %lld x %lld", path,
                     image.width, image.height, (long long)width, (long long)height);
  else if (!png_image_finish_read(&image, NULL, grey, 0, NULL))
    status = lw_fail(LW_ERROR_FILE, "cannot read the picture '%s': %s", path, image.message);
  png_image_free(&image);
  return status;
}
