#include "longwave/op/average.h"
#include "isa.h"
#include "longwave/base/whole.h"
#include "share.h"
#include <math.h>
#include <string.h>

/* Parts of the list of pieces, of which each has sums of its own; columns whose states are joined
   at once. */
enum { SLICES = 16, DOUBLE = sizeof(double) / sizeof(float), COLUMNS = 64 };

/* ---- parameters ---- */

static double sigmoid(float x)
{
  return 1.0 / (1.0 + exp(-(double)x));
}

void lw_average_coefficients(const lw_average *shape, lw_average_parameters of, float *loss,
                             float *weight)
{
  const int64_t C = shape->channels, N = shape->modes;
  for (int64_t row = 0; row < shape->directions * C; row++)
    for (int64_t n = 0; n < N; n++) {
      const int64_t at = row * N + n, to = (row / C * N + n) * C + row % C;
      const double a = sigmoid(of.alpha[at]);
      loss[to] = (float)(a * sigmoid(of.delta[at]));
      weight[to] = (float)(a * (double)of.beta[at] * (double)of.eta[at]);
    }
}

void lw_average_parameters_backward(const lw_average *shape, lw_average_parameters of,
                                    const float *dloss, const float *dweight,
                                    lw_average_gradients gradient)
{
  const int64_t C = shape->channels, N = shape->modes;
  for (int64_t row = 0; row < shape->directions * C; row++)
    for (int64_t n = 0; n < N; n++) {
      const int64_t at = row * N + n, from = (row / C * N + n) * C + row % C;
      const double a = sigmoid(of.alpha[at]), d = sigmoid(of.delta[at]);
      const double b = (double)of.beta[at], eta = (double)of.eta[at];
      const double dp = (double)dloss[from], dw = (double)dweight[from];
      gradient.alpha[at] += (float)((dp * d + dw * b * eta) * a * (1.0 - a));
      gradient.delta[at] += (float)(dp * a * d * (1.0 - d));
      gradient.beta[at] += (float)(dw * a * eta);
      gradient.eta[at] += (float)(dw * a * b);
    }
}

/* ---- states at the edges of pieces ---- */

static bool is_worth_threads(const lw_average *average, const lw_average_piece *pieces,
                             int64_t count)
{
  int64_t rows = 0;
  for (int64_t p = 0; p < count; p++) rows += pieces[p].rows;
  return rows * average->channels * average->modes >= LW_SHARE_LEAST;
}

/* What is left after so many rows. */
static double left_after(const float *loss, int64_t rows)
{
  double left = 1.0, power = 1.0 - (double)*loss;
  for (; rows > 0; rows /= 2, power *= power)
    if (rows % 2) left *= power;
  return left;
}

/* The i-th edge that a run meets of a strip, and the rows of the piece behind it. */
static int64_t edge(const lw_average_strip *strip, bool back, int64_t i)
{
  return strip->place + (back ? strip->pieces - i : i);
}

static bool is_last(const lw_average_strip *strip, bool back, int64_t i)
{
  return (back ? strip->pieces - 1 - i : i) == strip->pieces - 1;
}

/* From edge to edge in double, `width` columns of the states: each edge has what its own piece
   came to, and gets what stood at the edge before; or (come) all of them get what is left of that
   which comes from outside. */
static void join(const lw_average *average, const lw_average_run *run,
                 const lw_average_strip *strip, int64_t column, int64_t width, const float *come)
{
  const int64_t each = average->channels * average->modes;
  const float *loss = average->loss + run->direction * each + column;
  const int64_t last = strip->rows - (strip->pieces - 1) * LW_AVERAGE_ROWS;
  const bool back = lw_average_back(run);
  double whole[COLUMNS], rest[COLUMNS], state[COLUMNS];
  float *first = run->states + edge(strip, back, 0) * each + column;
  for (int64_t n = 0; n < width; n++) {
    whole[n] = left_after(loss + n, LW_AVERAGE_ROWS);
    rest[n] = left_after(loss + n, last);
    state[n] = come ? (double)come[column + n] : 0.0;
    first[n] = (float)state[n];
  }
  for (int64_t i = 0; i < strip->pieces; i++) {
    const double *left = is_last(strip, back, i) ? rest : whole;
    float *at = run->states + edge(strip, back, i + 1) * each + column;
    for (int64_t n = 0; n < width; n++) {
      const double own = (double)at[n];
      state[n] = state[n] * left[n] + (come ? 0.0 : own);
      at[n] = (float)(state[n] + (come ? own : 0.0));
    }
  }
}

void lw_average_states(const lw_average *average, const lw_average_run *run,
                       const lw_average_piece *pieces, int64_t count,
                       const lw_average_strip *strips, int64_t strip_count)
{
  const int64_t each = average->channels * average->modes;
  const lw_isa *isa = lw_isa_now();
  const bool shared = is_worth_threads(average, pieces, count);
#pragma omp parallel for schedule(static) if (shared)
  for (int64_t p = 0; p < count; p++)
    if (pieces[p].place >= 0) isa->average_end(average, run, &pieces[p]);
#pragma omp parallel for collapse(2) schedule(static) if (shared)
  for (int64_t s = 0; s < strip_count; s++)
    for (int64_t column = 0; column < each; column += COLUMNS)
      if (strips[s].place >= 0)
        join(average, run, &strips[s], column, lw_smaller(COLUMNS, each - column), NULL);
}

const float *lw_average_end(const lw_average *average, const lw_average_run *run,
                            const lw_average_strip *strip)
{
  return run->states +
         edge(strip, lw_average_back(run), strip->pieces) * average->channels * average->modes;
}

void lw_average_enter(const lw_average *average, const lw_average_run *run,
                      const lw_average_strip *strip, const float *come)
{
  const int64_t each = average->channels * average->modes;
#pragma omp parallel for schedule(static) if (strip->pieces * each >= LW_SHARE_LEAST)
  for (int64_t column = 0; column < each; column += COLUMNS)
    join(average, run, strip, column, lw_smaller(COLUMNS, each - column), come);
}

void lw_average_add(const lw_average *average, int direction, int64_t rows, const float *more,
                    float *sum)
{
  const int64_t each = average->channels * average->modes;
  const float *loss = average->loss + direction * each;
  for (int64_t n = 0; n < each; n++)
    sum[n] = (float)((double)sum[n] + (double)more[n] * left_after(loss + n, rows));
}

/* ---- rows ---- */

void lw_average_forward(const lw_average *average, const lw_average_run *runs,
                        const lw_average_piece *pieces, int64_t count)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (is_worth_threads(average, pieces, count))
  for (int64_t p = 0; p < count; p++) isa->average_forward(average, runs, &pieces[p]);
}

/* Sums of a slice: [D, 2, N, C], those of w and of p. */
static int64_t sums_of(const lw_average *average)
{
  return 2 * average->directions * average->modes * average->channels;
}

int64_t lw_average_scratch(const lw_average *average)
{
  return SLICES * DOUBLE * sums_of(average);
}

static void deliver(const lw_average *average, const double *sums, float *dloss, float *dweight)
{
  const int64_t each = average->modes * average->channels, all = sums_of(average);
  for (int64_t d = 0; d < average->directions; d++)
    for (int64_t n = 0; n < each; n++) {
      double dw = 0.0, dp = 0.0;
      for (int64_t slice = 0; slice < SLICES; slice++) {
        dw += sums[slice * all + 2 * d * each + n];
        dp += sums[slice * all + (2 * d + 1) * each + n];
      }
      dweight[d * each + n] += (float)dw;
      dloss[d * each + n] -= (float)(dp * (double)average->weight[d * each + n]);
    }
}

void lw_average_backward(const lw_average *average, const lw_average_run *runs,
                         const lw_average_piece *pieces, int64_t count, float *dloss,
                         float *dweight, float *scratch)
{
  const lw_isa *isa = lw_isa_now();
  const int64_t each = sums_of(average);
  double *sums = (double *)(void *)scratch;
  memset(sums, 0, (size_t)(SLICES * each) * sizeof *sums);
#pragma omp parallel for schedule(static) if (is_worth_threads(average, pieces, count))
  for (int slice = 0; slice < SLICES; slice++)
    for (int64_t p = count * slice / SLICES; p < count * (slice + 1) / SLICES; p++)
      isa->average_backward(average, runs, &pieces[p], sums + slice * each);
  deliver(average, sums, dloss, dweight);
}
