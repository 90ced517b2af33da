#include "longwave/base/work.h"
#include "longwave/base/bar.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "longwave/base/profile.h"
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>

static const double bar_after = 2.0, bar_every = 0.1, line_after = 10.0, line_every = 30.0;
enum { FIELDS = 12, TEXT = 160, LINE = 512 };

static lw_work *innermost;
static double started, drawn, logged; /* the outermost work; the last bar and line since */
static double (*clock_now)(void) = lw_clock;
static int (*columns_now)(void) = lw_terminal_columns;

void lw_work_look(double (*clock)(void), int (*columns)(void))
{
  clock_now = clock ? clock : lw_clock;
  columns_now = columns ? columns : lw_terminal_columns;
}

void lw_work_begin(lw_work *work, const char *name, const char *unit, int64_t total)
{
  *work = (lw_work){.unit = unit, .total = total, .started = clock_now(), .outer = innermost};
  lw_columns_copy(name, work->name, sizeof work->name);
  if (!innermost) {
    started = drawn = work->started;
    logged = started + line_after - line_every;
  }
  innermost = work;
}

/* ---- what is said ---- */

/* Of a work with the parts of it that are open: 0 to 1; -1: not known. parts: innermost first. */
static double share_of(const lw_work *work)
{
  double share = 0.0; /* of the unit at hand */
  for (const lw_work *part = innermost; part; part = part->outer) {
    const double total = (double)part->total;
    if (part->total > 0) share = ((double)part->done + share) / total;
    if (share > 1.0) share = 1.0;
    if (part == work) break;
  }
  return work && work->total > 0 ? share : -1.0;
}

static void count_text(const lw_work *work, char text[TEXT])
{
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
  const int64_t most = work->total > work->done ? work->total : work->done;
  double size = 1024.0;
  int unit = 0;
  for (; unit < 3 && (double)most >= 1024.0 * size; unit++) size *= 1024.0;
  const bool bytes = work->unit[0] == 'b' && work->unit[1] == 'y';
  if (bytes && work->total > 0)
    snprintf(text, TEXT, "%.1f/%.1f %s", (double)work->done / size, (double)work->total / size,
             units[unit]);
  else if (bytes)
    snprintf(text, TEXT, "%.1f %s", (double)work->done / size, units[unit]);
  else if (work->total > 0)
    snprintf(text, TEXT, "%lld/%lld %s", (long long)work->done, (long long)work->total, work->unit);
  else
    snprintf(text, TEXT, "%lld %s", (long long)work->done, work->unit);
}

typedef struct words {
  char text[FIELDS][TEXT];
  lw_bar_field fields[FIELDS];
  int count;
} words;

static char *add_field(words *w, int weight)
{
  char *text = w->text[w->count];
  w->fields[w->count++] = (lw_bar_field){text, weight};
  return text;
}

/* From the outermost to the innermost. */
static void add_works(words *w, const lw_work *work)
{
  assert(work);
  if (work->outer) add_works(w, work->outer);
  if (w->count + 4 > FIELDS) return;
  const int inner = work == innermost;
  if (*work->name) snprintf(add_field(w, 2 + inner), TEXT, "%s", work->name);
  if (*work->unit) count_text(work, add_field(w, 4 + inner));
}

/* Share and time left are those of the outermost work whose total is known. Returns the share. */
static double say(words *w, double now)
{
  const lw_work *whole = NULL;
  char left[32];
  for (const lw_work *work = innermost; work; work = work->outer)
    if (work->total > 0) whole = work;
  const double share = share_of(whole);
  w->count = 0;
  add_works(w, innermost);
  if (share > 0.0) {
    assert(whole);
    lw_clock_text((now - whole->started) * (1.0 - share) / share, left, sizeof left);
    snprintf(add_field(w, 1), TEXT, "%.0f %%", 100.0 * share);
    snprintf(add_field(w, 6), TEXT, "%s left", left);
  }
  return share;
}

/* ---- when ---- */

static void show(double now)
{
  words w;
  char line[LINE];
  const int columns = now - drawn > bar_every ? columns_now() : -1;
  const bool due = now - logged >= line_every;
  if (columns < 0 || (columns == 0 && !due)) return;
  const double share = say(&w, now);
  lw_bar_line(share, w.fields, w.count, columns, line, sizeof line);
  drawn = now;
  if (columns > 0) {
    lw_log_progress(line);
  } else {
    lw_log_root(LW_LOG_INFO, "%s", line);
    logged = now;
  }
}

void lw_work_show(lw_work *work, int64_t done)
{
  work->done = done;
  if (!work->unit || !lw_log_is_root() || !lw_log_shows(LW_LOG_INFO)) return;
  const double now = clock_now();
  if (now - started >= bar_after) show(now);
}

void lw_work_add(lw_work *work, int64_t count)
{
  lw_work_show(work, work->done + count);
}

void lw_work_end(lw_work *work)
{
  lw_work **link = &innermost;
  while (*link && *link != work) link = &(*link)->outer;
  if (*link) *link = work->outer;
  if (work->unit && !innermost && drawn > started) lw_log_progress(NULL);
  *work = (lw_work){0};
}
