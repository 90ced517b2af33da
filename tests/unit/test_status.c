#include "longwave/base/status.h"
#include <errno.h>
#include <criterion/criterion.h>
#include <string.h>

Test(status, a_failure_keeps_its_sentence)
{
  cr_assert_str_eq(lw_fail_message(), "");
  cr_assert_eq(lw_fail(LW_ERROR_FILE, "cannot open %s", "x.h5"), LW_ERROR_FILE);
  cr_assert_str_eq(lw_fail_message(), "cannot open x.h5");
  (void)lw_fail(LW_ERROR_INPUT, "while starting: %s", lw_fail_message());
  cr_assert_str_eq(lw_fail_message(), "while starting: cannot open x.h5",
                   "a sentence may quote the last one");
}

Test(status, a_long_sentence_is_cut_not_overrun)
{
  static char text[20000];
  memset(text, 'x', sizeof text - 1);
  (void)lw_fail(LW_ERROR_INPUT, "%s", text);
  cr_assert_eq(strlen(lw_fail_message()), 8191);
}

Test(status, names_and_exit_codes_follow_the_table)
{
  cr_assert_str_eq(lw_status_name(LW_OK), "ok");
  cr_assert_str_eq(lw_status_name(LW_ERROR_FORMAT), "damaged or foreign file");
  cr_assert_eq(lw_status_exit_code(LW_OK), 0);
  cr_assert_eq(lw_status_exit_code(LW_ERROR_INPUT), 2);
  cr_assert_eq(lw_status_exit_code(LW_ERROR_DIVERGED), 6);
  cr_assert_eq(lw_status_exit_code(LW_STOPPED), 130);
}

static lw_status try_twice(lw_status first, lw_status second, int *reached)
{
  lw_status status = LW_OK;
  LW_TRY(first);
  *reached = 1;
  LW_TRY(second);
  *reached = 2;
done:
  return status;
}

Test(status, try_leaves_at_the_first_failure)
{
  int reached = 0;
  cr_assert_eq(try_twice(LW_ERROR_FILE, LW_OK, &reached), LW_ERROR_FILE);
  cr_assert_eq(reached, 0);
  cr_assert_eq(try_twice(LW_OK, LW_ERROR_FORMAT, &reached), LW_ERROR_FORMAT);
  cr_assert_eq(reached, 1);
  cr_assert_eq(try_twice(LW_OK, LW_OK, &reached), LW_OK);
  cr_assert_eq(reached, 2);
}

Test(status, a_reason_says_what_to_do)
{
  cr_assert_str_eq(lw_reason(ENOSPC),
                   "No space left on device; free some space there, or choose another disk");
  cr_assert_str_eq(lw_reason(EFBIG), "File too large; raise the limit of file size (ulimit -f), or "
                                     "choose another disk");
  cr_assert_str_eq(lw_reason(EDOM), "Numerical argument out of domain");
}

Test(status, context_stands_before_the_sentence_of_the_failure)
{
  cr_assert_eq(lw_fail(LW_ERROR_FILE, "no %s", "file"), LW_ERROR_FILE);
  cr_assert_eq(lw_fail_context(LW_ERROR_INPUT, "run %d", 3), LW_ERROR_INPUT);
  cr_expect_str_eq(lw_fail_message(), "run 3: no file");
}
