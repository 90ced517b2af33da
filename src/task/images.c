/* The task `images`: load, hold out, permute, name. */
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/task/images.h"
#include "image_files.h"
#include "like.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "samples_order.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define AS_CHOICES(TYPE, ITEM)                                                                     \
  TYPE(as_kind)                                                                                    \
  ITEM(AS_VALUES, "values")                                                                        \
  ITEM(AS_TOKENS, "tokens")
LW_CHOICE(AS_CHOICES);
#define NORMALISE_CHOICES(TYPE, ITEM)                                                              \
  TYPE(normalise_kind)                                                                             \
  ITEM(NORMALISE_NONE, "none")                                                                     \
  ITEM(NORMALISE_MNIST, "mnist")                                                                   \
  ITEM(NORMALISE_CIFAR, "cifar")                                                                   \
  ITEM(NORMALISE_AUTO, "auto")
LW_CHOICE(NORMALISE_CHOICES);
#define HOLD_OUT_CHOICES(TYPE, ITEM)                                                               \
  TYPE(hold_out_kind)                                                                              \
  ITEM(HOLD_OUT_RANDOM, "random")                                                                  \
  ITEM(HOLD_OUT_LAST, "last")
LW_CHOICE(HOLD_OUT_CHOICES);
#define CLASSES_CHOICES(TYPE, ITEM)                                                                \
  TYPE(classes_kind)                                                                               \
  ITEM(CLASSES_DIGITS, "digits")                                                                   \
  ITEM(CLASSES_FASHION, "fashion-mnist")                                                           \
  ITEM(CLASSES_CIFAR, "cifar10")
LW_CHOICE(CLASSES_CHOICES);

typedef struct settings {
  lw_task_out out;
  char train_images[LW_TEXT_MAX], train_labels[LW_TEXT_MAX];
  char test_images[LW_TEXT_MAX], test_labels[LW_TEXT_MAX];
  char like[LW_TEXT_MAX];
  const char *cifar_train, *cifar_test, *class_names;
  int64_t validation, seed, shrink, limit_train, limit_test;
  lw_grey grey;
  hold_out_kind hold_out;
  as_kind as;
  normalise_kind normalise;
  lw_permute permute;
  classes_kind classes_of;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW("train_images", FLAG, PLACE(train_images), "", 0, LW_TEXT_MAX - 1,
                "idx images for training, plain or gzip"),
    LW_TEXT_ROW("train_labels", FLAG, PLACE(train_labels), "", 0, LW_TEXT_MAX - 1,
                "idx labels for training"),
    LW_TEXT_ROW("test_images", FLAG, PLACE(test_images), "", 0, LW_TEXT_MAX - 1,
                "idx images for testing"),
    LW_TEXT_ROW("test_labels", FLAG, PLACE(test_labels), "", 0, LW_TEXT_MAX - 1,
                "idx labels for testing"),
    LW_LONG_ROW("cifar_train", FLAG, PLACE(cifar_train), "", 0,
                "in place of idx: CIFAR-10 binary batches for training, joined by commas"),
    LW_LONG_ROW("cifar_test", FLAG, PLACE(cifar_test), "", 0,
                "CIFAR-10 binary batches for testing, joined by commas"),
    LW_CHOICE_ROW("grey", FLAG, PLACE(grey), LW_GREY_CHOICES, "luma",
                  "how CIFAR's colours are made grey: usual 8-bit luma, or as in Long Range Arena"),
    LW_INT_ROW("validation", FLAG, PLACE(validation), "-1", -1, 1e9,
               "training samples held out for validation; -1: a tenth"),
    LW_CHOICE_ROW(
        "hold_out", FLAG, PLACE(hold_out), HOLD_OUT_CHOICES, "random",
        "which training samples are held out: random ones by the seed, or the last of the file"),
    LW_INT_ROW("seed", FLAG, PLACE(seed), "1", 0, 1e15,
               "seed of what is held out, of --permute random, and of the order of drawn splits"),
    LW_CHOICE_ROW("as", FLAG, PLACE(as), AS_CHOICES, "values", "real numbers, or 256 token ids"),
    LW_CHOICE_ROW(
        "normalise", FLAG, PLACE(normalise), NORMALISE_CHOICES, "none",
        "values: none x/255; mnist (x/255 - 0.1307)/0.3081; cifar (x - 122.6)/61; auto by mean "
        "and deviation of the train split"),
    LW_INT_ROW("shrink", FLAG, PLACE(shrink), "1", 1, 64,
               "replace every square of N x N pixels by one pixel, their mean"),
    LW_CHOICE_ROW("permute", FLAG, PLACE(permute), LW_PERMUTE_CHOICES, "none",
                  "a fixed order of the pixels"),
    LW_LONG_ROW("class_names", FLAG, PLACE(class_names), "", 0,
                "names of the classes, joined by commas"),
    LW_CHOICE_ROW("classes_of", FLAG, PLACE(classes_of), CLASSES_CHOICES, "digits",
                  "known class names, when --class-names gives none"),
    LW_LIKE_OPTION(settings, "use the classes and the scale of values of this data set"),
    LW_INT_ROW("limit_train", FLAG, PLACE(limit_train), "0", 0, 1e9,
               "keep only N training images, drawn at random, before the hold-out; 0: all"),
    LW_INT_ROW("limit_test", FLAG, PLACE(limit_test), "0", 0, 1e9,
               "keep only N test images, drawn at random; 0: all"),
    {0},
};

/* ---- fewer pixels ---- */

/* small [rows / side, columns / side]: means of blocks of side x side, a half goes up. */
static void shrink(const uint8_t *image, lw_image_shape shape, int64_t side, uint8_t *small)
{
  const int64_t area = side * side, columns = shape.columns / side;
  for (int64_t row = 0; row < shape.rows / side; row++)
    for (int64_t column = 0; column < columns; column++) {
      const uint8_t *block = image + (row * shape.columns + column) * side;
      int64_t sum = 0;
      for (int64_t y = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++) sum += block[y * shape.columns + x];
      small[row * columns + column] = (uint8_t)((2 * sum + area) / (2 * area));
    }
}

static lw_status shrink_all(int64_t side, lw_image_shape *shape, lw_samples samples[LW_SPLITS])
{
  uint8_t *small = NULL;
  if (shape->rows % side || shape->columns % side)
    return lw_fail(LW_ERROR_INPUT,
                   "--shrink %" PRId64 " does not divide the sides of these pictures, %" PRId64
                   " x %" PRId64,
                   side, shape->rows, shape->columns);
  if (side == 1) return LW_OK;
  const int64_t pixels = shape->rows / side * (shape->columns / side);
  lw_status status = LW_TAKE(&small, pixels);
  if (status != LW_OK) return status;
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_samples *all = &samples[split];
    for (int64_t i = 0; i < all->count; i++) {
      shrink(all->bytes + all->offsets[i], *shape, side, small);
      all->offsets[i] = i * pixels; /* in place: never behind where the picture stood */
      memcpy(all->bytes + all->offsets[i], small, (size_t)pixels);
    }
    all->tokens = all->count * pixels;
    if (all->count) all->offsets[all->count] = all->tokens;
  }
  *shape = (lw_image_shape){shape->rows / side, shape->columns / side};
  lw_mem_give(small);
  return LW_OK;
}

/* ---- order of the pixels ---- */

static int64_t reverse_bits(int64_t value, int bits)
{
  int64_t reversed = 0;
  for (int i = 0; i < bits; i++) reversed |= (value >> i & 1) << (bits - 1 - i);
  return reversed;
}

void lw_image_order(lw_permute permute, uint64_t seed, int64_t pixels, int64_t *order)
{
  int bits = 0;
  while ((INT64_C(1) << bits) < pixels) bits++;
  if (permute == LW_PERMUTE_NONE)
    for (int64_t i = 0; i < pixels; i++) order[i] = i;
  if (permute == LW_PERMUTE_RANDOM)
    lw_rng_permutation((lw_rng){seed, LW_RNG_DATA, 0, 0}, pixels, order);
  if (permute != LW_PERMUTE_BIT_REVERSAL) return;
  int64_t found = 0;
  for (int64_t i = 0; i < INT64_C(1) << bits; i++) {
    int64_t pixel = reverse_bits(i, bits);
    if (pixel < pixels) order[found++] = pixel;
  }
}

static lw_status permute_all(const settings *own, int64_t pixels, lw_samples samples[LW_SPLITS])
{
  int64_t *order = NULL;
  uint8_t *image = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&order, pixels));
  LW_TRY(LW_TAKE(&image, pixels));
  lw_image_order(own->permute, (uint64_t)own->seed, pixels, order);
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < samples[split].count; i++) {
      uint8_t *there = samples[split].bytes + samples[split].offsets[i];
      for (int64_t p = 0; p < pixels; p++) image[p] = there[order[p]];
      memcpy(there, image, (size_t)pixels);
    }
done:
  lw_mem_give(image);
  lw_mem_give(order);
  return status;
}

/* ---- names, scale ---- */

static lw_status name_classes(const lw_option_section *flags, const lw_dataset *other,
                              lw_product *product)
{
  static const char *const known[] = {
      [CLASSES_DIGITS] = "0,1,2,3,4,5,6,7,8,9",
      [CLASSES_FASHION] = ("T-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,"
                           "ankle boot"),
      [CLASSES_CIFAR] = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck",
  };
  const settings *own = flags->values;
  const char *names = own->class_names[0] ? own->class_names : known[own->classes_of];
  return lw_like_classes(other, flags, names, product);
}

/* The same pictures in the same order of pixels and on the same scale, or none at all. */
static lw_status be_like(const settings *own, const lw_dataset *other, int64_t pixels,
                         lw_product *product)
{
  const lw_dataset_info *info = lw_dataset_describe(other);
  char seed[32];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    if (info->count[split] && info->longest[split] != pixels)
      return lw_fail(LW_ERROR_INPUT,
                     "these pictures have %" PRId64 " pixels, those of '%s' (--like) %" PRId64
                     "; is --shrink the same?",
                     pixels, lw_dataset_path(other), info->longest[split]);
  if (info->vocabulary != product->recipe.vocabulary)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' (--like) has %" PRId64 " token ids; levels of grey are 256"
                   "; remove --like, or give a data set of such pictures",
                   lw_dataset_path(other), info->vocabulary);
  snprintf(seed, sizeof seed, "%" PRId64, own->seed);
  LW_TRY(lw_like_setting(other, "permute", LW_CHOICE_WORD_OF(LW_PERMUTE_CHOICES, own->permute)));
  if (own->permute == LW_PERMUTE_RANDOM) LW_TRY(lw_like_setting(other, "seed", seed));
  LW_TRY(lw_like_scale(other, &product->recipe.scale, &product->recipe.shift));
done:
  return status;
}

/* Mean and deviation of the stored bytes, from exact sums. */
static void moments(const lw_samples *samples, double *mean, double *deviation)
{
  uint64_t sum = 0, squares = 0;
  for (int64_t i = 0; i < samples->tokens; i++) {
    uint64_t x = samples->bytes[i];
    sum += x;
    squares += x * x;
  }
  double count = (double)samples->tokens;
  *mean = (double)sum / count;
  double variance = (double)squares / count - *mean * *mean;
  *deviation = variance > 0 ? sqrt(variance) : 1;
}

static lw_status set_scale(const settings *own, lw_product *product)
{
  double mean[] = {0, 0.1307 * 255, 122.6, 0}, deviation[] = {255, 0.3081 * 255, 61, 0};
  moments(&product->samples[LW_SPLIT_TRAIN], &mean[NORMALISE_AUTO], &deviation[NORMALISE_AUTO]);
  bool values = own->as == AS_VALUES;
  product->recipe.scale = values ? 1 / deviation[own->normalise] : 1;
  product->recipe.shift = values ? (0 - mean[own->normalise]) / deviation[own->normalise] : 0;
  return lw_product_note(product, "pixels of the train split: mean %.4f, deviation %.4f (0..255)\n",
                         mean[NORMALISE_AUTO], deviation[NORMALISE_AUTO]);
}

/* ---- loading ---- */

static lw_status load_cifar(const settings *own, const char *list, const lw_product *product,
                            lw_samples *samples, lw_image_shape *shape)
{
  lw_list paths = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_list_split(list, "the list of CIFAR batches", &paths));
  for (int64_t i = 0; i < paths.count; i++)
    LW_TRY(lw_cifar_load(paths.entry[i], own->grey, product, samples, shape));
done:
  lw_list_done(&paths);
  return status;
}

static lw_status load_idx(const char *images, const char *labels, const lw_product *product,
                          lw_samples *samples, lw_image_shape *shape)
{
  if (!images[0] != !labels[0])
    return lw_fail(LW_ERROR_INPUT, "'%s' needs the file of its %s beside it",
                   images[0] ? images : labels, images[0] ? "labels" : "images");
  return images[0] ? lw_idx_load(images, labels, product, samples, shape) : LW_OK;
}

static lw_status load_all(const lw_option_section *flags, lw_product *product,
                          lw_image_shape *shape)
{
  static const char *const idx_only[] = {"train_images", "train_labels", "test_images",
                                         "test_labels", NULL};
  static const char *const cifar_only[] = {"cifar_test", "grey", NULL};
  const settings *own = flags->values;
  lw_samples *train = &product->samples[LW_SPLIT_TRAIN], *test = &product->samples[LW_SPLIT_TEST];
  lw_status status = LW_OK;
  if (own->cifar_train[0]) {
    LW_TRY(lw_task_forbid(flags, idx_only, "with --cifar-train"));
    LW_TRY(load_cifar(own, own->cifar_train, product, train, shape));
    if (own->cifar_test[0]) LW_TRY(load_cifar(own, own->cifar_test, product, test, shape));
  } else {
    LW_TRY(lw_task_forbid(flags, cifar_only, "without --cifar-train"));
    LW_TRY(load_idx(own->train_images, own->train_labels, product, train, shape));
    LW_TRY(load_idx(own->test_images, own->test_labels, product, test, shape));
  }
  if (!train->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "no training images: give --train-images and --train-labels, or "
                                   "--cifar-train"));
  LW_TRY(lw_samples_limit(train, own->limit_train));
  LW_TRY(lw_samples_limit(test, own->limit_test));
done:
  return status;
}

static lw_status hold_out(const lw_option_section *flags, lw_product *product)
{
  const settings *own = flags->values;
  lw_samples *samples = product->samples;
  const int64_t tenth = samples[LW_SPLIT_TRAIN].count / 10;
  lw_hold_out how = {own->validation < 0 ? tenth : own->validation,
                     own->hold_out == HOLD_OUT_RANDOM, (uint64_t)own->seed, 0};
  lw_status status = LW_OK;
  LW_TRY(lw_product_hold_out_last(product, flags, &how.random));
  LW_TRY(lw_samples_hold_out(&samples[LW_SPLIT_TRAIN], &how, &samples[LW_SPLIT_VALIDATION]));
done:
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  static const char *const values_only[] = {"normalise", NULL};
  static const char *const set_by_like[] = {"normalise", "classes_of", NULL};
  const settings *own = flags->values;
  lw_dataset *other = NULL;
  lw_samples *samples = product->samples;
  lw_image_shape shape = {0};
  lw_status status = LW_OK;
  product->recipe = (lw_dataset_recipe){
      .task = "images",
      .input = own->as == AS_TOKENS ? &lw_input_tokens : &lw_input_values,
      .target = &lw_target_class,
      .documents = 1,
      .vocabulary = own->as == AS_TOKENS ? 256 : 0,
  };
  if (own->as == AS_TOKENS) LW_TRY(lw_task_forbid(flags, values_only, "with --as tokens"));
  LW_TRY(lw_like_open(own->like, &product->recipe, flags, set_by_like, &other));
  LW_TRY(name_classes(flags, other, product));
  LW_TRY(load_all(flags, product, &shape));
  LW_TRY(shrink_all(own->shrink, &shape, samples));

  LW_TRY(hold_out(flags, product));
  if (own->permute != LW_PERMUTE_NONE)
    LW_TRY(permute_all(own, shape.rows * shape.columns, samples));
  LW_TRY(set_scale(own, product));
  if (other) LW_TRY(be_like(own, other, shape.rows * shape.columns, product));
  LW_TRY(lw_product_count_duplicates(product, (const bool[LW_SPLITS]){true, false, true}));
  bool cifar = own->cifar_train[0];
  LW_TRY(lw_product_origin(product, "images of %s %s", cifar ? own->cifar_train : own->train_images,
                           cifar ? own->cifar_test : own->test_images));
  const bool held = samples[LW_SPLIT_VALIDATION].count > 0;
  LW_TRY(lw_product_order(
      product,
      (const bool[LW_SPLITS]){
          [LW_SPLIT_TRAIN] = !held && !own->limit_train, [LW_SPLIT_TEST] = !own->limit_test},
      (uint64_t)own->seed));
done:
  lw_dataset_close(&other);
  return status;
}

const lw_task lw_images_task = {
    .name = "images",
    .sentence = "grey pictures pixel by pixel: idx files (MNIST and similar) or CIFAR-10",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
};
