/* A pair of idx files: two bytes with the size of the labels, the labels, the images. */
#include "../../src/task/image_files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2) return 0;
  size_t labels_size = (size_t)data[0] | (size_t)data[1] << 8, rest = size - 2;
  if (labels_size > rest) labels_size = rest;
  const char *labels = lw_fuzz_file(0, data + 2, labels_size);
  const char *images = lw_fuzz_file(1, data + 2 + labels_size, rest - labels_size);

  lw_samples samples = {0};
  const lw_product product = {.recipe = {.classes = 10}, .labels_are_indices = true};
  lw_image_shape shape = {0};
  if (lw_idx_load(images, labels, &product, &samples, &shape) == LW_OK)
    lw_fuzz_expect(samples.count > 0, "a file that is taken has samples");
  lw_fuzz_expect(samples.tokens == samples.count * shape.rows * shape.columns,
                 "every image is whole");
  for (int64_t i = 0; i < samples.count; i++)
    lw_fuzz_expect(samples.labels[i] >= 0 && samples.labels[i] < 10, "labels fit");
  lw_samples_done(&samples);
  return lw_fuzz_leave();
}
