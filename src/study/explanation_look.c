/* An explanation looked at: the root reads the file again piece by piece, so that no rank holds a
   long sample. */
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include <math.h>

enum { NUMBERS = 1 << 18 }; /* of a piece, about */

/* Rows in hand: the products, and what went in, as people know it. */
typedef struct piece {
  int64_t first, count, most;
  float *product, *input; /* [most, inputs] */
  float *values;          /* [most, channels] */
} piece;

static lw_status piece_init(const explanation *e, bool signal, piece *p)
{
  lw_status status = LW_OK;
  *p = (piece){.most = lw_larger(1, lw_smaller(e->rows, NUMBERS / e->inputs))};
  LW_TRY(LW_TAKE(&p->product, p->most * e->inputs));
  if (!signal) goto done;
  LW_TRY(LW_TAKE(&p->input, p->most * e->inputs));
  LW_TRY(LW_TAKE(&p->values, p->most * e->info->channels));
done:
  return status;
}

static void piece_done(piece *p)
{
  lw_mem_give(p->product);
  lw_mem_give(p->input);
  lw_mem_give(p->values);
}

static lw_status piece_read(const explanation_look *look, int64_t first, piece *p)
{
  lw_status status = LW_OK;
  p->first = first;
  p->count = lw_smaller(p->most, look->e->rows - first);
  LW_TRY(lw_h5_read(look->file, "/gradient_x_input", LW_H5_F32, first, p->count, p->product));
  if (!p->input) goto done;
  LW_TRY(lw_h5_read(look->file, "/input", LW_H5_F32, first, p->count, p->input));
  LW_TRY(lw_h5_read(look->file, "/values", LW_H5_F32, first, p->count, p->values));
done:
  return status;
}

/* ---- the steps that mattered most ---- */

/* The earlier one of equals stands first. */
static void add_peak(explanation_look *look, int64_t step, double product)
{
  explanation_peak *peak = look->peak;
  int n = EXPLANATION_PEAKS;
  while (n > 0 && (peak[n - 1].step < 0 || fabs(product) > fabs(peak[n - 1].product))) n--;
  if (n == EXPLANATION_PEAKS) return;
  for (int k = EXPLANATION_PEAKS - 1; k > n; k--) peak[k] = peak[k - 1];
  peak[n] = (explanation_peak){step, product};
}

static void weigh(explanation_look *look, const piece *p)
{
  const int64_t I = look->e->inputs;
  for (int64_t t = 0; t < p->count; t++) {
    double sum = 0.0;
    for (int64_t i = 0; i < I; i++) {
      const double product = (double)p->product[t * I + i];
      look->weight[i] += fabs(product);
      sum += product;
    }
    add_peak(look, p->first + t, sum);
  }
}

lw_status explanation_look_begin(const explanation *e, explanation_look *look)
{
  piece p = {0};
  lw_status status = LW_OK;
  *look = (explanation_look){.e = e};
  for (int n = 0; n < EXPLANATION_PEAKS; n++) look->peak[n].step = -1;
  LW_TRY(LW_TAKE(&look->weight, e->inputs));
  LW_TRY(piece_init(e, false, &p));
  LW_TRY(lw_h5_open(lw_h5_writer_temporary(e->writer), &look->file));
  for (int64_t first = 0; first < e->rows; first += p.count) {
    LW_TRY(piece_read(look, first, &p));
    weigh(look, &p);
  }
done:
  piece_done(&p);
  return status;
}

void explanation_look_end(explanation_look *look)
{
  lw_mem_give(look->weight);
  lw_h5_close(&look->file);
}

void explanation_tell(const explanation_look *look)
{
  const explanation *e = look->e;
  const lw_explanation_request *request = e->request;
  char title[EXPLANATION_NAME];
  explanation_title(e, title);
  fprintf(request->told, "%s sample %lld%s%s%s: %s\n", lw_split_name(request->split),
          (long long)request->sample, *e->name ? " (" : "", e->name, *e->name ? ")" : "", title);
  fputs("greatest gradient x input at steps", request->told);
  for (int n = 0; n < EXPLANATION_PEAKS && look->peak[n].step >= 0; n++)
    fprintf(request->told, "%s %lld (%+.3g)", n ? "," : "", (long long)look->peak[n].step,
            look->peak[n].product);
  fprintf(request->told, "\nnumbers in %s%s%s\n", request->out,
          *request->pictures ? "; pictures in " : "", request->pictures);
}

/* ---- columns of a picture ---- */

static void add_product(explanation_cell *cell, double product)
{
  if (product > 0.0)
    cell->up += (float)product;
  else if (product < 0.0)
    cell->down += (float)product;
}

static void add_signal(explanation_cell *cell, float x)
{
  if (isnan(x)) return;
  cell->least = fminf(cell->least, x);
  cell->most = fmaxf(cell->most, x);
}

static void add_step(const explanation *e, const explanation_cells *cells, const piece *p,
                     int64_t t, int64_t column)
{
  const int64_t I = e->inputs, C = e->info->channels;
  const float *product = p->product + t * I;
  double sum = 0.0;
  for (int64_t i = 0; i < I; i++) sum += (double)product[i];
  add_product(&cells->cell[cells->shown * cells->columns + column], sum);
  for (int64_t n = 0; n < cells->shown; n++) {
    const int64_t i = cells->input[n];
    explanation_cell *cell = &cells->cell[n * cells->columns + column];
    add_product(cell, (double)product[i]);
    add_signal(cell, i < C ? p->values[t * C + i] : p->input[t * I + i]);
  }
}

lw_status explanation_read_cells(const explanation_look *look, const explanation_cells *cells)
{
  const explanation *e = look->e;
  const int64_t end = cells->first + cells->steps;
  piece p = {0};
  lw_status status = LW_OK;
  for (int64_t n = 0; n < (cells->shown + 1) * cells->columns; n++)
    cells->cell[n] = (explanation_cell){INFINITY, -INFINITY, 0.0f, 0.0f};
  LW_TRY(piece_init(e, cells->shown > 0, &p));
  for (int64_t first = cells->first; first < end; first += p.count) {
    LW_TRY(piece_read(look, first, &p));
    for (int64_t t = 0; t < p.count && first + t < end; t++)
      add_step(e, cells, &p, t, (first + t - cells->first) * cells->columns / cells->steps);
  }
done:
  piece_done(&p);
  return status;
}
