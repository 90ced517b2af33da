#define _POSIX_C_SOURCE 200809L
#include "longwave/train/progress.h"
#include "longwave/base/log.h"
#include "longwave/base/profile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 14 }; /* so that a line fits 80 columns */

void lw_progress_start(lw_progress_bar *bar, bool drawn, const lw_trainer *trainer)
{
  *bar = (lw_progress_bar){.drawn = drawn,
                           .steps = trainer->job.train.steps,
                           .first = trainer->progress.step,
                           .started = lw_clock()};
}

/* "1:02:03" or "2:03" */
static void clock_text(double seconds, char *text, size_t room)
{
  long s = (long)(seconds + 0.5);
  if (s >= 3600)
    snprintf(text, room, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, room, "%ld:%02ld", s / 60, s % 60);
}

static void draw(const lw_progress_bar *bar, const char *figures, int64_t step)
{
  char line[256], cells[BAR + 1];
  int full = (int)(BAR * step / bar->steps);
  memset(cells, '-', BAR);
  memset(cells, '#', (size_t)full);
  cells[BAR] = 0;
  snprintf(line, sizeof line, "[%s] %s", cells, figures);
  lw_log_progress(line);
}

void lw_progress_show(lw_progress_bar *bar, const lw_step_result *result, int64_t step, bool line)
{
  char left[32], figures[200];
  double now = lw_clock();
  clock_text((now - bar->started) / (double)(step - bar->first) * (double)(bar->steps - step), left,
             sizeof left);
  snprintf(figures, sizeof figures,
           "step %lld/%lld  loss %.4f  acc %.1f %%  %.0f tok/s  %s left", (long long)step,
           (long long)bar->steps, result->loss, 100.0 * result->accuracy,
           (double)result->tokens / result->seconds, left);
  if (line && bar->drawn) lw_log_file(LW_LOG_INFO, "%s", figures);
  if (line && !bar->drawn) lw_log_root(LW_LOG_INFO, "%s", figures);
  if (bar->drawn && (now - bar->shown > 0.1 || step == bar->steps)) {
    draw(bar, figures, step);
    bar->shown = now;
  }
}

void lw_progress_end(lw_progress_bar *bar)
{
  if (bar->drawn) lw_log_progress(NULL);
  bar->drawn = false;
}

bool lw_progress_terminal(void)
{
  if (isatty(STDERR_FILENO)) return true;
  if (!getenv("OMPI_COMM_WORLD_RANK")) return false;
  /* mpirun, our parent on this machine, passes our output through a pipe: look at its own. */
  char link[64], target[256];
  snprintf(link, sizeof link, "/proc/%ld/fd/2", (long)getppid());
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length <= 0) return false;
  target[length] = 0;
  return !strncmp(target, "/dev/pts/", 9) || !strncmp(target, "/dev/tty", 8);
}
