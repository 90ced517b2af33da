/* The parts of tests: a table or curves of each class, number, step ahead, as run folders keep them
   (model/tally.h). */
#include "report_inside.h"
#include "longwave/base/csv.h"
#include "longwave/run/folder.h"
#include <string.h>
#include <unistd.h>

enum { RUNS = 12 };

/* path [LW_PATH_MAX] out; false: there is no such file. */
static bool find_part(const lw_run_view *run, const char *part, char *path)
{
  const char *const folders[] = {run->folder, run->aside};
  char name[64];
  snprintf(name, sizeof name, "%s-%s.csv", part, lw_split_name(LW_SPLIT_TEST));
  for (int i = 0; i < 2; i++)
    if (*folders[i] && lw_folder_path(folders[i], name, path) == LW_OK && !access(path, R_OK))
      return true;
  return false;
}

static void add_charts(lw_json in, const lw_breakdown *part)
{
  const lw_json charts = lw_json_array(in, "charts");
  for (int i = 0; i < 2 && part->chart[i].title; i++) {
    const lw_json one = lw_json_object(charts, NULL);
    lw_json_text(one, "x", part->chart[i].x);
    lw_json_text(one, "y", part->chart[i].y);
    lw_json_text(one, "size", part->chart[i].size);
    lw_json_text(one, "title", part->chart[i].title);
    lw_json_bool(one, "diagonal", part->chart[i].diagonal);
  }
}

static lw_status add_part(lw_json all, const lw_run_view *run, int64_t index,
                          const lw_breakdown *part)
{
  char path[LW_PATH_MAX];
  lw_csv csv = {0};
  lw_status status = LW_OK;
  if (!find_part(run, part->name, path)) return LW_OK;
  LW_TRY(lw_csv_read(&csv, path));
  const lw_json one = lw_json_object(all, NULL);
  lw_json_whole(one, "run", index);
  lw_json_text(one, "name", part->name);
  lw_json_text(one, "title", part->title);
  lw_json_text(one, "first", part->first);
  const lw_json columns = lw_json_array(one, "columns"), names = lw_json_array(one, "names");
  for (int c = 0; c < part->columns; c++) lw_json_text(columns, NULL, part->column[c]);
  add_charts(one, part);
  const lw_json cells = lw_json_array(one, "cells");
  for (int64_t row = 0; row < csv.rows; row++) {
    const lw_json line = lw_json_array(cells, NULL);
    lw_json_text(names, NULL, lw_csv_text(&csv, row, 0));
    for (int c = 0; c < part->columns; c++)
      lw_json_real(line, NULL, lw_csv_number(&csv, row, lw_csv_column(&csv, part->column[c])));
  }
done:
  lw_csv_done(&csv);
  return status;
}

/* A table of labels and guesses says what one of the classes would. */
lw_status report_parts(const report *r)
{
  const lw_run_views *views = r->views;
  const lw_json all = lw_json_array(r->data, "parts");
  int64_t count;
  lw_status status = LW_OK;
  for (int64_t row = 0; row < views->rows && row < RUNS; row++) {
    const lw_run_view *run = lw_run_row(views, row, &count);
    const lw_tally *tally = lw_run_objective(run)->tally;
    if (!run->tested || !tally) continue;
    for (int i = 0; tally->breakdowns[i]; i++)
      if (tally->breakdowns[i]->chart->title || !run->test.confusion)
        LW_TRY(add_part(all, run, run - views->list, tally->breakdowns[i]));
  }
done:
  return status;
}
