/* An array of NumPy, .npy or the member "x" of an .npz. */
#include "fuzz.h"
#include "longwave/base/mem.h"
#include "longwave/parse/npy.h"

static void read_array(const char *path, const char *member)
{
  static double items[256];
  lw_npy *npy = NULL;
  lw_status status = lw_npy_open(path, member, &npy);
  if (status == LW_OK) {
    const lw_npy_info *info = lw_npy_describe(npy);
    int64_t product = 1;
    for (int i = 0; i < info->dims; i++) product *= info->shape[i];
    lw_fuzz_expect(product == info->items, "items are the product of the shape");
    for (int64_t i = 0; status == LW_OK && i < info->items; i += 256)
      status = lw_npy_read(npy, items, info->items - i < 256 ? info->items - i : 256);
  }
  lw_npy_close(&npy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *path = lw_fuzz_file(0, data, size);
  read_array(path, NULL);
  read_array(path, "x");
  return lw_fuzz_leave();
}
