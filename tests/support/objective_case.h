/** What every row of lw_objectives[] keeps, asked of one: figures that have all they are told by, a
 *  gradient that is that of the loss, sums that do not depend on how answers are dealt out. Each
 *  function gives the number of what is wrong, and says it. */
#ifndef TESTS_SUPPORT_OBJECTIVE_CASE_H
#define TESTS_SUPPORT_OBJECTIVE_CASE_H

#include "longwave/train/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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
  wrong += WRONG(f->stored + f->tallied + !!f->of_loss == 1, "%s: what makes %s?", objective->name,
                 f->key);
  wrong += WRONG(!f->tallied || objective->tally, "%s: no tally for %s", objective->name, f->key);
  for (int other = 0; other < k; other++)
    wrong += WRONG(strcmp(objective->figure[other].column, f->column) != 0, "%s: %s twice",
                   objective->name, f->column);
  return wrong;
}

/** Names, figures, and what the row says of itself. */
static inline int row_wrong(const lw_objective *objective)
{
  char text[LW_SCORE_TEXT];
  const lw_model_data data = {.objective = objective, .vocabulary = 256, .outputs = CASE_OUTPUTS};
  lw_score score = {{0.0}};
  int wrong = 0;
  wrong += WRONG(objective->figures > 0 && objective->figures <= LW_FIGURES, "%s: too many figures",
                 objective->name);
  wrong += WRONG(objective->sums > 0 && objective->sums <= LW_OBJECTIVE_SUMS, "%s: too many sums",
                 objective->name);
  wrong += WRONG(!strcmp(objective->figure[0].column, "loss"), "%s: figure 0 is the loss",
                 objective->name);
  wrong += WRONG(!objective->figure[objective->leading].of_loss,
                 "%s: the leading figure follows from the loss", objective->name);
  wrong += WRONG(objective->baseline && objective->baseline_name && objective->chance_name(&data) &&
                     objective->outcome_name(&data),
                 "%s: has no baseline, or no name for it", objective->name);
  for (int k = 0; k < objective->figures; k++) wrong += figure_wrong(objective, k);
  lw_score_complete(objective, &score);
  lw_score_text(&data, &score, "95 %:", 10, text);
  for (int k = 1; k < objective->figures; k++)
    wrong += WRONG(strstr(text, objective->figure[k].title), "%s: not told: %s", objective->name,
                   objective->figure[k].title);
  for (int k = 0; k < objective->figures; k++) {
    const lw_score worst = lw_objective_worst(objective, k);
    wrong += WRONG(lw_figure_better(&objective->figure[k], score.value[k], worst.value[k]),
                   "%s: the first %s is not the best", objective->name, objective->figure[k].key);
  }
  return wrong;
}

/** Outputs, what is right, and weights of samples; some answers are not known, and of several
 *  numbers some. Of objectives by rows the first five are of one sample, the others of another. */
typedef struct answers_case {
  int32_t label[CASE_ANSWERS];
  float wanted[CASE_ANSWERS * CASE_OUTPUTS], output[CASE_ANSWERS * CASE_OUTPUTS];
  float weight[CASE_ANSWERS];
  lw_stretch stretches[2];
  lw_number number[CASE_OUTPUTS];
  lw_dataset_info info;
  lw_batch batch;
} answers_case;

static inline void make_case(const lw_objective *objective, answers_case *c)
{
  const lw_answer_kind kind = objective->target->kind;
  *c = (answers_case){.stretches = {{0, 0, 5, 0}, {1, 0, CASE_ANSWERS - 5, 5}}};
  for (int b = 0; b < CASE_ANSWERS; b++) {
    c->label[b] = b % 4 == 3 ? -1 : b % CASE_OUTPUTS;
    c->weight[b] = 0.5f + 0.25f * (float)(b % 3);
  }
  for (int i = 0; i < CASE_ANSWERS * CASE_OUTPUTS; i++) {
    const int b = i / CASE_OUTPUTS;
    const double number = cos(0.5 + 1.3 * i);
    c->output[i] = (float)sin(1.0 + 2.7 * i + 0.3 * (i % 4));
    c->wanted[i] = kind == LW_ANSWER_SEVERAL ? (float)(number > 0.2) : (float)number;
    if (fabsf(c->output[i] - c->wanted[i]) < 0.02f) c->wanted[i] += 0.1f; /* no kink is near */
    if (b % 4 == 3 || (b % 4 == 1 && i % 3 == 0)) c->wanted[i] = NAN;
  }
  for (int k = 0; k < CASE_OUTPUTS; k++)
    c->number[k] = (lw_number){"", "", k % 2 ? -0.5 : 2.0, 0.3};
  c->info = (lw_dataset_info){.target = objective->target,
                              .vocabulary = CASE_OUTPUTS,
                              .classes = CASE_OUTPUTS,
                              .numbers = CASE_OUTPUTS,
                              .number = c->number,
                              .horizon = 1};
  c->batch = (lw_batch){.answers = CASE_ANSWERS,
                        .samples = CASE_ANSWERS,
                        .global_answers = CASE_ANSWERS,
                        .counted = true,
                        .label = c->label,
                        .wanted = c->wanted,
                        .width = CASE_OUTPUTS,
                        .weight = c->weight};
  c->batch.packing.stretches = c->stretches;
  c->batch.packing.stretch_count = 2;
}

static inline double case_loss(const lw_objective *objective, const answers_case *c,
                               const lw_cost *cost)
{
  const lw_model_data data = {.objective = objective, .outputs = CASE_OUTPUTS};
  lw_sums sums = {{0.0}};
  lw_loss_add(&data, cost, c->output, &c->batch, NULL, &sums);
  return sums.sum[0] / CASE_ANSWERS;
}

/** The gradient of the mean loss against central differences, the loss in double. */
static inline int gradient_wrong_at(const lw_objective *objective, const lw_cost *cost)
{
  const lw_model_data data = {.objective = objective, .outputs = CASE_OUTPUTS};
  answers_case c;
  float gradient[CASE_ANSWERS * CASE_OUTPUTS];
  lw_sums sums = {{0.0}};
  int wrong = 0;
  make_case(objective, &c);
  lw_loss_add(&data, cost, c.output, &c.batch, gradient, &sums);
  for (int i = 0; i < CASE_ANSWERS * CASE_OUTPUTS; i++) {
    const float was = c.output[i], up = was + 0x1p-7f, down = was - 0x1p-7f;
    c.output[i] = up;
    const double above = case_loss(objective, &c, cost);
    c.output[i] = down;
    const double below = case_loss(objective, &c, cost);
    c.output[i] = was;
    const double slope = (above - below) / ((double)up - (double)down);
    wrong += WRONG(fabs(slope - (double)gradient[i]) <= 2e-5, "%s: slope %d is %.9g, not %.9g",
                   objective->name, i, slope, (double)gradient[i]);
  }
  return wrong;
}

/** With all losses, and with weights of samples and classes. */
static inline int gradient_wrong(const lw_objective *objective)
{
  static const double class_weight[CASE_OUTPUTS] = {0.5, 1.5, 1.0, 2.0, 0.25};
  static const double present_weight[CASE_OUTPUTS] = {3.0, 0.5, 1.0, 2.0, 1.5};
  const lw_cost costs[] = {{.smoothing = 0.1},
                           {.loss = LW_LOSS_ABSOLUTE},
                           {.loss = LW_LOSS_HUBER, .huber_delta = 0.703125},
                           {.smoothing = 0.1,
                            .class_weight = class_weight,
                            .present_weight = present_weight,
                            .sample_scale = 1.25}};
  int wrong = 0;
  for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
    wrong += gradient_wrong_at(objective, &costs[i]);
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

/** What an evaluation has added up. */
typedef struct case_sums {
  lw_sums sums;
  double *tally;
} case_sums;

static inline lw_score case_score(const lw_objective *objective, const answers_case *c,
                                  const case_sums *of)
{
  lw_score score = lw_objective_score(objective, &of->sums, CASE_ANSWERS);
  lw_objective_judge(objective, &c->info, of->tally, &score);
  return score;
}

static inline int figures_differ(const lw_objective *objective, const answers_case *c,
                                 const case_sums *sums, const case_sums *others)
{
  const lw_score a = case_score(objective, c, sums), b = case_score(objective, c, others);
  int wrong = 0;
  for (int k = 0; k < objective->figures; k++) {
    if (objective->figure[k].outputs && objective->figure[k].outputs != CASE_OUTPUTS) continue;
    wrong += WRONG(fabs(a.value[k] - b.value[k]) <= 1e-12 * fabs(a.value[k]),
                   "%s: %s is %.17g, of parts %.17g", objective->name, objective->figure[k].key,
                   a.value[k], b.value[k]);
  }
  return wrong;
}

static inline void case_add(const lw_objective *objective, const lw_batch *batch,
                            const float *output, case_sums *to)
{
  const lw_model_data data = {.objective = objective, .outputs = CASE_OUTPUTS};
  lw_loss_add(&data, &(lw_cost){.smoothing = 0.0}, output, batch, NULL, &to->sums);
  if (objective->tally) lw_loss_tally(&data, output, batch, to->tally);
}

/** Figures of all answers are those of their sums over parts, as micro-batches and ranks have
 *  them. */
static inline int parts_wrong(const lw_objective *objective)
{
  enum { TALLY = 1 << 16 };
  answers_case c;
  case_sums once = {{{0.0}}, calloc(TALLY, sizeof(double))};
  case_sums parts = {{{0.0}}, calloc(TALLY, sizeof(double))};
  int wrong = 0;
  make_case(objective, &c);
  if (objective->tally && objective->tally->size(CASE_OUTPUTS) > TALLY) abort();
  case_add(objective, &c.batch, c.output, &once);
  for (int first = 0; first < CASE_ANSWERS; first += 4) {
    lw_batch part = c.batch;
    part.label = c.label + first;
    part.wanted = c.wanted + first * CASE_OUTPUTS;
    part.answers = CASE_ANSWERS - first < 4 ? CASE_ANSWERS - first : 4;
    case_add(objective, &part, c.output + first * CASE_OUTPUTS, &parts);
    part.counted = false; /* another rank counts the same answers */
    case_add(objective, &part, c.output + first * CASE_OUTPUTS, &parts);
  }
  const lw_score score = case_score(objective, &c, &once);
  for (int k = 0; k < objective->figures; k++) wrong += value_wrong(objective, k, &score);
  wrong += figures_differ(objective, &c, &once, &parts);
  free(once.tally);
  free(parts.tally);
  return wrong;
}

#endif
