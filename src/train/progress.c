#define _POSIX_C_SOURCE 200809L
#include "longwave/train/progress.h"
#include "longwave/base/log.h"
#include "longwave/base/profile.h"
#include "longwave/comm/reduce.h"
#include <math.h>
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

/* To the log; not on a terminal with a bar, which says the same. */
static void log_line(const lw_progress_bar *bar, const char *line)
{
  if (bar->drawn)
    lw_log_file(LW_LOG_INFO, "%s", line);
  else
    lw_log_root(LW_LOG_INFO, "%s", line);
}

void lw_progress_show(lw_progress_bar *bar, const lw_step_result *result, int64_t step, bool line)
{
  char left[32], figures[200];
  double now = lw_clock();
  clock_text((now - bar->started) / (double)(step - bar->first) * (double)(bar->steps - step), left,
             sizeof left);
  snprintf(figures, sizeof figures, "step %lld/%lld  loss %.4f  acc %.1f %%  %.0f tok/s  %s left",
           (long long)step, (long long)bar->steps, result->loss, 100.0 * result->accuracy,
           (double)result->tokens / result->seconds, left);
  if (line) log_line(bar, figures);
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

void lw_balance_add(lw_balance *balance, const lw_step_result *result)
{
  balance->busy += result->seconds - result->waiting;
  balance->waiting += result->waiting;
  balance->steps++;
}

void lw_balance_show(lw_balance *balance, const lw_progress_bar *bar, const lw_world *world,
                     double seconds)
{
  char line[256];
  if (world->size == 1 || balance->steps == 0) return;
  lw_spread spread[] = {{.mean = balance->busy},
                        {.mean = balance->waiting},
                        {.mean = balance->busy + balance->waiting}};
  lw_reduce_spread(world, spread, 3);
  const lw_spread *busy = &spread[0], *waiting = &spread[1];
  if (spread[2].greatest < seconds) return; /* the same on all ranks */
  snprintf(line, sizeof line,
           "ranks: busy %.3g s least, %.3g mean, %.3g most (imbalance %.1f %%); waiting %.3g s "
           "least, %.3g mean, %.3g most; in %lld steps",
           busy->least, busy->mean, busy->greatest,
           100.0 * (busy->greatest / fmax(busy->mean, 1e-9) - 1.0), waiting->least, waiting->mean,
           waiting->greatest, (long long)balance->steps);
  log_line(bar, line);
  *balance = (lw_balance){0};
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
