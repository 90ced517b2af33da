/* A file of safetensors: what opening takes can be read whole. */
#include "fuzz.h"
#include "longwave/io/safetensors.h"
#include <string.h>

static void read_tensor(const lw_safetensors *file, const lw_tensor *t)
{
  static float data[1024];
  int64_t items = 1;
  for (int i = 0; i < t->rank; i++) items *= t->dims[i];
  lw_fuzz_expect(items == t->items, "items are the product of the shape");
  lw_fuzz_expect(t->begin >= 0 && t->begin <= t->end, "offsets ascend");
  lw_fuzz_expect(lw_safetensors_find(file, t->name) == t, "names are unlike");
  if (strcmp(t->type, "F32") != 0 || items > 1024) return;
  lw_fuzz_expect(lw_safetensors_read(file, t, 0, items, data) == LW_OK, "its numbers are there");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_safetensors *file = NULL;
  int64_t count;
  if (lw_safetensors_open(lw_fuzz_file(0, data, size), &file) == LW_OK) {
    const lw_tensor *list = lw_safetensors_list(file, &count);
    for (int64_t i = 0; i < count; i++) read_tensor(file, &list[i]);
    lw_safetensors_text(file, "job");
  }
  lw_safetensors_close(&file);
  return lw_fuzz_leave();
}
