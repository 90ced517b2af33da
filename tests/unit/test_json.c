/* JSON as it is written: escapes, numbers that JSON has not, texts that are no texts. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/json.h"
#include "longwave/base/mem.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The document as text, to be freed; gives the document back. */
static char *written_by(lw_status (*write)(const lw_json *root, FILE *out), lw_json *root)
{
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  cr_assert(out);
  cr_assert_eq(write(root, out), LW_OK, "%s", lw_fail_message());
  fclose(out);
  lw_json_done(root);
  cr_assert_eq(lw_mem_live(), 0);
  return text;
}

static char *written(lw_json *root)
{
  return written_by(lw_json_write, root);
}

static void expect_text(const char *value, const char *json)
{
  char line[256];
  lw_json root = {0};
  cr_assert_eq(lw_json_init(&root), LW_OK);
  lw_json_text(root, "t", value);
  char *text = written(&root);
  snprintf(line, sizeof line, "{\"t\":%s}", json);
  cr_expect_str_eq(text, line);
  free(text);
}

Test(json, keeps_order_and_nests)
{
  lw_json root = {0};
  cr_assert_eq(lw_json_init(&root), LW_OK);
  const lw_json list = lw_json_array(root, "z");
  lw_json_whole(root, "a", INT64_C(9007199254740993));
  lw_json_bool(root, "yes", true);
  lw_json_text(lw_json_object(list, NULL), "b", "c");
  lw_json_whole(list, NULL, -1);
  lw_json_array(list, NULL);
  char *text = written(&root);
  cr_expect_str_eq(text, "{\"z\":[{\"b\":\"c\"},-1,[]],\"a\":9007199254740993,\"yes\":true}");
  free(text);
}

Test(json, numbers_that_are_not_finite_are_null)
{
  lw_json root = {0};
  cr_assert_eq(lw_json_init(&root), LW_OK);
  const lw_json list = lw_json_array(root, "x");
  const double numbers[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 0.1234567, 1e-300};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    lw_json_real(list, NULL, numbers[i]);
  char *text = written(&root);
  cr_expect_str_eq(text, "{\"x\":[null,null,null,0.123457,1e-300]}");
  free(text);
}

Test(json, texts_cannot_leave_a_script)
{
  expect_text("</script><!--<script>", "\"\\u003c/script>\\u003c!--\\u003cscript>\"");
  expect_text("<", "\"\\u003c\"");
  expect_text("a\"b\\c\n\t\001", "\"a\\\"b\\\\c\\n\\t\\u0001\"");
  expect_text(NULL, "null");
  expect_text("", "\"\"");
}

Test(json, bytes_that_are_not_utf8_are_marked_and_the_others_kept)
{
  expect_text("\xC3\xA4\xFF"
              "b\xE2\x82\xAC\xC3",
              "\"\xC3\xA4\xEF\xBF\xBD"
              "b\xE2\x82\xAC\xEF\xBF\xBD\"");
  expect_text("\xC0\x80\xED\xA0\x80",
              "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

Test(json, a_file_for_people_has_a_line_a_key_and_numbers_that_come_back)
{
  static const double numbers[] = {0.012345, 1234567.8, 1e-6, 1.0 / 3.0, 12.0};
  enum { COUNT = sizeof numbers / sizeof *numbers };
  char expected[64], *next;
  lw_json root = {0};
  cr_assert_eq(lw_json_init(&root), LW_OK);
  const lw_json list = lw_json_array(lw_json_object(root, "a<b"), "x");
  for (int i = 0; i < COUNT; i++) lw_json_printed(list, NULL, "%.6f", numbers[i]);
  char *text = written_by(lw_json_print, &root);
  const char *begin = "{\n  \"a<b\": {\n    \"x\": [\n";
  cr_assert_eq(strncmp(text, begin, strlen(begin)), 0, "%s", text);
  next = text + strlen(begin);
  for (int i = 0; i < COUNT; i++, next++) {
    snprintf(expected, sizeof expected, "%.6f", numbers[i]);
    cr_expect_eq(strtod(next, &next), strtod(expected, NULL), "%s in %s", expected, text);
  }
  cr_expect_str_eq(text + strlen(text) - 2, "}\n");
  free(text);
}
