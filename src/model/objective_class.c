/* The class of a sample, of a pair of documents, or of steps. */
#include "longwave/model/objective.h"

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[LW_CHOICE_LOSS] = sum[0] / answers;
  score->value[LW_CHOICE_ACCURACY] = sum[1] / answers;
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

static const lw_figure figures[LW_CHOICE_FIGURES] = {
    [LW_CHOICE_LOSS] = LW_FIGURE_LOSS,
    [LW_CHOICE_ACCURACY] = LW_FIGURE_ACCURACY,
    [LW_CHOICE_BALANCED] = {LW_FIGURE_TALLIED("balanced_accuracy", "balanced accuracy",
                                              "test balanced %",
                                              "mean over the classes of the accuracy on each", 6),
                            LW_FIGURE_SHARE, .asked = true, .chart = LW_CHART_NONE},
    [LW_CHOICE_F1] = {LW_FIGURE_MACRO_F1, .asked = true, .chart = LW_CHART_NONE},
    [LW_CHOICE_AREA] = {LW_FIGURE_TALLIED("auroc", "AUROC", "test AUROC",
                                          "area under the ROC curve, of two classes", 7),
                        LW_FIGURE_AREA, .asked = true, .outputs = 2, .chart = LW_CHART_VALIDATION},
};

static const lw_baseline step_guesses[] = {
    {LW_BASELINE_COMMONEST, 0, "the commonest class of the train split"}, {.words = NULL}};

#define CLASS_OF(title, asked, of, read, ...)                                                      \
  {                                                                                                \
    .name = (title), .target = &(asked), .documents = (of), .readout = (read), .sums = 2,          \
    .figures = LW_CHOICE_FIGURES, .figure = figures, .leading = LW_CHOICE_ACCURACY,                \
    .heeds = LW_HEEDS_CLASS_WEIGHTS | LW_HEEDS_SMOOTHING, .add = lw_choice_add,                    \
    .measure = measure, .tally = &lw_choice_tally, .guess = lw_choice_guess,                       \
    .baseline = lw_choice_baseline, .baseline_name = "always guessing the commonest class",        \
    .chance_name = chance_name, .outcome_name = outcome_name, __VA_ARGS__                          \
  }

const lw_objective lw_objective_class =
    CLASS_OF("class", lw_target_class, 1, LW_READOUT_SAMPLE, .guesswork = LW_GUESSWORK_CLASSES);
const lw_objective lw_objective_pair_class = CLASS_OF(
    "class of a pair", lw_target_class, 2, LW_READOUT_PAIR, .guesswork = LW_GUESSWORK_CLASSES);
const lw_objective lw_objective_step_class =
    CLASS_OF("class of steps", lw_target_step_class, 1, LW_READOUT_ROW, .guesses = step_guesses);
