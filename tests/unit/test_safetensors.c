/* Files of safetensors: ours byte by byte, and what is refused of others'. */
#include "longwave/io/safetensors.h"
#include "make_task.h"

TestSuite(safetensors, .init = make_begin, .fini = make_end);

enum { ROOM = 4096 };

static lw_status count_up(int64_t index, float *data, void *context)
{
  const int64_t *items = context;
  for (int64_t i = 0; i < items[index]; i++) data[i] = (float)(i + 1);
  return LW_OK;
}

static lw_status write_two(const char *path)
{
  static const char *const texts[] = {LW_SAFETENSORS_OURS, "1", "a", "\"\\\n\xc3\xa9", NULL};
  static const char *const names[] = {"b", "a.x"};
  static const int64_t dims[2][2] = {{3, 1}, {2, 1}};
  return lw_safetensors_write(path, &(lw_safetensors_content){.texts = texts,
                                                              .names = names,
                                                              .rank = (const int[]){1, 2},
                                                              .dims = dims,
                                                              .count = 2,
                                                              .fill = count_up,
                                                              .context = (int64_t[]){3, 2}});
}

Test(safetensors, every_byte_is_as_the_format_says)
{
  static const char head[] =
      "{\"__metadata__\":{\"longwave\":\"1\",\"a\":\"\\\"\\\\\\u000a\xc3\xa9\"},"
      "\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
      "\"a.x\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[12,20]}}";
  const float data[] = {1, 2, 3, 1, 2};
  char wanted[ROOM], found[ROOM];
  const size_t length = (sizeof head - 1 + 7) / 8 * 8;
  memset(wanted, ' ', sizeof wanted);
  memcpy(wanted, (const char[8]){(char)length}, 8);
  memcpy(wanted + 8, head, sizeof head - 1);
  memcpy(wanted + 8 + length, data, sizeof data);
  const char *path = at("x.safetensors");
  cr_assert_eq(write_two(path), LW_OK, "%s", lw_fail_message());
  FILE *file = fopen(path, "rb");
  const size_t bytes = fread(found, 1, sizeof found, file);
  fclose(file);
  cr_assert_lt(length, 256);
  cr_assert_eq(bytes, 8 + length + sizeof data);
  cr_assert_arr_eq(found, wanted, bytes);
}

Test(safetensors, comes_back_and_replaces_only_its_like)
{
  const char *path = at("x.safetensors"), *other = text_file("y.safetensors", "mine");
  lw_safetensors *file = NULL;
  int64_t count;
  float data[2];
  cr_assert_eq(write_two(path), LW_OK);
  cr_assert_eq(lw_safetensors_open(path, &file), LW_OK, "%s", lw_fail_message());
  lw_safetensors_list(file, &count);
  cr_assert_eq(count, 2);
  cr_assert_str_eq(lw_safetensors_text(file, "a"), "\"\\\n\xc3\xa9");
  cr_assert_null(lw_safetensors_text(file, "b"));
  cr_assert_null(lw_safetensors_find(file, "c"));
  const lw_tensor *b = lw_safetensors_find(file, "b");
  cr_assert_eq(lw_safetensors_read(file, b, 1, 2, data), LW_OK);
  cr_assert(data[0] == 2.0f && data[1] == 3.0f);
  cr_assert_eq(lw_safetensors_read(file, b, 2, 2, data), LW_ERROR_INPUT);
  lw_safetensors_close(&file);
  cr_assert_eq(write_two(path), LW_OK, "its own file may be replaced");
  cr_assert_eq(write_two(other), LW_ERROR_INPUT);
  cr_assert_not_null(strstr(lw_fail_message(), "a text file, not a file of safetensors"), "%s",
                     lw_fail_message());
}

/* ---- files from elsewhere ---- */

static const char *foreign(const char *head, size_t data)
{
  char all[ROOM] = {0};
  const uint64_t length = strlen(head);
  memcpy(all, &length, 8);
  memcpy(all + 8, head, length);
  return bytes_file("f.safetensors", all, 8 + length + data);
}

static void refused(const char *head, size_t data, const char *words)
{
  lw_safetensors *file = NULL;
  cr_expect_eq(lw_safetensors_open(foreign(head, data), &file), LW_ERROR_FORMAT, "%s", head);
  cr_expect_not_null(strstr(lw_fail_message(), words), "%s: %s", head, lw_fail_message());
  cr_expect_null(strchr(lw_fail_message(), '\n'));
  lw_safetensors_close(&file);
}

#define ENTRY(name, type, shape, offsets)                                                          \
  "\"" name "\":{\"dtype\":\"" type "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

Test(safetensors, foreign_files_are_taken)
{
  lw_safetensors *file = NULL;
  int64_t count;
  float number;
  const char *path =
      foreign("  {" ENTRY("b", "BF16", "2", "4,8") "," ENTRY("n", "I64", "", "8,16") "," ENTRY(
                  "a", "F32", "1", "0,4") "," ENTRY("e", "F8_E4M3", "0,3", "16,16") "} ",
              16);
  cr_assert_eq(lw_safetensors_open(path, &file), LW_OK, "%s", lw_fail_message());
  const lw_tensor *list = lw_safetensors_list(file, &count);
  cr_assert_eq(count, 4);
  cr_assert_str_eq(list[0].name, "a");
  cr_assert_eq(lw_safetensors_find(file, "n")->items, 1);
  cr_assert_eq(lw_safetensors_find(file, "e")->items, 0);
  cr_assert_eq(lw_safetensors_read(file, lw_safetensors_find(file, "b"), 0, 1, &number),
               LW_ERROR_FORMAT);
  cr_assert_not_null(strstr(lw_fail_message(), "dtype BF16, not F32"), "%s", lw_fail_message());
  lw_safetensors_close(&file);
}

Test(safetensors, damaged_files_are_refused)
{
  lw_safetensors *file = NULL;
  static const unsigned char huge[16] = {255, 255, 255, 255, 255, 255, 255, 127};
  cr_expect_eq(lw_safetensors_open(bytes_file("s", "abc", 3), &file), LW_ERROR_FORMAT);
  cr_expect_eq(lw_safetensors_open(bytes_file("h", huge, sizeof huge), &file), LW_ERROR_FORMAT);
  cr_expect_not_null(strstr(lw_fail_message(), "head claims"), "%s", lw_fail_message());
  cr_expect_eq(lw_safetensors_open(at("none"), &file), LW_ERROR_FILE);
  refused("[1]", 0, "not a JSON object");
  refused("{\"a\":", 0, "is not JSON: byte");
  refused("{} x", 0, "is not JSON");
  refused("{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("a", "F32", "1", "0,4") "}", 4, "duplicate");
  refused("{" ENTRY("a", "F32", "2", "0,8") "}", 4, "truncated");
  refused("{" ENTRY("a", "F32", "2", "0,8") "}", 9, "1 bytes at its end");
  refused("{" ENTRY("a", "F32", "2", "8,0") "}", 8, "data_offsets outside");
  refused("{" ENTRY("a", "F32", "2", "-8,0") "}", 8, "data_offsets outside");
  refused("{" ENTRY("a", "F32", "3", "0,8") "}", 8, "do not fit its shape");
  refused("{" ENTRY("a", "F32", "2", "0,8") "," ENTRY("b", "F32", "1", "4,8") "}", 8, "overlaps");
  refused("{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("b", "F32", "1", "8,12") "}", 12,
          "belong to no array");
  refused("{" ENTRY("a", "F32", "4611686018427387904,4", "0,8") "}", 8, "more numbers than");
  refused("{" ENTRY("a", "F32", "-1", "0,4") "}", 4, "whole numbers from 0 on");
  refused("{" ENTRY("a", "F32", "1.5", "0,4") "}", 4, "whole numbers from 0 on");
  refused("{" ENTRY("a", "F32", "1,1,1,1,1,1,1,1,1", "0,4") "}", 4, "more than 8 dimensions");
  refused("{" ENTRY("a", "F32", "1", "0") "}", 4, "two whole numbers");
  refused("{\"a\":{\"dtype\":4}}", 0, "has no dtype");
  refused("{\"a\":{\"dtype\":\"F32\"}}", 0, "has no shape");
  refused("{\"__metadata__\":[]}", 0, "is not an object");
  refused("{\"__metadata__\":{\"a\":1}}", 0, "is not a text");
}
