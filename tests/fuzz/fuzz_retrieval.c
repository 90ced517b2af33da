/* Pairs of documents, with or without a file of papers: a byte that chooses the flags, two bytes with
 * the size of the papers, the papers, the pairs. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_product product;
  if (size < 3) return 0;
  const uint8_t choice = data[0];
  size_t papers_size = (size_t)data[1] | (size_t)data[2] << 8, rest = size - 3;
  if (papers_size > rest) papers_size = rest;
  const char *papers = lw_fuzz_file(0, data + 3, papers_size);
  const char *pairs = lw_fuzz_file(1, data + 3 + papers_size, rest - papers_size);
  const bool characters = choice & 1;
  const char *words[] = {"--train",
                         pairs,
                         "--papers",
                         papers_size ? papers : "",
                         "--max-length",
                         choice & 2 ? "3" : "4000",
                         "--alphabet",
                         characters ? "characters" : "bytes",
                         characters && choice & 4 ? "--end-mark" : NULL,
                         NULL};
  if (lw_fuzz_make(&lw_retrieval_task, words, &product) == LW_OK)
    lw_fuzz_expect(product.samples[LW_SPLIT_TRAIN].count > 0, "what is taken has samples");
  lw_product_done(&product);
  return lw_fuzz_leave();
}
