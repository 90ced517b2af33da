/* A text in pieces of three bytes, plain or gzip. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_product product;
  const char *words[] = {"--text", lw_fuzz_file(0, data, size), "--length", "3", NULL};
  if (lw_fuzz_make(&lw_language_task, words, &product) == LW_OK)
    lw_fuzz_expect(product.samples[LW_SPLIT_TRAIN].count > 0, "what is taken has samples");
  lw_product_done(&product);
  return lw_fuzz_leave();
}
