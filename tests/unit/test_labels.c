/* What labels mean: names first, then places; lists of any length; notes. */
#define _POSIX_C_SOURCE 200809L
#include "make_task.h"
#include <sys/stat.h>

TestSuite(labels, .init = make_begin, .fini = make_end);

static int32_t label(const char *text)
{
  return lw_product_label(&product, text, (int64_t)strlen(text));
}

static void name_classes(const char *list)
{
  lw_product_done(&product);
  FINE(lw_product_name_classes(&product, list, "the list"));
}

Test(labels, a_name_counts_before_a_place)
{
  name_classes("neg,pos");
  cr_expect(label("neg") == 0 && label("pos") == 1 && label("0") == 0 && label("1.0") == 1);
  const char *const none[] = {"2", "po", "poss", "", "01", "1.", "1.00", "-0", "+1", " 1",
                              "18446744073709551617"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    cr_expect_eq(label(none[i]), -1, "%s", none[i]);
  name_classes("5,4,3,2,1");
  cr_expect(label("5") == 0 && label("1") == 4 && label("2") == 3);
  cr_expect(label("0") == -1 && label("1.0") == -1, "no place where names are numbers");
  name_classes("10,1.0,a b");
  cr_expect(label("10") == 0 && label("1.0") == 1 && label("a b") == 2);
  cr_expect(label("1") == -1 && label("2") == -1);
  name_classes("0,1,2");
  cr_expect(label("2") == 2 && label("1.0") == 1, "each number is its own place");
}

Test(labels, stars_of_reviews)
{
  const char *stars = text_file("stars", "1\tone\n5\tfive\n3\tthree\n");
  FINE(MAKE(text, "--train", stars, "--validation", "0", "--class-names", "5,4,3,2,1"));
  expect_sample(0, 0, "one", 4);
  expect_sample(0, 1, "five", 0);
  expect_sample(0, 2, "three", 2);
  FAILS(MAKE(text, "--train", text_file("zero", "1\tone\n0\tnone\n"), "--class-names",
             "5,4,3,2,1"),
        LW_ERROR_INPUT, "line 2: label '0' is not the name of a class; because some classes have numbers");
}

/* Labels of idx and CIFAR files are bytes; a class of that name comes first there, too. */
Test(labels, bytes_of_picture_files)
{
  const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 9};
  const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 3};
  const char *pictures = bytes_file("images", images, sizeof images);
  const char *answers = bytes_file("labels", labels, sizeof labels);
#define IDX "--train-images", pictures, "--train-labels", answers, "--validation", "0"
  FINE(MAKE(images, IDX, "--class-names", "1,2,3"));
  cr_expect(product.samples[0].labels[0] == 0 && product.samples[0].labels[1] == 2);
  FINE(MAKE(images, IDX, "--class-names", "a,b,c,d"));
  cr_expect(product.samples[0].labels[0] == 1 && product.samples[0].labels[1] == 3);
  FAILS(MAKE(images, IDX, "--class-names", "1,2"), LW_ERROR_FORMAT,
        "label 3 at byte 9 is not the name of a class");
  static uint8_t record[3073] = {2};
  const char *batch = bytes_file("batch", record, sizeof record);
  FINE(MAKE(images, "--cifar-train", batch, "--validation", "0", "--class-names", "2,1"));
  cr_expect_eq(product.samples[0].labels[0], 0);
}

Test(labels, names_may_be_many)
{
  enum { CLASSES = 3000 };
  static char names[16 * CLASSES], line[64];
  for (int i = 0; i < CLASSES; i++)
    snprintf(names + strlen(names), 16, "%sclass-%d", i ? "," : "", i);
  snprintf(line, sizeof line, "class-2999\tlast\n0\tfirst\n");
  FINE(MAKE(text, "--train", text_file("many", line), "--validation", "0", "--class-names", names));
  cr_expect_eq(product.recipe.classes, CLASSES);
  expect_sample(0, 0, "last", CLASSES - 1);
  expect_sample(0, 1, "first", 0);
  FAILS(lw_product_name_classes(&product, "a,b,a", "--class-names"), LW_ERROR_INPUT,
        "--class-names has 'a' twice");
  FAILS(lw_product_name_classes(&product, "a,,b", "--class-names"), LW_ERROR_INPUT,
        "has an empty entry");
  memset(names, 'x', 64);
  names[64] = 0;
  FAILS(lw_product_name_classes(&product, names, "--class-names"), LW_ERROR_INPUT,
        "is longer than 63 bytes");
}

Test(labels, lists_of_files_and_notes_grow)
{
  enum { FILES = 100 };
  static char list[FILES * (MAKE_PATH_ROOM + 1)];
  for (int i = 0; i < FILES; i++) {
    char name[32];
    snprintf(name, sizeof name, "part-%d", i);
    snprintf(list + strlen(list), MAKE_PATH_ROOM + 1, "%s%s", i ? "," : "",
             text_file(name, "abcd"));
  }
  FINE(MAKE(language, "--text", list, "--length", "4"));
  cr_expect_eq(product.samples[0].count + product.samples[1].count + product.samples[2].count,
               FILES);
  cr_expect(strstr(product.origin, at("part-99")), "all files are named");
  for (int i = 0; i < FILES; i++) FINE(lw_product_note(&product, "%d: %s\n", i, list));
  NOTES("\n99: ");
}
