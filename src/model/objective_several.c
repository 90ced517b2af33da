/* Several classes at once: for each a sigmoid, and its logistic loss, the mean of those that are
 * known. A class is named where its logit is above 0. */
#include "longwave/base/mem.h"
#include "longwave/model/baseline.h"
#include "longwave/model/objective.h"
#include <math.h>
#include <stdio.h>

enum { LOSS, F1, MICRO, AREA, EXACT, FIGURES };

/* log(1 + e^x) without overflow. */
static double softplus(double x)
{
  return fmax(x, 0.0) + log1p(exp(-fabs(x)));
}

static int64_t count_known(const float *wanted, int64_t count)
{
  int64_t known = 0;
  for (int64_t k = 0; k < count; k++) known += !isnan(wanted[k]);
  return known;
}

static void add(const lw_answer *answer, float *gradient, double *sum)
{
  const int64_t K = answer->outputs;
  const float *wanted = answer->batch->wanted + answer->index * K;
  const double *present = answer->cost->present_weight;
  const int64_t known = count_known(wanted, K);
  bool right = known > 0;
  for (int64_t k = 0; k < K; k++) {
    if (gradient) gradient[k] = 0.0f;
    if (isnan(wanted[k])) continue;
    const double x = (double)answer->output[k];
    const bool is = wanted[k] > 0.5f;
    const double own = is && present ? present[k] : 1.0;
    const double weight = answer->weight * own / (double)known;
    sum[0] += weight * softplus(is ? -x : x);
    right = right && (x > 0.0) == is;
    /* sigmoid(x) - 1 as -sigmoid(-x), or it would round to 0 */
    const double slope = is ? -1.0 / (1.0 + exp(x)) : 1.0 / (1.0 + exp(-x));
    if (gradient) gradient[k] = (float)(weight * slope * answer->scale);
  }
  sum[1] += right;
}

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[LOSS] = sum[0] / answers;
  score->value[EXACT] = sum[1] / answers;
}

/* ---- the tally: hits [K, 3], then of each class histograms of those without and with it ---- */

static int64_t size(int64_t outputs)
{
  return outputs * (3 + 2 * lw_bins(outputs));
}

static double *bins_of(double *tally, int64_t K, int64_t k)
{
  return tally + 3 * K + 2 * k * lw_bins(K);
}

static void tally_add(const lw_answer *answer, double *tally)
{
  const int64_t K = answer->outputs, bins = lw_bins(K);
  const float *wanted = answer->batch->wanted + answer->index * K;
  for (int64_t k = 0; k < K; k++) {
    if (isnan(wanted[k])) continue;
    const bool is = wanted[k] > 0.5f, guess = answer->output[k] > 0.0f;
    tally[3 * k] += is;
    tally[3 * k + 1] += guess;
    tally[3 * k + 2] += is && guess;
    bins_of(tally, K, k)[is * bins + lw_bin_of((double)answer->output[k], bins)] += 1.0;
  }
}

static double area_of(const double *tally, int64_t K, int64_t k)
{
  const double *without = tally + 3 * K + 2 * k * lw_bins(K);
  return lw_bins_area(without, without + lw_bins(K), lw_bins(K));
}

static void judge(const lw_dataset_info *info, const double *tally, lw_score *score)
{
  const int64_t K = info->classes;
  lw_hits all = {0.0, 0.0, 0.0};
  double areas = 0.0, known = 0.0;
  for (int64_t k = 0; k < K; k++) {
    const lw_hits hits = lw_hits_of(tally, k);
    const double area = area_of(tally, K, k);
    all.labelled += hits.labelled;
    all.guessed += hits.guessed;
    all.right += hits.right;
    if (isnan(area)) continue;
    areas += area;
    known += 1.0;
  }
  score->value[F1] = lw_hits_mean(tally, K, lw_hits_f1);
  score->value[MICRO] = lw_hits_f1(all);
  score->value[AREA] = known > 0.0 ? areas / known : (double)NAN;
}

static bool fill_class(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                       double *cells)
{
  cells[6] = area_of(tally, lw_dataset_describe(dataset)->classes, row);
  return lw_hits_cells(dataset, tally, row, name, cells);
}

static const lw_breakdown by_class = {
    .name = "classes",
    .title = "by class",
    .first = "class",
    .columns = 7,
    .column = {"labelled", "guessed", "right", "precision", "recall", "f1", "auroc"},
    .rows = lw_hits_rows,
    .fill = fill_class};

/* Curves of more classes than these nobody can tell apart. */
enum { CURVES = 8 };

static int64_t points_of(const lw_dataset_info *info)
{
  return LW_CURVE_POINTS * (info->classes < CURVES ? info->classes : CURVES);
}

static bool fill_point(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                       double *cells)
{
  const int64_t K = lw_dataset_describe(dataset)->classes, k = row / LW_CURVE_POINTS;
  const double *without = tally + 3 * K + 2 * k * lw_bins(K);
  snprintf(name, LW_BREAKDOWN_NAME, "%s", lw_dataset_class_name(dataset, k));
  return lw_threshold_cells(without, without + lw_bins(K), lw_bins(K), row % LW_CURVE_POINTS,
                            cells);
}

static const lw_breakdown curves = {LW_CURVES, .rows = points_of, .fill = fill_point};
static const lw_breakdown *const breakdowns[] = {&by_class, &curves, NULL};
static const lw_tally tally = {size, tally_add, judge, breakdowns};

/* ---- the rows ---- */

static const lw_baseline guesses[] = {
    {LW_BASELINE_ALL, 0, "every class"}, {LW_BASELINE_NONE, 0, "no class"}, {.words = NULL}};

/* One who knows no sample and names every class: of those who always say the same the one with the
   greatest macro F1. */
static lw_status baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                          int64_t count, int64_t max_length, double *chance)
{
  const lw_samples_list samples = {split, list, count, max_length};
  lw_score score;
  lw_status status =
      lw_baseline_score(&lw_objective_several, dataset, &samples, guesses[0], &score);
  if (status == LW_OK) *chance = isnan(score.value[F1]) ? 0.0 : score.value[F1];
  return status;
}

static const char *outcome_name(const lw_model_data *data)
{
  (void)data;
  return "class";
}

static const char *chance_name(const lw_model_data *data)
{
  (void)data;
  return "naming every class";
}

static const lw_figure figures[FIGURES] = {
    [LOSS] = LW_FIGURE_LOSS,
    [F1] = {LW_FIGURE_MACRO_F1, .chart = LW_CHART_VALIDATION},
    [MICRO] = {LW_FIGURE_TALLIED("micro_f1", "micro F1", "test micro F1",
                                 "F1 of all classes together on the test split", 5),
               LW_FIGURE_AREA},
    [AREA] = {LW_FIGURE_TALLIED("macro_auroc", "macro AUROC", "test macro AUROC",
                                "mean over the classes of the area under the ROC curve", 6),
              LW_FIGURE_AREA, .chart = LW_CHART_VALIDATION},
    [EXACT] = {.key = "exact_match",
               .column = "exact_match",
               .title = "exact match",
               .table = "test exact %",
               .help = "samples of the test split of which all classes are right",
               .brief = "exact",
               LW_FIGURE_SHARE,
               .position = 8,
               .share = true,
               .stored = true,
               .chart = LW_CHART_BOTH},
};

#define SEVERAL_OF(title, of, read)                                                                \
  {                                                                                                \
    .name = (title), .target = &lw_target_several, .documents = (of), .readout = (read),           \
    .sums = 2, .figures = FIGURES, .figure = figures, .leading = F1,                               \
    .heeds = LW_HEEDS_POSITIVE_WEIGHTS, .add = add, .measure = measure, .tally = &tally,           \
    .baseline = baseline, .baseline_name = "naming every class", .chance_name = chance_name,       \
    .outcome_name = outcome_name, .guesses = guesses                                               \
  }

const lw_objective lw_objective_several = SEVERAL_OF("several classes", 1, LW_READOUT_SAMPLE);
const lw_objective lw_objective_pair_several =
    SEVERAL_OF("several classes of a pair", 2, LW_READOUT_PAIR);
