#include "longwave/base/bar.h"
#include <criterion/criterion.h>
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
