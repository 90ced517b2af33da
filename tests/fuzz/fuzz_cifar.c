/* A CIFAR-10 batch, plain or gzip. */
#include "../../src/task/image_files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_samples samples = {0};
  const lw_product product = {.recipe = {.classes = 10}, .labels_are_indices = true};
  lw_grey grey = size % 2 ? LW_GREY_LUMA : LW_GREY_LRA;
  lw_image_shape shape = {0};
  if (lw_cifar_load(lw_fuzz_file(0, data, size), grey, &product, &samples, &shape) == LW_OK)
    lw_fuzz_expect(samples.count > 0, "a file that is taken has samples");
  lw_fuzz_expect(samples.tokens == samples.count * shape.rows * shape.columns,
                 "every image is whole");
  for (int64_t i = 0; i < samples.count; i++)
    lw_fuzz_expect(samples.labels[i] >= 0 && samples.labels[i] < 10, "labels fit");
  lw_samples_done(&samples);
  return lw_fuzz_leave();
}
