#define _POSIX_C_SOURCE 200809L
#include "longwave/io/png.h"
#include "longwave/base/aside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/io/output.h"
#include <errno.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 4 };

lw_status lw_png_write(const char *path, int64_t width, int64_t height, const uint8_t *rgb)
{
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGB};
  const int eight_bits = 0, stride = 0; /* rows lie close together */
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = lw_output_check(path, &lw_output_picture);
  if (status == LW_OK) status = lw_aside_open_text(path, &aside);
  if (status == LW_OK &&
      !png_image_write_to_stdio(&image, aside.stream, eight_bits, rgb, stride, NULL))
    status = lw_fail(LW_ERROR_FILE, "cannot write the picture '%s': %s", path, image.message);
  return lw_aside_end(&aside, status);
}

/* ---- reading ---- */

typedef struct reading {
  FILE *file;
  png_structp png;
  png_infop info;
  png_bytepp rows; /* [height] borrowed */
  char why[160];
} reading;

static PNG_NORETURN void leave(png_structp png, png_const_charp why)
{
  reading *in = png_get_error_ptr(png);
  snprintf(in->why, sizeof in->why, "%s", why);
  png_longjmp(png, 1);
}

static void pass_over(png_structp png, png_const_charp warning)
{
  (void)png;
  (void)warning;
}

/* libpng leaves these two by a jump when something fails; they hold nothing of their own. */
static bool read_head(reading *in)
{
  if (setjmp(png_jmpbuf(in->png))) return false;
  png_init_io(in->png, in->file);
  png_set_crc_action(in->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(in->png, in->info);
  return true;
}

/* The stored levels are kept: no gamma and no colour profile is applied. */
static bool read_rows(reading *in)
{
  if (setjmp(png_jmpbuf(in->png))) return false;
  png_set_expand(in->png);   /* palettes, 1 to 4 bits, a transparent colour */
  png_set_strip_16(in->png); /* the high byte */
  png_set_gray_to_rgb(in->png);
  png_set_add_alpha(in->png, 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling(in->png);
  png_read_update_info(in->png, in->info);
  if (png_get_rowbytes(in->png, in->info) !=
      (png_size_t)CHANNELS * png_get_image_width(in->png, in->info))
    png_error(in->png, "its pixel format is unknown");
  png_read_image(in->png, in->rows);
  png_read_end(in->png, NULL);
  return true;
}

static lw_status refuse(const reading *in, const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot read the picture '%s': %s", path,
                 in->why[0] ? in->why : "out of memory");
}

static lw_status read_picture(reading *in, const char *path, int64_t width, int64_t height)
{
  if (!read_head(in)) return refuse(in, path);
  const png_uint_32 columns = png_get_image_width(in->png, in->info);
  const png_uint_32 rows = png_get_image_height(in->png, in->info);
  if (columns != width || rows != height)
    return lw_fail(LW_ERROR_FORMAT,
                   "the picture '%s' has %u x %u pixels, not %lld x %lld"
                   "; remove it, or make it again",
                   path, columns, rows, (long long)width, (long long)height);
  return read_rows(in) ? LW_OK : refuse(in, path);
}

lw_status lw_png_read(const char *path, int64_t width, int64_t height, uint8_t *rgba)
{
  reading in = {0};
  lw_status status = LW_OK;
  lw_input_note(path);
  memset(rgba, 0, (size_t)(CHANNELS * width * height));
  LW_TRY(LW_TAKE(&in.rows, height));
  for (int64_t y = 0; y < height; y++) in.rows[y] = rgba + CHANNELS * width * y;
  in.file = fopen(path, "rb");
  if (!in.file)
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read the picture '%s': %s", path, lw_reason(errno)));
  in.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &in, leave, pass_over);
  in.info = in.png ? png_create_info_struct(in.png) : NULL;
  LW_TRY(in.info ? read_picture(&in, path, width, height) : refuse(&in, path));
done:
  if (in.png) png_destroy_read_struct(&in.png, &in.info, NULL);
  if (in.file) fclose(in.file);
  lw_mem_give(in.rows);
  return status;
}
