/* Sources that are sorted by class: what is stored in a drawn order, what as it was given, what
   limits and hold-outs take. */
#include "longwave/task/images.h"
#include "longwave/data/subset.h"
#include "longwave/io/png.h"
#include "make_task.h"
#include <sys/stat.h>

enum { EACH = 20, CLASSES = 2, ALL = EACH * CLASSES };

TestSuite(stored_order, .init = make_begin, .fini = make_end);

/* Times that the label is not that of the sample before. */
static int changes(lw_split split)
{
  const lw_samples *samples = &product.samples[split];
  int count = 0;
  for (int64_t i = 1; i < samples->count; i++)
    count += samples->labels[i] != samples->labels[i - 1];
  return count;
}

static bool notes(const char *words)
{
  return product.notes && strstr(product.notes, words);
}

/* ---- texts: each is its class and number ---- */

static void write_folders(const char *name)
{
  static const char *const classes[CLASSES] = {"neg", "pos"};
  char path[64], text[64];
  cr_assert_eq(mkdir(at(name), 0777), 0);
  for (int k = 0; k < CLASSES; k++) {
    snprintf(path, sizeof path, "%s/%s", name, classes[k]);
    cr_assert_eq(mkdir(at(path), 0777), 0);
    for (int i = 0; i < EACH; i++) {
      snprintf(path, sizeof path, "%s/%s/%d.txt", name, classes[k], i);
      bytes_file(path, text, (size_t)snprintf(text, sizeof text, "%s %d %d", name, k, i));
    }
  }
}

static void write_lines(const char *name)
{
  char text[ALL * 32], *last = text;
  for (int i = 0; i < ALL; i++) last += sprintf(last, "%d\t%s %d\n", i / EACH, name, i);
  bytes_file(name, text, (size_t)(last - text));
}

/* Every text once, with its class. */
static void expect_all_texts(lw_split split)
{
  const lw_samples *samples = &product.samples[split];
  int seen[ALL] = {0};
  cr_assert_eq(samples->count, ALL);
  for (int64_t i = 0; i < ALL; i++) {
    char text[64] = "", name[32];
    int class, number;
    memcpy(text, samples->bytes + samples->offsets[i],
           (size_t)(samples->offsets[i + 1] - samples->offsets[i]));
    cr_assert_eq(sscanf(text, "%31s %d %d", name, &class, &number), 3);
    cr_assert_eq(samples->labels[i], class);
    seen[class * EACH + number]++;
  }
  for (int i = 0; i < ALL; i++) cr_assert_eq(seen[i], 1);
}

Test(stored_order, of_folders_is_drawn_in_every_split)
{
  write_folders("train");
  write_folders("test");
  FINE(MAKE(text, "--train", at("train"), "--test", at("test"), "--validation", "0"));
  cr_assert_geq(changes(LW_SPLIT_TRAIN), 8);
  cr_assert_geq(changes(LW_SPLIT_TEST), 8);
  expect_all_texts(LW_SPLIT_TRAIN);
  expect_all_texts(LW_SPLIT_TEST);
  int32_t first[ALL];
  memcpy(first, product.samples[0].labels, sizeof first);
  FINE(MAKE(text, "--train", at("train"), "--test", at("test"), "--validation", "0"));
  cr_assert_arr_eq(product.samples[0].labels, first, sizeof first, "the same each time");
  FINE(MAKE(text, "--train", at("train"), "--validation", "0", "--seed", "2"));
  cr_assert(memcmp(product.samples[0].labels, first, sizeof first) != 0, "by the seed");
  FINE(MAKE(text, "--train", at("train"), "--validation", "20"));
  cr_assert_geq(changes(LW_SPLIT_VALIDATION), 3);
}

Test(stored_order, of_files_is_theirs_and_of_what_is_drawn_from_them_is_drawn)
{
  write_lines("train");
  write_lines("test");
  FINE(MAKE(text, "--train", at("train"), "--test", at("test"), "--validation", "16"));
  cr_assert_eq(changes(LW_SPLIT_TEST), 1, "sample i is line i");
  cr_assert(notes("look: the test split is sorted by class"), "%s", product.notes);
  cr_assert_geq(changes(LW_SPLIT_TRAIN), 4);
  cr_assert_geq(changes(LW_SPLIT_VALIDATION), 3);
  cr_assert(notes("what was drawn from it is stored in random order"), "%s", product.notes);
  FINE(MAKE(text, "--train", at("train"), "--validation", "0"));
  cr_assert_eq(changes(LW_SPLIT_TRAIN), 1);
}

/* ---- pictures of one pixel, which is their number ---- */

static void write_pictures(bool sorted)
{
  uint8_t images[16 + ALL] = {0, 0, 8, 3, 0, 0, 0, ALL, 0, 0, 0, 1, 0, 0, 0, 1};
  uint8_t labels[8 + ALL] = {0, 0, 8, 1, 0, 0, 0, ALL};
  for (int i = 0; i < ALL; i++) {
    images[16 + i] = (uint8_t)i;
    labels[8 + i] = (uint8_t)(sorted ? i / EACH : (i * i / 3) % CLASSES);
  }
  bytes_file("images", images, sizeof images);
  bytes_file("labels", labels, sizeof labels);
}

#define PICTURES                                                                                   \
  "--train-images", at("images"), "--train-labels", at("labels"), "--class-names", "a,b"

Test(stored_order, limits_of_pictures_are_drawn)
{
  int64_t list[ALL];
  write_pictures(false);
  FINE(MAKE(images, PICTURES, "--limit-train", "15", "--validation", "0"));
  const lw_samples *train = &product.samples[LW_SPLIT_TRAIN];
  cr_assert_eq(train->count, 15);
  cr_assert_eq(lw_subset_draw(ALL, 15, list), LW_OK);
  for (int64_t i = 0; i < 15; i++) cr_assert_eq(train->bytes[i], list[i]);
  write_pictures(true);
  FINE(MAKE(images, PICTURES, "--limit-train", "30", "--validation", "0"));
  cr_assert_geq(changes(LW_SPLIT_TRAIN), 4, "of both classes, and not one behind the other");
}

Test(stored_order, unsorted_pictures_stay_where_they_are)
{
  write_pictures(false);
  FINE(MAKE(images, PICTURES, "--validation", "10", "--hold-out", "last"));
  for (int i = 0; i < ALL; i++)
    cr_assert_eq(product.samples[i < 30 ? LW_SPLIT_TRAIN : LW_SPLIT_VALIDATION].bytes[i % 30], i);
  cr_assert(!notes("sorted"), "%s", product.notes);
}

Test(stored_order, the_last_of_a_sorted_source_are_told)
{
  write_pictures(true);
  FINE(MAKE(images, PICTURES, "--validation", "10", "--hold-out", "last"));
  cr_assert(notes("look: the source is sorted by class, so that the last samples"), "%s",
            product.notes);
  for (int i = 0; i < 10; i++) cr_assert_eq(product.samples[LW_SPLIT_VALIDATION].labels[i], 1);
  FINE(MAKE(images, PICTURES, "--validation", "10"));
  cr_assert(!notes("look:"), "%s", product.notes);
  cr_assert_geq(changes(LW_SPLIT_VALIDATION), 1);
}

/* ---- Pathfinder's release: all entries show one picture ---- */

static void write_release(void)
{
  enum { SIDE = 16 };
  uint8_t rgb[3 * SIDE * SIDE] = {0};
  char text[ALL * 80], *last = text;
  cr_assert(mkdir(at("metadata"), 0777) == 0 && mkdir(at("imgs"), 0777) == 0);
  cr_assert_eq(lw_png_write(at("imgs/a.png"), SIDE, SIDE, rgb), LW_OK, "%s", lw_fail_message());
  for (int i = 0; i < ALL; i++)
    last += sprintf(last, "imgs a.png 0 %d 1.0 14 4.6 2 0.5 1 1\n", i / EACH);
  bytes_file("metadata/0.npy", text, (size_t)(last - text));
}

#define RELEASE "--import", make_folder, "--size", "16", "--validation", "8", "--test", "8"

Test(stored_order, the_last_of_a_sorted_release_are_not_the_default)
{
  write_release();
  FINE(MAKE(pathfinder, RELEASE));
  cr_assert(notes("random samples are held out, not the last ones"), "%s", product.notes);
  for (int split = 0; split < LW_SPLITS; split++) cr_assert_geq(changes((lw_split)split), 1);
  cr_assert_geq(changes(LW_SPLIT_TRAIN), 4);
  FINE(MAKE(pathfinder, RELEASE, "--hold-out", "last"));
  cr_assert(notes("look: the source is sorted by class"), "%s", product.notes);
  for (int i = 0; i < 8; i++) cr_assert_eq(product.samples[LW_SPLIT_TEST].labels[i], 1);
}
