/* The parts of the report that are words and figures. */
#include "report.h"
#include "table.h"
#include "longwave/base/profile.h"
#include <math.h>
#include <string.h>

lw_status report_summary(const report *r)
{
  lw_text_grid grid = {0};
  lw_status status = lw_table_make(r->views, &grid);
  if (status != LW_OK) return status;
  report_section(r, "summary", "Summary", lw_table_note);
  fputs("<div class=\"wide\"><table>\n", r->out);
  for (int64_t row = 0; row < grid.rows; row++) {
    fputs("<tr>", r->out);
    for (int64_t k = 0; k < grid.columns; k++) {
      fputs(row == 0 ? "<th>" : "<td>", r->out);
      if (row > 0 && k == 0)
        report_row_name(r, row - 1);
      else
        report_text(r, grid.cell[row * grid.columns + k]);
    }
    fputs("\n", r->out);
  }
  fputs("</table></div>\n", r->out);
  for (int64_t i = 0; i < r->views->count; i++) {
    const lw_run_view *run = &r->views->list[i];
    char sentence[2 * LW_TEXT_MAX];
    snprintf(sentence, sizeof sentence, "Not finished: %s, step %lld of %lld.", run->folder,
             (long long)run->step, (long long)run->job.train.steps);
    if (!run->finished) report_note(r, sentence);
  }
  report_section_end(r);
  lw_table_done(&grid);
  return LW_OK;
}

/* ---- time ---- */

/* Seconds by kind over the runs of a row; their sum. */
static double add_times(const lw_run_views *views, int64_t row, double seconds[LW_PROFILE_KINDS])
{
  double sum = 0.0;
  int64_t count;
  const lw_run_view *run = lw_run_row(views, row, &count);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) {
    seconds[kind] = 0.0;
    for (int64_t i = 0; i < count; i++) {
      const lw_csv *csv = &run[i].times;
      const int64_t column = lw_csv_column(csv, lw_profile_name((lw_profile_kind)kind));
      for (int64_t life = 0; life < csv->rows; life++)
        seconds[kind] += fmax(lw_csv_number(csv, life, column), 0.0);
    }
    sum += seconds[kind];
  }
  return sum;
}

static void write_bar(const report *r, const double *seconds, double sum)
{
  fputs("<div class=\"bar\">", r->out);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    fprintf(r->out, "<span style=\"width:%.2f%%;background:var(--s%d)\"></span>",
            100.0 * seconds[kind] / sum, kind);
  fputs("</div>\n<div class=\"legend quiet\">", r->out);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    if (seconds[kind] > 0.001 * sum)
      fprintf(r->out,
              "<span><span class=\"chip\" style=\"background:var(--s%d)\"></span>%s "
              "%.1f&nbsp;%%</span>\n",
              kind, lw_profile_name((lw_profile_kind)kind), 100.0 * seconds[kind] / sum);
  fputs("</div>\n", r->out);
}

void report_times(const report *r)
{
  double seconds[LW_PROFILE_KINDS];
  bool any = false;
  report_section(
      r, "time", "Time",
      "Where the time of rank 0 went, over all seeds; lives of a run that ended in a kill "
      "are missing.");
  for (int64_t row = 0; row < r->views->rows; row++) {
    const double sum = add_times(r->views, row, seconds);
    if (!(sum > 0.0)) continue;
    any = true;
    report_row_name(r, row);
    fprintf(r->out, " <span class=\"quiet\">%.4g s</span>\n", sum);
    write_bar(r, seconds, sum);
  }
  if (!any) report_note(r, "No run has come to an orderly end yet.");
  report_section_end(r);
}

/* ---- confusion ---- */

enum { CLASSES_SHOWN = 32, TABLES_SHOWN = 6 };

static void write_confusion(const report *r, const lw_run_view *run)
{
  const lw_kept *test = &run->test;
  const int64_t K = test->classes;
  fputs("<div>\n<h3>", r->out);
  report_row_name(r, run->row);
  fprintf(r->out,
          "<br><span class=\"quiet\">seed %lld: %.2f %% of %lld (95 %%: %.2f to %.2f)</span></h3>"
          "\n<div class=\"wide\"><table class=\"confusion\">\n<tr><th>label",
          (long long)run->job.train.seed, 100.0 * test->accuracy, (long long)test->samples,
          100.0 * test->low, 100.0 * test->high);
  for (int64_t k = 0; k < K; k++) {
    fputs("<th>", r->out);
    report_text(r, test->names[k]);
  }
  fputs("\n", r->out);
  for (int64_t label = 0; label < K; label++) {
    const int64_t *row = test->confusion + label * K;
    int64_t sum = 0;
    for (int64_t k = 0; k < K; k++) sum += row[k];
    fputs("<tr><th>", r->out);
    report_text(r, test->names[label]);
    for (int64_t k = 0; k < K; k++) {
      const double share = sum > 0 ? (double)row[k] / (double)sum : 0.0;
      fprintf(r->out, "<td style=\"background:rgb(%s/%.2f)\">%lld",
              k == label ? "64 160 90" : "225 100 60", 0.75 * share, (long long)row[k]);
    }
    fputs("\n", r->out);
  }
  fputs("</table></div>\n</div>\n", r->out);
}

void report_confusion(const report *r)
{
  bool any = false;
  int64_t shown = 0, count;
  report_section(r, "confusion", "Confusion",
                 "Rows: label; columns: guess, on the test split; the first seed of each setting.");
  fputs("<div class=\"grids\">\n", r->out);
  for (int64_t row = 0; row < r->views->rows && shown < TABLES_SHOWN; row++) {
    const lw_run_view *run = lw_run_row(r->views, row, &count);
    if (!run->tested || run->test.classes == 0 || run->test.classes > CLASSES_SHOWN) continue;
    write_confusion(r, run);
    shown++;
    any = true;
  }
  fputs("</div>\n", r->out);
  if (!any)
    report_note(r, "No run has been tested, or there are no classes, or too many, for a table.");
  if (shown == TABLES_SHOWN && r->views->rows > shown)
    report_note(r, "Further settings are left out.");
  report_section_end(r);
}

/* ---- settings and environment ---- */

/* "model" of "model.layers" */
static size_t section_length(const char *key)
{
  return strcspn(key, ".");
}

static void write_settings(const report *r, const lw_run_view *run, bool differing)
{
  const char *section = "";
  for (int64_t i = 0; i < run->setting_count; i++) {
    const lw_setting *setting = &run->settings[i];
    const size_t length = section_length(setting->key);
    if (lw_run_differs(r->views, i) != differing) continue;
    if (section_length(section) != length || strncmp(section, setting->key, length) != 0) {
      fprintf(r->out, "%s<div><h3>%.*s</h3><table>\n", *section ? "</table></div>\n" : "",
              (int)length, setting->key);
      section = setting->key;
    }
    fprintf(r->out, "<tr><td>%s<td>", setting->key + length + 1);
    report_text(r, !strcmp(setting->key, "train.seed") && r->views->count > 1 ? "as given by run"
                                                                              : setting->value);
    fputs("\n", r->out);
  }
  if (*section) fputs("</table></div>\n", r->out);
}

void report_settings(const report *r)
{
  int64_t count;
  report_section(r, "settings", "Settings",
                 "The job as it ran, defaults included: first what differs, then what all share.");
  for (int64_t row = 0; row < r->views->rows && r->views->rows > 1; row++) {
    fputs("<details open><summary>", r->out);
    report_row_name(r, row);
    fputs("</summary><div class=\"cards\">\n", r->out);
    write_settings(r, lw_run_row(r->views, row, &count), true);
    fputs("</div></details>\n", r->out);
  }
  fprintf(r->out, "<details open><summary>%s</summary><div class=\"cards\">\n",
          r->views->rows > 1 ? "Shared by all" : "All settings");
  write_settings(r, r->views->list, false);
  fputs("</div></details>\n", r->out);
  report_section_end(r);
}

void report_environment(const report *r)
{
  bool any = false;
  report_section(r, "environment", "Environment",
                 "Each start of a run: where it went on from, and on what it ran.");
  fputs("<div class=\"wide\"><table>\n", r->out);
  for (int64_t i = 0; i < r->views->count; i++) {
    const lw_run_view *run = &r->views->list[i];
    const lw_csv *csv = &run->lives;
    if (csv->rows == 0) continue;
    if (!any) {
      fputs("<tr><th>run", r->out);
      for (int64_t k = 0; k < csv->columns; k++) {
        fputs("<th>", r->out);
        for (const char *c = csv->cells[k]; *c; c++) fputc(*c == '_' ? ' ' : *c, r->out);
      }
      fputs("\n", r->out);
      any = true;
    }
    for (int64_t life = 0; life < csv->rows; life++) {
      fputs("<tr><td>", r->out);
      report_text(r, run->folder);
      for (int64_t k = 0; k < csv->columns; k++) {
        fputs("<td>", r->out);
        report_text(r, lw_csv_text(csv, life, k));
      }
      fputs("\n", r->out);
    }
  }
  fputs("</table></div>\n", r->out);
  if (!any) report_note(r, "These runs were made before lives were written down.");
  report_section_end(r);
}
