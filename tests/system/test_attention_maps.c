/* inspect --attention: numbers that are attention, pictures that are pictures, and refusals. */
#include "longwave/base/mem.h"
#include "longwave/io/h5.h"
#include "train_case.h"
#include <png.h>

#define TEST_LIMIT 180.0
enum { TOKENS_MOST = 20, PAIRS_MOST = TOKENS_MOST * TOKENS_MOST };

static int64_t read_map(const char *file, int layer, int head, const char *stage, float *map)
{
  char path[TRAIN_PATH], name[LW_H5_NAME_MAX];
  lw_h5 *h5 = NULL;
  lw_h5_shape shape;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  snprintf(name, sizeof name, "/layers/%d/heads/%d/%s", layer, head, stage);
  cr_assert_eq(lw_h5_open(path, &h5), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_array_shape(h5, name, &shape), LW_OK, "%s", lw_fail_message());
  cr_assert(shape.rank == 2 && shape.dims[0] == shape.dims[1] && shape.items <= PAIRS_MOST);
  cr_assert_eq(lw_h5_read(h5, name, LW_H5_F32, 0, shape.dims[0], map), LW_OK, "%s",
               lw_fail_message());
  lw_h5_close(&h5);
  return shape.dims[0];
}

/* Causal attention in chunks of `chunk` tokens, smoothed over 3 keys around each. */
static void expect_attention(const char *file, int64_t chunk)
{
  static float before[PAIRS_MOST], after[PAIRS_MOST];
  for (int place = 0; place < 4; place++) {
    const int64_t T = read_map(file, place / 2, place % 2, "before", before);
    cr_assert_eq(read_map(file, place / 2, place % 2, "after", after), T);
    for (int64_t i = 0; i < T; i++) {
      double sum = 0.0;
      for (int64_t j = 0; j < T; j++) {
        const float *a = before + i * T;
        const int64_t first = i / chunk * chunk, end = first + chunk < T ? first + chunk : T;
        cr_assert(j >= first && j <= i ? a[j] > 0.0f : a[j] == 0.0f, "%d %d", (int)i, (int)j);
        sum += (double)a[j];
        const double mean = ((j > first ? (double)a[j - 1] : 0.0) + (double)a[j] +
                             (j + 1 < end ? (double)a[j + 1] : 0.0)) / 3.0;
        cr_assert_float_eq(after[i * T + j], j >= first && j < end ? mean : 0.0, 1e-6);
      }
      cr_assert_float_eq(sum, 1.0, 1e-5);
    }
  }
}

static void expect_picture(const char *name)
{
  char path[TRAIN_PATH];
  png_image image = {.version = PNG_IMAGE_VERSION};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  cr_assert(png_image_begin_read_from_file(&image, path), "%s: %s", path, image.message);
  cr_assert(image.width > 400 && image.height > 400, "%u x %u", image.width, image.height);
  png_image_free(&image);
}

Test(maps, hold_attention_before_and_after_smoothing, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  for (int ranks = 1; ranks <= 3; ranks++) {
    const int64_t chunk = ranks == 3 ? 7 : TOKENS_MOST;
    char run[16], more[64] = "--set model.norm=layer";
    snprintf(run, sizeof run, "run%d", ranks);
    if (ranks == 3) strcat(more, " --set attention.chunk=7");
    train_well(2, run, more);
    cr_assert_eq(longwave(ranks, "inspect --attention %s --sample %d --out %s/maps.h5 --pictures "
                                 "%s/maps", checkpoint_of(run, 12, path), ranks, folder, folder),
                 0, "%s", output);
    expect_attention("maps.h5", chunk);
    expect_picture("maps/layer-0.png");
    expect_picture("maps/layer-1.png");
  }
  finish();
}

Test(maps, are_refused_with_a_reason, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  checkpoint_of("run", 12, path);
  cr_assert_eq(longwave(2, "inspect --attention %s", path), 2, "%s", output);
  cr_assert(times_in_output("give --out FILE.h5, --pictures FOLDER or both"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s --sample 12 --out %s/m.h5", path, folder), 2);
  cr_assert(times_in_output("has 12 samples in its test split"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s --pictures %s/none/p", path, folder), 4);
  cr_assert(times_in_output("cannot make the folder"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s/set.h5 --out %s/m.h5", folder, folder), 5);
  finish();
}
