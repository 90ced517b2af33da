/* A table as Markdown, LaTeX or comma-separated values. */
#include "table_inside.h"
#include "longwave/base/columns.h"
#include "longwave/base/csv.h"
#include "longwave/base/text.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

const char lw_table_note[] =
    "Test figures: of the best checkpoint (objective.select; by default that with the least "
    "validation loss), or without one the newest; mean ± sample standard deviation over the n "
    "seeds that were tested. Above chance: from this step on validation, an accuracy with its 95 % "
    "interval, is better than a guess that knows no sample: the most frequent class or next token, "
    "every one of several classes, the mean of the train split, the last value.";

static const char against_note[] = "Difference: to the rows of --against, of the same seeds on the "
                                   "same data: mean ± half of its 95 "
                                   "% interval (Student's t).";

/* ---- Markdown ---- */

enum { MARKED = 2 * LW_GRID_CELL + 8 };

/* A cell as it is written: "**94.2**", "a\|b". */
static const char *marked(const lw_text_grid *grid, int64_t row, int64_t k, char *text)
{
  const int64_t index = row * grid->columns + k;
  const char *mark = grid->best[index] ? "**" : "";
  lw_text to = lw_text_in(text, MARKED);
  lw_text_add(&to, "%s", mark);
  for (const char *c = grid->cell[index]; *c; c++) lw_text_add(&to, *c == '|' ? "\\%c" : "%c", *c);
  lw_text_add(&to, "%s", mark);
  return text;
}

static int width_of(const char *text)
{
  return lw_columns(text, INT_MAX, NULL);
}

static int column_width(const lw_text_grid *grid, int64_t k)
{
  char text[MARKED];
  int widest = 3;
  for (int64_t row = 0; row < grid->rows; row++) {
    const int width = width_of(marked(grid, row, k, text));
    if (width > widest) widest = width;
  }
  return widest;
}

int lw_table_width(const lw_text_grid *grid)
{
  int width = 1;
  for (int64_t k = 0; k < grid->columns; k++) width += column_width(grid, k) + 3;
  return width;
}

static void print_row(const lw_text_grid *grid, int64_t row, FILE *out)
{
  char text[MARKED], padded[2 * MARKED];
  fputc('|', out);
  for (int64_t k = 0; k < grid->columns; k++) {
    const int width = column_width(grid, k);
    lw_text cell = LW_TEXT_IN(padded);
    lw_columns_pad(&cell, marked(grid, row, k, text), grid->column[k].number ? width : -width);
    fprintf(out, " %s |", padded);
  }
  fputc('\n', out);
}

static void print_rule(const lw_text_grid *grid, FILE *out)
{
  fputc('|', out);
  for (int64_t k = 0; k < grid->columns; k++) {
    for (int i = column_width(grid, k) + 1; i > 0; i--) fputc('-', out);
    fputs(grid->column[k].number ? ":|" : "-|", out);
  }
  fputc('\n', out);
}

/* In lines of at most LW_TABLE_WIDTH columns, where words allow. */
static void print_wrapped(const char *label, const char *text, FILE *out)
{
  char word[LW_TABLE_NOTE];
  int column = fprintf(out, "%s", label);
  while (*text) {
    const size_t length = strcspn(text, " ");
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    const int width = width_of(word);
    if (column > 0 && column + 1 + width > LW_TABLE_WIDTH) column = 0 * fputc('\n', out);
    column += fprintf(out, "%s", column > 0 ? " " : "") + width;
    fputs(word, out);
    text += length + strspn(text + length, " ");
  }
  fputc('\n', out);
}

static bool has_best(const lw_text_grid *grid)
{
  for (int64_t i = 0; i < grid->rows * grid->columns; i++)
    if (grid->best[i]) return true;
  return false;
}

void lw_table_print(const lw_run_views *views, const lw_text_grid *grid, FILE *out)
{
  print_row(grid, 0, out);
  print_rule(grid, out);
  for (int64_t row = 1; row < grid->rows; row++) print_row(grid, row, out);
  fputc('\n', out);
  if (*grid->same)
    print_wrapped(grid->rows > 2 ? "The same in all rows:" : "Settings:", grid->same, out);
  print_wrapped(has_best(grid) ? "Bold: the best." : "", lw_table_note, out);
  if (views->against) print_wrapped("", against_note, out);
  if (*grid->left_out)
    print_wrapped("Too wide to show (--columns chooses, --csv has all):", grid->left_out, out);
  for (int64_t i = 0; i < views->count; i++)
    if (!views->list[i].finished)
      fprintf(out, "Not finished: %s, step %lld of %lld.\n", views->list[i].folder,
              (long long)views->list[i].step, (long long)views->list[i].job.train.steps);
}

/* ---- LaTeX ---- */

/* What means something to LaTeX, and how to write it. */
static void print_escaped(const char *text, FILE *out)
{
  static const struct {
    const char *text, *latex;
  } special[] = {{"\\", "\\textbackslash{}"},
                 {"~", "\\textasciitilde{}"},
                 {"^", "\\textasciicircum{}"},
                 {"<", "\\textless{}"},
                 {">", "\\textgreater{}"},
                 {"|", "\\textbar{}"},
                 {"±", "$\\pm$"}};
  while (*text) {
    size_t i = 0, length = 1;
    while (i < sizeof special / sizeof *special &&
           strncmp(text, special[i].text, strlen(special[i].text)) != 0)
      i++;
    if (i < sizeof special / sizeof *special) {
      length = strlen(special[i].text);
      fputs(special[i].latex, out);
    } else {
      fprintf(out, "%s%c", strchr("&%$#_{}", *text) ? "\\" : "", *text);
    }
    text += length;
  }
}

static void print_latex_row(const lw_text_grid *grid, int64_t row, FILE *out)
{
  for (int64_t k = 0; k < grid->columns; k++) {
    const int64_t index = row * grid->columns + k;
    fputs(k == 0 ? "    " : " & ", out);
    if (grid->best[index]) fputs("\\textbf{", out);
    print_escaped(grid->cell[index], out);
    if (grid->best[index]) fputc('}', out);
  }
  fputs(" \\\\\n", out);
}

void lw_table_print_latex(const lw_text_grid *grid, const char *command, FILE *out)
{
  fprintf(out, "%% %s\n%% needs \\usepackage{booktabs}\n", command);
  if (*grid->left_out)
    fprintf(out, "%% too wide to show (--columns chooses): %s\n", grid->left_out);
  fputs("\\begin{table}\n  \\centering\n  \\caption{", out);
  print_escaped("Results on the test split, mean ± standard deviation over seeds.", out);
  if (has_best(grid)) fputs(" Bold: the best.", out);
  if (*grid->same) fputs("\n    The same in all rows: ", out);
  print_escaped(grid->same, out);
  fputs(*grid->same ? ".}\n  \\begin{tabular}{" : "}\n  \\begin{tabular}{", out);
  for (int64_t k = 0; k < grid->columns; k++) fputc(grid->column[k].number ? 'r' : 'l', out);
  fputs("}\n    \\toprule\n", out);
  print_latex_row(grid, 0, out);
  fputs("    \\midrule\n", out);
  for (int64_t row = 1; row < grid->rows; row++) print_latex_row(grid, row, out);
  fputs("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n", out);
}

/* ---- comma-separated values ---- */

/* What a line says, in parts: the settings of a run stand behind the first, the figures of a run
   that predicts tokens behind the second. */
typedef struct csv_line {
  const char *run, *folder, *finished;
  int64_t seed, best_step, above_since, steps, parameters;
  double core_hours;
} csv_line;

#define COLUMN(name, member) LW_CSV_FIELD(name, csv_line, member)
static const lw_csv_field first[] = {COLUMN("run", run), COLUMN("folder", folder),
                                     COLUMN("seed", seed)};
static const lw_csv_field last[] = {
    COLUMN("best_step", best_step),
    COLUMN("above_chance_since", above_since),
    COLUMN("steps", steps),
    COLUMN("finished", finished),
    COLUMN("parameters", parameters),
    LW_CSV_FIELD_AS("core_hours", csv_line, core_hours, .digits = 6, .optional = true),
};

static csv_line line_of(const lw_run_views *views, const lw_run_view *run)
{
  return (csv_line){.run = views->names[run->row],
                    .folder = run->folder,
                    .finished = run->finished ? "yes" : "no",
                    .seed = run->job.train.seed,
                    .best_step = run->best_step,
                    .above_since = run->above_since,
                    .steps = run->step,
                    .parameters = run->parameters,
                    .core_hours = run->core_hours};
}

/* named: "test_accuracy", instead of the value in the figure's unit, "" for NAN. */
static void put_figure(lw_text *row, bool named, const char *before, const lw_figure *figure,
                       double value)
{
  if (named)
    lw_csv_put_as(row, "%s%s", before, figure->column);
  else if (isnan(value))
    lw_csv_put(row, "");
  else
    lw_csv_put_as(row, "%.6g", figure->factor * value);
}

/* The leading figure of all runs and what belongs to it. run NULL: names */
static void put_leading(const lw_run_views *views, const lw_run_view *run, lw_text *row)
{
  const double none = (double)NAN;
  const lw_figure *leading = lw_run_leading(views->list);
  const bool has = run && !strcmp(lw_run_leading(run)->column, leading->column);
  const bool tested = has && run->tested;
  double mean = none, deviation = none;
  if (has) lw_run_spread(views, run->row, leading->column, &mean, &deviation);
  const struct {
    const char *name;
    double value;
  } cells[] = {{"low", tested ? run->test.low : none},
               {"high", tested ? run->test.high : none},
               {"mean", mean},
               {"deviation", deviation},
               {"chance", tested ? run->test.chance
                          : has  ? run->chance
                                 : none}};
  put_figure(row, !run, "test_", leading, has ? lw_run_figure(run, leading->column) : none);
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
    if (run)
      put_figure(row, false, "", leading, cells[i].value);
    else
      lw_csv_put_as(row, "%s%s", i < 2 ? "test_" : "", cells[i].name);
  put_figure(row, !run, "validation_", leading, has ? run->best : none);
}

/* The other figures of all runs but the loss. run NULL: names */
static void put_others(const lw_run_views *views, const lw_run_view *run, lw_text *row)
{
  enum { MOST = 64 };
  const lw_figure *list[MOST];
  const int count = lw_run_figures(views, list, MOST);
  const char *leading = lw_run_leading(views->list)->column;
  for (int k = 0; k < count; k++)
    if (strcmp(list[k]->column, "loss") != 0 && strcmp(list[k]->column, leading) != 0)
      put_figure(row, !run, "test_", list[k],
                 run ? lw_run_figure(run, list[k]->column) : (double)NAN);
}

/* line NULL: the names of the columns. */
static void put_part(lw_text *row, const lw_csv_field *fields, int count, const csv_line *line)
{
  if (line)
    lw_csv_put_fields(row, fields, count, line);
  else
    lw_csv_put_names(row, fields, count);
}

static void put_line(const lw_run_views *views, const lw_run_view *run, lw_text *row)
{
  const csv_line own = run ? line_of(views, run) : (csv_line){0}, *line = run ? &own : NULL;
  const lw_setting *settings = (run ? run : views->list)->settings;
  put_part(row, first, LW_CSV_FIELDS(first), line);
  for (int64_t i = 0; i < views->list->setting_count; i++)
    if (lw_run_differs(views, i)) lw_csv_put(row, run ? settings[i].value : settings[i].key);
  put_leading(views, run, row);
  put_others(views, run, row);
  put_part(row, last, LW_CSV_FIELDS(last), line);
  lw_csv_end(row);
}

lw_status lw_table_print_csv(const lw_run_views *views, FILE *out)
{
  lw_text text = LW_TEXT_GROWS;
  put_line(views, NULL, &text);
  for (int64_t i = 0; i < views->count; i++) put_line(views, &views->list[i], &text);
  lw_status status = lw_text_end(&text);
  if (status == LW_OK) fputs(text.text, out);
  lw_text_done(&text);
  return status;
}
