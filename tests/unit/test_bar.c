#include "longwave/base/bar.h"
#include "longwave/base/columns.h"
#include "longwave/base/utf8.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* As training draws it: step, loss, accuracy, speed, time left. */
static const lw_bar_field training[] = {{"step 12345/96000", 5},
                                        {"loss 0.1234", 3},
                                        {"acc 97.5 %", 2},
                                        {"123456 tok/s", 1},
                                        {"10:07:12 left", 4}};

static char line[256];

static void draw(double share, int columns)
{
  lw_bar_line(share, training, 5, columns, line, sizeof line);
}

Test(bar, never_reaches_the_last_column)
{
  for (int columns = 20; columns <= 400; columns++) {
    draw(0.13, columns);
    cr_assert_lt((int)strlen(line), columns, "%d columns: '%s'", columns, line);
    cr_assert(strstr(line, "step 12345/96000"), "%d columns: '%s'", columns, line);
  }
}

Test(bar, leaves_out_what_matters_least)
{
  draw(0.13, 60);
  cr_assert_str_eq(line, "step 12345/96000  loss 0.1234  acc 97.5 %  10:07:12 left");
  draw(0.13, 40);
  cr_assert_str_eq(line, "[-----] step 12345/96000  10:07:12 left");
  draw(0.13, 24);
  cr_assert_str_eq(line, "step 12345/96000");
}

Test(bar, says_all_in_a_log)
{
  draw(0.13, 0);
  cr_assert_str_eq(line, "step 12345/96000  loss 0.1234  acc 97.5 %  123456 tok/s  10:07:12 left");
}

Test(bar, fills_what_is_left_with_cells)
{
  draw(0.5, 200);
  cr_assert_eq(strchr(line, ']') - line, 41, "%s", line);
  cr_assert_eq(strspn(line + 1, "#"), 20, "%s", line);
  cr_assert(strstr(line, "tok/s  10:07:12 left"), "%s", line);
  draw(0.0, 200);
  cr_assert_eq(strspn(line + 1, "#"), 0);
  draw(1.0, 200);
  cr_assert_eq(strspn(line + 1, "#"), 40);
  draw(1.5, 200); /* more than all */
  cr_assert_eq(strspn(line + 1, "#"), 40);
}

Test(bar, fits_the_memory_it_is_given)
{
  char small[32];
  lw_bar_line(0.5, training, 5, 200, small, sizeof small);
  cr_assert_lt(strlen(small), sizeof small);
  cr_assert(strstr(small, "step 12345/96000"), "%s", small);
}

Test(bar, says_hours_where_there_are_some)
{
  char text[32];
  lw_clock_text(59.6, text, sizeof text);
  cr_assert_str_eq(text, "1:00");
  lw_clock_text(36432.0, text, sizeof text);
  cr_assert_str_eq(text, "10:07:12");
}

/* ---- tables and the characters in them ---- */

Test(columns, titles_and_cells_are_aligned_by_what_is_seen)
{
  static const lw_column columns[] = {{"name", 0, -6, NULL, false},
                                      {"mean", 1, 6, "%.2f", false},
                                      {"ratio", 0, 7, "%.1f %%", true},
                                      {"end", 2, 0, NULL, false},
                                      {0}};
  char table[512];
  lw_text text = LW_TEXT_IN(table);
  lw_columns_add(&text, columns, NULL, NULL);
  lw_text_add(&text, "\n");
  lw_columns_add(&text, columns, (const char *[]){"gr\xc3\xbc\xc3\x9f", "x"}, (double[]){1, 2});
  lw_text_add(&text, "\n");
  lw_columns_add(&text, columns, (const char *[]){"too long", ""}, (double[]){NAN, NAN});
  cr_expect_str_eq(table, "name     mean  ratio  end\n"
                          "gr\xc3\xbc\xc3\x9f     1.00  2.0 %  x\n"
                          "too long    nan      -  ");
}

Test(columns, every_character_is_written_and_read_back)
{
  char text[LW_UTF8_BYTES + 1];
  uint32_t back;
  for (uint32_t code = 1; code < LW_UTF8_CODES; code++) {
    lw_utf8_write(code, text);
    const int bytes = (int)strlen(text), read = lw_utf8_read(text, LW_UTF8_BYTES, &back);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    cr_assert(surrogate ? read == 0 : read == bytes && back == code, "U+%04X", (unsigned)code);
    cr_assert(bytes == 1 || !lw_utf8_read(text, bytes - 1, NULL), "U+%04X", (unsigned)code);
  }
}

Test(columns, what_is_no_utf8)
{
  static const struct {
    const char *text;
    int64_t first_bad;
  } cases[] = {{"plain", -1},           {"\xc3\xa4", -1},        {"a\x80", 1},
               {"a\xc0\x80", 1},        {"a\xc1\xbf", 1},        {"ab\xe0\x80\x80", 2},
               {"\xf0\x80\x80\x80", 0}, {"\xf4\x90\x80\x80", 0}, {"\xf8\x88\x80\x80", 0},
               {"\xed\xa0\x80", 0},     {"a\xe2\x82", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_expect_eq(lw_utf8_check(cases[i].text, (int64_t)strlen(cases[i].text)), cases[i].first_bad,
                 "case %zu", i);
}
