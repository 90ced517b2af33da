/* An explanation as a picture: bars of what each step gave, under them each input as a strip, its
   signal on the colour of what it gave; of tokens a page of them. Where there are more steps than
   columns a column sums up its steps, what raises the answer and what lowers it by themselves. */
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/data/input.h"
#include "longwave/io/png.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  LEFT = 168,
  RIGHT = 24,
  WIDTH = EXPLANATION_COLUMNS,
  LINE = 17,
  TOP = 5 * LINE,
  BARS = 96,
  GAP = 8,
  AXIS = 3 * LINE,
  STRIPS = 24, /* inputs that are shown, those that gave most */
  TALL = 72,   /* strips of few inputs, and of many */
  LOW = 36,
  FEW = 8,
  NEAR = 400, /* steps around the one that gave most, of a long sample */
  DOTS = 150  /* each value has a dot where there are fewer columns */
};

static const lw_colour ink = {30, 30, 40}, pale = {170, 170, 178};

typedef struct drawing {
  const explanation_look *look;
  const explanation *e;
  explanation_cells cells;
  int64_t input[STRIPS];
  double full;               /* product of a cell of an input that has the whole colour */
  double most_up, most_down; /* of the bars */
  explanation_page page;
  lw_picture picture;
} drawing;

void explanation_picture_path(const explanation *e, bool near, char *path)
{
  snprintf(path, EXPLANATION_PATH, "%s/explanation%s.png", e->request->pictures,
           near ? "-near" : "");
}

bool explanation_has_near(const explanation *e)
{
  return !e->info->input->ids && e->rows > EXPLANATION_COLUMNS;
}

/* ---- what is drawn ---- */

/* Those inputs that gave most, in their own order. */
static void choose_inputs(drawing *d)
{
  const double *weight = d->look->weight;
  for (int64_t i = 0; i < d->e->inputs && !d->e->info->input->ids; i++) {
    int64_t heavier = 0;
    for (int64_t k = 0; k < d->e->inputs && heavier < STRIPS; k++)
      heavier += weight[k] > weight[i] || (weight[k] == weight[i] && k < i);
    if (heavier < STRIPS) d->input[d->cells.shown++] = i;
  }
}

static int ascending(const void *a, const void *b)
{
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* One in a hundred of the cells that have a product has more than the whole colour: a single peak
   would leave the others pale. */
static lw_status scale_colours(drawing *d)
{
  const int64_t cells = d->cells.shown * d->cells.columns;
  int64_t count = 0;
  float *size = NULL;
  lw_status status = LW_TAKE(&size, cells);
  for (int64_t n = 0; n < cells && status == LW_OK; n++) {
    size[count] = fmaxf(d->cells.cell[n].up, -d->cells.cell[n].down);
    count += size[count] > 0.0f;
  }
  if (count > 0) {
    qsort(size, (size_t)count, sizeof *size, ascending);
    d->full = (double)size[count - 1 - count / 100];
  }
  lw_mem_give(size);
  return status;
}

static void scale_bars(drawing *d)
{
  const explanation_cell *bars = d->cells.cell + d->cells.shown * d->cells.columns;
  for (int64_t c = 0; c < d->cells.columns; c++) {
    d->most_up = fmax(d->most_up, (double)bars[c].up);
    d->most_down = fmax(d->most_down, (double)-bars[c].down);
  }
}

/* All steps, or those near the one that gave most. */
static void choose_steps(drawing *d, bool near)
{
  explanation_cells *cells = &d->cells;
  cells->steps = near ? NEAR : d->e->rows;
  if (near)
    cells->first = lw_larger(0, lw_smaller(d->look->peak[0].step - NEAR / 2, d->e->rows - NEAR));
  cells->columns = lw_smaller(cells->steps, EXPLANATION_COLUMNS);
}

static lw_status gather(drawing *d)
{
  explanation_cells *cells = &d->cells;
  lw_status status = LW_OK;
  choose_inputs(d);
  cells->input = d->input;
  LW_TRY(LW_TAKE(&cells->cell, (cells->shown + 1) * cells->columns));
  LW_TRY(explanation_read_cells(d->look, cells));
  LW_TRY(scale_colours(d));
  scale_bars(d);
  if (d->e->info->input->ids) LW_TRY(explanation_page_init(d->look, LEFT + WIDTH - GAP, &d->page));
done:
  return status;
}

static int64_t strip_height(const drawing *d)
{
  return d->cells.shown > FEW ? LOW : TALL;
}

/* The left edge of a column. */
static int64_t edge(const drawing *d, int64_t column)
{
  return LEFT + column * WIDTH / d->cells.columns;
}

/* The middle of a step. */
static int64_t middle(const drawing *d, int64_t step)
{
  return LEFT + (2 * (step - d->cells.first) + 1) * WIDTH / (2 * d->cells.steps);
}

static void frame(drawing *d, int64_t top, int64_t height)
{
  lw_picture *picture = &d->picture;
  lw_picture_fill(picture, LEFT - 1, top - 1, WIDTH + 2, 1, pale);
  lw_picture_fill(picture, LEFT - 1, top + height, WIDTH + 2, 1, pale);
  lw_picture_fill(picture, LEFT - 1, top - 1, 1, height + 2, pale);
  lw_picture_fill(picture, LEFT + WIDTH, top - 1, 1, height + 2, pale);
}

/* Left of a strip. */
static void label(drawing *d, int64_t y, const char *format, double number)
{
  char text[(LEFT - 2 * GAP) / LW_LETTER_WIDTH + 1];
  snprintf(text, sizeof text, format, number);
  lw_picture_text(&d->picture, GAP, y, text);
}

/* ---- words ---- */

static double share(double part, double all)
{
  return all > 0.0 ? fmin(fmax(part, 0.0) / all, 1.0) : 0.0;
}

static void draw_scale(drawing *d, double most)
{
  enum { BAR = 200 };
  const int64_t left = LEFT + WIDTH - BAR;
  char text[32];
  for (int64_t n = 0; n < BAR; n++) {
    const double at = 2.0 * (double)n / BAR - 1.0;
    lw_picture_fill(&d->picture, left + n, LINE - 4, 1, LINE,
                    lw_colour_of_two(fmax(at, 0.0), fmax(-at, 0.0)));
  }
  snprintf(text, sizeof text, "%.2g", -most);
  lw_picture_text(&d->picture, left, 2 * LINE, text);
  lw_picture_text(&d->picture, left + BAR / 2 - LW_LETTER_WIDTH / 2, 2 * LINE, "0");
  snprintf(text, sizeof text, "+%.2g", most);
  lw_picture_text(&d->picture, LEFT + WIDTH - LW_LETTER_WIDTH * (int64_t)strlen(text), 2 * LINE,
                  text);
}

static void draw_title(drawing *d)
{
  const explanation *e = d->e;
  const int64_t steps = lw_parts(d->cells.steps, d->cells.columns);
  char words[EXPLANATION_NAME];
  lw_text text = LW_TEXT_IN(words);
  lw_text_add(&text, "%s sample %lld%s%.60s", lw_split_name(e->request->split),
              (long long)e->request->sample, *e->name ? ": " : "", e->name);
  lw_picture_text(&d->picture, GAP, LINE - 4, words);
  explanation_title(e, words);
  lw_picture_text(&d->picture, GAP, 2 * LINE - 4, words);
  text = LW_TEXT_IN(words);
  lw_text_add(&text, "gradient x input: red raises this, blue lowers it");
  if (steps > 1) lw_text_add(&text, "; a column sums up %lld steps", (long long)steps);
  if (d->cells.shown > 0 && d->cells.shown < e->inputs)
    lw_text_add(&text, "; %lld inputs of %lld", (long long)d->cells.shown, (long long)e->inputs);
  lw_picture_text(&d->picture, GAP, 3 * LINE - 4, words);
  draw_scale(d, d->cells.shown > 0 ? d->full : fmax(d->most_up, d->most_down));
}

static void center(drawing *d, int64_t x, int64_t y, const char *text)
{
  const int64_t width = (int64_t)strlen(text) * LW_LETTER_WIDTH;
  lw_picture_text(&d->picture, x - width / 2 + 1, y, text);
}

static bool has_times(const explanation *e)
{
  return e->info->timed || e->info->rate > 0.0;
}

/* Of a step: its own, or by the rate. */
static lw_status read_time(const drawing *d, int64_t step, double *time)
{
  if (d->e->info->timed) return lw_h5_read(d->look->file, "/times", LW_H5_F64, step, 1, time);
  *time = (double)step / d->e->info->rate;
  return LW_OK;
}

/* Steps below everything; where there are times, those of the steps, too. */
static lw_status draw_axis(drawing *d, int64_t top)
{
  const explanation *e = d->e;
  const int64_t first = d->cells.first, steps = d->cells.steps;
  int64_t tick = 1;
  char text[32];
  double time;
  lw_status status = LW_OK;
  for (int n = 0; steps / tick > 8; n++) tick = n % 3 == 1 ? tick / 2 * 5 : 2 * tick;
  lw_picture_text(&d->picture, GAP, top + 7, "step");
  snprintf(text, sizeof text, "time %s", e->info->time_unit);
  if (has_times(e)) lw_picture_text(&d->picture, GAP, top + 7 + LINE, text);
  for (int64_t step = lw_parts(first, tick) * tick; step < first + steps; step += tick) {
    const int64_t x = middle(d, step);
    lw_picture_fill(&d->picture, x, top, 1, 4, ink);
    snprintf(text, sizeof text, "%lld", (long long)step);
    center(d, x, top + 7, text);
    if (!has_times(e)) continue;
    LW_TRY(read_time(d, step, &time));
    snprintf(text, sizeof text, fabs(time) < 1e6 ? "%.6g" : "%.10g", time);
    center(d, x, top + 7 + LINE, text);
  }
done:
  return status;
}

/* ---- strips ---- */

static void draw_bars(drawing *d, int64_t top)
{
  const explanation_cell *cells = d->cells.cell + d->cells.shown * d->cells.columns;
  const double all = fmax(d->most_up + d->most_down, 1e-300);
  const int64_t zero = top + (int64_t)lrint(BARS * d->most_up / all);
  for (int64_t c = 0; c < d->cells.columns; c++) {
    const int64_t x = edge(d, c), width = edge(d, c + 1) - x;
    const int64_t up = (int64_t)lrint(BARS * (double)cells[c].up / all);
    const int64_t down = (int64_t)lrint(BARS * (double)-cells[c].down / all);
    lw_picture_fill(&d->picture, x, zero - up, width, up, lw_colour_of_two(1.0, 0.0));
    lw_picture_fill(&d->picture, x, zero, width, down, lw_colour_of_two(0.0, 1.0));
  }
  lw_picture_fill(&d->picture, LEFT, zero, WIDTH, 1, pale);
  frame(d, top, BARS);
  lw_picture_text(&d->picture, GAP, top + BARS / 2 - LW_LETTER_HEIGHT / 2,
                  d->cells.shown > 1 ? "all inputs" : "gradient x input");
  label(d, top, "+%.3g", d->most_up);
  label(d, top + BARS - LW_LETTER_HEIGHT, "%.3g", -d->most_down);
}

/* A signal between the edges of a strip. */
typedef struct trace {
  double least, most;
  int64_t top, height;
} trace;

static int64_t height_of(const trace *t, double x)
{
  const double place = t->most > t->least ? (x - t->least) / (t->most - t->least) : 0.5;
  return t->top + t->height - 5 - (int64_t)lrint(place * (double)(t->height - 9));
}

static void draw_signal(drawing *d, const explanation_cell *cells, const trace *t)
{
  bool before = false;
  lw_point last = {0, 0};
  for (int64_t c = 0; c < d->cells.columns; c++) {
    const double least = (double)cells[c].least, most = (double)cells[c].most;
    const lw_point here = {(edge(d, c) + edge(d, c + 1)) / 2, height_of(t, 0.5 * (least + most))};
    if (!(least <= most)) { /* missing */
      before = false;
      continue;
    }
    lw_picture_line(&d->picture, (lw_point){here.x, height_of(t, most)},
                    (lw_point){here.x, height_of(t, least)}, ink);
    if (before) lw_picture_line(&d->picture, last, here, ink);
    if (d->cells.columns < DOTS) lw_picture_fill(&d->picture, here.x - 1, here.y - 1, 4, 4, ink);
    last = here;
    before = true;
  }
}

static void label_strip(drawing *d, int64_t input, const trace *t)
{
  enum { LETTERS = (LEFT - 2 * GAP) / LW_LETTER_WIDTH };
  char name[EXPLANATION_NAME], range[64];
  explanation_input_name(d->e, input, name);
  name[LETTERS] = 0;
  lw_picture_text(&d->picture, GAP, t->top + 4, name);
  if (!(t->least <= t->most)) return;
  const char *unit = input < d->e->info->channels ? d->e->info->channel[input].unit : "";
  if (t->least < t->most)
    snprintf(range, sizeof range, "%.4g to %.4g %.20s", t->least, t->most, unit);
  else
    snprintf(range, sizeof range, "%.4g %.20s", t->least, unit);
  range[LETTERS] = 0;
  lw_picture_text(&d->picture, GAP, t->top + 4 + LINE, range);
}

static void draw_strip(drawing *d, int64_t n, int64_t top)
{
  const explanation_cell *cells = d->cells.cell + n * d->cells.columns;
  trace t = {INFINITY, -INFINITY, top, strip_height(d)};
  for (int64_t c = 0; c < d->cells.columns; c++) {
    const int64_t x = edge(d, c), width = edge(d, c + 1) - x;
    const double up = share((double)cells[c].up, d->full),
                 down = share((double)-cells[c].down, d->full);
    lw_picture_fill(&d->picture, x, top, width, t.height, lw_colour_of_two(up, down));
    t.least = fmin(t.least, (double)cells[c].least);
    t.most = fmax(t.most, (double)cells[c].most);
  }
  draw_signal(d, cells, &t);
  frame(d, top, t.height);
  label_strip(d, d->input[n], &t);
}

/* Across all strips: the step that answers, where a second document begins. */
static void mark(drawing *d, int64_t x, const char *text, int64_t bottom)
{
  if (x < LEFT || x >= LEFT + WIDTH) return;
  lw_picture_fill(&d->picture, x, TOP, 1, bottom - TOP, ink);
  lw_picture_text(&d->picture, x, TOP - LW_LETTER_HEIGHT - 2, text);
}

/* ---- all ---- */

static lw_status draw(drawing *d, const char *path)
{
  const explanation *e = d->e;
  const int64_t each = strip_height(d) + GAP, bottom = TOP + BARS + GAP + d->cells.shown * each;
  lw_status status = LW_OK;
  LW_TRY(lw_picture_init(&d->picture, LEFT + WIDTH + RIGHT, bottom + AXIS + d->page.height));
  draw_title(d);
  draw_bars(d, TOP);
  for (int64_t n = 0; n < d->cells.shown; n++) draw_strip(d, n, TOP + BARS + GAP + n * each);
  LW_TRY(draw_axis(d, bottom));
  if (e->info->target->by_row) mark(d, middle(d, e->request->step), "answer", bottom);
  if (e->info->documents > 1) mark(d, middle(d, e->tokens[0]), "second", bottom);
  if (d->page.count > 0) explanation_page_draw(e, &d->page, &d->picture, GAP, bottom + AXIS);
  LW_TRY(lw_png_write(path, d->picture.width, d->picture.height, d->picture.rgb));
done:
  return status;
}

lw_status explanation_picture(const explanation_look *look, bool near)
{
  drawing d = {.look = look, .e = look->e};
  char path[EXPLANATION_PATH];
  lw_status status = LW_OK;
  choose_steps(&d, near);
  LW_TRY(gather(&d));
  explanation_picture_path(look->e, near, path);
  LW_TRY(draw(&d, path));
done:
  explanation_page_done(&d.page);
  lw_picture_done(&d.picture);
  lw_mem_give(d.cells.cell);
  return status;
}
