#define _POSIX_C_SOURCE 200809L
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include "longwave/base/bar.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int own_rank;
static lw_log_level threshold = LW_LOG_INFO;
static FILE *log_file;
static bool bar_shown;

void lw_log_rank_set(int rank)
{
  own_rank = rank;
}

void lw_log_level_set(lw_log_level level)
{
  threshold = level;
}

bool lw_log_shows(lw_log_level level)
{
  return level <= threshold;
}

bool lw_log_is_root(void)
{
  return own_rank == 0;
}

lw_status lw_log_open(const char *path)
{
  FILE *file = fopen(path, "a");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot write the log %s: %s", path, lw_reason(errno));
  lw_log_close();
  log_file = file;
  return LW_OK;
}

void lw_log_close(void)
{
  if (log_file) fclose(log_file);
  log_file = NULL;
}

static const char *prefix(lw_log_level level)
{
  static const char *const prefixes[] = {"error: ", "warning: ", "", "debug: "};
  return prefixes[level];
}

static void write_file(lw_log_level level, const char *line)
{
  if (!log_file) return;
  time_t now = time(NULL);
  struct tm parts;
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
  fprintf(log_file, "%s %s%s\n", stamp, prefix(level), line);
  fflush(log_file);
}

/* The codes that remove a bar: the cursor is at its first column, even if a terminal that became
   narrower has wrapped it, and nothing is below it. */
static const char *clear_bar(void)
{
  const char *clear = bar_shown ? "\r\033[J" : "";
  bar_shown = false;
  return clear;
}

/* rank: "" or "[rank 3] " */
static void write_terminal(lw_log_level level, const char *rank, const char *line)
{
  static const lw_look looks[] = {LW_LOOK_ERROR, LW_LOOK_WARNING, LW_LOOK_PLAIN, LW_LOOK_PLAIN};
  const bool coloured = looks[level] != LW_LOOK_PLAIN;
  if (!lw_log_shows(level)) return;
  /* the bar is the root's, but other ranks write to the same terminal */
  const bool other = own_rank != 0 && lw_terminal_columns() > 0;
  const char *clear = other ? "\r\033[J" : clear_bar();
  fprintf(stderr, "%s%s%s%s%s%s\n", clear, rank, coloured ? lw_look_code(stderr, looks[level]) : "",
          prefix(level), coloured ? lw_look_code(stderr, LW_LOOK_PLAIN) : "", line);
}

/* A quiet run, too, leaves a log that can be read later. */
static bool is_kept(lw_log_level level)
{
  return level <= LW_LOG_INFO || lw_log_shows(level);
}

void lw_log_root(lw_log_level level, const char *format, ...)
{
  if (own_rank != 0 || !is_kept(level)) return;
  char line[8192];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  write_terminal(level, "", line);
  write_file(level, line);
}

void lw_log_file(lw_log_level level, const char *format, ...)
{
  if (own_rank != 0 || !is_kept(level)) return;
  char line[8192];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  write_file(level, line);
}

void lw_log_rank(lw_log_level level, const char *format, ...)
{
  if (!is_kept(level)) return;
  char line[8192], rank[32];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  snprintf(rank, sizeof rank, "[rank %d] ", own_rank);
  write_terminal(level, rank, line);
  if (own_rank == 0) write_file(level, line);
}

/* Wrapping is off: a line that was made for a wider terminal then stays one line. */
void lw_log_progress(const char *text)
{
  if (own_rank != 0 || !lw_log_shows(LW_LOG_INFO)) return;
  if (text)
    fprintf(stderr, "\r\033[?7l%s\033[J\r\033[?7h", text);
  else
    fputs(clear_bar(), stderr);
  bar_shown = text;
  fflush(stderr);
}

void lw_log_progress_keep(void)
{
  if (bar_shown) fputs("\n\033[J", stderr);
  bar_shown = false;
}

const char *lw_log_flag(void)
{
  if (!lw_log_shows(LW_LOG_INFO)) return "--quiet";
  return lw_log_shows(LW_LOG_DEBUG) ? "--debug" : NULL;
}
