/* What a table can say of a row: its columns, their cells, the best of each. */
#include "longwave/study/table.h"
#include "table_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/option.h"
#include "longwave/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

#define WRITE(cell, ...) snprintf((cell), LW_GRID_CELL, __VA_ARGS__)

/* Adds to a list "a, b, c" in a cell. */
static void add(char *cell, const char *text)
{
  lw_text to = lw_text_behind(cell, LW_GRID_CELL);
  lw_text_item(&to, ", ", "%s", text);
}

typedef struct row_of_runs {
  const lw_run_views *views;
  const lw_figure *figure; /* of a column that shows one */
  int64_t row, count;
  const lw_run_view *run; /* [count] */
} row_of_runs;

static void write_name(const row_of_runs *of, char *cell)
{
  WRITE(cell, "%.500s", of->views->names[of->row]);
}

static void write_parameters(const row_of_runs *of, char *cell)
{
  if (of->run->parameters) WRITE(cell, "%lld", (long long)of->run->parameters);
}

static void write_steps(const row_of_runs *of, char *cell)
{
  int64_t least = of->run->step, most = of->run->step;
  bool finished = true;
  for (int64_t i = 0; i < of->count; i++) {
    if (of->run[i].step < least) least = of->run[i].step;
    if (of->run[i].step > most) most = of->run[i].step;
    finished = finished && of->run[i].finished;
  }
  lw_text to = lw_text_in(cell, LW_GRID_CELL);
  if (least < most) lw_text_add(&to, "%lld to ", (long long)least);
  lw_text_add(&to, "%lld", (long long)most);
  if (!finished) lw_text_add(&to, " of %lld", (long long)of->run->job.train.steps);
}

static void write_figure(const row_of_runs *of, char *cell)
{
  const lw_figure *figure = of->figure;
  double mean, deviation;
  if (lw_run_spread(of->views, of->row, figure->column, &mean, &deviation) == 0) return;
  lw_text to = lw_text_in(cell, LW_GRID_CELL);
  lw_text_add(&to, "%.*f", figure->digits, figure->factor * mean);
  if (!isnan(deviation)) lw_text_add(&to, " ± %.*f", figure->digits, figure->factor * deviation);
}

/* A value of the leading figure. */
static void add_leading(const lw_run_view *run, double value, lw_text *to)
{
  const lw_figure *leading = lw_run_leading(run);
  lw_text_add(to, "%.*f", leading->digits, leading->factor * value);
}

static void write_leading(const lw_run_view *run, double value, char *cell)
{
  lw_text to = lw_text_in(cell, LW_GRID_CELL);
  add_leading(run, value, &to);
}

static void write_count(const row_of_runs *of, char *cell)
{
  double mean, deviation;
  WRITE(cell, "%lld", (long long)lw_run_spread(of->views, of->row, "loss", &mean, &deviation));
}

static void write_seeds(const row_of_runs *of, char *cell)
{
  char text[64];
  for (int64_t i = 0; i < of->count; i++) {
    const lw_run_view *run = &of->run[i];
    lw_text to = LW_TEXT_IN(text);
    lw_text_add(&to, "%lld: ", (long long)run->job.train.seed);
    if (run->tested)
      add_leading(run, lw_run_figure(run, lw_run_leading(run)->column), &to);
    else
      lw_text_add(&to, "no test");
    add(cell, text);
  }
}

static void write_validation(const row_of_runs *of, char *cell)
{
  double sum = 0.0;
  for (int64_t i = 0; i < of->count; i++) sum += of->run[i].best;
  if (!isnan(sum)) write_leading(of->run, sum / (double)of->count, cell);
}

static void write_best_step(const row_of_runs *of, char *cell)
{
  char text[32];
  for (int64_t i = 0; i < of->count; i++) {
    snprintf(text, sizeof text, "%lld", (long long)of->run[i].best_step);
    if (of->run[i].best_step > 0) add(cell, text);
  }
}

static void write_chance(const row_of_runs *of, char *cell)
{
  const double chance = of->run->tested ? of->run->test.chance : of->run->chance;
  if (!isnan(chance)) write_leading(of->run, chance, cell);
}

static void write_above(const row_of_runs *of, char *cell)
{
  char text[32];
  for (int64_t i = 0; i < of->count; i++) {
    snprintf(text, sizeof text, "%lld", (long long)of->run[i].above_since);
    if (of->run[i].chances.rows > 0) add(cell, of->run[i].above_since ? text : "at chance");
  }
}

static void write_cost(const row_of_runs *of, char *cell)
{
  double sum = 0.0;
  for (int64_t i = 0; i < of->count; i++) sum += of->run[i].core_hours;
  if (!isnan(sum)) WRITE(cell, "%.3g", sum / (double)of->count);
}

/* ---- columns ---- */

typedef struct column {
  const char *key, *title;
  void (*write)(const row_of_runs *of, char *cell);
  int better; /* 1: the greatest number is the best, -1: the least, 0: there is no best */
  int drop;   /* lw_grid_column */
  const lw_figure *figure; /* that it shows; only where a run has it */
  bool leading;            /* the title ends with the unit of the leading figure */
  bool text;               /* no number */
  bool asked;              /* only by its name */
  const char *sentence;
} column;

/* All but the figures, which stand behind the first one. */
static const column plain[] = {
    {"run", "run", write_name, .text = true, .sentence = "names of the run folders"},
    {"n", "n", write_count, .drop = 7, .sentence = "how many seeds were tested"},
    {"seeds", "by seed", write_seeds, .drop = 5, .text = true,
     .sentence = "the test accuracy of every seed"},
    {"chance", "chance", write_chance, .drop = 6, .leading = true,
     .sentence = "accuracy of always guessing the commonest class or token"},
    {"above", "above chance since step", write_above, .drop = 1,
     .sentence = "since which step validation was better than chance"},
    {"settings", NULL, NULL, .sentence = "all settings that differ between rows"},
    {"validation", "validation", write_validation, 1, .drop = 4, .leading = true,
     .sentence = "best validation accuracy, mean over seeds"},
    {"parameters", "parameters", write_parameters, .drop = 3,
     .sentence = "number of learnt parameters"},
    {"steps", "steps", write_steps, .drop = 8, .sentence = "steps done"},
    {"best_step", "best step", write_best_step, .asked = true, .text = true,
     .sentence = "steps of the checkpoints that were tested"},
    {"cost", "core-hours", write_cost, .drop = 2, .sentence = "core-hours of a run, mean"}};
enum { PLAIN = sizeof plain / sizeof *plain, COLUMNS_MOST = PLAIN + 32 };

typedef struct column_list {
  int count;
  column list[COLUMNS_MOST];
} column_list;

/* Where a figure stands, from the left; behind all that stand no farther. -1: it is there. */
static int place_of(const column_list *columns, const lw_figure *figure)
{
  int place = 1;
  for (int k = 0; k < columns->count; k++) {
    const lw_figure *other = columns->list[k].figure;
    if (!strcmp(columns->list[k].key, figure->key)) return -1;
    if (other && other->place <= figure->place) place = k + 1;
  }
  return place;
}

static void add_figure(column_list *columns, const lw_figure *figure)
{
  const int place = place_of(columns, figure);
  if (place < 0 || columns->count == COLUMNS_MOST) return;
  memmove(&columns->list[place + 1], &columns->list[place],
          (size_t)(columns->count++ - place) * sizeof *columns->list);
  columns->list[place] = (column){.key = figure->key,
                                  .title = figure->table,
                                  .write = write_figure,
                                  .better = figure->better,
                                  .figure = figure,
                                  .asked = figure->asked,
                                  .sentence = figure->help};
}

/* The plain columns, and a column for each figure of any objective. */
static void list_columns(column_list *out)
{
  out->count = PLAIN;
  memcpy(out->list, plain, sizeof plain);
  for (int i = 0; lw_objectives[i]; i++)
    for (int k = 0; k < lw_objectives[i]->figures; k++)
      add_figure(out, &lw_objectives[i]->figure[k]);
}

const char *lw_table_short_key(const char *key)
{
  const char *dot = strchr(key, '.');
  return dot && strcmp(key, "data.path") != 0 ? dot + 1 : key;
}

void lw_table_help(FILE *out)
{
  column_list columns;
  list_columns(&columns);
  fputs("\ncolumns:\n", out);
  for (int k = 0; k < columns.count; k++)
    fprintf(out, "  %-12s %s\n", columns.list[k].key, columns.list[k].sentence);
  fputs("  SETTING      one setting, such as window or attention.window\n", out);
}

/* ---- which ---- */

enum { PICKS = 256 };

/* Places in the list of columns, then settings: its count + their place. */
typedef struct picks {
  column_list columns;
  int64_t count, place[PICKS];
} picks;

static void pick(picks *out, int64_t place)
{
  if (out->count < PICKS) out->place[out->count++] = place;
}

/* The column of steps says how many of them there are to do. */
static void pick_settings(const lw_run_views *views, picks *out)
{
  for (int64_t i = 0; i < views->list->setting_count; i++)
    if (lw_run_differs(views, i) && strcmp(views->list->settings[i].key, "train.steps") != 0)
      pick(out, out->columns.count + i);
}

/* Whether some run has the column's figure, if it shows one. */
static bool is_had(const lw_run_views *views, const column *of)
{
  const lw_figure *list[COLUMNS_MOST];
  const int count = lw_run_figures(views, list, COLUMNS_MOST);
  for (int k = 0; k < count && of->figure; k++)
    if (!strcmp(list[k]->column, of->figure->column)) return true;
  return !of->figure;
}

static void pick_all(const lw_run_views *views, picks *out)
{
  for (int64_t k = 0; k < out->columns.count; k++) {
    const column *own = &out->columns.list[k];
    if (!own->write)
      pick_settings(views, out);
    else if (!own->asked && is_had(views, own))
      pick(out, k);
  }
}

/* The place of a setting by its whole or its short name; -1: there is none. */
static int64_t find_setting(const lw_run_views *views, const char *name)
{
  for (int64_t i = 0; i < views->list->setting_count; i++) {
    const char *key = views->list->settings[i].key;
    if (!strcmp(key, name) || !strcmp(lw_table_short_key(key), name)) return i;
  }
  return -1;
}

static lw_status refuse(const lw_run_views *views, const column_list *columns, const char *name)
{
  const char *names[PICKS + COLUMNS_MOST + 1] = {NULL};
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
static void fill_title(const lw_run_views *views, const column *own, int64_t setting, char *cell)
{
  const char *unit = lw_run_unit(views);
  if (!own)
    WRITE(cell, "%s", lw_table_short_key(views->list->settings[setting].key));
  else if (own->figure && own->figure->per_unit)
    WRITE(cell, "%s %s", own->title, unit ? unit : "token");
  else if (own->leading && *lw_run_leading(views->list)->unit)
    WRITE(cell, "%s %s", own->title, lw_run_leading(views->list)->unit);
  else
    WRITE(cell, "%s", own->title);
}

static void fill_cell(const row_of_runs *of, const column *own, int64_t setting, char *cell)
{
  if (own)
    own->write(of, cell);
  else
    WRITE(cell, "%.500s", of->run->settings[setting].value);
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

static void fill_column(const lw_run_views *views, const picks *of, int64_t k, lw_text_grid *grid)
{
  const int64_t setting = of->place[k] - of->columns.count;
  const column *own = setting < 0 ? &of->columns.list[of->place[k]] : NULL;
  grid->column[k] = (lw_grid_column){.name = own && own->write == write_name,
                                     .number = own && !own->text,
                                     .drop = own ? own->drop : 9};
  fill_title(views, own, setting, grid->cell[k]);
  for (int64_t row = 0; row < views->rows; row++) {
    row_of_runs runs = {.views = views, .figure = own ? own->figure : NULL, .row = row};
    runs.run = lw_run_row(views, row, &runs.count);
    fill_cell(&runs, own, setting, grid->cell[(row + 1) * grid->columns + k]);
  }
  const bool leading = own && own->leading && own->better;
  if (own && own->better)
    mark_best(grid, k, leading ? lw_run_leading(views->list)->better : own->better);
}

static lw_status fill(const lw_run_views *views, const picks *of, lw_text_grid *out)
{
  lw_text_grid grid = {.rows = views->rows + 1, .columns = of->count};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&grid.cell, grid.rows * grid.columns));
  LW_TRY(LW_TAKE(&grid.best, grid.rows * grid.columns));
  LW_TRY(LW_TAKE(&grid.column, grid.columns));
  for (int64_t k = 0; k < grid.columns; k++) fill_column(views, of, k, &grid);
  *out = grid;
  return LW_OK;
done:
  lw_table_done(&grid);
  return status;
}

lw_status lw_table_make(const lw_run_views *views, lw_text_grid *out)
{
  picks all = {.count = 0};
  list_columns(&all.columns);
  pick_all(views, &all);
  return fill(views, &all, out);
}

lw_status lw_table_make_of(const lw_run_views *views, const char *names, lw_text_grid *out)
{
  picks chosen = {.count = 0};
  char name[128];
  list_columns(&chosen.columns);
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
