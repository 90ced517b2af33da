/* The release of Pathfinder: two bytes with the size of metadata/0.npy, that file, the picture
 * imgs/0/a.png, of 16 x 16. Other pictures that the metadata name are missing. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];
static const char *const parts[] = {"metadata", "imgs", "imgs/0"};
static const char *const files[] = {"metadata/0.npy", "imgs/0/a.png"};

static char *inside(const char *name)
{
  static char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void remove_folder(void)
{
  for (int i = 0; i < 2; i++) unlink(inside(files[i]));
  for (int i = 2; i >= 0; i--) rmdir(inside(parts[i]));
  rmdir(folder);
}

static void make_folder(void)
{
  const char *above = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/fuzz-XXXXXX", above ? above : "/dev/shm");
  lw_fuzz_expect(mkdtemp(folder) != NULL, "$TMPDIR or /dev/shm can be written to");
  for (int i = 0; i < 3; i++) lw_fuzz_expect(mkdir(inside(parts[i]), 0700) == 0, "there is room");
  atexit(remove_folder);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
  FILE *file = fopen(inside(name), "wb");
  lw_fuzz_expect(file && fwrite(data, 1, size, file) == size && fclose(file) == 0, "there is room");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_product product;
  if (size < 2) return 0;
  size_t metadata_size = (size_t)data[0] | (size_t)data[1] << 8, rest = size - 2;
  if (metadata_size > rest) metadata_size = rest;
  if (!*folder) make_folder();
  put(files[0], data + 2, metadata_size);
  put(files[1], data + 2 + metadata_size, rest - metadata_size);
  const char *words[] = {"--import",           folder,   "--size", "16", "--validation",
                         size % 2 ? "1" : "0", "--test", "0",      NULL};
  if (lw_fuzz_make(&lw_pathfinder_task, words, &product) == LW_OK)
    lw_fuzz_expect(product.samples[LW_SPLIT_TRAIN].tokens ==
                       256 * product.samples[LW_SPLIT_TRAIN].count,
                   "every picture is whole");
  lw_product_done(&product);
  return lw_fuzz_leave();
}
