/* What a table can say of a row of runs: its columns and their cells. */
#include "table_cells.h"
#include "longwave/base/text.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- cells ---- */

#define WRITE(cell, ...) snprintf((cell), LW_GRID_CELL, __VA_ARGS__)

/* Adds to a list "a, b, c" in a cell. */
static void add(char *cell, const char *text)
{
  lw_text to = lw_text_behind(cell, LW_GRID_CELL);
  lw_text_item(&to, ", ", "%s", text);
}

static void write_name(const lw_row_of_runs *row, char *cell)
{
  WRITE(cell, "%.500s", row->views->names[row->row]);
}

static void write_parameters(const lw_row_of_runs *row, char *cell)
{
  if (row->run->parameters) WRITE(cell, "%lld", (long long)row->run->parameters);
}

static void write_steps(const lw_row_of_runs *row, char *cell)
{
  int64_t least = row->run->step, most = row->run->step;
  bool finished = true;
  for (int64_t i = 0; i < row->count; i++) {
    if (row->run[i].step < least) least = row->run[i].step;
    if (row->run[i].step > most) most = row->run[i].step;
    finished = finished && row->run[i].finished;
  }
  lw_text to = lw_text_in(cell, LW_GRID_CELL);
  if (least < most) lw_text_add(&to, "%lld to ", (long long)least);
  lw_text_add(&to, "%lld", (long long)most);
  if (!finished) lw_text_add(&to, " of %lld", (long long)row->run->job.train.steps);
}

static void write_figure(const lw_row_of_runs *row, char *cell)
{
  const lw_figure *figure = row->figure;
  double mean, deviation;
  if (lw_run_spread(row->views, row->row, figure->column, &mean, &deviation) == 0) return;
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

/* "+1.20 ± 0.35": seed by seed. */
static void write_difference(const lw_row_of_runs *row, char *cell)
{
  const int64_t reference = lw_run_reference(row->views, row->row);
  const lw_figure *leading = lw_run_leading(row->run);
  if (reference < 0 || reference == row->row) return;
  const lw_run_pairs pairs = lw_run_compare(row->views, row->row, reference);
  lw_text to = lw_text_in(cell, LW_GRID_CELL);
  if (pairs.count > 0) lw_text_add(&to, "%+.*f", leading->digits, leading->factor * pairs.mean);
  if (pairs.count > 1) lw_text_add(&to, " ± %.*f", leading->digits, leading->factor * pairs.half);
}

static void write_count(const lw_row_of_runs *row, char *cell)
{
  double mean, deviation;
  WRITE(cell, "%lld", (long long)lw_run_spread(row->views, row->row, "loss", &mean, &deviation));
}

static void write_seeds(const lw_row_of_runs *row, char *cell)
{
  char text[64];
  for (int64_t i = 0; i < row->count; i++) {
    const lw_run_view *run = &row->run[i];
    lw_text to = LW_TEXT_IN(text);
    lw_text_add(&to, "%lld: ", (long long)run->job.train.seed);
    if (run->tested)
      add_leading(run, lw_run_figure(run, lw_run_leading(run)->column), &to);
    else
      lw_text_add(&to, "no test");
    add(cell, text);
  }
}

static void write_validation(const lw_row_of_runs *row, char *cell)
{
  double sum = 0.0;
  for (int64_t i = 0; i < row->count; i++) sum += row->run[i].best;
  if (!isnan(sum)) write_leading(row->run, sum / (double)row->count, cell);
}

static void write_best_step(const lw_row_of_runs *row, char *cell)
{
  char text[32];
  for (int64_t i = 0; i < row->count; i++) {
    snprintf(text, sizeof text, "%lld", (long long)row->run[i].best_step);
    if (row->run[i].best_step > 0) add(cell, text);
  }
}

static void write_chance(const lw_row_of_runs *row, char *cell)
{
  const double chance = row->run->tested ? row->run->test.chance : row->run->chance;
  if (!isnan(chance)) write_leading(row->run, chance, cell);
}

static void write_above(const lw_row_of_runs *row, char *cell)
{
  char text[32];
  for (int64_t i = 0; i < row->count; i++) {
    snprintf(text, sizeof text, "%lld", (long long)row->run[i].above_since);
    if (row->run[i].chances.rows > 0) add(cell, row->run[i].above_since ? text : "at chance");
  }
}

static void write_cost(const lw_row_of_runs *row, char *cell)
{
  double sum = 0.0;
  for (int64_t i = 0; i < row->count; i++) sum += row->run[i].core_hours;
  if (!isnan(sum)) WRITE(cell, "%.3g", sum / (double)row->count);
}

/* ---- columns ---- */

/* All but the figures, which stand behind the first one. */
static const lw_column plain[] = {
    {"run", "run", write_name, .name = true, .text = true, .sentence = "names of the run folders"},
    {"n", "n", write_count, .drop = 7, .sentence = "how many seeds were tested"},
    {"seeds", "by seed", write_seeds, .drop = 5, .text = true,
     .sentence = "the test accuracy of every seed"},
    {"chance", "chance", write_chance, .drop = 6, .leading = true,
     .sentence = "accuracy of always guessing the commonest class or token"},
    {"above", "above chance since step", write_above, .drop = 1,
     .sentence = "since which step validation was better than chance"},
    {"difference", "difference", write_difference, .drop = 0, .leading = true, .asked = true,
     .sentence = "with --against: to those rows, seed by seed: mean and half of its 95 % interval"},
    {"settings", NULL, NULL, .sentence = "all settings that differ between rows"},
    {"validation", "validation", write_validation, 1, .drop = 4, .leading = true,
     .sentence = "best validation accuracy, mean over seeds"},
    {"parameters", "parameters", write_parameters, .drop = 3,
     .sentence = "number of learnt parameters"},
    {"steps", "steps", write_steps, .drop = 8, .sentence = "steps done"},
    {"best_step", "best step", write_best_step, .asked = true, .text = true,
     .sentence = "steps of the checkpoints that were tested"},
    {"cost", "core-hours", write_cost, .drop = 2, .sentence = "core-hours of a run, mean"}};
enum { PLAIN = sizeof plain / sizeof *plain };
static_assert((int)PLAIN < (int)LW_COLUMNS_MOST, "no room for figures");

/* Where a figure stands, from the left; behind all that stand no farther. -1: it is there. */
static int index_of(const lw_column_list *columns, const lw_figure *figure)
{
  int index = 1;
  for (int k = 0; k < columns->count; k++) {
    const lw_figure *other = columns->list[k].figure;
    if (!strcmp(columns->list[k].key, figure->key)) return -1;
    if (other && other->position <= figure->position) index = k + 1;
  }
  return index;
}

static void add_figure(lw_column_list *columns, const lw_figure *figure)
{
  const int index = index_of(columns, figure);
  if (index < 0 || columns->count == LW_COLUMNS_MOST) return;
  memmove(&columns->list[index + 1], &columns->list[index],
          (size_t)(columns->count++ - index) * sizeof *columns->list);
  columns->list[index] = (lw_column){.key = figure->key,
                                     .title = figure->table,
                                     .write = write_figure,
                                     .better = figure->better,
                                     .figure = figure,
                                     .asked = figure->asked,
                                     .sentence = figure->help};
}

void lw_columns_list(lw_column_list *out)
{
  out->count = PLAIN;
  memcpy(out->list, plain, sizeof plain);
  for (int i = 0; lw_objectives[i]; i++)
    for (int k = 0; k < lw_objectives[i]->figures; k++)
      add_figure(out, &lw_objectives[i]->figure[k]);
}
