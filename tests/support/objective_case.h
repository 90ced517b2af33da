/** What every row of lw_objectives[] keeps, asked of one: figures that have all they are told by, a
 *  gradient that is that of the loss, sums that do not depend on how answers are dealt out. Each
 *  function gives the number of what is wrong, and says it. */
#ifndef TESTS_SUPPORT_OBJECTIVE_CASE_H
#define TESTS_SUPPORT_OBJECTIVE_CASE_H

#include "longwave/train/loss.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CASE_ANSWERS = 9, CASE_OUTPUTS = 5 };

#define WRONG(holds, ...) ((holds) ? 0 : (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), 1))

static inline int figure_wrong(const lw_objective *objective, int k)
{
  const lw_figure *f = &objective->figure[k];
  const char *const texts[] = {f->key, f->column, f->title, f->table, f->help, f->unit};
  int wrong = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    wrong += WRONG(texts[i], "%s: figure %d has no text %d", objective->name, k, (int)i);
  wrong += WRONG(f->factor > 0.0 && f->position > 0, "%s: factor or place of %s", objective->name,
                 f->key);
  wrong +=
      WRONG(f->better == 1 || f->better == -1, "%s: is more %s better?", objective->name, f->key);
  wrong += WRONG(f->stored == !f->of_loss, "%s: what makes %s?", objective->name, f->key);
  for (int other = 0; other < k; other++)
    wrong += WRONG(strcmp(objective->figure[other].column, f->column) != 0, "%s: %s twice",
                   objective->name, f->column);
  return wrong;
}

/** Names, figures, and what the row says of itself. */
static inline int row_wrong(const lw_objective *objective)
{
  char text[LW_SCORE_TEXT];
  const lw_model_data data = {.objective = objective, .vocabulary = 256, .classes = CASE_OUTPUTS};
  lw_score score = {{0.0}};
  int wrong = 0;
  wrong += WRONG(objective->figures > 0 && objective->figures <= LW_FIGURES, "%s: too many figures",
                 objective->name);
  wrong += WRONG(objective->sums > 0 && objective->sums <= LW_OBJECTIVE_SUMS, "%s: too many sums",
                 objective->name);
  wrong += WRONG(!strcmp(objective->figure[0].column, "loss"), "%s: figure 0 is the loss",
                 objective->name);
  wrong += WRONG(objective->figure[objective->leading].stored &&
                     objective->figure[objective->selection].stored,
                 "%s: a figure that is judged is not stored", objective->name);
  wrong += WRONG(objective->baseline && objective->baseline_name && objective->chance_name(&data) &&
                     objective->outcome_name(&data),
                 "%s: has no baseline, or no name for it", objective->name);
  for (int k = 0; k < objective->figures; k++) wrong += figure_wrong(objective, k);
  lw_score_complete(objective, &score);
  lw_score_text(&data, &score, "95 %:", 10, text);
  for (int k = 1; k < objective->figures; k++)
    wrong += WRONG(strstr(text, objective->figure[k].title), "%s: not told: %s", objective->name,
                   objective->figure[k].title);
  const lw_score worst = lw_objective_worst(objective);
  wrong +=
      WRONG(lw_figure_better(&objective->figure[objective->selection],
                             score.value[objective->selection], worst.value[objective->selection]),
            "%s: the first evaluation is not the best", objective->name);
  return wrong;
}

/** Outputs and labels; of objectives by rows some answers are not asked. */
static inline void case_batch(const lw_objective *objective, lw_batch *batch, int32_t *label,
                              float *output)
{
  for (int b = 0; b < CASE_ANSWERS; b++)
    label[b] = objective->target->by_row && b % 4 == 3 ? -1 : b % CASE_OUTPUTS;
  for (int i = 0; i < CASE_ANSWERS * CASE_OUTPUTS; i++)
    output[i] = (float)sin(1.0 + 2.7 * i + 0.3 * (i % 4));
  *batch = (lw_batch){
      .answers = CASE_ANSWERS, .global_answers = CASE_ANSWERS, .counted = true, .label = label};
}

static inline double case_loss(const lw_objective *objective, const lw_batch *batch,
                               const float *output)
{
  const lw_model_data data = {.objective = objective, .classes = CASE_OUTPUTS};
  lw_sums sums = {{0.0}};
  lw_loss_add(&data, output, batch, 0.1, NULL, &sums);
  return sums.sum[0] / CASE_ANSWERS;
}

/** The gradient of the mean loss against central differences, the loss in double. */
static inline int gradient_wrong(const lw_objective *objective)
{
  const lw_model_data data = {.objective = objective, .classes = CASE_OUTPUTS};
  int32_t label[CASE_ANSWERS];
  float output[CASE_ANSWERS * CASE_OUTPUTS], gradient[CASE_ANSWERS * CASE_OUTPUTS];
  lw_batch batch;
  lw_sums sums = {{0.0}};
  int wrong = 0;
  case_batch(objective, &batch, label, output);
  lw_loss_add(&data, output, &batch, 0.1, gradient, &sums);
  for (int i = 0; i < CASE_ANSWERS * CASE_OUTPUTS; i++) {
    const float was = output[i], up = was + 0x1p-7f, down = was - 0x1p-7f;
    output[i] = up;
    const double above = case_loss(objective, &batch, output);
    output[i] = down;
    const double below = case_loss(objective, &batch, output);
    output[i] = was;
    const double slope = (above - below) / ((double)up - (double)down);
    wrong += WRONG(fabs(slope - (double)gradient[i]) <= 2e-5, "%s: slope %d is %.9g, not %.9g",
                   objective->name, i, slope, (double)gradient[i]);
  }
  return wrong;
}

/** What every figure keeps: a share is one, and what follows from the loss does. */
static inline int value_wrong(const lw_objective *objective, int k, const lw_score *score)
{
  const lw_figure *f = &objective->figure[k];
  const double value = score->value[k];
  return WRONG(!f->share || (value >= 0.0 && value <= 1.0), "%s: a share of %g", f->key, value) +
         WRONG(!f->of_loss || value == f->of_loss(score->value[0]), "%s is not of the loss",
               f->key);
}

static inline int figures_differ(const lw_objective *objective, const lw_sums *sums,
                                 const lw_sums *others)
{
  const lw_score a = lw_objective_score(objective, sums, CASE_ANSWERS);
  const lw_score b = lw_objective_score(objective, others, CASE_ANSWERS);
  int wrong = 0;
  for (int k = 0; k < objective->figures; k++)
    wrong += WRONG(fabs(a.value[k] - b.value[k]) <= 1e-12 * fabs(a.value[k]),
                   "%s: %s is %.17g, of parts %.17g", objective->name, objective->figure[k].key,
                   a.value[k], b.value[k]);
  return wrong;
}

/** Figures of all answers are those of their sums over parts, as micro-batches and ranks have
 *  them. */
static inline int parts_wrong(const lw_objective *objective)
{
  const lw_model_data data = {.objective = objective, .classes = CASE_OUTPUTS};
  int32_t label[CASE_ANSWERS];
  float output[CASE_ANSWERS * CASE_OUTPUTS];
  lw_batch whole;
  lw_sums once = {{0.0}}, parts = {{0.0}}, one_by_one = {{0.0}};
  int wrong = 0;
  case_batch(objective, &whole, label, output);
  lw_loss_add(&data, output, &whole, 0.0, NULL, &once);
  for (int b = 0; b < CASE_ANSWERS; b++) {
    const lw_answer answer = {output + b * CASE_OUTPUTS, CASE_OUTPUTS, &whole, b, 0.0, 1.0};
    objective->add(&answer, NULL, one_by_one.sum);
  }
  for (int first = 0; first < CASE_ANSWERS; first += 4) {
    lw_batch part = whole;
    part.label = label + first;
    part.answers = CASE_ANSWERS - first < 4 ? CASE_ANSWERS - first : 4;
    lw_loss_add(&data, output + first * CASE_OUTPUTS, &part, 0.0, NULL, &parts);
    part.counted = false; /* another rank counts the same answers */
    lw_loss_add(&data, output + first * CASE_OUTPUTS, &part, 0.0, NULL, &parts);
  }
  const lw_score score = lw_objective_score(objective, &once, CASE_ANSWERS);
  for (int k = 0; k < objective->figures; k++) wrong += value_wrong(objective, k, &score);
  return wrong + figures_differ(objective, &once, &parts) +
         figures_differ(objective, &once, &one_by_one);
}

#endif
