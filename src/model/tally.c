#include "longwave/model/tally.h"
#include <math.h>
#include <stdio.h>

enum { BINS_MOST = 4096, BINS_LEAST = 64, BINS_ALL = 1 << 20 };
static const double reach = 16.0;

/* ---- counts of a class ---- */

static double ratio(double part, double whole)
{
  return whole > 0.0 ? part / whole : (double)NAN;
}

double lw_hits_precision(lw_hits hits)
{
  return ratio(hits.right, hits.guessed);
}

double lw_hits_recall(lw_hits hits)
{
  return ratio(hits.right, hits.labelled);
}

double lw_hits_f1(lw_hits hits)
{
  return ratio(2.0 * hits.right, hits.guessed + hits.labelled);
}

lw_hits lw_hits_of(const double *hits, int64_t index)
{
  return (lw_hits){hits[3 * index], hits[3 * index + 1], hits[3 * index + 2]};
}

int64_t lw_hits_rows(const lw_dataset_info *info)
{
  return info->classes;
}

bool lw_hits_cells(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                   double *cells)
{
  const lw_hits hits = lw_hits_of(tally, row);
  snprintf(name, LW_BREAKDOWN_NAME, "%s", lw_dataset_class_name(dataset, row));
  cells[0] = hits.labelled;
  cells[1] = hits.guessed;
  cells[2] = hits.right;
  cells[3] = lw_hits_precision(hits);
  cells[4] = lw_hits_recall(hits);
  cells[5] = lw_hits_f1(hits);
  return true;
}

double lw_hits_mean(const double *hits, int64_t count, double (*of)(lw_hits))
{
  double sum = 0.0, known = 0.0;
  for (int64_t k = 0; k < count; k++) {
    const double value = of(lw_hits_of(hits, k));
    if (isnan(value)) continue;
    sum += value;
    known += 1.0;
  }
  return ratio(sum, known);
}

/* ---- histograms ---- */

int64_t lw_bins(int64_t classes)
{
  int64_t bins = BINS_MOST;
  while (bins > BINS_LEAST && bins * classes > BINS_ALL) bins /= 2;
  return bins;
}

int64_t lw_bin_of(double logit, int64_t bins)
{
  const double at = (logit + reach) / (2.0 * reach) * (double)bins;
  if (!(at > 0.0)) return 0;
  return at < (double)bins ? (int64_t)at : bins - 1;
}

/* Pairs of one answer with and one without the class of which the first has the higher score. */
double lw_bins_area(const double *without, const double *with, int64_t bins)
{
  double below = 0.0, pairs = 0.0, all = 0.0;
  for (int64_t b = 0; b < bins; b++) {
    pairs += with[b] * (below + 0.5 * without[b]);
    below += without[b];
    all += with[b];
  }
  return ratio(pairs, below * all);
}

lw_threshold lw_bins_point(const double *without, const double *with, int64_t bins, int64_t point)
{
  double all_without = 0.0, all_with = 0.0, below = 0.0, missed = 0.0;
  for (int64_t b = 0; b < bins; b++) {
    all_without += without[b];
    all_with += with[b];
  }
  const double share = (double)point / (LW_CURVE_POINTS - 1);
  const double want = share * (all_without + all_with);
  int64_t b = 0;
  for (; b < bins && below + missed + without[b] + with[b] <= want; b++) {
    below += without[b];
    missed += with[b];
  }
  const double right = all_with - missed, wrong = all_without - below;
  return (lw_threshold){.logit = -reach + 2.0 * reach * (double)b / (double)bins,
                        .recall = ratio(right, all_with),
                        .false_share = ratio(wrong, all_without),
                        .precision = ratio(right, right + wrong)};
}

bool lw_threshold_cells(const double *without, const double *with, int64_t bins, int64_t point,
                        double *cells)
{
  const lw_threshold at = lw_bins_point(without, with, bins, point);
  cells[0] = at.logit;
  cells[1] = at.false_share;
  cells[2] = at.recall;
  cells[3] = at.precision;
  return point == 0 || at.logit > lw_bins_point(without, with, bins, point - 1).logit;
}
