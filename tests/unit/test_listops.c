/* ListOps: values, random trees, files. The golden lines are from the original test set
 * (nyu-mll/spinn, d20s), which has been imported whole: 10,000 labels agree. The statistics of the
 * grammar were computed exactly, by powers of the generating function of the lengths. */
#include "longwave/task/listops.h"
#include "longwave/base/mem.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char folder[TEMP_FOLDER_MAX];

static void write_text(const char *name, const char *text, char *path)
{
  snprintf(path, TEMP_FOLDER_MAX + 32, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static lw_status import_text(const char *text, lw_samples *samples)
{
  char path[TEMP_FOLDER_MAX + 32];
  cr_assert(temp_folder_make(folder));
  write_text("lines.tsv", text, path);
  lw_status status = lw_listops_import(path, false, samples);
  cr_assert(temp_folder_remove(folder));
  return status;
}

static int32_t value_of(const uint8_t *tokens, int64_t count)
{
  int32_t value = -1;
  cr_assert_eq(lw_listops_evaluate(tokens, count, &value), LW_OK, "%s", lw_fail_message());
  return value;
}

enum { MIN = LW_LISTOPS_MIN, MAX = LW_LISTOPS_MAX, MED = LW_LISTOPS_MED, SM = LW_LISTOPS_SM };
enum { CLOSE = LW_LISTOPS_CLOSE };
#define VALUE(...)                                                                                 \
  value_of((const uint8_t[]){__VA_ARGS__}, (int64_t)sizeof((const uint8_t[]){__VA_ARGS__}))

Test(listops, operators_have_their_values)
{
  cr_expect_eq(VALUE(7), 7);
  cr_expect_eq(VALUE(MIN, 4, 2, 9, CLOSE), 2);
  cr_expect_eq(VALUE(MAX, 4, 2, 9, CLOSE), 9);
  cr_expect_eq(VALUE(SM, 4, 2, 9, CLOSE), 5);
  cr_expect_eq(VALUE(MED, 9, 1, 4, CLOSE), 4);
  cr_expect_eq(VALUE(MED, 8, 3, CLOSE), 5, "5.5 is truncated");
  cr_expect_eq(VALUE(MED, 9, 0, 0, 1, CLOSE), 0, "0.5 is truncated");
  cr_expect_eq(VALUE(MED, 6, 6, 7, CLOSE), 6);
  cr_expect_eq(VALUE(MAX, 1, MIN, 3, SM, 9, 9, CLOSE, CLOSE, 2, CLOSE), 3);
}

Test(listops, what_is_no_expression_is_refused)
{
  const struct {
    uint8_t tokens[6];
    int64_t count;
    const char *says;
  } wrong[] = {
      {{0}, 0, "empty"},
      {{3, 4}, 2, "has ended"},
      {{CLOSE}, 1, "closes nothing"},
      {{MIN, CLOSE}, 2, "without arguments"},
      {{MIN, 1, 2}, 3, "1 open"},
      {{MIN, 1, CLOSE, CLOSE}, 4, "has ended"},
      {{LW_LISTOPS_END}, 1, "not a ListOps token"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    int32_t value = -1;
    cr_expect_eq(lw_listops_evaluate(wrong[i].tokens, wrong[i].count, &value), LW_ERROR_INPUT);
    cr_expect(strstr(lw_fail_message(), wrong[i].says), "%s: %s", wrong[i].says, lw_fail_message());
    cr_expect_eq(value, -1);
  }
  uint8_t deep[LW_LISTOPS_DEPTH_MAX + 1];
  int32_t value = -1;
  memset(deep, MIN, sizeof deep);
  cr_expect_eq(lw_listops_evaluate(deep, sizeof deep, &value), LW_ERROR_INPUT);
}

static const char nyu_lines[] = "9\t9\n"
                                "8\t( ( ( ( [MAX 6 ) 8 ) ( ( ( [MED 5 ) 7 ) ] ) ) ] )\n"
                                "5\t( ( ( ( [MAX ( ( ( [MED 8 ) 3 ) ] ) ) 0 ) 5 ) ] )\n"
                                "2\t( ( ( ( [SM 7 ) ( ( ( ( [MED 0 ) 4 ) 9 ) ] ) ) 1 ) ] )\n"
                                "5\t( ( ( ( ( ( [MED 5 ) 2 ) 8 ) 1 ) 9 ) ] )\n";

static const char lra_lines[] = "Source\tTarget\r\n"
                                "( ( ( [MAX 2 ) 9 ) ] )\t9\r\n"
                                "( ( ( ( ( ( [MED 5 ) 2 ) 8 ) 1 ) 9 ) ] )\t5\r\n"
                                "( ( ( [MED 8 ) 3 ) ] )\t5";

Test(listops, both_file_forms_are_read)
{
  lw_samples samples = {0};
  cr_assert_eq(import_text(nyu_lines, &samples), LW_OK, "%s", lw_fail_message());
  cr_expect_eq(samples.count, 5);
  const uint8_t second[] = {MAX, 6, 8, MED, 5, 7, CLOSE, CLOSE};
  cr_expect_eq(samples.offsets[2] - samples.offsets[1], (int64_t)sizeof second);
  cr_expect_arr_eq(samples.bytes + samples.offsets[1], second, sizeof second);
  cr_expect_eq(samples.labels[3], 2);
  lw_samples_done(&samples);

  cr_assert_eq(import_text(lra_lines, &samples), LW_OK, "%s", lw_fail_message());
  cr_expect_eq(samples.count, 3);
  cr_expect_eq(samples.labels[0], 9);
  cr_expect_eq(samples.offsets[1], 4);
  lw_samples_done(&samples);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(listops, wrong_lines_are_refused_by_their_place)
{
  const struct {
    const char *text, *says[3];
  } wrong[] = {
      {"9\t9\n6\t( ( ( [MED 8 ) 3 ) ] )\n", {":2:", "label is 6, the value is 5", "byte 4"}},
      {"9\t9\n9\t( ( [MAX 9 ) Q )\n", {":2:", "'Q'", "byte 19"}},
      {"9\t( ( ( [MAX 2 ) 9\n", {":1:", "open parentheses", "byte 18"}},
      {"9\t[MAX 2 9\n", {":1:", "1 open operators", "byte 2"}},
      {"9\t9\n\n", {":2:", "no tab", "byte 4"}},
      {"12\t9\n", {":1:", "one digit", "'12'"}},
      {"Source\tTarget\n", {"no expression", "", ""}},
      {"", {"no expression", "", ""}},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    lw_samples samples = {0};
    cr_expect_eq(import_text(wrong[i].text, &samples), LW_ERROR_INPUT, "%s", wrong[i].text);
    for (int s = 0; s < 3; s++)
      cr_expect(strstr(lw_fail_message(), wrong[i].says[s]), "'%s' in: %s", wrong[i].says[s],
                lw_fail_message());
    lw_samples_done(&samples);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

static const lw_listops_settings lra = {.count = {900, 50, 50},
                                        .min_length = 501,
                                        .max_length = 1999,
                                        .max_depth = 10,
                                        .max_arguments = 10,
                                        .seed = 1};

static void done_all(lw_samples samples[LW_SPLITS])
{
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* kept 0.082755, mean length 1035.02, deviation 393.81: five standard errors. */
Test(listops, trees_have_the_distribution_of_the_grammar)
{
  lw_listops_settings settings = lra;
  settings.count[LW_SPLIT_TRAIN] = 5900;
  lw_samples samples[LW_SPLITS] = {{0}};
  int64_t drawn = 0, label[10] = {0};
  cr_assert_eq(lw_listops_generate(&settings, samples, &drawn), LW_OK);
  double kept = 6000.0 / (double)drawn, share = 0.082755;
  cr_expect_lt(fabs(kept - share), 5 * share / sqrt(6000.0), "%g are kept", kept);
  const lw_samples *train = &samples[LW_SPLIT_TRAIN];
  double mean = (double)train->tokens / (double)train->count;
  cr_expect_lt(fabs(mean - 1035.02), 5 * 393.81 / sqrt(5900.0), "mean length %g", mean);
  for (int64_t i = 0; i < train->count; i++) {
    int64_t first = train->offsets[i], length = train->offsets[i + 1] - first;
    cr_assert(length >= 501 && length <= 1999, "length %lld", (long long)length);
    cr_assert_eq(value_of(train->bytes + first, length), train->labels[i]);
    label[train->labels[i]]++;
  }
  for (int value = 0; value < 10; value++) {
    double found = (double)label[value] / (double)train->count;
    bool edge = value == 0 || value == 9;
    cr_expect(found > (edge ? 0.145 : 0.055) && found < (edge ? 0.195 : 0.11), "%d: %g", value,
              found);
  }
  done_all(samples);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(listops, generation_is_a_function_of_the_seed)
{
  lw_samples one[LW_SPLITS] = {{0}}, two[LW_SPLITS] = {{0}}, other[LW_SPLITS] = {{0}};
  lw_listops_settings settings = lra;
  int64_t drawn = 0;
  cr_assert_eq(lw_listops_generate(&lra, one, &drawn), LW_OK);
  cr_assert_eq(lw_listops_generate(&lra, two, &drawn), LW_OK);
  settings.seed = 2;
  cr_assert_eq(lw_listops_generate(&settings, other, &drawn), LW_OK);
  for (int split = 0; split < LW_SPLITS; split++) {
    cr_assert_eq(one[split].tokens, two[split].tokens);
    cr_expect_arr_eq(one[split].bytes, two[split].bytes, (size_t)one[split].tokens);
  }
  cr_expect_neq(one[0].tokens, other[0].tokens);
  done_all(one);
  done_all(two);
  done_all(other);

  uint8_t first[2001], again[2001];
  int64_t length = lw_listops_draw(&lra, 12345, first);
  lw_listops_draw(&lra, 12346, again);
  cr_expect_eq(lw_listops_draw(&lra, 12345, again), length);
  cr_expect_arr_eq(first, again, (size_t)length);
  cr_assert_eq(lw_mem_live(), 0);
}

/* 10 digits and 4 x 100 operators with two digits: all 410 trees of up to 4 tokens, none twice. */
Test(listops, small_worlds_are_exhausted_without_duplicates)
{
  lw_listops_settings settings = lra;
  settings.min_length = 1;
  settings.max_length = 4;
  settings.end_mark = true;
  settings.count[LW_SPLIT_TRAIN] = 310;
  lw_samples samples[LW_SPLITS] = {{0}};
  int64_t drawn = 0;
  bool seen[16 * 16 * 16] = {false};
  cr_assert_eq(lw_listops_generate(&settings, samples, &drawn), LW_OK, "%s", lw_fail_message());
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < samples[split].count; i++) {
      const uint8_t *tokens = samples[split].bytes + samples[split].offsets[i];
      int64_t length = samples[split].offsets[i + 1] - samples[split].offsets[i];
      int key = length == 2 ? tokens[0] : (tokens[0] * 16 + tokens[1]) * 16 + tokens[2];
      cr_assert_not(seen[key], "a tree twice");
      cr_assert_eq(tokens[length - 1], LW_LISTOPS_END);
      seen[key] = true;
    }
  done_all(samples);

  settings.count[LW_SPLIT_TEST] = 51;
  cr_expect_eq(lw_listops_generate(&settings, samples, &drawn), LW_ERROR_INPUT);
  cr_expect(strstr(lw_fail_message(), "only 410 different trees"), "%s", lw_fail_message());
  done_all(samples);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- the task with its flags ---- */

static lw_status make(int argc, char **argv, lw_product *product)
{
  lw_listops_settings settings;
  memset(&settings, 0, sizeof settings);
  lw_option_section flags = {.name = "", .options = lw_listops_task.options, .values = &settings};
  lw_arguments arguments = {0};
  lw_option_defaults(&flags, 1);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  return status == LW_OK ? lw_listops_task.make(&flags, product) : status;
}

Test(listops, missing_splits_are_cut_off_train)
{
  char path[TEMP_FOLDER_MAX + 32], test[TEMP_FOLDER_MAX + 32], more[4096];
  lw_product *product = NULL;
  cr_assert_eq(LW_TAKE(&product, 1), LW_OK);
  cr_assert(temp_folder_make(folder));
  write_text("nyu.tsv", nyu_lines, path);
  snprintf(more, sizeof more, "%s7\t7\n", nyu_lines);
  write_text("more.tsv", more, test);
  char *argv[] = {"listops", "--import-train", path, "--import-test", test, "--validation",
                  "2",       "--train",        "3"};
  cr_assert_eq(make(7, argv, product), LW_OK, "%s", lw_fail_message());
  cr_expect_eq(product->samples[LW_SPLIT_TRAIN].count, 3);
  cr_expect_eq(product->samples[LW_SPLIT_VALIDATION].count, 2);
  cr_expect_eq(product->samples[LW_SPLIT_TEST].count, 6);
  cr_expect(strstr(product->notes, "0 within train, 0 validation samples in train, 5 test samples"),
            "%s", product->notes);
  lw_product_done(product);

  argv[4] = path;
  cr_expect_eq(make(7, argv, product), LW_ERROR_INPUT);
  cr_expect(strstr(lw_fail_message(), "5 of 5 test samples are also in train or validation"), "%s",
            lw_fail_message());
  lw_product_done(product);

  cr_expect_eq(make(9, argv, product), LW_ERROR_INPUT);
  cr_expect(strstr(lw_fail_message(), "--train"), "%s", lw_fail_message());
  lw_product_done(product);
  argv[6] = "5";
  cr_expect_eq(make(7, argv, product), LW_ERROR_INPUT, "nothing would remain");
  lw_product_done(product);
  cr_assert(temp_folder_remove(folder));
  lw_mem_give(product);
  cr_assert_eq(lw_mem_live(), 0);
}
