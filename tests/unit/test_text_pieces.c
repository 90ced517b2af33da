/* Texts composed piece by piece: what has room, what is cut, what grows. */
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(text_pieces, pieces_stand_one_behind_the_other)
{
  char memory[32];
  lw_text text = LW_TEXT_IN(memory);
  cr_assert_str_eq(memory, "");
  lw_text_item(&text, ", ", "%d", 1);
  lw_text_item(&text, ", ", "%s", "two");
  lw_text_add(&text, "; %c", 'x');
  cr_expect_str_eq(memory, "1, two; x");
  cr_expect_eq(text.used, 9);
  cr_expect_not(text.truncated);
  text = lw_text_behind(memory, sizeof memory);
  lw_text_item(&text, " and ", "more");
  cr_expect_str_eq(memory, "1, two; x and more");
  cr_assert_eq(lw_text_end(&text), LW_OK);
  lw_text_done(&text); /* the memory is the caller's */
  cr_expect_str_eq(memory, "1, two; x and more");
}

Test(text_pieces, what_has_no_room_is_cut_and_nothing_follows)
{
  char memory[9];
  memory[8] = '!';
  lw_text text = lw_text_in(memory, 8);
  lw_text_add(&text, "%s", "1234567");
  cr_expect_not(text.truncated);
  lw_text_add(&text, "%s", "8");
  cr_expect(text.truncated);
  cr_expect_str_eq(memory, "1234567");
  text = lw_text_in(memory, 8);
  lw_text_add(&text, "12");
  lw_text_add(&text, "%d", 3456789);
  lw_text_add(&text, "x");
  cr_expect_str_eq(memory, "1234567");
  cr_expect_eq(text.used, 7);
  cr_expect_eq(memory[8], '!');
  cr_expect_eq(lw_text_end(&text), LW_OK); /* shorter, as whoever gave the room wanted */
  text = lw_text_in(memory, 1);
  lw_text_add(&text, "x");
  cr_expect_str_eq(memory, "");
}

Test(text_pieces, a_text_grows_as_far_as_it_has_to)
{
  enum { PIECES = 5000 };
  lw_text text = LW_TEXT_GROWS;
  for (int i = 0; i < PIECES; i++) lw_text_item(&text, "\n", "piece %05d", i);
  cr_assert_eq(lw_text_end(&text), LW_OK);
  cr_expect_eq(text.used, 12 * PIECES - 1);
  cr_expect_eq(strlen(text.text), 12 * PIECES - 1);
  for (int i = 0; i < PIECES; i++) cr_assert_eq(strtol(text.text + 12 * i + 6, NULL, 10), i);
  lw_text_done(&text);
  text = LW_TEXT_GROWS;
  cr_assert_eq(lw_text_end(&text), LW_OK);
  cr_expect_str_eq(text.text, "");
  lw_text_done(&text);
  cr_expect_eq(lw_mem_live(), 0);
}
