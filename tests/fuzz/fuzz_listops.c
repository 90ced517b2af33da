/* ListOps files of both forms, plain and gzip; and the evaluation of any tokens. */
#include "fuzz.h"
#include "longwave/task/listops.h"

static void expect_right(const lw_samples *samples, bool end_mark)
{
  for (int64_t i = 0; i < samples->count; i++) {
    const uint8_t *tokens = samples->bytes + samples->offsets[i];
    int64_t count = samples->offsets[i + 1] - samples->offsets[i] - end_mark;
    int32_t value = -1;
    lw_fuzz_expect(lw_listops_evaluate(tokens, count, &value) == LW_OK, "a sample has a value");
    lw_fuzz_expect(value == samples->labels[i], "its value is its label");
    lw_fuzz_expect(!end_mark || tokens[count] == LW_LISTOPS_END, "the mark ends it");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_samples samples = {0};
  const bool end_mark = size % 2;
  if (lw_listops_import(lw_fuzz_file(0, data, size), end_mark, &samples) == LW_OK)
    lw_fuzz_expect(samples.count > 0, "a file that is taken has samples");
  expect_right(&samples, end_mark);
  lw_samples_done(&samples);

  int32_t value = 0;
  if (lw_listops_evaluate(data, (int64_t)size, &value) == LW_OK)
    lw_fuzz_expect(value >= 0 && value < LW_LISTOPS_CLASSES, "a value is a digit");
  return lw_fuzz_leave();
}
