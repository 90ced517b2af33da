/* Documents in tab-separated lines. The first byte chooses the flags, the rest is the file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_product product;
  if (!size) return 0;
  const uint8_t choice = data[0];
  const char *path = lw_fuzz_file(0, data + 1, size - 1);
  const bool characters = choice & 1, further = choice & 2;
  const char *words[] = {"--train",
                         path,
                         "--validation",
                         choice & 4 ? "1" : "0",
                         "--max-length",
                         choice & 8 ? "3" : "0",
                         "--label-field",
                         "1",
                         "--text-field",
                         further ? "3" : "2",
                         "--alphabet",
                         characters ? "characters" : "bytes",
                         characters ? "--min-count" : NULL,
                         choice & 16 ? "1" : "2",
                         choice & 32 ? "--end-mark" : NULL,
                         NULL};
  if (lw_fuzz_make(&lw_text_task, words, &product) == LW_OK)
    lw_fuzz_expect(product.samples[LW_SPLIT_TRAIN].count > 0, "what is taken has samples");
  lw_product_done(&product);
  return lw_fuzz_leave();
}
