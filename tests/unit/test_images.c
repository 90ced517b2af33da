/* Pictures: hand-made idx and CIFAR files, what is refused, and the steps from file to samples. */
#include "longwave/task/images.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { PATH_ROOM = TEMP_FOLDER_MAX + 32, COUNT = 4, PIXELS = 6, CIFAR_RECORD = 3073 };

static char images[PATH_ROOM], labels[PATH_ROOM], batch[PATH_ROOM], folder[TEMP_FOLDER_MAX];
static lw_product product;

/* Four pictures of 2 x 3; pixel p of picture i is 10 i + p. */
static uint8_t image_bytes[16 + COUNT * PIXELS + 1] = {0, 0, 8, 3, 0, 0, 0, COUNT,
                                                       0, 0, 0, 2, 0, 0, 0, 3};
static uint8_t label_bytes[8 + COUNT + 1] = {0, 0, 8, 1, 0, 0, 0, COUNT, 3, 1, 2, 9};

static void write_bytes(const char *path, const uint8_t *bytes, size_t count)
{
  FILE *file = fopen(path, "wb");
  cr_assert(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
}

static void write_good(void)
{
  for (int i = 0; i < COUNT * PIXELS; i++)
    image_bytes[16 + i] = (uint8_t)(i / PIXELS * 10 + i % PIXELS);
  write_bytes(images, image_bytes, sizeof image_bytes - 1);
  write_bytes(labels, label_bytes, sizeof label_bytes - 1);
}

static void begin(void)
{
  cr_assert(temp_folder_make(folder));
  snprintf(images, sizeof images, "%s/images", folder);
  snprintf(labels, sizeof labels, "%s/labels", folder);
  snprintf(batch, sizeof batch, "%s/batch.bin", folder);
  write_good();
}

static void end(void)
{
  cr_assert(temp_folder_remove(folder));
}

TestSuite(images, .init = begin, .fini = end);

/* The maker with these flags, "" for none; the product is made anew. */
static lw_status make(const char *const *more)
{
  static uint64_t settings[8192];
  char *argv[32] = {"images"};
  int argc = 1;
  for (; more[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)more[argc - 1];
  cr_assert_leq(lw_images_task.settings_bytes, (int64_t)sizeof settings);
  lw_option_section flags = {.name = "", .options = lw_images_task.options, .values = settings};
  lw_arguments arguments = {0};
  lw_option_defaults(&flags, 1);
  lw_product_done(&product);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  return status == LW_OK ? lw_images_task.make(&flags, &product) : status;
}

#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})
#define IDX "--train-images", images, "--train-labels", labels
#define FAILS(call, wanted, says)                                                                  \
  do {                                                                                             \
    cr_expect_eq(call, wanted);                                                                    \
    cr_expect(strstr(lw_fail_message(), says), "'%s' in: %s", says, lw_fail_message());            \
  } while (0)

Test(images, idx_files_become_samples)
{
  FAILS(MAKE(IDX, "--test-images", images, "--test-labels", labels), LW_ERROR_INPUT,
        "4 of 4 test samples are also in train or validation");
  char others[PATH_ROOM];
  snprintf(others, sizeof others, "%s/others", folder);
  image_bytes[16] ^= 1;
  image_bytes[16 + PIXELS] ^= 1;
  write_bytes(others, image_bytes, sizeof image_bytes - 1);
  image_bytes[16] ^= 1;
  image_bytes[16 + PIXELS] ^= 1;
  cr_assert_eq(MAKE(IDX, "--test-images", others, "--test-labels", labels, "--validation", "1",
                    "--hold-out", "last"),
               LW_OK, "%s", lw_fail_message());
  cr_expect(strstr(product.notes, " 2 test samples in train or validation"), "%s", product.notes);
  const lw_samples *s = product.samples;
  cr_expect_eq(s[LW_SPLIT_TRAIN].count, 3);
  cr_expect_eq(s[LW_SPLIT_VALIDATION].count, 1);
  cr_expect_eq(s[LW_SPLIT_TEST].count, 4);
  cr_expect_arr_eq(s[LW_SPLIT_TRAIN].bytes, image_bytes + 16, 3 * PIXELS);
  cr_expect_arr_eq(s[LW_SPLIT_VALIDATION].bytes, image_bytes + 16 + 3 * PIXELS, PIXELS);
  cr_expect_eq(s[LW_SPLIT_TRAIN].labels[0], 3);
  cr_expect_eq(s[LW_SPLIT_VALIDATION].labels[0], 9);
  cr_expect_eq(product.recipe.input, &lw_input_values);
  cr_expect_float_eq(product.recipe.scale, 1.0 / 255, 1e-15);
  cr_expect_eq(product.recipe.shift, 0);
  cr_expect_str_eq(product.recipe.class_names[9], "9");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, gzip_is_read_by_content)
{
  gzFile file = gzopen(images, "wb");
  cr_assert(file && gzwrite(file, image_bytes, sizeof image_bytes - 1) > 0);
  cr_assert_eq(gzclose(file), Z_OK);
  cr_assert_eq(MAKE(IDX, "--validation", "0"), LW_OK, "%s", lw_fail_message());
  cr_expect_arr_eq(product.samples[0].bytes, image_bytes + 16, COUNT * PIXELS);
  lw_product_done(&product);

  /* cut off, then damaged */
  uint8_t packed[256];
  FILE *again = fopen(images, "rb");
  size_t size = fread(packed, 1, sizeof packed, again);
  fclose(again);
  write_bytes(images, packed, size - 12);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, images);
  packed[size - 6] ^= 0x40;
  write_bytes(images, packed, size);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "damaged gzip");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, damaged_idx_files_are_refused)
{
  write_bytes(images, image_bytes, 16 + COUNT * PIXELS - 5);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "40 bytes were expected, 35 were found");
  write_bytes(images, image_bytes, sizeof image_bytes);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "after its end at byte 40");
  write_good();
  write_bytes(labels, label_bytes, sizeof label_bytes - 2);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "12 bytes were expected, 11 were found");
  write_bytes(images, image_bytes, 3);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "4 bytes were expected, 3 were found");
  write_good();
  FAILS(MAKE("--train-images", labels, "--train-labels", images), LW_ERROR_FORMAT, "0x00000801");
  FAILS(MAKE("--train-images", images), LW_ERROR_INPUT, "needs the file of its labels");
  FAILS(MAKE("--train-images", "/no/such", "--train-labels", labels), LW_ERROR_FILE, "/no/such");
  FAILS(MAKE(IDX, "--class-names", "a,b,c"), LW_ERROR_FORMAT, "label 3 at byte 8");

  uint8_t changed[sizeof image_bytes];
  memcpy(changed, image_bytes, sizeof changed);
  changed[7] = 5;
  write_bytes(images, changed, sizeof changed - 1);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "has 5 images (byte 4)");
  memcpy(changed, image_bytes, sizeof changed);
  changed[7] = 0;
  write_bytes(images, changed, sizeof changed - 1);
  label_bytes[7] = 0;
  write_bytes(labels, label_bytes, 8);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "holds no images");
  label_bytes[7] = COUNT;
  changed[7] = COUNT;
  write_bytes(labels, label_bytes, sizeof label_bytes - 1);
  changed[8] = 0xFF; /* rows no file can hold: nothing may be allocated for them */
  write_bytes(images, changed, sizeof changed - 1);
  FAILS(MAKE(IDX), LW_ERROR_FORMAT, "(byte 8)");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, flags_that_mean_nothing_are_refused)
{
  FAILS(MAKE("--seed", "2"), LW_ERROR_INPUT, "no training images");
  FAILS(MAKE(IDX, "--grey", "lra"), LW_ERROR_INPUT, "--grey");
  FAILS(MAKE(IDX, "--cifar-train", batch), LW_ERROR_INPUT, "--train-images");
  FAILS(MAKE(IDX, "--as", "tokens", "--normalise", "mnist"), LW_ERROR_INPUT, "--normalise");
  FAILS(MAKE(IDX, "--validation", "4"), LW_ERROR_INPUT, "cannot hold out 4 of 4");
  FAILS(MAKE(IDX, "--class-names", "a,,b"), LW_ERROR_INPUT, "empty entry");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, random_hold_out_takes_each_picture_once)
{
  cr_assert_eq(MAKE(IDX, "--validation", "2", "--as", "tokens"), LW_OK, "%s", lw_fail_message());
  cr_expect_eq(product.recipe.vocabulary, 256);
  const lw_samples *s = product.samples;
  int found = 0;
  cr_assert(s[LW_SPLIT_TRAIN].count == 2 && s[LW_SPLIT_VALIDATION].count == 2);
  for (int split = 0; split < 2; split++)
    for (int i = 0; i < 2; i++) found |= 1 << s[split].bytes[i * PIXELS] / 10;
  cr_expect_eq(found, 15);
  cr_assert_eq(MAKE(IDX, "--limit-train", "2", "--validation", "0"), LW_OK);
  cr_expect_eq(product.samples[LW_SPLIT_TRAIN].count, 2);
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, blocks_of_pixels_become_their_means)
{
  /* 4 rows of 6 in blocks of 2 x 2, whose means end in .25, .75, .5, 0, .75, .75 */
  static const uint8_t pixels[24] = {0, 1, 255, 255, 9, 8, 0, 0, 255, 254, 8, 9,
                                     0, 0, 4,   5,   1, 1, 0, 0, 6,   8,   1, 0};
  uint8_t image[16 + sizeof pixels] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 6};
  const uint8_t label[9] = {0, 0, 8, 1, 0, 0, 0, 1, 7};
  const uint8_t means[6] = {0, 255, 9, 0, 6, 1};
  memcpy(image + 16, pixels, sizeof pixels);
  write_bytes(images, image, sizeof image);
  write_bytes(labels, label, sizeof label);
  cr_assert_eq(MAKE(IDX, "--shrink", "2", "--validation", "0"), LW_OK, "%s", lw_fail_message());
  const lw_samples *train = &product.samples[LW_SPLIT_TRAIN];
  cr_expect_eq(train->offsets[1], 6);
  cr_assert_eq(train->tokens, 6);
  cr_expect_arr_eq(train->bytes, means, sizeof means);
  FAILS(MAKE(IDX, "--shrink", "4", "--validation", "0"), LW_ERROR_INPUT,
        "--shrink 4 does not divide the sides of these pictures, 4 x 6");
  FAILS(MAKE(IDX, "--shrink", "0"), LW_ERROR_INPUT, "--shrink");

  /* CIFAR: the same 32 x 32 in every record, shrunk before the order of pixels and the hold-out */
  static uint8_t records[4 * CIFAR_RECORD];
  for (int i = 0; i < 4; i++)
    for (int p = 0; p < CIFAR_RECORD - 1; p++)
      records[i * CIFAR_RECORD + 1 + p] = (uint8_t)(p % 1024 / 64 * 16 + p % 32 / 2);
  write_bytes(batch, records, sizeof records);
  cr_assert_eq(MAKE("--cifar-train", batch, "--shrink", "2", "--permute", "bit-reversal",
                    "--validation", "1"),
               LW_OK, "%s", lw_fail_message());
  cr_expect_eq(product.samples[LW_SPLIT_TRAIN].tokens, 3 * 256);
  cr_assert_eq(product.samples[LW_SPLIT_VALIDATION].tokens, 256);
  cr_expect_eq(product.samples[LW_SPLIT_TRAIN].bytes[2 * 256 + 1], 128);
  cr_expect_eq(product.samples[LW_SPLIT_VALIDATION].bytes[255], 255);
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, pixels_can_be_reordered)
{
  /* 6 pixels in 3 bits: 000 100 010 110(6) 001 101 011 111(7), without 6 and 7 */
  const int64_t reversed[PIXELS] = {0, 4, 2, 1, 5, 3};
  int64_t order[1024];
  bool seen[784] = {false};
  lw_image_order(LW_PERMUTE_BIT_REVERSAL, 1, PIXELS, order);
  cr_expect_arr_eq(order, reversed, sizeof reversed);
  lw_image_order(LW_PERMUTE_BIT_REVERSAL, 1, 784, order);
  cr_expect(order[1] == 512 && order[2] == 256 && order[3] == 768 && order[4] == 128);
  lw_image_order(LW_PERMUTE_RANDOM, 1, 784, order);
  for (int i = 0; i < 784; i++) {
    cr_assert_not(seen[order[i]]);
    seen[order[i]] = true;
  }
  cr_assert_eq(MAKE(IDX, "--validation", "0", "--permute", "bit-reversal"), LW_OK);
  for (int i = 0; i < COUNT * PIXELS; i++)
    cr_expect_eq(product.samples[0].bytes[i], i / PIXELS * 10 + reversed[i % PIXELS]);
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, values_can_be_normalised)
{
  const struct {
    const char *name;
    double mean, deviation; /* of x / 255 */
  } known[] = {{"mnist", 0.1307, 0.3081}, {"cifar", 122.6 / 255, 61.0 / 255}};
  for (int i = 0; i < 2; i++) {
    cr_assert_eq(MAKE(IDX, "--normalise", known[i].name), LW_OK);
    double value = 200 * product.recipe.scale + product.recipe.shift;
    cr_expect_float_eq(value, (200.0 / 255 - known[i].mean) / known[i].deviation, 1e-12);
  }
  cr_assert_eq(MAKE(IDX, "--normalise", "auto", "--validation", "0"), LW_OK);
  double sum = 0, squares = 0;
  for (int i = 0; i < COUNT * PIXELS; i++) {
    double x = image_bytes[16 + i] * product.recipe.scale + product.recipe.shift;
    sum += x;
    squares += x * x;
  }
  cr_expect_float_eq(sum, 0, 1e-12);
  cr_expect_float_eq(squares / (COUNT * PIXELS), 1, 1e-12);
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(images, cifar_batches_become_grey)
{
  static uint8_t records[2 * CIFAR_RECORD];
  records[0] = 9;
  records[1] = 200; /* red, then green, then blue of the first pixel */
  records[1025] = 100;
  records[2049] = 50;
  memset(records + CIFAR_RECORD + 1, 255, CIFAR_RECORD - 1);
  write_bytes(batch, records, sizeof records);
  char list[2 * PATH_ROOM];
  snprintf(list, sizeof list, "%s,%s", batch, batch);
  FAILS(MAKE("--cifar-train", list), LW_ERROR_INPUT, "batch.bin' twice");
  snprintf(list, sizeof list, "%s,%s/./batch.bin", batch, folder);
  cr_assert_eq(MAKE("--cifar-train", list, "--validation", "0"), LW_OK, "%s", lw_fail_message());
  const lw_samples *train = &product.samples[LW_SPLIT_TRAIN];
  cr_expect_eq(train->count, 4);
  cr_expect_eq(train->labels[2], 9);
  cr_expect_eq(train->bytes[0], 124, "0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2");
  cr_expect_eq(train->bytes[1024], 255);
  cr_expect_eq(lw_grey_of(LW_GREY_LRA, 200, 100, 50), 124);
  cr_expect_eq(lw_grey_of(LW_GREY_LRA, 255, 255, 255), 255);
  cr_expect_eq(lw_grey_of(LW_GREY_LRA, 201, 200, 205), 201, "200.85 * 255.5 / 255 = 201.24");
  cr_expect_eq(lw_grey_of(LW_GREY_LRA, 0, 0, 9), 1, "1.026 * 255.5 / 255 is truncated");
  cr_expect_eq(lw_grey_of(LW_GREY_LUMA, 0, 0, 9), 1);
  cr_expect_eq(lw_grey_of(LW_GREY_LRA, 1, 1, 0), 0, "0.886 is truncated, not rounded");
  cr_expect_eq(lw_grey_of(LW_GREY_LUMA, 1, 1, 0), 1);

  write_bytes(batch, records, sizeof records - 1);
  FAILS(MAKE("--cifar-train", batch), LW_ERROR_FORMAT, "6146 bytes were expected, 6145 were found");
  records[CIFAR_RECORD] = 10;
  write_bytes(batch, records, sizeof records);
  FAILS(MAKE("--cifar-train", batch), LW_ERROR_FORMAT, "label 10 at byte 3073");
  write_bytes(batch, records, 0);
  FAILS(MAKE("--cifar-train", batch), LW_ERROR_FORMAT, "is empty");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}
