/* idx: big-endian 32-bit head (magic, count and, for images, rows and columns), then one byte a
 * pixel or label. */
#include "image_files.h"
#include "longwave/base/mem.h"
#include "longwave/parse/source.h"
#include <inttypes.h>
#include <stdio.h>

enum { MAGIC_IMAGES = 0x803, MAGIC_LABELS = 0x801, SIDE_MAX = 4096, HEAD_NUMBERS = 4 };

static lw_status take_head(lw_source *source, int numbers, uint32_t magic,
                           uint32_t head[HEAD_NUMBERS])
{
  uint8_t bytes[4 * HEAD_NUMBERS];
  lw_status status = lw_source_take(source, bytes, 4);
  for (int i = 0; i < numbers && status == LW_OK; i++) {
    if (i) status = lw_source_take(source, bytes + 4 * i, 4);
    const uint8_t *b = bytes + 4 * i;
    if (status == LW_OK)
      head[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    if (status == LW_OK && !i && head[0] != magic)
      status = lw_fail(LW_ERROR_FORMAT,
                       "'%s': magic number 0x%08x at byte 0, idx %s begin with 0x%08x"
                       "; give the files of images and labels to the flags of their names",
                       lw_source_path(source), head[0], magic == MAGIC_IMAGES ? "images" : "labels",
                       magic);
  }
  return status;
}

static lw_status check_heads(const char *images, const char *labels, const uint32_t *image_head,
                             const uint32_t *label_head, lw_image_shape *shape)
{
  int64_t rows = image_head[2], columns = image_head[3];
  if (image_head[1] != label_head[1])
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has %" PRIu32 " images (byte 4) and '%s' has %" PRIu32 " labels (byte 4)"
                   "; give two files that belong together",
                   images, image_head[1], labels, label_head[1]);
  if (!image_head[1])
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' holds no images (byte 4)"
                   "; download it again",
                   images);
  if (rows < 1 || columns < 1 || rows > SIDE_MAX || columns > SIDE_MAX)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': images of %" PRId64 " x %" PRId64 " (byte 8); 1 to %d are read", images,
                   rows, columns, SIDE_MAX);
  if (shape->rows && (shape->rows != rows || shape->columns != columns))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': images of %" PRId64 " x %" PRId64 " (byte 8), the others have %" PRId64
                   " x %" PRId64,
                   images, rows, columns, shape->rows, shape->columns);
  *shape = (lw_image_shape){rows, columns};
  return LW_OK;
}

lw_status lw_image_label(const lw_product *product, uint8_t byte, const lw_source *source,
                         const char *more, int32_t *label)
{
  char text[8], rule[LW_TEXT_MAX];
  const int length = snprintf(text, sizeof text, "%d", byte);
  *label = lw_product_label(product, text, length);
  if (*label >= 0) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT, "'%s': label %d at byte %" PRId64 " %s%s", lw_source_path(source),
                 byte, lw_source_offset(source) - 1, lw_product_label_rule(product, rule), more);
}

lw_status lw_idx_load(const char *images, const char *labels, const lw_product *product,
                      lw_samples *samples, lw_image_shape *shape)
{
  lw_source *image_file = NULL, *label_file = NULL;
  uint32_t image_head[HEAD_NUMBERS] = {0}, label_head[HEAD_NUMBERS] = {0};
  uint8_t *image = NULL, byte = 0;
  int32_t label = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(images, &image_file));
  LW_TRY(lw_source_open(labels, &label_file));
  LW_TRY(take_head(image_file, 4, MAGIC_IMAGES, image_head));
  LW_TRY(take_head(label_file, 2, MAGIC_LABELS, label_head));
  LW_TRY(check_heads(images, labels, image_head, label_head, shape));
  const int64_t pixels = shape->rows * shape->columns;
  LW_TRY(LW_TAKE(&image, pixels));
  for (uint32_t i = 0; i < image_head[1]; i++) {
    LW_TRY(lw_source_take(image_file, image, pixels));
    LW_TRY(lw_source_take(label_file, &byte, 1));
    LW_TRY(lw_image_label(product, byte, label_file, "", &label));
    LW_TRY(lw_samples_add(samples, image, pixels, label));
  }
  LW_TRY(lw_source_expect_end(image_file));
  LW_TRY(lw_source_expect_end(label_file));
done:
  lw_mem_give(image);
  lw_source_close(&label_file);
  lw_source_close(&image_file);
  return status;
}
