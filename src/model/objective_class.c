/* The class of a sample, or of a pair of documents. */
#include "longwave/model/objective.h"

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[0] = sum[0] / answers;
  score->value[1] = sum[1] / answers;
}

static const char *outcome_name(const lw_model_data *data)
{
  (void)data;
  return "class";
}

static const char *chance_name(const lw_model_data *data)
{
  (void)data;
  return "the most frequent class";
}

static const lw_figure figures[] = {LW_FIGURE_LOSS, LW_FIGURE_ACCURACY};

#define CLASS_OF(title, of, read)                                                                  \
  {                                                                                                \
    .name = (title), .target = &lw_target_class, .documents = (of), .readout = (read), .sums = 2,  \
    .figures = 2, .figure = figures, .leading = 1, .add = lw_choice_add, .measure = measure,       \
    .guess = lw_choice_guess, .baseline = lw_choice_baseline,                                      \
    .baseline_name = "always guessing the commonest class", .chance_name = chance_name,            \
    .outcome_name = outcome_name, .guesswork = LW_GUESSWORK_CLASSES                                \
  }

const lw_objective lw_objective_class = CLASS_OF("class", 1, LW_READOUT_SAMPLE);
const lw_objective lw_objective_pair_class = CLASS_OF("class of a pair", 2, LW_READOUT_PAIR);
