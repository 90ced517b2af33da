/* What the report says of all runs together: facts, summary, confusion, settings, starts. */
#define _POSIX_C_SOURCE 200809L
#include "report_inside.h"
#include "table_inside.h"
#include "longwave/base/version.h"
#include <string.h>
#include <time.h>

/* The file's own name, if there is one for all runs. */
static const char *name_data(const lw_run_views *views)
{
  const char *data = views->list->job.data.path, *slash = strrchr(data, '/');
  for (int64_t i = 1; i < views->count; i++)
    if (strcmp(views->list[i].job.data.path, data) != 0) return "several data sets";
  return slash ? slash + 1 : data;
}

void report_facts(const report *r)
{
  const lw_run_views *views = r->views;
  char made[32];
  struct tm parts;
  const time_t now = time(NULL);
  strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
  lw_json_text(r->data, "title", views->rows > 1 ? "Comparison of runs" : views->names[0]);
  lw_json_text(r->data, "data", name_data(views));
  lw_json_text(r->data, "version", LW_VERSION);
  lw_json_text(r->data, "commit", lw_version_commit());
  lw_json_text(r->data, "made", made);
  lw_json_text(r->data, "note", lw_table_note);
  lw_json_text(r->data, "unit", lw_run_unit(views));
}

static void add_row(lw_json rows, const lw_text_grid *grid, int64_t row)
{
  const lw_json line = lw_json_array(rows, NULL);
  for (int64_t k = 0; k < grid->columns; k++) {
    const lw_json cell = lw_json_object(line, NULL);
    lw_json_text(cell, "text", grid->cell[row * grid->columns + k]);
    lw_json_bool(cell, "best", grid->best[row * grid->columns + k]);
  }
}

lw_status report_summary(const report *r)
{
  lw_text_grid grid = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_table_make(r->views, &grid));
  LW_TRY(lw_table_share(&grid, r->views));
  const lw_json summary = lw_json_object(r->data, "summary");
  const lw_json columns = lw_json_array(summary, "columns"), rows = lw_json_array(summary, "rows");
  lw_json_text(summary, "same", grid.same);
  for (int64_t k = 0; k < grid.columns; k++) {
    const lw_json column = lw_json_object(columns, NULL);
    lw_json_text(column, "title", grid.cell[k]);
    lw_json_bool(column, "number", grid.column[k].number);
  }
  for (int64_t row = 1; row < grid.rows; row++) add_row(rows, &grid, row);
done:
  lw_table_done(&grid);
  return status;
}

/* ---- confusion ---- */

enum { COUNTED = 64, TABLES = 12 }; /* classes of a whole table; runs */

static void add_class(lw_json in, const lw_kept *test, int64_t k)
{
  const lw_json one = lw_json_object(in, NULL);
  const lw_class_score score = lw_kept_score(test, k);
  lw_json_real(one, "precision", score.precision);
  lw_json_real(one, "recall", score.recall);
  lw_json_real(one, "f1", score.f1);
  lw_json_whole(one, "labelled", score.labelled);
  lw_json_whole(one, "guessed", score.guessed);
}

static void add_confusion(lw_json in, const lw_run_view *run, int64_t index)
{
  const lw_kept *test = &run->test;
  const int64_t K = test->classes;
  const lw_json one = lw_json_object(in, NULL), names = lw_json_array(one, "names");
  const lw_json classes = lw_json_array(one, "classes");
  lw_json_whole(one, "run", index);
  for (int64_t k = 0; k < K; k++) {
    lw_json_text(names, NULL, test->names[k]);
    add_class(classes, test, k);
  }
  if (K > COUNTED) {
    lw_json_text(one, "counts", NULL);
    return;
  }
  const lw_json counts = lw_json_array(one, "counts");
  for (int64_t label = 0; label < K; label++) {
    const lw_json line = lw_json_array(counts, NULL);
    for (int64_t k = 0; k < K; k++) lw_json_whole(line, NULL, test->confusion[label * K + k]);
  }
}

void report_confusion(const report *r)
{
  const lw_run_views *views = r->views;
  const lw_json all = lw_json_array(r->data, "confusion");
  int64_t shown = 0, left = 0, count;
  for (int64_t row = 0; row < views->rows; row++) {
    const lw_run_view *run = lw_run_row(views, row, &count);
    if (!run->tested || !run->test.confusion) continue;
    if (shown++ < TABLES)
      add_confusion(all, run, run - views->list);
    else
      left++;
  }
  lw_json_whole(r->data, "confusion_left", left);
}

/* ---- settings and starts ---- */

static void add_settings(const report *r, lw_json in, const lw_run_view *run, bool differing)
{
  for (int64_t i = 0; i < run->setting_count; i++) {
    const lw_setting *setting = &run->settings[i];
    if (lw_run_differs(r->views, i) != differing) continue;
    const bool seeds = setting->option->role == LW_ROLE_SEED && r->views->count > 1;
    const lw_json pair = lw_json_array(in, NULL);
    lw_json_text(pair, NULL, setting->key);
    lw_json_text(pair, NULL, seeds ? "as given by run" : setting->value);
  }
}

void report_settings(const report *r)
{
  const lw_json settings = lw_json_object(r->data, "settings");
  const lw_json differing = lw_json_array(settings, "differing");
  int64_t count;
  for (int64_t row = 0; row < r->views->rows; row++)
    add_settings(r, lw_json_array(differing, NULL), lw_run_row(r->views, row, &count), true);
  add_settings(r, lw_json_array(settings, "shared"), r->views->list, false);
}

/* By name: files of earlier versions have other columns. */
static void add_starts(lw_json starts, const lw_run_view *run, int64_t index)
{
  for (int64_t life = 0; life < run->lives.rows; life++) {
    const lw_json start = lw_json_object(starts, NULL);
    lw_json_whole(start, "run", index);
    const lw_json facts = lw_json_array(start, "facts");
    for (int64_t k = 0; k < run->lives.columns; k++) {
      const lw_json pair = lw_json_array(facts, NULL);
      lw_json_text(pair, NULL, run->lives.cells[k]);
      lw_json_text(pair, NULL, lw_csv_text(&run->lives, life, k));
    }
  }
}

void report_starts(const report *r)
{
  const lw_json starts = lw_json_array(r->data, "starts");
  for (int64_t i = 0; i < r->views->count; i++) add_starts(starts, &r->views->list[i], i);
}
