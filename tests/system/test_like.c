/* prepare --like: ids, classes and scale are those of another data set, or the making is refused by name. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/data/dataset.h"
#include "train_case.h"
#include <sys/stat.h>

#define TEST_LIMIT 120.0
#define WORKS(...) cr_assert_eq(longwave(0, __VA_ARGS__), 0, "%s", output)
#define REFUSED(says, ...)                                                                         \
  do {                                                                                             \
    cr_expect_neq(longwave(0, __VA_ARGS__), 0, "%s", output);                                      \
    cr_expect(strstr(output, says), "'%s' in: %s", says, output);                                  \
  } while (0)

static void begin(void)
{
  cr_assert(temp_folder_make(folder));
}

TestSuite(like, .init = begin, .fini = finish, .timeout = TEST_LIMIT);

/* Names of classes and ids and the first sample must be these; ids 0: not looked at. */
static void expect_set(const char *name, const char *classes, const char *tokens, const char *ids)
{
  char path[TRAIN_PATH], found[256] = "";
  lw_dataset *set = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  cr_assert_eq(lw_dataset_open(path, &set), LW_OK, "%s", lw_fail_message());
  const lw_dataset_info *info = lw_dataset_describe(set);
  for (int64_t k = 0; k < info->classes; k++)
    snprintf(found + strlen(found), sizeof found - strlen(found), "%s ",
             lw_dataset_class_name(set, k));
  cr_expect_str_eq(found, classes);
  found[0] = 0;
  for (int64_t k = 0; tokens && k < info->vocabulary; k++)
    snprintf(found + strlen(found), sizeof found - strlen(found), "%s ",
             lw_dataset_token_name(set, k));
  if (tokens) cr_expect_str_eq(found, tokens);
  const int64_t length = lw_dataset_length(set, LW_SPLIT_TRAIN, 0);
  int32_t first[64];
  cr_assert_leq(length, 64);
  found[0] = 0;
  if (ids)
    cr_assert_eq(lw_dataset_read_tokens(set, LW_SPLIT_TRAIN, 0, 0, length, first), LW_OK);
  for (int64_t i = 0; ids && i < length; i++)
    snprintf(found + strlen(found), sizeof found - strlen(found), "%d ", first[i]);
  if (ids) cr_expect_str_eq(found, ids);
  lw_dataset_close(&set);
}

Test(like, characters_and_classes)
{
  write_text("a.tsv", "bad\taabb \303\244\ngood\tab\303\244 a\n");
  write_text("b.tsv", "good\tcab \303\244d\n");
  WORKS("prepare text --train %s/a.tsv --class-names good,bad --alphabet characters --min-count 1 "
        "--end-mark true --validation 0 --out %s/a.h5",
        folder, folder);
  WORKS("prepare text --train %s/b.tsv --like %s/a.h5 --validation 0 --out %s/b.h5", folder, folder,
        folder);
  cr_expect(strstr(output, "unknown: 2 of 6 characters, such as 'c'"), "%s", output);
  expect_set("a.h5", "good bad ", "<rare> <end> U+0020 a b \303\244 ", "3 3 4 4 2 5 1 ");
  expect_set("b.h5", "good bad ", "<rare> <end> U+0020 a b \303\244 ", "0 3 4 2 5 0 1 ");
  write_text("c.tsv", "ugly\tab\n");
  REFUSED("line 1: label 'ugly' is none of 0..1 and not the name of a class",
          "prepare text --train %s/c.tsv --like %s/a.h5 --out %s/c.h5", folder, folder, folder);
  REFUSED("'--end-mark' has no meaning with --like",
          "prepare text --train %s/b.tsv --like %s/a.h5 --end-mark --out %s/c.h5", folder, folder, folder);
  REFUSED("--class-names has 'bad' as class 0",
          "prepare text --train %s/b.tsv --like %s/a.h5 --class-names bad,good --out %s/c.h5",
          folder, folder, folder);
  REFUSED("--class-names has 3 names",
          "prepare text --train %s/b.tsv --like %s/a.h5 --class-names good,bad,ugly --out %s/c.h5",
          folder, folder, folder);
  REFUSED("no.h5", "prepare text --train %s/b.tsv --like %s/no.h5 --out %s/c.h5", folder, folder,
          folder);
}

Test(like, bytes_and_folders)
{
  static const char *const parts[] = {"f", "f/spam", "f/eggs"};
  char path[TRAIN_PATH];
  write_text("a.tsv", "ham\tone\nspam\ttwo\n");
  WORKS("prepare text --train %s/a.tsv --class-names ham,spam --validation 0 --out %s/a.h5", folder,
        folder);
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
    cr_assert_eq(mkdir(path, 0777), 0);
  }
  write_text("f/spam/1.txt", "ab");
  write_text("f/eggs/1.txt", "cd");
  REFUSED("/f/eggs' is not a class of '",
          "prepare text --train %s/f --like %s/a.h5 --validation 0 --out %s/b.h5", folder, folder,
          folder);
  snprintf(path, sizeof path, "%s/f/eggs/1.txt", folder);
  cr_assert_eq(remove(path), 0);
  WORKS("prepare text --train %s/f --like %s/a.h5 --validation 0 --out %s/b.h5", folder, folder,
        folder);
  expect_set("b.h5", "ham spam ", NULL, "97 98 ");
  WORKS("prepare listops --train 4 --validation 0 --test 0 --min-length 5 --max-length 20 "
        "--max-depth 4 --out %s/l.h5",
        folder);
  REFUSED("token id 10 is called '[MIN', which is not a character",
          "prepare text --train %s/a.tsv --like %s/l.h5 --out %s/c.h5", folder, folder, folder);
}

Test(like, pairs_and_next_bytes)
{
  write_text("a.tsv", "1\tx\ty\tab\tba\n0\tx\tz\taa\tbb\n");
  write_text("b.tsv", "related\tx\ty\tbac\tb\n");
  write_text("long", "abcdefgh");
  WORKS("prepare retrieval --train %s/a.tsv --alphabet characters --out %s/a.h5", folder, folder);
  WORKS("prepare retrieval --train %s/b.tsv --like %s/a.h5 --out %s/b.h5", folder, folder, folder);
  expect_set("b.h5", "unrelated related ", "<rare> a b ", "2 1 0 2 ");
  WORKS("prepare language --text %s/long --length 4 --out %s/l.h5", folder, folder);
  WORKS("prepare language --text %s/long --length 2 --like %s/l.h5 --out %s/m.h5", folder, folder,
        folder);
  expect_set("m.h5", "text ", NULL, "97 98 ");
  REFUSED("holds pairs of documents, and this task makes token ids to be predicted",
          "prepare language --text %s/long --like %s/a.h5 --out %s/n.h5", folder, folder, folder);
  REFUSED("holds token ids to be predicted, and this task makes pairs",
          "prepare retrieval --train %s/b.tsv --like %s/l.h5 --out %s/n.h5", folder, folder, folder);
}

static void write_idx(const char *name, const uint8_t *pixels)
{
  const uint8_t head[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
  const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
  char path[TRAIN_PATH];
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, i ? "labels" : "images");
    FILE *file = fopen(path, "wb");
    cr_assert(file);
    if (i) fwrite(labels, 1, sizeof labels, file);
    if (!i) fwrite(head, 1, sizeof head, file);
    if (!i) fwrite(pixels, 1, 4, file);
    fclose(file);
  }
}

Test(like, pictures_have_the_other_scale)
{
#define IDX(name) "prepare images --train-images %s/" name ".images --train-labels %s/" name ".labels "
  char path[TRAIN_PATH];
  float value[2];
  lw_dataset *set = NULL;
  write_idx("a", (const uint8_t[]){0, 10, 20, 30});
  write_idx("b", (const uint8_t[]){100, 110, 90, 200});
  WORKS(IDX("a") "--validation 0 --normalise auto --class-names no,yes --out %s/a.h5", folder,
        folder, folder);
  WORKS(IDX("b") "--validation 0 --like %s/a.h5 --out %s/b.h5", folder, folder, folder, folder);
  expect_set("b.h5", "no yes ", NULL, NULL);
  snprintf(path, sizeof path, "%s/b.h5", folder);
  cr_assert_eq(lw_dataset_open(path, &set), LW_OK);
  cr_assert_eq(lw_dataset_read_values(set, LW_SPLIT_TRAIN, 0, 0, 2, value), LW_OK);
  const double mean = 15.0, deviation = sqrt(125.0);
  cr_expect_float_eq(value[0], (100 - mean) / deviation, 1e-5);
  lw_dataset_close(&set);
  REFUSED("'--normalise' has no meaning with --like",
          IDX("b") "--like %s/a.h5 --normalise none --out %s/c.h5", folder, folder, folder, folder);
  REFUSED("holds values, and this task makes token ids",
          IDX("b") "--validation 0 --as tokens --like %s/a.h5 --out %s/c.h5", folder, folder, folder,
          folder);
  REFUSED("was made with --permute none, not random; give the same",
          IDX("b") "--validation 0 --permute random --like %s/a.h5 --out %s/c.h5", folder, folder,
          folder, folder);
}
