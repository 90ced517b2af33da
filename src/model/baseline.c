#include "longwave/model/baseline.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include "longwave/data/input.h"
#include <math.h>
#include <string.h>

/* Answers of steps that are read at a time. */
enum { PIECE = 1 << 14 };

/* ---- what is right ---- */

static lw_status visit_steps(lw_batch *batch, const lw_dataset *dataset,
                             const lw_samples_list *samples, lw_answer_visit visit, void *context)
{
  const lw_target *target = lw_dataset_describe(dataset)->target;
  const int64_t sample = batch->sample[0];
  const int64_t tokens =
      lw_dataset_truncated(dataset, samples->split, sample, 0, samples->max_length);
  lw_status status = LW_OK;
  for (int64_t first = 0; status == LW_OK && first < tokens; first += PIECE) {
    const int64_t left = tokens - first, rows = left < PIECE ? left : PIECE;
    const lw_items items = {
        .sample = sample, .first = first, .count = rows + lw_smaller(target->ahead, left - rows)};
    batch->rows = first;
    status = target->answer_rows(batch, dataset, samples->split, &items, rows);
    for (int64_t t = 0; status == LW_OK && t < rows; t++) visit(batch, t, context);
  }
  return status;
}

lw_status lw_answers_visit(const lw_dataset *dataset, const lw_samples_list *samples,
                           lw_answer_visit visit, void *context)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_target *target = info->target;
  const int64_t room = target->by_row ? PIECE : 1, width = lw_dataset_width(info);
  int64_t sample = 0;
  lw_batch batch = {.samples = 1, .answers = 1, .sample = &sample, .width = width};
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "answers", "samples", samples->count);
  LW_TRY(LW_TAKE(&batch.label, room));
  LW_TRY(LW_TAKE(&batch.wanted, room * width));
  for (int64_t i = 0; i < samples->count; lw_work_show(&work, ++i)) {
    sample = samples->list ? samples->list[i] : i;
    if (target->by_row) {
      LW_TRY(visit_steps(&batch, dataset, samples, visit, context));
      continue;
    }
    LW_TRY(target->answer_samples(&batch, dataset, samples->split));
    visit(&batch, 0, context);
  }
done:
  lw_work_end(&work);
  lw_mem_give(batch.label);
  lw_mem_give(batch.wanted);
  return status;
}

/* ---- guesses ---- */

typedef struct guessing {
  const lw_objective *objective;
  int64_t outputs;
  float *output;         /* [outputs] the guess */
  double *count, *total; /* [outputs] of the train split */
  double *tally, answers;
  lw_sums sums;
} guessing;

static void add_mean(const lw_batch *batch, int64_t index, void *context)
{
  guessing *g = context;
  const float *wanted = batch->wanted + index * g->outputs;
  for (int64_t k = 0; k < g->outputs; k++) {
    if (isnan(wanted[k])) continue;
    g->count[k] += 1.0;
    g->total[k] += (double)wanted[k];
  }
}

static lw_status find_mean(const lw_dataset *dataset, int64_t max_length, guessing *g)
{
  const lw_samples_list all = {.split = LW_SPLIT_TRAIN,
                               .count = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN],
                               .max_length = max_length};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&g->count, g->outputs));
  LW_TRY(LW_TAKE(&g->total, g->outputs));
  LW_TRY(lw_answers_visit(dataset, &all, add_mean, g));
  for (int64_t k = 0; k < g->outputs; k++)
    g->output[k] = g->count[k] > 0.0 ? (float)(g->total[k] / g->count[k]) : 0.0f;
done:
  return status;
}

static void add_label(const lw_batch *batch, int64_t index, void *context)
{
  guessing *g = context;
  if (batch->label[index] >= 0) g->count[batch->label[index]] += 1.0;
}

static lw_status find_commonest(const lw_dataset *dataset, int64_t max_length, guessing *g)
{
  const lw_samples_list all = {.split = LW_SPLIT_TRAIN,
                               .count = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN],
                               .max_length = max_length};
  int64_t best = 0;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&g->count, g->outputs));
  LW_TRY(lw_answers_visit(dataset, &all, add_label, g));
  for (int64_t k = 1; k < g->outputs; k++)
    if (g->count[k] > g->count[best]) best = k;
  g->output[best] = 1.0f;
done:
  return status;
}

static void add_answer(const lw_batch *batch, int64_t index, void *context)
{
  guessing *g = context;
  static const lw_cost plain = {.huber_delta = 1.0};
  const lw_answer answer = {g->output, g->outputs, batch, index, 1.0, 1.0, &plain};
  g->objective->add(&answer, NULL, g->sums.sum);
  g->answers += lw_answer_asked(&answer, g->objective->target);
  if (g->tally) g->objective->tally->add(&answer, g->tally);
}

static lw_status guess_each(const lw_dataset *dataset, const lw_samples_list *samples,
                            lw_baseline guess, guessing *g)
{
  lw_status status = LW_OK;
  if (guess.kind != LW_BASELINE_BEHIND) return lw_answers_visit(dataset, samples, add_answer, g);
  for (int64_t i = 0; i < samples->count; i++) {
    const lw_samples_list one = {samples->split, &samples->list[i], 1, samples->max_length};
    LW_TRY(lw_dataset_read_behind(dataset, samples->split, samples->list[i], samples->max_length,
                                  guess.lag, g->output));
    LW_TRY(lw_answers_visit(dataset, &one, add_answer, g));
  }
done:
  return status;
}

lw_status lw_baseline_score(const lw_objective *objective, const lw_dataset *dataset,
                            const lw_samples_list *samples, lw_baseline guess, lw_score *score)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  guessing g = {.objective = objective, .outputs = lw_dataset_outcomes(info)};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&g.output, g.outputs));
  if (g.objective->tally) LW_TRY(LW_TAKE(&g.tally, g.objective->tally->size(g.outputs)));
  for (int64_t k = 0; k < g.outputs; k++)
    g.output[k] = guess.kind == LW_BASELINE_ALL ? 1.0f : -1.0f;
  if (guess.kind == LW_BASELINE_MEAN) LW_TRY(find_mean(dataset, samples->max_length, &g));
  if (guess.kind == LW_BASELINE_COMMONEST) LW_TRY(find_commonest(dataset, samples->max_length, &g));
  LW_TRY(guess_each(dataset, samples, guess, &g));
  *score = lw_objective_score(g.objective, &g.sums, g.answers);
  lw_objective_judge(g.objective, info, g.tally, score);
done:
  lw_mem_give(g.output);
  lw_mem_give(g.count);
  lw_mem_give(g.total);
  lw_mem_give(g.tally);
  return status;
}
