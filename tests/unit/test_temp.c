/* Folders that live as long as a command. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/temp.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Test(temp, is_its_own_and_goes_with_all_that_is_in_it)
{
  char folder[TEMP_FOLDER_MAX], one[LW_TEMP_MAX], other[LW_TEMP_MAX], inner[2 * LW_TEMP_MAX];
  cr_assert(temp_folder_make(folder));
  setenv("TMPDIR", folder, 1);
  cr_assert(lw_temp_make("tests", one) == LW_OK && lw_temp_make("tests", other) == LW_OK);
  cr_assert_str_neq(one, other);
  cr_assert_eq(strncmp(one, folder, strlen(folder)), 0, "%s", one);
  cr_assert(strstr(one, "/longwave-tests-"), "%s", one);
  snprintf(inner, sizeof inner, "%s/a", one);
  cr_assert_eq(mkdir(inner, 0700), 0);
  snprintf(inner, sizeof inner, "%s/a/link", one);
  cr_assert_eq(symlink(other, inner), 0);
  lw_temp_remove(one);
  cr_assert_str_empty(one);
  cr_assert_eq(access(other, F_OK), 0, "what a link points to stays");
  lw_temp_remove(other);
  lw_temp_remove(other);
  cr_assert_eq(rmdir(folder), 0, "nothing is left");
}

Test(temp, says_what_to_do_where_there_is_no_place)
{
  char path[LW_TEMP_MAX], far[2 * LW_TEMP_MAX];
  setenv("TMPDIR", "/none/here", 1);
  cr_assert_eq(lw_temp_make("tests", path), LW_ERROR_FILE);
  cr_assert_str_empty(path);
  cr_assert(strstr(lw_fail_message(), "'/none/here': No such file"), "%s", lw_fail_message());
  cr_assert(strstr(lw_fail_message(), "set TMPDIR"), "%s", lw_fail_message());
  memset(far, 'x', sizeof far);
  far[sizeof far - 1] = 0;
  setenv("TMPDIR", far, 1);
  cr_assert_eq(lw_temp_make("tests", path), LW_ERROR_FILE);
  cr_assert(strstr(lw_fail_message(), "too long"), "%s", lw_fail_message());
}
