/* What all objectives have in common: their figures as numbers and as text. */
#include "longwave/model/objective.h"
#include "longwave/base/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

bool lw_answer_asked(const lw_answer *answer, const lw_target *target)
{
  const lw_batch *batch = answer->batch;
  if (target->kind == LW_ANSWER_CLASS) return batch->label[answer->index] >= 0;
  return lw_answer_known(batch->wanted + answer->index * answer->outputs, answer->outputs);
}

/* ---- values ---- */

void lw_score_complete(const lw_objective *objective, lw_score *score)
{
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].of_loss)
      score->value[k] = objective->figure[k].of_loss(score->value[0]);
}

lw_score lw_objective_unknown(const lw_objective *objective)
{
  lw_score score = {{0.0}};
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].tallied) score.value[k] = (double)NAN;
  return score;
}

lw_score lw_objective_score(const lw_objective *objective, const lw_sums *sums, double answers)
{
  lw_score score = lw_objective_unknown(objective);
  objective->measure(sums->sum, answers, &score);
  lw_score_complete(objective, &score);
  return score;
}

void lw_objective_judge(const lw_objective *objective, const lw_dataset_info *info,
                        const double *tally, lw_score *score)
{
  if (objective->tally) objective->tally->judge(info, tally, score);
}

int lw_objective_figure(const lw_objective *objective, int64_t outputs, const char *key, char *keys,
                        int64_t room)
{
  lw_text list = lw_text_in(keys, (size_t)room);
  for (int k = 0; k < objective->figures; k++) {
    const lw_figure *figure = &objective->figure[k];
    if (figure->outputs && figure->outputs != outputs) continue;
    if (!strcmp(figure->key, key)) return k;
    lw_text_item(&list, ", ", "%s", figure->key);
  }
  return -1;
}

lw_score lw_objective_worst(const lw_objective *objective, int figure)
{
  lw_score score = {{0.0}};
  score.value[figure] = objective->figure[figure].better > 0 ? -(double)INFINITY : (double)INFINITY;
  return score;
}

bool lw_figure_better(const lw_figure *figure, double a, double b)
{
  return figure->better > 0 ? a > b : a < b;
}

void lw_wilson(double share, int64_t answers, double *low, double *high)
{
  const double z = 1.959963984540054;
  double n = (double)answers, z2 = z * z / n;
  double middle = (share + z2 / 2.0) / (1.0 + z2);
  double half = z / (1.0 + z2) * sqrt(share * (1.0 - share) / n + z2 / (4.0 * n));
  *low = fmax(middle - half, 0.0);
  *high = fmin(middle + half, 1.0);
}

void lw_score_interval(const lw_objective *objective, const lw_score *score, int64_t answers,
                       double *low, double *high)
{
  const double value = score->value[objective->leading];
  *low = *high = value;
  if (objective->figure[objective->leading].share) lw_wilson(value, answers, low, high);
}

/* ---- text ---- */

const char *lw_figure_text(const lw_figure *figure, double value, char text[LW_SCORE_TEXT])
{
  if (isnan(value))
    snprintf(text, LW_SCORE_TEXT, "not known");
  else
    snprintf(text, LW_SCORE_TEXT, "%.*f%s%s", figure->digits, figure->factor * value,
             *figure->unit ? " " : "", figure->unit);
  return text;
}

static void say_figure(const lw_figure *figure, double value, const lw_model_data *data, char *text)
{
  char shown[LW_SCORE_TEXT];
  if (figure->say)
    figure->say(value, data, text, LW_SCORE_TEXT);
  else
    snprintf(text, LW_SCORE_TEXT, "%s %.64s", figure->title, lw_figure_text(figure, value, shown));
}

const char *lw_score_text(const lw_model_data *data, const lw_score *score, const char *interval,
                          int64_t answers, char text[LW_SCORE_TEXT])
{
  char rest[LW_SCORE_TEXT];
  lw_score_part(data, score, interval, answers, false, text);
  lw_text all = lw_text_behind(text, LW_SCORE_TEXT);
  lw_text_add(&all, "%s", lw_score_part(data, score, NULL, answers, true, rest));
  return text;
}

const char *lw_score_part(const lw_model_data *data, const lw_score *score, const char *interval,
                          int64_t answers, bool asked, char text[LW_SCORE_TEXT])
{
  const lw_objective *objective = data->objective;
  char one[LW_SCORE_TEXT];
  double low, high;
  lw_text all = lw_text_in(text, LW_SCORE_TEXT);
  for (int k = 1; k < objective->figures; k++) {
    const lw_figure *figure = &objective->figure[k];
    if (figure->asked != asked || (figure->tallied && isnan(score->value[k]))) continue;
    say_figure(figure, score->value[k], data, one);
    lw_text_add(&all, ", %s", one);
    if (k != objective->leading || !figure->share || !interval) continue;
    lw_score_interval(objective, score, answers, &low, &high);
    lw_text_add(&all, " (%s %.*f to %.*f)", interval, figure->digits, figure->factor * low,
                figure->digits, figure->factor * high);
  }
  return text;
}
