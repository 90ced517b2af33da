/** Lines for people: levels, root and rank messages, to standard error and (root only) to a file as
 *  well. Not here: numbers to plot (run/metrics.h) and the sentences of failures
 *  (base/status.h). */
#ifndef LONGWAVE_BASE_LOG_H
#define LONGWAVE_BASE_LOG_H

#include "longwave/base/status.h"
#include <stdbool.h>

typedef enum lw_log_level { LW_LOG_ERROR, LW_LOG_WARN, LW_LOG_INFO, LW_LOG_DEBUG } lw_log_level;

/** Which rank this process is; called once by main, rank 0 before that. */
void lw_log_rank_set(int rank);
/** What the terminal gets: lines of this level and of more serious ones. Below LW_LOG_INFO no bar
 *  is drawn either. The file gets at least the lines of LW_LOG_INFO and more serious ones, and all
 *  that the terminal gets. */
void lw_log_level_set(lw_log_level level);
/** Whether lines of this level are shown: if not, what they would say need not be computed. */
bool lw_log_shows(lw_log_level level);
bool lw_log_is_root(void);

/** From now on root lines also go, with the time of day, to the end of `path`. Local, root only.
 *  Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_log_open(const char *path);
void lw_log_close(void);

/** Once per run: printed by rank 0 only, by others ignored. */
void lw_log_root(lw_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Only to the log file (root): what the progress bar already shows on the terminal. */
void lw_log_file(lw_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** By any rank, with [rank] before it. */
void lw_log_rank(lw_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A progress bar owns the last line of the terminal: `text`, narrower than the terminal, replaces
 *  it; NULL takes it away. Root only. Log lines that come in between are written above it. The
 *  cursor waits at its beginning. */
void lw_log_progress(const char *text);
/** The bar stays, and lines go on below it. */
void lw_log_progress_keep(void);

/** The flag that gives a program started by this one the same level: "--quiet", "--debug" or
 *  NULL. */
const char *lw_log_flag(void);

#endif
