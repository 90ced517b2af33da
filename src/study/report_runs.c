/* What the report says of each run: how it came out, where its time went, its curves. */
#include "report_inside.h"
#include "longwave/base/curve.h"
#include "longwave/base/profile.h"
#include <math.h>
#include <string.h>

/* Points of a curve, and of all curves together where runs have so many figures, so that a page of
   many runs stays small. */
enum { POINTS = 2000, POINTS_LEAST = 100, POINTS_ALL = 160000, FIGURES = 2 };

/* Of every row of metrics.csv beside the figures. */
static const struct {
  const char *name;
  bool spread; /* the least and greatest of a stretch are worth showing */
} columns[] = {{"learning_rate", false},
               {"gradient_norm", true},
               {"tokens_per_second", true},
               {"seconds", false}};
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

static void add_curve(lw_json in, const char *name, bool spread, const lw_curve *curve)
{
  if (!any_value(curve)) return;
  const lw_json one = lw_json_object(in, name);
  add_reals(one, "mean", curve->mean, curve->points);
  if (curve->thinned && spread) {
    add_reals(one, "low", curve->low, curve->points);
    add_reals(one, "high", curve->high, curve->points);
  }
  if (!isnan(curve->lost)) lw_json_whole(one, "lost", (int64_t)curve->lost);
}

/* In place of the loss a figure that follows from it. */
static void follow(const lw_figure *figure, lw_curve *curve)
{
  for (int64_t i = 0; i < curve->points; i++) {
    curve->mean[i] = figure->of_loss(curve->mean[i]);
    curve->low[i] = figure->of_loss(curve->low[i]);
    curve->high[i] = figure->of_loss(curve->high[i]);
  }
}

typedef struct split_curves {
  lw_json in;
  const lw_csv *metrics;
  const char *split;
  int64_t most; /* points */
} split_curves;

static lw_status add_figure(const split_curves *curves, const lw_figure *figure)
{
  lw_curve curve = {0};
  const char *column = figure->of_loss ? "loss" : figure->column;
  lw_status status = lw_curve_read(curves->metrics, curves->split, column, curves->most, &curve);
  if (status == LW_OK && figure->of_loss) follow(figure, &curve);
  if (status == LW_OK) add_curve(curves->in, figure->key, !figure->of_loss, &curve);
  lw_curve_done(&curve);
  return status;
}

static lw_status add_steps(const split_curves *curves)
{
  lw_curve curve = {0};
  lw_status status = lw_curve_read(curves->metrics, curves->split, "loss", curves->most, &curve);
  const lw_json steps = lw_json_array(curves->in, "step");
  for (int64_t i = 0; i < curve.points; i++) lw_json_whole(steps, NULL, (int64_t)curve.step[i]);
  lw_json_bool(curves->in, "thinned", curve.thinned);
  lw_curve_done(&curve);
  return status;
}

static lw_status add_split(lw_json in, const lw_run_view *run, const char *split, int64_t most)
{
  const split_curves curves = {lw_json_object(in, split), &run->metrics, split, most};
  const lw_objective *objective = lw_run_objective(run);
  const bool trained = !strcmp(split, "train");
  lw_curve curve = {0};
  lw_status status = LW_OK;
  LW_TRY(add_steps(&curves));
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].chart > (trained ? LW_CHART_VALIDATION : LW_CHART_NONE))
      LW_TRY(add_figure(&curves, &objective->figure[k]));
  for (int k = 0; k < COLUMNS; k++) {
    LW_TRY(lw_curve_read(&run->metrics, split, columns[k].name, most, &curve));
    add_curve(curves.in, columns[k].name, columns[k].spread, &curve);
  }
done:
  lw_curve_done(&curve);
  return status;
}

/* What charts and sentences of the page need to know. */
static void add_figures(const report *r)
{
  enum { MOST = 64 };
  const lw_figure *list[MOST];
  const int count = lw_run_figures(r->views, list, MOST);
  const lw_json all = lw_json_array(r->data, "figures");
  for (int k = 0; k < count; k++) {
    static const char *const charts[] = {"none", "validation", "both"};
    const lw_json one = lw_json_object(all, NULL);
    lw_json_text(one, "key", list[k]->key);
    lw_json_text(one, "title", list[k]->title);
    lw_json_text(one, "unit", list[k]->unit);
    lw_json_real(one, "factor", list[k]->factor);
    lw_json_whole(one, "digits", list[k]->digits);
    lw_json_text(one, "chart", charts[list[k]->chart]);
    lw_json_bool(one, "stored", !list[k]->of_loss);
    lw_json_bool(one, "leading", !strcmp(list[k]->column, lw_run_leading(r->views->list)->column));
  }
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
  const lw_objective *objective = lw_run_objective(run);
  const struct {
    const char *name;
    double value;
  } more[] = {{"low", test->low}, {"high", test->high}, {"chance", test->chance}};
  lw_json_whole(one, "step", test->step);
  lw_json_whole(one, "samples", test->samples);
  for (int k = 0; k < objective->figures; k++)
    lw_json_real(one, objective->figure[k].key, test->score.value[k]);
  for (size_t i = 0; i < sizeof more / sizeof *more; i++)
    lw_json_real(one, more[i].name, more[i].value);
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
  lw_json_text(one, "leading", lw_run_leading(run)->key);
  lw_json_real(one, "chance", run->chance);
  add_end(one, &run->metrics);
  add_test(one, run);
  add_times(one, &run->times);
  const lw_json curves = lw_json_object(one, "curves");
  LW_TRY(add_split(curves, run, "train", most));
  LW_TRY(add_split(curves, run, "validation", most));
done:
  return status;
}

/* The same for all: a run with few rows leaves its part unused. */
static int64_t points_each(int64_t runs)
{
  const int64_t share = POINTS_ALL / (runs * (COLUMNS + FIGURES));
  return share > POINTS ? POINTS : share < POINTS_LEAST ? POINTS_LEAST : share;
}

lw_status report_runs(const report *r)
{
  const lw_run_views *views = r->views;
  const lw_json rows = lw_json_array(r->data, "rows"), runs = lw_json_array(r->data, "runs");
  int64_t count;
  lw_status status = LW_OK;
  add_figures(r);
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
