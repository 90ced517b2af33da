#include "longwave/run/progress.h"
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/base/profile.h"
#include "longwave/comm/reduce.h"
#include <math.h>
#include <stdio.h>

void lw_progress_start(lw_progress_bar *bar, bool drawn, const lw_trainer *trainer)
{
  *bar = (lw_progress_bar){.drawn = drawn,
                           .objective = trainer->model->data.objective,
                           .steps = trainer->job.train.steps,
                           .first = trainer->progress.step,
                           .started = lw_clock()};
}

/* To the log; not on a terminal with a bar, which says the same. */
static void log_line(const lw_progress_bar *bar, const char *line)
{
  if (bar->drawn)
    lw_log_file(LW_LOG_INFO, "%s", line);
  else
    lw_log_root(LW_LOG_INFO, "%s", line);
}

enum { FIELDS = 3 + LW_FIGURES, TEXT = 48 };

/* Those figures that have a brief name; the first one goes last from a narrow terminal. */
static int say_figures(const lw_objective *objective, const lw_score *score, char text[][TEXT],
                       lw_bar_field *fields)
{
  int used = 0;
  for (int k = 0; k < objective->figures; k++) {
    const lw_figure *figure = &objective->figure[k];
    if (!figure->brief) continue;
    snprintf(text[used], TEXT, "%s %.*f%s%s", figure->brief, figure->brief_digits,
             figure->factor * score->value[k], *figure->unit ? " " : "", figure->unit);
    fields[used] = (lw_bar_field){text[used], 1 + LW_FIGURES - used};
    used++;
  }
  return used;
}

/* The parts of a line, the first to be left out on a narrow terminal by the least weight; their
   number. */
static int say(const lw_progress_bar *bar, const lw_step_result *result, int64_t step, double now,
               char text[FIELDS][TEXT], lw_bar_field fields[FIELDS])
{
  char left[32];
  lw_clock_text((now - bar->started) / (double)(step - bar->first) * (double)(bar->steps - step),
                left, sizeof left);
  snprintf(text[0], TEXT, "step %lld/%lld", (long long)step, (long long)bar->steps);
  fields[0] = (lw_bar_field){text[0], LW_FIGURES + 3};
  const int next = 1 + say_figures(bar->objective, &result->score, text + 1, fields + 1);
  snprintf(text[next], TEXT, "%.0f tok/s", (double)result->tokens / result->seconds);
  fields[next] = (lw_bar_field){text[next], 1};
  snprintf(text[next + 1], TEXT, "%s left", left);
  fields[next + 1] = (lw_bar_field){text[next + 1], LW_FIGURES + 2};
  return next + 2;
}

void lw_progress_show(lw_progress_bar *bar, const lw_step_result *result, int64_t step, bool line)
{
  char text[FIELDS][TEXT], drawn[256];
  lw_bar_field fields[FIELDS];
  double now = lw_clock();
  const bool draw = bar->drawn && (now - bar->shown > 0.1 || step == bar->steps);
  if (!line && !draw) return;
  const int count = say(bar, result, step, now, text, fields);
  if (line) {
    lw_bar_line(0.0, fields, count, 0, drawn, sizeof drawn);
    log_line(bar, drawn);
  }
  if (draw) {
    lw_bar_line((double)step / (double)bar->steps, fields, count, lw_terminal_columns(), drawn,
                sizeof drawn);
    lw_log_progress(drawn);
    bar->shown = now;
  }
}

void lw_progress_end(lw_progress_bar *bar)
{
  if (bar->drawn) lw_log_progress_keep();
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
