/* Curves over steps: gnuplot draws them as SVG, which is then put into the page. Its colours are
   names for those of the page's style: rgb 1,1,1 axes and words, 2,2,2 grid, 3,0,N row N. */
#include "report.h"
#include "child.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/train/folder.h"
#include <errno.h>
#include <math.h>
#include <string.h>

typedef struct chart {
  const char *title, *split, *column;
  double factor;
  bool logarithmic, chance;
  const char *format; /* of the figures at the left */
} chart;

static const chart charts[] = {
    {"Training loss", "train", "loss", 1.0, false, false, "%.4g"},
    {"Validation loss", "validation", "loss", 1.0, false, false, "%.4g"},
    {"Training accuracy, %", "train", "accuracy", 100.0, false, true, "%.4g"},
    {"Validation accuracy, %", "validation", "accuracy", 100.0, false, true, "%.4g"},
    {"Learning rate", "train", "learning_rate", 1.0, false, false, "%.4g"},
    {"Gradient norm before clipping", "train", "gradient_norm", 1.0, true, false, "%.4g"},
    {"Tokens a second", "train", "tokens_per_second", 1.0, false, false, "%.0f"},
};
enum { CHARTS = sizeof charts / sizeof *charts, POINTS = 100 };

static lw_status open_file(const report *r, const char *name, const char *mode, FILE **file)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_folder_path(r->folder, name, path);
  if (status != LW_OK) return status;
  *file = fopen(path, mode);
  return *file ? LW_OK : lw_fail(LW_ERROR_FILE, "cannot open %s: %s", path, lw_reason(errno));
}

/* ---- to gnuplot ---- */

typedef struct curve {
  const lw_csv *csv;
  int64_t split, step, value;
  const chart *of;
} curve;

static double value_at(const curve *c, int64_t row)
{
  if (strcmp(lw_csv_text(c->csv, row, c->split), c->of->split) != 0) return (double)NAN;
  return c->of->factor * lw_csv_number(c->csv, row, c->value);
}

/* Long curves become means over stretches of equally many points. Returns the points written. */
static int64_t write_points(FILE *script, const curve *c)
{
  int64_t points = 0, inside = 0, written = 0;
  double sum = 0.0, steps = 0.0;
  for (int64_t row = 0; row < c->csv->rows; row++) points += isfinite(value_at(c, row));
  const int64_t stretch = (points + POINTS - 1) / POINTS;
  for (int64_t row = 0; row < c->csv->rows; row++) {
    const double value = value_at(c, row);
    if (!isfinite(value)) continue;
    sum += value;
    steps += lw_csv_number(c->csv, row, c->step);
    if (++inside < stretch && written * stretch + inside < points) continue;
    fprintf(script, "%.8g %.8g\n", steps / (double)inside, sum / (double)inside);
    sum = steps = 0.0;
    inside = 0;
    written++;
  }
  return written;
}

/* Not a number where runs differ in it: they are on different data. */
static double chance_of(const lw_run_views *views)
{
  double chance = (double)NAN;
  for (int64_t i = 0; i < views->count; i++) {
    const double here = views->list[i].chance;
    if (isnan(here)) continue;
    if (!isnan(chance) && here != chance) return (double)NAN;
    chance = here;
  }
  return chance;
}

/* Between figures below the curves: 1, 2 or 5 times a power of ten, so that a phone has room for
 * them. */
static double tick_of(const lw_run_views *views)
{
  static const double factors[] = {2.0, 2.5, 2.0};
  double most = 1.0, tick = 1.0;
  for (int64_t i = 0; i < views->count; i++) {
    const lw_csv *metrics = &views->list[i].metrics;
    if (metrics->rows > 0)
      most = fmax(most, lw_csv_number(metrics, metrics->rows - 1, lw_csv_column(metrics, "step")));
  }
  for (int i = 0; most / tick > 5.0; i++) tick *= factors[i % 3];
  return tick;
}

/* False when no run has a point of it. */
static bool write_chart(const report *r, FILE *script, int number)
{
  const lw_run_views *views = r->views;
  const chart *of = &charts[number];
  const double chance = of->chance ? chance_of(views) : (double)NAN;
  int64_t all = 0;
  for (int64_t i = 0; i < views->count; i++) {
    const lw_csv *csv = &views->list[i].metrics;
    const curve c = {csv, lw_csv_column(csv, "split"), lw_csv_column(csv, "step"),
                     lw_csv_column(csv, of->column), of};
    fprintf(script, "$c%d_%lld << EOD\n", number, (long long)i);
    const int64_t points = write_points(script, &c);
    if (points == 0) fputs("0 NaN\n", script);
    fputs("EOD\n", script);
    all += points;
  }
  if (all == 0) return false;
  fprintf(script, "%s logscale y\nset format y '%s'\nset output 'chart-%d.svg'\nplot ",
          of->logarithmic ? "set" : "unset", of->format, number);
  if (!isnan(chance))
    fprintf(script, "%.6g with lines lc rgb '#010101' lw 1 dt 2, ", 100.0 * chance);
  for (int64_t i = 0; i < views->count; i++)
    fprintf(script, "%s$c%d_%lld using 1:2 with %s lc rgb '#0300%02x' lw 1.7", i ? ", " : "",
            number, (long long)i, all <= 3 * views->count ? "linespoints pt 7 ps .4" : "lines",
            (unsigned)(views->list[i].row % REPORT_COLOURS));
  fputs("\n", script);
  return true;
}

static lw_status write_script(const report *r, bool drawn[CHARTS])
{
  FILE *script = NULL;
  lw_status status = open_file(r, "charts.gp", "w", &script);
  if (status != LW_OK) return status;
  fputs("set terminal svg size 480,270 dynamic font 'sans-serif,15'\n"
        "set border 3 lc rgb '#010101' lw 1\n"
        "set tics nomirror scale 0.5 textcolor rgb '#010101'\n"
        "set xrange [0:*]\n"
        "set grid y lc rgb '#020202' lt 1 lw 1\n"
        "set format x '%.0f'\n"
        "set lmargin 8\nset rmargin 2.5\nset tmargin 0.8\nset bmargin 2.2\nunset key\n",
        script);
  fprintf(script, "set xtics %.8g\n", tick_of(r->views));
  for (int i = 0; i < CHARTS; i++) drawn[i] = write_chart(r, script, i);
  const int bad = ferror(script);
  if (fclose(script) || bad)
    return lw_fail(LW_ERROR_FILE, "cannot write charts.gp in %s: is the disk full?", r->folder);
  return LW_OK;
}

/* ---- from gnuplot ---- */

/* What is drawn, between the definitions, which nothing of ours uses, and the end; without the
   titles, which browsers show as labels under the pointer. */
static void copy_drawing(const report *r, char *svg)
{
  char *from = strstr(svg, "</defs>"), *end = NULL;
  if (!from) return;
  from += strlen("</defs>");
  for (char *place = from; (place = strstr(place, "</g>")); place++) end = place;
  if (!end) return;
  *end = 0;
  for (char *title; (title = strstr(from, "<title>")); from = strstr(title, "</title>") + 8) {
    fwrite(from, 1, (size_t)(title - from), r->out);
    if (!strstr(title, "</title>")) return;
  }
  fputs(from, r->out);
}

static lw_status put_chart(const report *r, int number)
{
  enum { SVG_MAX = 1 << 22 };
  char name[32], *svg = NULL;
  FILE *file = NULL;
  lw_status status = LW_OK;
  snprintf(name, sizeof name, "chart-%d.svg", number);
  LW_TRY(open_file(r, name, "r", &file));
  LW_TRY(LW_TAKE(&svg, SVG_MAX));
  svg[fread(svg, 1, SVG_MAX - 1, file)] = 0;
  fprintf(r->out,
          "<figure>\n<figcaption>%s</figcaption>\n<svg viewBox=\"0 0 480 270\" role=\"img\" "
          "aria-label=\"%s by step\">",
          charts[number].title, charts[number].title);
  copy_drawing(r, svg);
  fputs("</svg>\n</figure>\n", r->out);
done:
  if (file) fclose(file);
  lw_mem_give(svg);
  return status;
}

lw_status report_charts(const report *r)
{
  static const char missing[] =
      "There are no curves: gnuplot did not draw them. Install it (Debian: gnuplot-nox) and make "
      "the report again.";
  const char *const argv[] = {"gnuplot", NULL};
  char input[LW_PATH_MAX];
  bool drawn[CHARTS], stopped = false;
  int code = 0;
  lw_status status = LW_OK;
  report_section(
      r, "curves", "Curves",
      "Every run by itself, seeds of one setting in one colour; long curves as means over "
      "stretches of steps. Dashed: chance, the share of the most frequent class or next token.");
  LW_TRY(write_script(r, drawn));
  LW_TRY(lw_folder_path(r->folder, "charts.gp", input));
  status =
      lw_child_run(&(lw_child){.argv = argv, .folder = r->folder, .input = input, .silent = true},
                   &code, &stopped);
  if (stopped) LW_TRY(lw_fail(LW_STOPPED, "stopped"));
  if (status != LW_OK || code != 0) {
    lw_log_root(LW_LOG_WARN, "%s", missing);
    report_note(r, missing);
    status = LW_OK;
  } else {
    fputs("<div class=\"legend\">", r->out);
    for (int64_t row = 0; row < r->views->rows; row++) report_row_name(r, row);
    fputs("</div>\n<div class=\"charts\">\n", r->out);
    for (int i = 0; i < CHARTS; i++)
      if (drawn[i]) LW_TRY(put_chart(r, i));
    fputs("</div>\n", r->out);
  }
  report_section_end(r);
done:
  return status;
}
