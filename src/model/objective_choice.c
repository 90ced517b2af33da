/* What objectives that choose one of several outcomes have in common. */
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/model/objective.h"
#include "longwave/op/xent.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t lw_choice_guess(const float *output, int64_t outputs)
{
  int64_t best = 0;
  for (int64_t k = 1; k < outputs; k++)
    if (output[k] > output[best]) best = k;
  return best;
}

void lw_choice_add(const lw_answer *answer, float *gradient, double *sum)
{
  const int32_t label = answer->batch->label[answer->index];
  if (label < 0) {
    if (gradient) memset(gradient, 0, (size_t)answer->outputs * sizeof *gradient);
    return;
  }
  const double *classes = answer->cost->class_weight;
  const double weight = classes ? answer->weight * classes[label] : answer->weight;
  sum[0] += weight * lw_xent(answer->output, answer->outputs, label, answer->cost->smoothing,
                             weight * answer->scale, gradient);
  sum[1] += lw_choice_guess(answer->output, answer->outputs) == label;
}

/* ---- the tally: hits [outputs, 3]; of two classes histograms of those without and with the second
   ---- */

static int64_t size(int64_t outputs)
{
  return 3 * outputs + (outputs == 2 ? 2 * lw_bins(1) : 0);
}

static void add(const lw_answer *answer, double *tally)
{
  const int32_t label = answer->batch->label[answer->index];
  const int64_t K = answer->outputs, bins = lw_bins(1);
  if (label < 0) return;
  const int64_t guess = lw_choice_guess(answer->output, K);
  tally[3 * label] += 1.0;
  tally[3 * guess + 1] += 1.0;
  tally[3 * label + 2] += guess == label;
  if (K != 2) return;
  const double logit = (double)answer->output[1] - (double)answer->output[0];
  tally[3 * K + label * bins + lw_bin_of(logit, bins)] += 1.0;
}

static void judge(const lw_dataset_info *info, const double *tally, lw_score *score)
{
  const int64_t K = lw_dataset_outcomes(info), bins = lw_bins(1);
  const double *without = tally + 3 * K;
  score->value[LW_CHOICE_BALANCED] = lw_hits_mean(tally, K, lw_hits_recall);
  score->value[LW_CHOICE_F1] = lw_hits_mean(tally, K, lw_hits_f1);
  score->value[LW_CHOICE_AREA] = K == 2 ? lw_bins_area(without, without + bins, bins) : (double)NAN;
}

static const lw_breakdown by_class = {
    .name = "classes",
    .title = "by class",
    .first = "class",
    .columns = 6,
    .column = {"labelled", "guessed", "right", "precision", "recall", "f1"},
    .rows = lw_hits_rows,
    .fill = lw_hits_cells};

static int64_t points_of(const lw_dataset_info *info)
{
  return info->classes == 2 ? LW_CURVE_POINTS : 0;
}

static bool fill_point(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                       double *cells)
{
  const double *without = tally + 3 * 2;
  snprintf(name, LW_BREAKDOWN_NAME, "%s", lw_dataset_class_name(dataset, 1));
  return lw_threshold_cells(without, without + lw_bins(1), lw_bins(1), row, cells);
}

static const lw_breakdown curves = {LW_CURVES, .rows = points_of, .fill = fill_point};
static const lw_breakdown *const breakdowns[] = {&by_class, &curves, NULL};
const lw_tally lw_choice_tally = {size, add, judge, breakdowns};

lw_status lw_choice_baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                             int64_t count, int64_t max_length, double *chance)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t outcomes = lw_dataset_outcomes(info);
  int64_t *times = NULL, most = 0, all = 0;
  int32_t *scratch = NULL;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "commonest answer", "samples", count);
  LW_TRY(LW_TAKE(&times, outcomes));
  LW_TRY(LW_TAKE(&scratch, info->longest[split]));
  for (int64_t i = 0; i < count; lw_work_show(&work, ++i))
    LW_TRY(info->target->tally(dataset, split, list[i], max_length, scratch, times));
  for (int64_t k = 0; k < outcomes; k++) {
    all += times[k];
    if (times[k] > most) most = times[k];
  }
  *chance = all > 0 ? (double)most / (double)all : 0.0;
done:
  lw_work_end(&work);
  lw_mem_give(times);
  lw_mem_give(scratch);
  return status;
}
