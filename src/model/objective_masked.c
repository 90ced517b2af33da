/* The token that stands at a masked step (data/question.h). */
#include "longwave/model/objective.h"

enum { LOSS, ACCURACY, FIGURES };

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[LOSS] = sum[0] / answers;
  score->value[ACCURACY] = sum[1] / answers;
}

static const char *outcome_name(const lw_model_data *data)
{
  (void)data;
  return "token";
}

static const char *chance_name(const lw_model_data *data)
{
  (void)data;
  return "the most frequent token";
}

static const lw_figure figures[FIGURES] = {
    [LOSS] = LW_FIGURE_LOSS,
    [ACCURACY] = LW_FIGURE_ACCURACY,
};

const lw_objective lw_objective_masked_tokens = {
    .name = "masked tokens",
    .target = &lw_target_masked_tokens,
    .documents = 1,
    .readout = LW_READOUT_ROW,
    .sums = 2,
    .figures = FIGURES,
    .figure = figures,
    .leading = ACCURACY,
    .heeds = LW_HEEDS_SMOOTHING,
    .add = lw_choice_add,
    .measure = measure,
    .baseline = lw_choice_baseline,
    .baseline_name = "always guessing the commonest token",
    .chance_name = chance_name,
    .outcome_name = outcome_name,
};
