/* Rows of runs against each other. */
#include "runs.h"
#include <math.h>
#include <string.h>

/* ---- rows ---- */

static double validation_of(const lw_run_views *views, int64_t row)
{
  int64_t count;
  double sum = 0.0;
  const lw_run_view *run = lw_run_row(views, row, &count);
  for (int64_t i = 0; i < count; i++) sum += run[i].best;
  return sum / (double)count;
}

int64_t lw_run_better_row(const lw_run_views *views, int64_t a, int64_t b)
{
  int64_t count;
  double mean, deviation;
  const int64_t seeds[] = {lw_run_spread(views, a, "loss", &mean, &deviation),
                           lw_run_spread(views, b, "loss", &mean, &deviation)};
  if (seeds[0] != seeds[1]) return seeds[0] > seeds[1] ? a : b;
  const lw_figure *leading = lw_run_leading(lw_run_row(views, a, &count));
  const double of[] = {validation_of(views, a), validation_of(views, b)};
  return isnan(of[0]) || lw_figure_better(leading, of[1], of[0]) ? b : a;
}

static bool is_called(const char *name, const char *asked)
{
  const size_t length = strlen(asked);
  return !strncmp(name, asked, length) && (!name[length] || name[length] == '_');
}

int64_t lw_run_reference(const lw_run_views *views, int64_t row)
{
  int64_t count, found = -1;
  const uint32_t data = lw_run_row(views, row, &count)->data_checksum;
  for (int64_t other = 0; views->against && other < views->rows; other++) {
    if (!is_called(views->names[other], views->against)) continue;
    if (lw_run_row(views, other, &count)->data_checksum != data) continue;
    found = found < 0 ? other : lw_run_better_row(views, found, other);
  }
  return found;
}

/* ---- pairs ---- */

/* 97.5 % quantile of Student's t: tabled up to 10 degrees of freedom, beyond within 0.02. */
static double quantile(int64_t degrees)
{
  static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571,
                                 2.447,  2.365, 2.306, 2.262, 2.228};
  return degrees <= 10 ? table[degrees - 1] : 1.96 + 2.5 / (double)degrees;
}

/* Of the run with this seed; NAN: it is not there, or not tested. */
static double figure_of(const lw_run_views *views, int64_t row, int64_t seed)
{
  int64_t count;
  const lw_run_view *run = lw_run_row(views, row, &count);
  for (int64_t i = 0; i < count; i++)
    if (run[i].job.train.seed == seed) return lw_run_figure(&run[i], lw_run_leading(run)->column);
  return (double)NAN;
}

lw_run_pairs lw_run_compare(const lw_run_views *views, int64_t row, int64_t reference)
{
  int64_t count;
  double sum = 0.0, square = 0.0;
  lw_run_pairs pairs = {.count = 0, .mean = (double)NAN, .half = (double)NAN};
  const lw_run_view *run = lw_run_row(views, row, &count);
  const char *column = lw_run_leading(run)->column;
  for (int64_t i = 0; i < count; i++) {
    const double difference =
        lw_run_figure(&run[i], column) - figure_of(views, reference, run[i].job.train.seed);
    if (isnan(difference)) continue;
    pairs.count++;
    sum += difference;
    square += difference * difference;
  }
  const double n = (double)pairs.count;
  if (pairs.count > 0) pairs.mean = sum / n;
  if (pairs.count > 1)
    pairs.half =
        quantile(pairs.count - 1) * sqrt(fmax(square - sum * sum / n, 0.0) / (n - 1.0) / n);
  return pairs;
}
