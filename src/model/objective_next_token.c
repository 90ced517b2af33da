/* The next token at each token, in the words of language models: perplexity is the number of
 * equally likely tokens among which the choice would be as hard, bits are the loss to base 2. */
#include "longwave/model/objective.h"
#include <math.h>

/* Of so many ids a token is a byte. */
enum { BYTES = 256 };
enum { LOSS, PERPLEXITY, BITS, ACCURACY, FIGURES };

static void measure(const double *sum, double answers, lw_score *score)
{
  score->value[LOSS] = sum[0] / answers;
  score->value[ACCURACY] = sum[1] / answers;
}

static const char *outcome_name(const lw_model_data *data)
{
  return data->vocabulary == BYTES ? "byte" : "token";
}

static const char *chance_name(const lw_model_data *data)
{
  return data->vocabulary == BYTES ? "the most frequent byte" : "the most frequent token";
}

static double bits_of(double loss)
{
  return loss / log(2.0);
}

static void say_perplexity(double value, const lw_model_data *data, char *text, int64_t room)
{
  (void)data;
  snprintf(text, (size_t)room, "perplexity %.4g", value);
}

static void say_bits(double value, const lw_model_data *data, char *text, int64_t room)
{
  snprintf(text, (size_t)room, "%.4f bits per %s", value, outcome_name(data));
}

static const lw_figure figures[FIGURES] = {
    [LOSS] = LW_FIGURE_LOSS,
    [PERPLEXITY] = {.key = "perplexity",
                    .column = "perplexity",
                    .title = "perplexity",
                    .table = "perplexity",
                    .help = "perplexity on the test split",
                    .unit = "",
                    .factor = 1.0,
                    .digits = 3,
                    .better = -1,
                    .position = 2,
                    .of_loss = exp,
                    .say = say_perplexity,
                    .chart = LW_CHART_VALIDATION},
    [BITS] = {.key = "bits",
              .column = "bits_per_token",
              .title = "bits",
              .table = "test bits per",
              .help = "bits per byte or token on the test split",
              .unit = "",
              .factor = 1.0,
              .digits = 4,
              .better = -1,
              .position = 1,
              .per_unit = true,
              .of_loss = bits_of,
              .say = say_bits},
    [ACCURACY] = LW_FIGURE_ACCURACY,
};

const lw_objective lw_objective_next_token = {
    .name = "next token",
    .target = &lw_target_next_token,
    .documents = 1,
    .readout = LW_READOUT_ROW,
    .causal = true,
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
    .guesswork = LW_GUESSWORK_COUNTS,
};
