/* An objective of one file, as src/model/ would have it: the number of the class as a real number,
 * by its squared error. Its table takes the place of the program's (src/model/objectives.c). */
#include "toy_objective.h"
#include "longwave/base/mem.h"
#include <math.h>

static void add(const lw_answer *answer, float *gradient, double *sum)
{
  const double error = (double)answer->output[0] - answer->batch->label[answer->index];
  for (int64_t k = 0; gradient && k < answer->outputs; k++)
    gradient[k] = k ? 0.0f : (float)(2.0 * error * answer->scale);
  sum[0] += error * error;
  sum[1] += fabs(error);
  sum[2] += error;
}

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[0] = sum[0] / answers;
  score->value[2] = sum[1] / answers;
  score->value[3] = sum[2] / answers;
}

/* The error of always saying the mean. */
static lw_status baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                          int64_t count, int64_t max_length, double *chance)
{
  double mean = 0.0;
  (void)max_length;
  *chance = 0.0;
  for (int64_t i = 0; i < count; i++)
    mean += lw_dataset_label(dataset, split, list[i]) / (double)count;
  for (int64_t i = 0; i < count; i++)
    *chance += fabs(lw_dataset_label(dataset, split, list[i]) - mean) / (double)count;
  return LW_OK;
}

static const char *chance_name(const lw_model_data *data)
{
  (void)data;
  return "the mean";
}

static const char *outcome_name(const lw_model_data *data)
{
  (void)data;
  return "number";
}

static const lw_figure figures[] = {
    LW_FIGURE_LOSS,
    {.key = "rmse",
     .column = "rmse",
     .title = "root mean square",
     .table = "test RMSE",
     .help = "root of the mean square error",
     .unit = "",
     .factor = 1.0,
     .digits = 3,
     .better = -1,
     .position = 2,
     .of_loss = sqrt,
     .chart = LW_CHART_VALIDATION},
    {.key = "mae",
     .column = "absolute_error",
     .title = "absolute error",
     .table = "test error",
     .help = "mean absolute error",
     .brief = "err",
     .unit = "",
     .factor = 1.0,
     .digits = 3,
     .brief_digits = 2,
     .better = -1,
     .position = 1,
     .stored = true,
     .chart = LW_CHART_BOTH},
    {.key = "bias",
     .column = "bias",
     .title = "bias",
     .table = "test bias",
     .help = "mean error",
     .unit = "",
     .factor = 1.0,
     .digits = 3,
     .better = -1,
     .position = 3,
     .asked = true,
     .stored = true},
};

const lw_objective toy_objective = {.name = "number of the class",
                                    .target = &lw_target_class,
                                    .documents = 1,
                                    .readout = LW_READOUT_SAMPLE,
                                    .sums = 3,
                                    .figures = 4,
                                    .figure = figures,
                                    .leading = 2,
                                    .add = add,
                                    .measure = measure,
                                    .baseline = baseline,
                                    .baseline_name = "always guessing the mean",
                                    .chance_name = chance_name,
                                    .outcome_name = outcome_name};

const lw_objective *const lw_objectives[] = {&toy_objective, &lw_objective_pair_class,
                                             &lw_objective_next_token, NULL};
