/* Which columns a table has, and the best of each. */
#include "longwave/study/table.h"
#include "table_cells.h"
#include "longwave/base/mem.h"
#include "longwave/base/option.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *lw_table_short_key(const char *key)
{
  const char *dot = strchr(key, '.');
  return dot && strcmp(key, "data.path") != 0 ? dot + 1 : key;
}

void lw_table_help(FILE *out)
{
  lw_column_list columns;
  lw_columns_list(&columns);
  fputs("\ncolumns:\n", out);
  for (int k = 0; k < columns.count; k++)
    fprintf(out, "  %-12s %s\n", columns.list[k].key, columns.list[k].sentence);
  fputs("  SETTING      one setting, such as window or attention.window\n", out);
}

/* ---- which ---- */

enum { PICKS = 256 };

/* Indices in the list of columns, then settings: its count + their index. */
typedef struct picks {
  lw_column_list columns;
  int64_t count, index[PICKS];
} picks;

static void pick(picks *out, int64_t index)
{
  if (out->count < PICKS) out->index[out->count++] = index;
}

/* The column of steps says how many of them there are to do. */
static void pick_settings(const lw_run_views *views, picks *out)
{
  for (int64_t i = 0; i < views->list->setting_count; i++)
    if (lw_run_differs(views, i) && strcmp(views->list->settings[i].key, "train.steps") != 0)
      pick(out, out->columns.count + i);
}

/* Whether a column stands there without its name: of a figure if some run has it, whose objective
   shows it so. */
static bool is_shown(const lw_run_views *views, const lw_column *column)
{
  const lw_figure *list[LW_COLUMNS_MOST];
  const int count = lw_run_figures(views, list, LW_COLUMNS_MOST);
  for (int k = 0; k < count && column->figure; k++)
    if (!strcmp(list[k]->column, column->figure->column)) return !list[k]->asked;
  if (!strcmp(column->key, "difference")) return views->against != NULL;
  return !column->figure && !column->asked;
}

static void pick_all(const lw_run_views *views, picks *out)
{
  for (int64_t k = 0; k < out->columns.count; k++) {
    const lw_column *own = &out->columns.list[k];
    if (!own->write)
      pick_settings(views, out);
    else if (is_shown(views, own))
      pick(out, k);
  }
}

/* The index of a setting by its whole or its short name; -1: there is none. */
static int64_t find_setting(const lw_run_views *views, const char *name)
{
  for (int64_t i = 0; i < views->list->setting_count; i++) {
    const char *key = views->list->settings[i].key;
    if (!strcmp(key, name) || !strcmp(lw_table_short_key(key), name)) return i;
  }
  return -1;
}

static lw_status refuse(const lw_run_views *views, const lw_column_list *columns, const char *name)
{
  const char *names[PICKS + LW_COLUMNS_MOST + 1] = {NULL};
  int64_t count = 0;
  for (int k = 0; k < columns->count; k++) names[count++] = columns->list[k].key;
  for (int64_t i = 0; i < views->list->setting_count && count < PICKS; i++)
    names[count++] = lw_table_short_key(views->list->settings[i].key);
  const char *nearest = *name ? lw_option_nearest(name, names) : NULL;
  if (nearest)
    return lw_fail(LW_ERROR_INPUT, "--columns: unknown column '%.80s'; did you mean '%s'?", name,
                   nearest);
  return lw_fail(LW_ERROR_INPUT,
                 "--columns: unknown column '%.80s'; 'longwave table --help' lists them", name);
}

static lw_status pick_named(const lw_run_views *views, const char *name, picks *out)
{
  for (int64_t k = 0; k < out->columns.count; k++) {
    if (strcmp(out->columns.list[k].key, name) != 0) continue;
    if (out->columns.list[k].write)
      pick(out, k);
    else
      pick_settings(views, out);
    return LW_OK;
  }
  const int64_t setting = find_setting(views, name);
  if (setting < 0) return refuse(views, &out->columns, name);
  pick(out, out->columns.count + setting);
  return LW_OK;
}

/* ---- the grid ---- */

/* own NULL: of a setting. */
static void fill_title(const lw_run_views *views, const lw_column *own, int64_t setting, char *cell)
{
  const char *unit = lw_run_unit(views);
  if (!own)
    snprintf(cell, LW_GRID_CELL, "%s", lw_table_short_key(views->list->settings[setting].key));
  else if (own->figure && own->figure->per_unit)
    snprintf(cell, LW_GRID_CELL, "%s %s", own->title, unit ? unit : "token");
  else if (own->leading && *lw_run_leading(views->list)->unit)
    snprintf(cell, LW_GRID_CELL, "%s %s", own->title, lw_run_leading(views->list)->unit);
  else
    snprintf(cell, LW_GRID_CELL, "%s", own->title);
}

static void fill_cell(const lw_row_of_runs *row, const lw_column *own, int64_t setting, char *cell)
{
  if (own)
    own->write(row, cell);
  else
    snprintf(cell, LW_GRID_CELL, "%.500s", row->run->settings[setting].value);
}

/* The number that a cell shows; NAN: none. */
static double shown_number(const lw_text_grid *grid, int64_t row, int64_t k)
{
  const char *cell = grid->cell[row * grid->columns + k];
  return *cell ? strtod(cell, NULL) : (double)NAN;
}

/* By the numbers that are shown: equal ones are all the best; none is where all are equal. */
static void mark_best(lw_text_grid *grid, int64_t k, int better)
{
  double most = -(double)INFINITY, least = (double)INFINITY;
  for (int64_t row = 1; row < grid->rows; row++) {
    const double number = shown_number(grid, row, k);
    most = fmax(most, number);
    least = fmin(least, number);
  }
  const double best = better > 0 ? most : least;
  for (int64_t row = 1; row < grid->rows && least < most; row++)
    grid->best[row * grid->columns + k] = fabs(shown_number(grid, row, k) - best) <= 0.0;
}

static void fill_column(const lw_run_views *views, const picks *p, int64_t k, lw_text_grid *grid)
{
  const int64_t setting = p->index[k] - p->columns.count;
  const lw_column *own = setting < 0 ? &p->columns.list[p->index[k]] : NULL;
  grid->column[k] = (lw_grid_column){
      .name = own && own->name, .number = own && !own->text, .drop = own ? own->drop : 9};
  fill_title(views, own, setting, grid->cell[k]);
  for (int64_t row = 0; row < views->rows; row++) {
    lw_row_of_runs runs = {.views = views, .figure = own ? own->figure : NULL, .row = row};
    runs.run = lw_run_row(views, row, &runs.count);
    fill_cell(&runs, own, setting, grid->cell[(row + 1) * grid->columns + k]);
  }
  const bool leading = own && own->leading && own->better;
  if (own && own->better)
    mark_best(grid, k, leading ? lw_run_leading(views->list)->better : own->better);
}

static lw_status fill(const lw_run_views *views, const picks *p, lw_text_grid *out)
{
  lw_text_grid grid = {.rows = views->rows + 1, .columns = p->count};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&grid.cell, grid.rows * grid.columns));
  LW_TRY(LW_TAKE(&grid.best, grid.rows * grid.columns));
  LW_TRY(LW_TAKE(&grid.column, grid.columns));
  for (int64_t k = 0; k < grid.columns; k++) fill_column(views, p, k, &grid);
  *out = grid;
  return LW_OK;
done:
  lw_table_done(&grid);
  return status;
}

lw_status lw_table_make(const lw_run_views *views, lw_text_grid *out)
{
  picks all = {.count = 0};
  lw_columns_list(&all.columns);
  pick_all(views, &all);
  return fill(views, &all, out);
}

lw_status lw_table_make_of(const lw_run_views *views, const char *names, lw_text_grid *out)
{
  picks chosen = {.count = 0};
  char name[128];
  lw_columns_list(&chosen.columns);
  for (const char *next = names; next;) {
    next += strspn(next, " ");
    const size_t length = strcspn(next, ",");
    snprintf(name, sizeof name, "%.*s", (int)(length < 127 ? length : 127), next);
    name[strcspn(name, " ")] = 0;
    lw_status status = pick_named(views, name, &chosen);
    if (status != LW_OK) return status;
    next = next[length] ? next + length + 1 : NULL;
  }
  return fill(views, &chosen, out);
}

void lw_table_done(lw_text_grid *grid)
{
  lw_mem_give(grid->cell);
  lw_mem_give(grid->best);
  lw_mem_give(grid->column);
  *grid = (lw_text_grid){0};
}
