/* CIFAR-10, binary version: records of one label byte and 3072 pixels, 32 x 32 red, then green,
 * then blue, row by row. There is no head and no count: a file is whole when it holds whole
 * records. */
#include "image_files.h"
#include "longwave/base/mem.h"
#include "longwave/parse/source.h"
#include <inttypes.h>

enum { SIDE = 32, PIXELS = SIDE * SIDE, RECORD = 1 + 3 * PIXELS };

uint8_t lw_grey_of(lw_grey grey, uint8_t red, uint8_t green, uint8_t blue)
{
  if (grey == LW_GREY_LUMA)
    return (uint8_t)((19595u * red + 38470u * green + 7471u * blue + 32768u) >> 16);
  /* in floats, as the original computes it */
  float level = 0.2989f * (float)red + 0.587f * (float)green + 0.114f * (float)blue;
  return (uint8_t)(level / 255.0f * 255.5f);
}

lw_status lw_cifar_load(const char *path, lw_grey grey, const lw_product *product,
                        lw_samples *samples, lw_image_shape *shape)
{
  lw_source *source = NULL;
  uint8_t record[RECORD], image[PIXELS];
  int32_t label = 0;
  bool more = false;
  lw_status status = LW_OK;
  *shape = (lw_image_shape){SIDE, SIDE};
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(lw_source_more(source, &more));
  if (!more) LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is empty; download or make it again", path));
  while (more) {
    LW_TRY(lw_source_take(source, record, 1));
    LW_TRY(lw_image_label(product, record[0], source, "; is it the binary version of CIFAR-10?",
                          &label));
    LW_TRY(lw_source_take(source, record + 1, RECORD - 1));
    const uint8_t *red = record + 1, *green = red + PIXELS, *blue = green + PIXELS;
    for (int i = 0; i < PIXELS; i++) image[i] = lw_grey_of(grey, red[i], green[i], blue[i]);
    LW_TRY(lw_samples_add(samples, image, PIXELS, label));
    LW_TRY(lw_source_more(source, &more));
  }
done:
  lw_source_close(&source);
  return status;
}
