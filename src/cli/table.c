/* longwave table RUN... [--csv] [--kept]: what runs came to, seeds of the same settings in one
   row. */
#include "table.h"
#include "command.h"
#include "longwave/base/mem.h"
#include "longwave/base/option.h"
#include "longwave/comm/agree.h"
#include "longwave/train/banner.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { RUNS = 4096 };

typedef struct table_flags {
  bool csv, kept, help;
} table_flags;

#define AT(member) offsetof(table_flags, member)
static const lw_option table[] = {
    {"csv", LW_OPTION_BOOL, AT(csv), "false", 0, 0, NULL,
     "a line a run as comma-separated values, not a Markdown table"},
    {"kept", LW_OPTION_BOOL, AT(kept), "false", 0, 0, NULL,
     "only show tests that are kept already; test nothing now"},
    {"help", LW_OPTION_BOOL, AT(help), "false", 0, 0, NULL, "this text"},
    {0}};

const char lw_table_note[] = "Test accuracy: of the checkpoint with the least validation loss, or "
                             "without one the newest; its "
                             "mean over seeds and their "
                             "sample standard deviation, then every seed. Above chance: since the "
                             "validation accuracy's 95 % "
                             "interval lies above the share of the most frequent class or next "
                             "token.";

/* ---- cells ---- */

#define WRITE(cell, ...) snprintf((cell), LW_GRID_CELL, __VA_ARGS__)

/* Adds to a list "a, b, c" in a cell. */
static void add(char *cell, const char *text)
{
  const size_t used = strlen(cell);
  snprintf(cell + used, LW_GRID_CELL - used, "%s%s", used ? ", " : "", text);
}

typedef struct row_of_runs {
  const lw_run_views *views;
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
  const int used = least == most ? WRITE(cell, "%lld", (long long)most)
                                 : WRITE(cell, "%lld to %lld", (long long)least, (long long)most);
  if (!finished)
    snprintf(cell + used, (size_t)(LW_GRID_CELL - used), " of %lld",
             (long long)of->run->job.train.steps);
}

static void write_figure(const row_of_runs *of, size_t figure, double factor, int digits,
                         char *cell)
{
  double mean, deviation;
  if (lw_run_spread(of->views, of->row, figure, &mean, &deviation) == 0) return;
  const int used = WRITE(cell, "%.*f", digits, factor * mean);
  if (!isnan(deviation))
    snprintf(cell + used, (size_t)(LW_GRID_CELL - used), " ± %.*f", digits, factor * deviation);
}

static void write_bits(const row_of_runs *of, char *cell)
{
  write_figure(of, offsetof(lw_kept, bits), 1.0, 4, cell);
}

static void write_perplexity(const row_of_runs *of, char *cell)
{
  write_figure(of, offsetof(lw_kept, perplexity), 1.0, 3, cell);
}

static void write_accuracy(const row_of_runs *of, char *cell)
{
  write_figure(of, offsetof(lw_kept, accuracy), 100.0, 2, cell);
}

static void write_seeds(const row_of_runs *of, char *cell)
{
  char text[64];
  for (int64_t i = 0; i < of->count; i++) {
    const lw_run_view *run = &of->run[i];
    const int used = snprintf(text, sizeof text, "%lld: ", (long long)run->job.train.seed);
    if (run->tested)
      snprintf(text + used, sizeof text - (size_t)used, "%.2f", 100.0 * run->test.accuracy);
    else
      snprintf(text + used, sizeof text - (size_t)used, "no test");
    add(cell, text);
  }
}

static void write_validation(const row_of_runs *of, char *cell)
{
  double sum = 0.0;
  for (int64_t i = 0; i < of->count; i++) sum += of->run[i].best_accuracy;
  if (!isnan(sum)) WRITE(cell, "%.2f", 100.0 * sum / (double)of->count);
}

static void write_chance(const row_of_runs *of, char *cell)
{
  const double chance = of->run->tested ? of->run->test.chance : of->run->chance;
  if (!isnan(chance)) WRITE(cell, "%.2f", 100.0 * chance);
}

static void write_life(const row_of_runs *of, char *cell)
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

typedef struct column {
  const char *title;
  void (*write)(const row_of_runs *of, char *cell);
  bool next;     /* shown only where a run predicts the next token */
  bool per_unit; /* the title ends with what a token is */
} column;

static const column before[] = {{"run", write_name, false, false},
                                {"test bits per", write_bits, true, true},
                                {"perplexity", write_perplexity, true, false},
                                {"test accuracy %", write_accuracy, false, false},
                                {"by seed", write_seeds, false, false},
                                {"chance %", write_chance, false, false},
                                {"above chance since step", write_life, false, false}};
/* Between them what differs between rows. */
static const column after[] = {{"validation %", write_validation, false, false},
                               {"parameters", write_parameters, false, false},
                               {"steps", write_steps, false, false},
                               {"core-hours a run", write_cost, false, false}};
enum { BEFORE = sizeof before / sizeof *before, AFTER = sizeof after / sizeof *after };

/* "locality" for "attention.locality", if that says it. */
static const char *short_key(const char *key)
{
  const char *dot = strchr(key, '.');
  return dot && strcmp(key, "data.path") != 0 ? dot + 1 : key;
}

static bool shown(const column *k, const lw_run_views *views)
{
  return !k->next || lw_run_unit(views);
}

static void fill_row(const row_of_runs *of, char (*cell)[LW_GRID_CELL])
{
  for (int k = 0; k < BEFORE; k++)
    if (shown(&before[k], of->views)) before[k].write(of, *cell++);
  for (int64_t i = 0; i < of->run->setting_count; i++)
    if (lw_run_differs(of->views, i)) WRITE(*cell++, "%.500s", of->run->settings[i].value);
  for (int k = 0; k < AFTER; k++) after[k].write(of, *cell++);
}

static void fill_titles(const lw_run_views *views, char (*cell)[LW_GRID_CELL])
{
  for (int k = 0; k < BEFORE; k++)
    if (shown(&before[k], views))
      WRITE(*cell++, "%s%s%s", before[k].title, before[k].per_unit ? " " : "",
            before[k].per_unit ? lw_run_unit(views) : "");
  for (int64_t i = 0; i < views->list->setting_count; i++)
    if (lw_run_differs(views, i)) WRITE(*cell++, "%s", short_key(views->list->settings[i].key));
  for (int k = 0; k < AFTER; k++) WRITE(*cell++, "%s", after[k].title);
}

lw_status lw_table_make(const lw_run_views *views, lw_text_grid *out)
{
  lw_text_grid grid = {.rows = views->rows + 1, .columns = AFTER};
  for (int k = 0; k < BEFORE; k++) grid.columns += shown(&before[k], views);
  for (int64_t i = 0; i < views->list->setting_count; i++) grid.columns += lw_run_differs(views, i);
  lw_status status = LW_TAKE(&grid.cell, grid.rows * grid.columns);
  if (status != LW_OK) return status;
  fill_titles(views, grid.cell);
  for (int64_t row = 0; row < views->rows; row++) {
    row_of_runs of = {.views = views, .row = row};
    of.run = lw_run_row(views, row, &of.count);
    fill_row(&of, grid.cell + (row + 1) * grid.columns);
  }
  *out = grid;
  return LW_OK;
}

void lw_table_done(lw_text_grid *grid)
{
  lw_mem_give(grid->cell);
  *grid = (lw_text_grid){0};
}

/* ---- Markdown ---- */

static int width_of(const char *text)
{
  int bytes;
  return lw_command_width(text, INT_MAX, &bytes);
}

static int column_width(const lw_text_grid *grid, int64_t place)
{
  int widest = 3;
  for (int64_t row = 0; row < grid->rows; row++) {
    const int width = width_of(grid->cell[row * grid->columns + place]);
    if (width > widest) widest = width;
  }
  return widest;
}

static void print_row(const lw_text_grid *grid, int64_t row, FILE *out)
{
  fputc('|', out);
  for (int64_t k = 0; k < grid->columns; k++) {
    const char *text = grid->cell[row * grid->columns + k];
    fprintf(out, " %s%*s |", text, column_width(grid, k) - width_of(text), "");
  }
  fputc('\n', out);
}

static void print_rule(const lw_text_grid *grid, FILE *out)
{
  fputc('|', out);
  for (int64_t k = 0; k < grid->columns; k++) {
    for (int i = column_width(grid, k) + 2; i > 0; i--) fputc('-', out);
    fputc('|', out);
  }
  fputc('\n', out);
}

void lw_table_print(const lw_run_views *views, const lw_text_grid *grid, FILE *out)
{
  print_row(grid, 0, out);
  print_rule(grid, out);
  for (int64_t row = 1; row < grid->rows; row++) print_row(grid, row, out);
  fprintf(out, "\n%s\n", lw_table_note);
  for (int64_t i = 0; i < views->count; i++)
    if (!views->list[i].finished)
      fprintf(out, "Not finished: %s, step %lld of %lld.\n", views->list[i].folder,
              (long long)views->list[i].step, (long long)views->list[i].job.train.steps);
}

/* ---- comma-separated values ---- */

static void print_real(double value, double factor, FILE *out)
{
  fputc(',', out);
  if (!isnan(value)) fprintf(out, "%.6g", factor * value);
}

static void print_run(const lw_run_views *views, const lw_run_view *run, FILE *out)
{
  char cell[LW_CELL_MAX];
  double mean, deviation;
  const double none = (double)NAN;
  lw_run_spread(views, run->row, offsetof(lw_kept, accuracy), &mean, &deviation);
  fprintf(out, "%s", lw_csv_cell(views->names[run->row], cell));
  fprintf(out, ",%s,%lld", lw_csv_cell(run->folder, cell), (long long)run->job.train.seed);
  for (int64_t i = 0; i < run->setting_count; i++)
    if (lw_run_differs(views, i)) fprintf(out, ",%s", lw_csv_cell(run->settings[i].value, cell));
  const double shares[] = {run->tested ? run->test.accuracy : none,
                           run->tested ? run->test.low : none,
                           run->tested ? run->test.high : none,
                           mean,
                           deviation,
                           run->tested ? run->test.chance : run->chance,
                           run->best_accuracy};
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) print_real(shares[i], 100.0, out);
  if (lw_run_unit(views)) {
    print_real(run->tested ? run->test.perplexity : none, 1.0, out);
    print_real(run->tested ? run->test.bits : none, 1.0, out);
  }
  fprintf(out, ",%lld,%lld,%lld,%s,%lld", (long long)run->best_step, (long long)run->above_since,
          (long long)run->step, run->finished ? "yes" : "no", (long long)run->parameters);
  print_real(run->core_hours, 1.0, out);
  fputc('\n', out);
}

static void print_csv(const lw_run_views *views, FILE *out)
{
  fputs("run,folder,seed", out);
  for (int64_t i = 0; i < views->list->setting_count; i++)
    if (lw_run_differs(views, i)) fprintf(out, ",%s", views->list->settings[i].key);
  fputs(",test_accuracy,test_low,test_high,mean,deviation,chance,validation_accuracy", out);
  if (lw_run_unit(views)) fputs(",test_perplexity,test_bits_per_token", out);
  fputs(",best_step,above_chance_since,steps,finished,parameters,core_hours\n", out);
  for (int64_t i = 0; i < views->count; i++) print_run(views, &views->list[i], out);
}

/* ---- the command ---- */

static lw_status show(const lw_run_paths *paths, bool csv)
{
  lw_run_views views = {0};
  lw_text_grid grid = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_run_views_read(paths, &views));
  if (csv) {
    print_csv(&views, stdout);
    goto done;
  }
  LW_TRY(lw_table_make(&views, &grid));
  lw_table_print(&views, &grid, stdout);
done:
  lw_table_done(&grid);
  lw_run_views_done(&views);
  return status;
}

static lw_status test_and_show(lw_world *world, const char *const *words, int count,
                               const table_flags *flags)
{
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_run_paths_find(world, words, count, &paths));
  if (!flags->kept) LW_TRY(lw_run_paths_test(world, &paths));
  LW_TRY_TOGETHER(world, world->rank == 0 ? show(&paths, flags->csv) : LW_OK);
done:
  lw_run_paths_done(&paths);
  return status;
}

lw_status lw_table_show(const lw_run_paths *paths)
{
  return show(paths, false);
}

static const char usage[] =
    "usage: longwave table RUN... [flags]\n\n"
    "A table of what runs came to. RUN is a run folder, or a folder of run folders. Runs that "
    "differ\nonly in their seed are one row; columns say what differs between rows. A run's "
    "checkpoint with\nthe least validation loss is tested once, on all ranks, and the result "
    "kept in its folder.\n\nflags:";

lw_status lw_command_table(lw_world *world, int argc, char **argv)
{
  table_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  static const char *words[RUNS];
  lw_arguments arguments = {.words = words, .word_room = RUNS};
  lw_status status = lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments);
  if (status != LW_OK || flags.help) return status;
  lw_threads_start(0, world);
  return test_and_show(world, words, arguments.word_count, &flags);
}
