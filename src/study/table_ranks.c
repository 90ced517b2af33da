/* Methods over several tasks: a figure for each, and the mean of their ranks. */
#include "table_inside.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct ranking {
  const lw_run_views *views;
  int64_t methods, tasks;
  const char **method; /* [methods] */
  uint32_t *task;      /* [tasks] checksums of their data */
  int64_t *row;        /* [methods, tasks]; -1: none */
  double *rank;        /* [methods] mean; NAN: not on all tasks */
} ranking;

static int64_t method_of(const ranking *r, const char *name)
{
  int64_t m = 0;
  while (m < r->methods && strcmp(r->method[m], name) != 0) m++;
  return m;
}

static int64_t task_of(const ranking *r, uint32_t data)
{
  int64_t t = 0;
  while (t < r->tasks && r->task[t] != data) t++;
  return t;
}

static const lw_run_view *first_of(const ranking *r, int64_t row)
{
  int64_t count;
  return lw_run_row(r->views, row, &count);
}

/* The columns of a grid start with the names of its rows. */
static const char *name_of(const lw_text_grid *grid, int64_t row)
{
  int64_t k = 0;
  while (k < grid->columns && !grid->column[k].name) k++;
  return k < grid->columns ? grid->cell[(row + 1) * grid->columns + k] : "";
}

static lw_status collect(ranking *r, const lw_text_grid *grid)
{
  const int64_t rows = r->views->rows;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&r->method, rows));
  LW_TRY(LW_TAKE(&r->task, rows));
  for (int64_t row = 0; row < rows; row++) {
    const int64_t m = method_of(r, name_of(grid, row));
    const int64_t t = task_of(r, first_of(r, row)->data_checksum);
    if (m == r->methods) r->method[r->methods++] = name_of(grid, row);
    if (t == r->tasks) r->task[r->tasks++] = first_of(r, row)->data_checksum;
  }
  LW_TRY(LW_TAKE(&r->row, r->methods * r->tasks));
  LW_TRY(LW_TAKE(&r->rank, r->methods));
  for (int64_t i = 0; i < r->methods * r->tasks; i++) r->row[i] = -1;
  for (int64_t row = 0; row < rows; row++) {
    int64_t *at = &r->row[method_of(r, name_of(grid, row)) * r->tasks +
                          task_of(r, first_of(r, row)->data_checksum)];
    *at = *at < 0 ? row : lw_run_better_row(r->views, *at, row);
  }
done:
  return status;
}

/* NAN: not tested. */
static double result(const ranking *r, int64_t method, int64_t task)
{
  double mean, deviation;
  const int64_t row = r->row[method * r->tasks + task];
  if (row < 0) return (double)NAN;
  const char *column = lw_run_leading(first_of(r, row))->column;
  return lw_run_spread(r->views, row, column, &mean, &deviation) > 0 ? mean : (double)NAN;
}

static bool is_whole(const ranking *r, int64_t method)
{
  for (int64_t t = 0; t < r->tasks; t++)
    if (isnan(result(r, method, t))) return false;
  return true;
}

/* Among the methods with all results; equal ones share the mean of their ranks. */
static double rank_of(const ranking *r, int64_t method, int64_t task)
{
  const double own = result(r, method, task);
  const lw_figure *leading = lw_run_leading(first_of(r, r->row[method * r->tasks + task]));
  double better = 0.0, equal = 0.0;
  for (int64_t m = 0; m < r->methods; m++) {
    if (m == method || !is_whole(r, m)) continue;
    const double other = result(r, m, task);
    better += lw_figure_better(leading, other, own);
    equal += !lw_figure_better(leading, other, own) && !lw_figure_better(leading, own, other);
  }
  return 1.0 + better + equal / 2.0;
}

static int64_t rank_all(ranking *r)
{
  int64_t ranked = 0;
  for (int64_t m = 0; m < r->methods; m++) {
    double sum = 0.0;
    if (is_whole(r, m))
      for (int64_t t = 0; t < r->tasks; t++) sum += rank_of(r, m, t);
    r->rank[m] = sum > 0.0 ? sum / (double)r->tasks : (double)NAN;
    ranked += sum > 0.0;
  }
  return ranked;
}

/* ---- printing ---- */

/* "listops-48" of "data/listops-48.h5" */
static void task_name(const ranking *r, int64_t task, char *name, size_t room)
{
  for (int64_t m = 0; m < r->methods; m++) {
    const int64_t row = r->row[m * r->tasks + task];
    if (row < 0) continue;
    const char *path = first_of(r, row)->job.data.path, *slash = strrchr(path, '/');
    snprintf(name, room, "%.100s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot > name) *dot = 0;
    return;
  }
}

static void print_method(const ranking *r, int64_t m, FILE *out)
{
  fprintf(out, "| %s | ", r->method[m]);
  if (!isnan(r->rank[m])) fprintf(out, "%.2f", r->rank[m]);
  for (int64_t t = 0; t < r->tasks; t++) {
    const double figure = result(r, m, t);
    fputs(" | ", out);
    if (isnan(figure)) continue;
    const lw_figure *leading = lw_run_leading(first_of(r, r->row[m * r->tasks + t]));
    fprintf(out, "%.*f", leading->digits, leading->factor * figure);
  }
  fputs(" |\n", out);
}

static void print(const ranking *r, FILE *out)
{
  char name[128] = "";
  fputs("\n| method | mean rank", out);
  for (int64_t t = 0; t < r->tasks; t++) {
    task_name(r, t, name, sizeof name);
    fprintf(out, " | %s", name);
  }
  fputs(" |\n|---|---:", out);
  for (int64_t t = 0; t < r->tasks; t++) fputs("|---:", out);
  fputs("|\n", out);
  for (int64_t m = 0; m < r->methods; m++) print_method(r, m, out);
  fputs(
      "\nMean rank: over the data sets, among the methods that have a result on all of them; 1 is "
      "the best.\n",
      out);
}

lw_status lw_table_ranks(const lw_run_views *views, const lw_text_grid *grid, FILE *out)
{
  ranking r = {.views = views};
  lw_status status = LW_OK;
  LW_TRY(collect(&r, grid));
  if (r.tasks < 2 || rank_all(&r) < 2)
    status =
        lw_fail(LW_ERROR_INPUT, "--ranks compares methods over several data sets: give runs of "
                                "two methods or more, under the same names, on two or more");
  else
    print(&r, out);
done:
  lw_mem_give(r.method);
  lw_mem_give(r.task);
  lw_mem_give(r.row);
  lw_mem_give(r.rank);
  return status;
}
