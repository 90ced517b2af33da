#include "longwave/base/curve.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <string.h>

typedef struct source {
  const lw_csv *csv;
  int64_t split, step, value; /* columns */
  const char *name;           /* of the split */
} source;

static bool has(const source *s, int64_t row)
{
  return !strcmp(lw_csv_text(s->csv, row, s->split), s->name);
}

/* What a stretch has had so far: finite values. */
typedef struct stretch {
  int64_t finite;
  double sum, low, high;
} stretch;

static void put(const stretch *so_far, lw_curve *curve, int64_t point)
{
  const bool any = so_far->finite > 0;
  curve->mean[point] = any ? so_far->sum / (double)so_far->finite : (double)NAN;
  curve->low[point] = any ? so_far->low : (double)NAN;
  curve->high[point] = any ? so_far->high : (double)NAN;
}

/* The first of `rows` rows that belongs to a point. */
static int64_t first_of(const lw_curve *curve, int64_t point, int64_t rows)
{
  return point * rows / curve->points;
}

static void add(const source *s, int64_t row, stretch *to, double *lost)
{
  const double value = lw_csv_number(s->csv, row, s->value);
  if (isfinite(value)) {
    to->low = to->finite ? fmin(to->low, value) : value;
    to->high = to->finite ? fmax(to->high, value) : value;
    to->sum += value;
    to->finite++;
  } else if (*lw_csv_text(s->csv, row, s->value) && isnan(*lost)) {
    *lost = lw_csv_number(s->csv, row, s->step);
  }
}

static void fill(const source *s, int64_t rows, lw_curve *curve)
{
  int64_t index = 0, point = 0;
  stretch now = {0};
  for (int64_t row = 0; row < s->csv->rows; row++) {
    if (!has(s, row)) continue;
    const int64_t begin = first_of(curve, point, rows), end = first_of(curve, point + 1, rows);
    add(s, row, &now, &curve->lost);
    if (index == begin + (end - begin) / 2)
      curve->step[point] = lw_csv_number(s->csv, row, s->step);
    if (++index < end) continue;
    put(&now, curve, point++);
    now = (stretch){0};
  }
}

lw_status lw_curve_read(const lw_csv *csv, const char *split, const char *column, int64_t most,
                        lw_curve *curve)
{
  const source s = {csv, lw_csv_column(csv, "split"), lw_csv_column(csv, "step"),
                    lw_csv_column(csv, column), split};
  int64_t rows = 0;
  lw_curve made = {.lost = (double)NAN};
  lw_status status = LW_OK;
  for (int64_t row = 0; row < csv->rows; row++) rows += has(&s, row);
  made.points = rows < most ? rows : most;
  made.thinned = rows > made.points;
  LW_TRY(LW_TAKE(&made.step, made.points));
  LW_TRY(LW_TAKE(&made.mean, made.points));
  LW_TRY(LW_TAKE(&made.low, made.points));
  LW_TRY(LW_TAKE(&made.high, made.points));
  fill(&s, rows, &made);
  lw_curve_done(curve);
  *curve = made;
  made = (lw_curve){0};
done:
  lw_curve_done(&made);
  return status;
}

void lw_curve_done(lw_curve *curve)
{
  lw_mem_give(curve->step);
  lw_mem_give(curve->mean);
  lw_mem_give(curve->low);
  lw_mem_give(curve->high);
  *curve = (lw_curve){0};
}
