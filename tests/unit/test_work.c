#define _POSIX_C_SOURCE 200809L
#include "longwave/base/work.h"
#include "longwave/base/bar.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "screen.h"
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double clock_seconds;
static int terminal_columns;
static screen shown;
static FILE *written;
static int draws; /* lines of progress that were written */

static double clock_of_test(void)
{
  return clock_seconds;
}

static int columns_of_test(void)
{
  return terminal_columns;
}

/* What was written to standard error since the last time goes to the screen. */
static void look(void)
{
  char bytes[4096];
  size_t count;
  fflush(stderr);
  while ((count = fread(bytes, 1, sizeof bytes, written)) > 0) {
    for (size_t i = 0; i + 5 <= count; i++) draws += !memcmp(bytes + i, "\033[?7l", 5);
    screen_feed(&shown, bytes, count);
  }
  clearerr(written);
}

static void begin(int columns, bool reflows)
{
  char path[] = "/tmp/longwave-work-XXXXXX";
  const int file = mkstemp(path);
  cr_assert_geq(file, 0);
  written = fopen(path, "r");
  cr_assert(written && dup2(file, STDERR_FILENO) >= 0 && unlink(path) == 0);
  close(file);
  shown = (screen){.columns = columns, .reflows = reflows};
  terminal_columns = columns;
  clock_seconds = 1000.0;
  draws = 0;
  lw_work_look(clock_of_test, columns_of_test);
}

static void resize(int columns)
{
  look();
  terminal_columns = columns;
  screen_resize(&shown, columns);
}

/* A unit a second. */
static void go(lw_work *work, int64_t units)
{
  for (int64_t i = 0; i < units; i++) {
    clock_seconds += 1.0;
    lw_work_add(work, 1);
  }
  look();
}

/* The bar is one row, the last; what stood there before is untouched. */
static void expect_bar(const char *bar)
{
  cr_expect_eq(shown.last_row, 1, "%s", screen_text(&shown));
  cr_expect_str_eq(screen_row(&shown, 0), "before", "%s", screen_text(&shown));
  cr_expect_str_eq(screen_row(&shown, 1), bar, "%s", screen_text(&shown));
  cr_expect_lt(lw_columns(bar, INT_MAX, NULL), shown.columns);
  cr_expect(shown.row == 1 && shown.column == 0, "the cursor waits at the beginning");
}

Test(work, shows_nothing_of_short_work)
{
  lw_work work = {0};
  begin(80, true);
  lw_work_begin(&work, "test split", "samples", 10);
  clock_seconds += 1.9;
  lw_work_show(&work, 9);
  lw_work_end(&work);
  look();
  cr_expect_eq(ftell(written), 0, "not even a sequence that clears");
}

#define BAR_OF_40 "[----------------------------------------]"

static void widths(bool reflows)
{
  static const struct {
    int columns;
    const char *bar;
  } rows[] = {
      {200, BAR_OF_40 " test split  4/96000 samples  0 %  26:39:56 left"},
      {80, "[-----------------------------] test split  5/96000 samples  0 %  26:39:55 left"},
      {60, "[---------] test split  6/96000 samples  0 %  26:39:54 left"},
      {44, "test split  7/96000 samples  26:39:53 left"},
      {40, "[------] 8/96000 samples  26:39:52 left"},
      {20, "26:39:51 left"},
      {12, "0 %"},
      {200, BAR_OF_40 " test split  11/96000 samples  0 %  26:39:49 left"},
  };
  lw_work work = {0};
  begin(100, reflows);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&work, "test split", "samples", 96000);
  go(&work, 3);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    resize(rows[i].columns);
    go(&work, 1);
    expect_bar(rows[i].bar);
  }
  lw_work_end(&work);
  look();
  cr_expect_str_eq(screen_text(&shown), "|before\n|\n", "the bar goes away");
}

Test(work, fits_a_terminal_that_is_resized)
{
  widths(true);
}

Test(work, fits_a_terminal_that_cuts_its_lines_when_resized)
{
  widths(false);
}

/* Between the question for its width and the line, a terminal may become narrower. */
Test(work, a_line_that_comes_too_late_does_not_wrap)
{
  lw_work work = {0};
  begin(120, true);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&work, "test split", "samples", 1000);
  go(&work, 4);
  look();
  screen_resize(&shown, 40);
  go(&work, 1); /* 120 columns still */
  cr_expect_eq(shown.last_row, 1, "%s", screen_text(&shown));
  terminal_columns = 40;
  go(&work, 1);
  expect_bar("test split  6/1000 samples  16:34 left");
  lw_work_end(&work);
}

Test(work, names_of_wide_characters_fit)
{
  static const char name[] = "r\xc3\xa9sum\xc3\xa9 \xe9\x95\xb7\xe6\xb3\xa2\x1b[31m\n\xff";
  lw_work work = {0};
  begin(80, true);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&work, name, "samples", 100);
  go(&work, 10);
  expect_bar("[##-----------------------] r\xc3\xa9sum\xc3\xa9 \xe9\x95\xb7\xe6\xb3\xa2?[31m??  "
             "10/100 samples  10 %  1:30 left");
  resize(52);
  go(&work, 1);
  expect_bar("r\xc3\xa9sum\xc3\xa9 \xe9\x95\xb7\xe6\xb3\xa2?[31m??  "
             "11/100 samples  11 %  1:29 left");
  lw_work_end(&work);
}

Test(work, lines_of_the_log_stand_above_the_bar)
{
  lw_work work = {0};
  begin(60, true);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&work, "test split", "samples", 10);
  go(&work, 5);
  resize(30); /* the bar has wrapped */
  lw_log_root(LW_LOG_WARN, "look");
  look();
  cr_expect_str_eq(screen_text(&shown), "|before\n|warning: look\n|\n");
  go(&work, 1);
  cr_expect_str_eq(screen_row(&shown, 2), "6/10 samples  0:04 left");
  lw_work_end(&work);
}

Test(work, a_bar_that_is_kept_stays_above_what_follows)
{
  begin(80, true);
  lw_log_progress("[####] step 10/10");
  look();
  screen_resize(&shown, 11);
  lw_log_progress("step 10/10");
  lw_log_progress_keep();
  lw_log_progress_keep();
  lw_log_root(LW_LOG_INFO, "finished");
  look();
  cr_expect_str_eq(screen_text(&shown), "|step 10/10\n|finished\n|\n");
}

Test(work, is_drawn_ten_times_a_second_at_most)
{
  lw_work work = {0};
  begin(80, true);
  lw_work_begin(&work, "test split", "samples", 4000);
  for (int i = 1; i <= 4000; i++) {
    clock_seconds += 0.001;
    lw_work_show(&work, i);
  }
  lw_work_end(&work);
  look();
  cr_expect(draws > 15 && draws <= 20, "%d draws in the two seconds after the first two", draws);
}

Test(work, parts_count_for_the_whole)
{
  lw_work outer = {0}, inner = {0};
  begin(90, true);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&outer, "testing", "runs", 4);
  go(&outer, 1);
  lw_work_begin(&inner, "test split", "samples", 10);
  clock_seconds += 4.0;
  go(&inner, 5);
  expect_bar("[#########-----------------] "
             "testing  1/4 runs  test split  5/10 samples  38 %  0:17 left");
  resize(50);
  go(&inner, 1);
  expect_bar("1/4 runs  test split  6/10 samples  0:16 left");
  lw_work_end(&inner);
  go(&outer, 1);
  expect_bar("[######------] testing  2/4 runs  50 %  0:12 left");
  lw_work_end(&outer);
}

Test(work, a_frame_starts_the_clock_of_its_parts)
{
  lw_work frame = {0}, part = {0};
  begin(80, true);
  lw_log_root(LW_LOG_INFO, "before");
  lw_work_begin(&frame, "", "", 0);
  clock_seconds += 1.5;
  lw_work_begin(&part, "reading train.tsv", "bytes", 200 << 20);
  clock_seconds += 1.0;
  lw_work_show(&part, 20 << 20);
  look();
  expect_bar("[##------------------------] reading train.tsv  20.0/200.0 MiB  10 %  0:09 left");
  lw_work_end(&part);
  lw_work_begin(&part, "reading pipe", "bytes", 0);
  clock_seconds += 1.0;
  lw_work_show(&part, 3 << 10);
  look();
  expect_bar("reading pipe  3.0 KiB");
  lw_work_end(&part);
  lw_work_end(&frame);
}

Test(work, is_a_line_from_time_to_time_in_a_log)
{
  lw_work work = {0};
  begin(100, true);
  terminal_columns = 0;
  lw_work_begin(&work, "test split", "samples", 100);
  go(&work, 9);
  cr_expect_eq(ftell(written), 0, "no line of short work");
  go(&work, 61);
  lw_work_end(&work);
  look();
  cr_expect_str_eq(screen_text(&shown), "|test split  10/100 samples  10 %  1:30 left\n"
                                        "|test split  40/100 samples  40 %  1:00 left\n"
                                        "|test split  70/100 samples  70 %  0:30 left\n|\n");
}

Test(work, is_not_shown_by_other_ranks_or_when_nothing_is_to_be_said)
{
  for (int quiet = 0; quiet < 2; quiet++)
    for (int columns = 0; columns <= 80; columns += 80) {
      lw_work work = {0};
      begin(80, true);
      terminal_columns = columns;
      lw_log_rank_set(!quiet);
      lw_log_level_set(quiet ? LW_LOG_WARN : LW_LOG_INFO);
      lw_work_begin(&work, "test split", "samples", 100);
      go(&work, 50);
      lw_work_end(&work);
      look();
      cr_expect_eq(ftell(written), 0);
    }
}
