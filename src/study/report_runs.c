/* What the report says of each run: how it came out, where its time went, its curves. */
#include "report_inside.h"
#include "longwave/base/curve.h"
#include "longwave/base/profile.h"
#include <math.h>

/* Points of a curve, and of all curves together, so that a page of many runs stays small. */
enum { POINTS = 2000, POINTS_LEAST = 100, POINTS_ALL = 160000 };

static const struct {
  const char *name;
  bool spread; /* the least and greatest of a stretch are worth showing */
} columns[] = {{"loss", true},          {"accuracy", true},          {"learning_rate", false},
               {"gradient_norm", true}, {"tokens_per_second", true}, {"seconds", false}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_reals(lw_json in, const char *key, const double *list, int64_t count)
{
  const lw_json array = lw_json_array(in, key);
  for (int64_t i = 0; i < count; i++) lw_json_real(array, NULL, list[i]);
}

static bool any_value(const lw_curve *curve)
{
  for (int64_t i = 0; i < curve->points; i++)
    if (isfinite(curve->mean[i])) return true;
  return !isnan(curve->lost);
}

static void add_curve(lw_json in, int column, const lw_curve *curve)
{
  const lw_json one = lw_json_object(in, columns[column].name);
  add_reals(one, "mean", curve->mean, curve->points);
  if (curve->thinned && columns[column].spread) {
    add_reals(one, "low", curve->low, curve->points);
    add_reals(one, "high", curve->high, curve->points);
  }
  if (!isnan(curve->lost)) lw_json_whole(one, "lost", (int64_t)curve->lost);
}

static lw_status add_split(lw_json in, const lw_csv *metrics, const char *split, int64_t most)
{
  const lw_json one = lw_json_object(in, split);
  lw_curve curve = {0};
  lw_status status = LW_OK;
  for (int k = 0; k < COLUMNS; k++) {
    LW_TRY(lw_curve_read(metrics, split, columns[k].name, most, &curve));
    if (k == 0) {
      const lw_json steps = lw_json_array(one, "step");
      for (int64_t i = 0; i < curve.points; i++) lw_json_whole(steps, NULL, (int64_t)curve.step[i]);
      lw_json_bool(one, "thinned", curve.thinned);
    }
    if (any_value(&curve)) add_curve(one, k, &curve);
  }
done:
  lw_curve_done(&curve);
  return status;
}

/* Seconds of rank 0 by kind, over those starts that came to an orderly end. */
static void add_times(lw_json in, const lw_csv *times)
{
  const lw_json all = lw_json_object(in, "times");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) {
    const char *name = lw_profile_name((lw_profile_kind)kind);
    const int64_t column = lw_csv_column(times, name);
    double seconds = 0.0;
    for (int64_t life = 0; life < times->rows; life++)
      seconds += fmax(lw_csv_number(times, life, column), 0.0);
    lw_json_real(all, name, seconds);
  }
}

static void add_test(lw_json in, const lw_run_view *run)
{
  const lw_kept *test = &run->test;
  if (!run->tested) {
    lw_json_text(in, "test", NULL);
    return;
  }
  const lw_json one = lw_json_object(in, "test");
  const struct {
    const char *name;
    double value;
  } figures[] = {{"loss", test->loss},     {"accuracy", test->accuracy},
                 {"low", test->low},       {"high", test->high},
                 {"chance", test->chance}, {"perplexity", test->perplexity},
                 {"bits", test->bits}};
  lw_json_whole(one, "step", test->step);
  lw_json_whole(one, "samples", test->samples);
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
    lw_json_real(one, figures[i].name, figures[i].value);
}

/* Of the last row, which may be of either split. */
static void add_end(lw_json in, const lw_csv *metrics)
{
  const int64_t last = metrics->rows - 1;
  if (last < 0) return;
  lw_json_real(in, "epochs", lw_csv_number(metrics, last, lw_csv_column(metrics, "epoch")));
  lw_json_whole(in, "last_step",
                (int64_t)lw_csv_number(metrics, last, lw_csv_column(metrics, "step")));
}

static lw_status add_run(lw_json in, const lw_run_view *run, int64_t most)
{
  const lw_json one = lw_json_object(in, NULL);
  lw_status status = LW_OK;
  lw_json_text(one, "folder", run->folder);
  lw_json_whole(one, "row", run->row);
  lw_json_whole(one, "seed", run->job.train.seed);
  lw_json_whole(one, "step", run->step);
  lw_json_whole(one, "steps", run->job.train.steps);
  lw_json_bool(one, "finished", run->finished);
  lw_json_bool(one, "next_token", run->data.target == LW_TARGET_NEXT_TOKEN);
  lw_json_real(one, "chance", run->chance);
  add_end(one, &run->metrics);
  add_test(one, run);
  add_times(one, &run->times);
  const lw_json curves = lw_json_object(one, "curves");
  LW_TRY(add_split(curves, &run->metrics, "train", most));
  LW_TRY(add_split(curves, &run->metrics, "validation", most));
done:
  return status;
}

/* The same for all: a run with few rows leaves its part unused. */
static int64_t points_each(int64_t runs)
{
  const int64_t share = POINTS_ALL / (runs * COLUMNS);
  return share > POINTS ? POINTS : share < POINTS_LEAST ? POINTS_LEAST : share;
}

lw_status report_runs(const report *r)
{
  const lw_run_views *views = r->views;
  const lw_json rows = lw_json_array(r->data, "rows"), runs = lw_json_array(r->data, "runs");
  int64_t count;
  lw_status status = LW_OK;
  for (int64_t row = 0; row < views->rows; row++) {
    const lw_json one = lw_json_object(rows, NULL);
    const int64_t first = lw_run_row(views, row, &count) - views->list;
    lw_json_text(one, "name", views->names[row]);
    const lw_json list = lw_json_array(one, "runs");
    for (int64_t i = 0; i < count; i++) lw_json_whole(list, NULL, first + i);
  }
  for (int64_t i = 0; i < views->count; i++)
    LW_TRY(add_run(runs, &views->list[i], points_each(views->count)));
done:
  return status;
}
