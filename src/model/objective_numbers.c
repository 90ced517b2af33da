/* Real numbers: of a sample, of a pair, of steps, or the next values of channels. A model learns
 * them with mean 0 and deviation 1; figures are in their own units. The outputs of next values are
 * [horizon, numbers]. */
#include "longwave/base/mem.h"
#include "longwave/model/baseline.h"
#include "longwave/model/objective.h"
#include <math.h>
#include <stdio.h>

enum { LOSS, MAE, RMSE, R2, FIGURES };

static void add(const lw_answer *answer, float *gradient, double *sum)
{
  const int64_t K = answer->outputs;
  const float *wanted = answer->batch->wanted + answer->index * K;
  double known = 0.0, cost = 0.0, slope;
  for (int64_t k = 0; k < K; k++) known += !isnan(wanted[k]);
  for (int64_t k = 0; k < K; k++) {
    if (gradient) gradient[k] = 0.0f;
    if (isnan(wanted[k])) continue;
    cost += lw_loss_of_error(answer->cost, (double)answer->output[k] - (double)wanted[k], &slope);
    if (gradient) gradient[k] = (float)(answer->weight * slope / known * answer->scale);
  }
  if (known > 0.0) sum[0] += answer->weight * cost / known;
}

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[LOSS] = sum[0] / answers;
}

/* ---- the tally: of each output, as a model learns it ---- */

typedef struct errors {
  double count, absolute, square, wanted, wanted_square;
} errors;
enum { ERRORS = sizeof(errors) / sizeof(double) };

/* And of all numbers together how often what is right and what a model says are in which two of so
   many equal intervals from -4 to 4. */
enum { CELLS = 64 };
static const double reach = 4.0;

static int64_t size(int64_t outputs)
{
  return outputs * ERRORS + CELLS * CELLS;
}

static int64_t cell_of(double number)
{
  const double at = (number + reach) / (2.0 * reach) * CELLS;
  return at > 0.0 ? at < CELLS ? (int64_t)at : CELLS - 1 : 0;
}

static void tally_add(const lw_answer *answer, double *tally)
{
  const int64_t K = answer->outputs;
  const float *wanted = answer->batch->wanted + answer->index * K;
  for (int64_t k = 0; k < K; k++) {
    if (isnan(wanted[k])) continue;
    const double right = (double)wanted[k], error = (double)answer->output[k] - right;
    const double one[ERRORS] = {1.0, fabs(error), error * error, right, right * right};
    for (int i = 0; i < ERRORS; i++) tally[k * ERRORS + i] += one[i];
    tally[K * ERRORS + cell_of(right) * CELLS + cell_of((double)answer->output[k])] += 1.0;
  }
}

/* Of the outputs first, first + by, ... of `count`. */
static errors errors_of(const double *tally, int64_t first, int64_t by, int64_t count)
{
  errors all = {0.0, 0.0, 0.0, 0.0, 0.0};
  for (int64_t n = first; n < count; n += by) {
    const double *one = tally + n * ERRORS;
    all.count += one[0];
    all.absolute += one[1];
    all.square += one[2];
    all.wanted += one[3];
    all.wanted_square += one[4];
  }
  return all;
}

/* figure [FIGURES] out, but the loss; unit: of the number in those that a model learns. */
static void figures_of(const errors *all, double unit, double *figure)
{
  const double n = all->count > 0.0 ? all->count : (double)NAN;
  const double spread = all->wanted_square - all->wanted * all->wanted / n;
  figure[MAE] = all->absolute / n / unit;
  figure[RMSE] = sqrt(all->square / n) / unit;
  figure[R2] = spread > 0.0 ? 1.0 - all->square / spread : (double)NAN;
}

static void number_figures(const lw_dataset_info *info, const double *tally, int64_t k,
                           double *figure)
{
  const errors all = errors_of(tally, k, info->numbers, lw_dataset_outcomes(info));
  figures_of(&all, fabs(info->number[k].scale), figure);
}

/* The mean over numbers of what is known. */
static void judge(const lw_dataset_info *info, const double *tally, lw_score *score)
{
  double sum[FIGURES] = {0.0}, known[FIGURES] = {0.0}, one[FIGURES];
  for (int64_t k = 0; k < info->numbers; k++) {
    number_figures(info, tally, k, one);
    for (int f = MAE; f < FIGURES; f++) {
      if (isnan(one[f])) continue;
      sum[f] += one[f];
      known[f] += 1.0;
    }
  }
  for (int f = MAE; f < FIGURES; f++)
    score->value[f] = known[f] > 0.0 ? sum[f] / known[f] : (double)NAN;
}

/* ---- its tables ---- */

static int64_t numbers_of(const lw_dataset_info *info)
{
  return info->numbers;
}

static bool fill_number(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                        double *cells)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_number *number = &info->number[row];
  double figure[FIGURES];
  number_figures(info, tally, row, figure);
  if (*number->name)
    snprintf(name, LW_BREAKDOWN_NAME, "%.90s%s%.60s", number->name, *number->unit ? ", " : "",
             number->unit);
  else
    snprintf(name, LW_BREAKDOWN_NAME, "%lld", (long long)row);
  cells[0] = errors_of(tally, row, info->numbers, lw_dataset_outcomes(info)).count;
  for (int f = MAE; f < FIGURES; f++) cells[f] = figure[f];
  return true;
}

static const lw_breakdown by_number = {.name = "numbers",
                                       .title = "by number",
                                       .first = "number",
                                       .columns = FIGURES,
                                       .column = {"answers", "mae", "rmse", "r2"},
                                       .rows = numbers_of,
                                       .fill = fill_number};

static int64_t horizon_of(const lw_dataset_info *info)
{
  return info->horizon;
}

/* The mean over the numbers of one step ahead. */
static bool fill_ahead(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                       double *cells)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t K = info->numbers;
  double figure[FIGURES], known = 0.0;
  for (int c = 0; c < FIGURES; c++) cells[c] = 0.0;
  for (int64_t k = 0; k < K; k++) {
    const errors one = errors_of(tally, row * K + k, K * info->horizon, K * info->horizon);
    figures_of(&one, fabs(info->number[k].scale), figure);
    if (one.count <= 0.0) continue;
    cells[0] += one.count;
    cells[MAE] += figure[MAE];
    cells[RMSE] += figure[RMSE];
    known += 1.0;
  }
  snprintf(name, LW_BREAKDOWN_NAME, "%lld", (long long)row + 1);
  for (int c = MAE; c <= RMSE; c++) cells[c] = known > 0.0 ? cells[c] / known : (double)NAN;
  return true;
}

static const lw_breakdown by_horizon = {
    .name = "horizon",
    .title = "by steps ahead",
    .first = "ahead",
    .columns = 3,
    .column = {"answers", "mae", "rmse"},
    .chart = {{"ahead", "mae", NULL, "mean absolute error by steps ahead", false},
              {"ahead", "rmse", NULL, "root of the mean square error by steps ahead", false}},
    .rows = horizon_of,
    .fill = fill_ahead};

static int64_t cells_of(const lw_dataset_info *info)
{
  (void)info;
  return CELLS * CELLS;
}

/* The middle of an interval, of one number in its unit. */
static double middle_of(const lw_dataset_info *info, int64_t cell)
{
  const double learnt = -reach + 2.0 * reach * ((double)cell + 0.5) / CELLS;
  return info->numbers == 1 ? (learnt - info->number->shift) / info->number->scale : learnt;
}

static bool fill_cell(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                      double *cells)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  cells[0] = middle_of(info, row / CELLS);
  cells[1] = middle_of(info, row % CELLS);
  cells[2] = tally[lw_dataset_outcomes(info) * ERRORS + row];
  snprintf(name, LW_BREAKDOWN_NAME, "%s",
           info->numbers == 1 ? "in its unit" : "of all numbers, as learnt");
  return cells[2] > 0.0;
}

static const lw_breakdown scatter = {
    .name = "scatter",
    .title = "truth and prediction",
    .first = "number",
    .columns = 3,
    .column = {"truth", "prediction", "answers"},
    .chart = {{"truth", "prediction", "answers", "prediction over truth", true}},
    .rows = cells_of,
    .fill = fill_cell};

static const lw_breakdown *const breakdowns[] = {&by_number, &scatter, NULL};
static const lw_breakdown *const next_breakdowns[] = {&by_number, &by_horizon, &scatter, NULL};
static const lw_tally tally = {size, tally_add, judge, breakdowns};
static const lw_tally next_tally = {size, tally_add, judge, next_breakdowns};

/* ---- the rows ---- */

static lw_status guess(const lw_objective *objective, const lw_dataset *dataset,
                       const lw_samples_list *samples, lw_baseline how, double *chance)
{
  lw_score score;
  lw_status status = lw_baseline_score(objective, dataset, samples, how, &score);
  if (status == LW_OK) *chance = score.value[RMSE];
  return status;
}

static lw_status mean_baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                               int64_t count, int64_t max_length, double *chance)
{
  const lw_samples_list samples = {split, list, count, max_length};
  return guess(&lw_objective_numbers, dataset, &samples, (lw_baseline){LW_BASELINE_MEAN, 0, NULL},
               chance);
}

static lw_status last_baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                               int64_t count, int64_t max_length, double *chance)
{
  const lw_samples_list samples = {split, list, count, max_length};
  return guess(&lw_objective_next_values, dataset, &samples,
               (lw_baseline){LW_BASELINE_BEHIND, 1, NULL}, chance);
}

static const char *outcome_name(const lw_model_data *data)
{
  (void)data;
  return "number";
}

static const char *mean_name(const lw_model_data *data)
{
  (void)data;
  return "the mean of the train split";
}

static const char *last_name(const lw_model_data *data)
{
  (void)data;
  return "the last value";
}

static const lw_figure figures[FIGURES] = {
    [LOSS] = LW_FIGURE_LOSS,
    [MAE] = {LW_FIGURE_TALLIED("mae", "MAE", "test MAE",
                               "mean absolute error on the test split, in the unit of the data", 2),
             LW_FIGURE_ERROR, .chart = LW_CHART_VALIDATION},
    [RMSE] = {LW_FIGURE_TALLIED("rmse", "RMSE", "test RMSE",
                                "root of the mean square error, in the unit of the data", 1),
              LW_FIGURE_ERROR, .chart = LW_CHART_VALIDATION},
    [R2] = {LW_FIGURE_TALLIED("r2", "R2", "test R2",
                              "share of the variance on the test split that is explained", 3),
            LW_FIGURE_AREA, .chart = LW_CHART_NONE},
};

static const lw_baseline mean_guesses[] = {{LW_BASELINE_MEAN, 0, "the mean of the train split"},
                                           {.words = NULL}};
static const lw_baseline next_guesses[] = {
    {LW_BASELINE_BEHIND, 1, "the last value"},
    {LW_BASELINE_BEHIND, 24, "the last 24 values again"},
    {LW_BASELINE_BEHIND, 0, "the last values again, as many as fit best"},
    {LW_BASELINE_MEAN, 0, "the mean of the train split"},
    {.words = NULL}};

#define NUMBERS_OF(title, asked, of, read, counted, known_by, in_words, in_short, simple, ...)     \
  {                                                                                                \
    .name = (title), .target = &(asked), .documents = (of), .readout = (read), .sums = 1,          \
    .figures = FIGURES, .figure = figures, .leading = RMSE, .heeds = LW_HEEDS_LOSS, .add = add,    \
    .measure = measure, .tally = &(counted), .baseline = (known_by), .baseline_name = (in_words),  \
    .chance_name = (in_short), .outcome_name = outcome_name, .guesses = (simple), __VA_ARGS__      \
  }
#define OF_MEAN(title, asked, of, read, ...)                                                       \
  NUMBERS_OF(title, asked, of, read, tally, mean_baseline,                                         \
             "always saying the mean of the train split", mean_name, mean_guesses, __VA_ARGS__)

const lw_objective lw_objective_numbers =
    OF_MEAN("numbers", lw_target_numbers, 1, LW_READOUT_SAMPLE, .causal = false);
const lw_objective lw_objective_pair_numbers =
    OF_MEAN("numbers of a pair", lw_target_numbers, 2, LW_READOUT_PAIR, .causal = false);
const lw_objective lw_objective_step_numbers =
    OF_MEAN("numbers of steps", lw_target_step_numbers, 1, LW_READOUT_ROW, .causal = false);
const lw_objective lw_objective_masked_values =
    OF_MEAN("masked values", lw_target_masked_values, 1, LW_READOUT_ROW, .causal = false);
const lw_objective lw_objective_next_step =
    OF_MEAN("next step", lw_target_next_step, 1, LW_READOUT_ROW, .causal = true);
const lw_objective lw_objective_next_values =
    NUMBERS_OF("next values", lw_target_next_values, 1, LW_READOUT_SAMPLE, next_tally,
               last_baseline, "repeating the last value", last_name, next_guesses, .causal = false);
