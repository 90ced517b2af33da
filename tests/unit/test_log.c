#include "longwave/base/log.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

Test(log, levels_and_ranks_on_the_terminal, .init = cr_redirect_stderr)
{
  lw_log_root(LW_LOG_INFO, "begin %d", 1);
  lw_log_root(LW_LOG_DEBUG, "hidden");
  lw_log_root(LW_LOG_WARN, "careful");
  lw_log_level_set(LW_LOG_ERROR);
  lw_log_root(LW_LOG_WARN, "hidden");
  lw_log_rank_set(3);
  lw_log_root(LW_LOG_ERROR, "not mine");
  lw_log_rank(LW_LOG_ERROR, "mine");
  fflush(stderr);
  cr_assert_stderr_eq_str("begin 1\nwarning: careful\n[rank 3] error: mine\n");
}

/* A quiet terminal shows no bar either; the file can still be read later. */
Test(log, quiet_is_the_terminal_not_the_file, .init = cr_redirect_stderr)
{
  char folder[TEMP_FOLDER_MAX], path[TEMP_FOLDER_MAX + 16], text[512];
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/log", folder);
  cr_assert_eq(lw_log_open(path), LW_OK);
  cr_assert(lw_log_shows(LW_LOG_INFO) && !lw_log_shows(LW_LOG_DEBUG));
  lw_log_level_set(LW_LOG_WARN);
  cr_assert_not(lw_log_shows(LW_LOG_INFO));
  lw_log_progress("half");
  lw_log_root(LW_LOG_INFO, "begun");
  lw_log_root(LW_LOG_DEBUG, "detail");
  lw_log_root(LW_LOG_WARN, "careful");
  lw_log_progress(NULL);
  lw_log_level_set(LW_LOG_DEBUG);
  lw_log_root(LW_LOG_DEBUG, "shown");
  lw_log_close();
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  cr_assert(strstr(text, "begun") && strstr(text, "careful") && strstr(text, "shown"), "%s", text);
  cr_assert_null(strstr(text, "detail"), "%s", text);
  fflush(stderr);
  cr_assert_stderr_eq_str("warning: careful\ndebug: shown\n");
  cr_assert(temp_folder_remove(folder));
}

Test(log, lines_are_written_above_the_bar, .init = cr_redirect_stderr)
{
  lw_log_progress("half");
  lw_log_root(LW_LOG_INFO, "line");
  lw_log_progress("whole");
  lw_log_progress(NULL);
  lw_log_progress(NULL);
  fflush(stderr);
  cr_assert_stderr_eq_str("\r\033[?7lhalf\033[J\r\033[?7h\r\033[Jline\n"
                          "\r\033[?7lwhole\033[J\r\033[?7h\r\033[J");
}

Test(log, root_lines_go_to_the_file_with_the_time, .init = cr_redirect_stderr)
{
  char folder[TEMP_FOLDER_MAX], path[TEMP_FOLDER_MAX + 16], line[256];
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/log", folder);
  for (int run = 0; run < 2; run++) {
    cr_assert_eq(lw_log_open(path), LW_OK);
    lw_log_root(LW_LOG_WARN, "run %d", run);
    lw_log_close();
  }
  lw_log_root(LW_LOG_INFO, "the file is closed");

  FILE *file = fopen(path, "r");
  cr_assert_not_null(file);
  for (int run = 0; run < 2; run++) {
    int year, found = -1;
    cr_assert_not_null(fgets(line, sizeof line, file));
    cr_assert_eq(sscanf(line, "%d-%*d-%*d %*d:%*d:%*d warning: run %d\n", &year, &found), 2, "%s",
                 line);
    cr_assert_eq(found, run, "a second run adds to the file");
  }
  cr_assert_null(fgets(line, sizeof line, file));
  fclose(file);
  cr_assert(temp_folder_remove(folder));
}

Test(log, a_file_that_cannot_be_written_is_told)
{
  cr_assert_eq(lw_log_open("/no/such/folder/log"), LW_ERROR_FILE);
  cr_assert_str_eq(lw_fail_message(),
                   "cannot write the log /no/such/folder/log: No such file or directory; check the path");
}
