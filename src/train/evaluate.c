#include "longwave/train/evaluate.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/subset.h"
#include "longwave/train/gradient.h"
#include "longwave/train/loss.h"
#include <stdio.h>
#include <string.h>

typedef struct lw_evaluation_work {
  lw_batch batch;
  int64_t *list; /* [samples] their numbers in the split */
  lw_sums sums;
  double *tally, *own_tally; /* the caller's, or taken here */
  int64_t tokens;
} lw_evaluation_work;

int64_t lw_evaluation_samples(const lw_evaluation *evaluation, const lw_dataset *dataset)
{
  return lw_subset_count(lw_dataset_describe(dataset)->count[evaluation->split], evaluation->limit);
}

lw_status lw_evaluation_list(const lw_evaluation *evaluation, const lw_dataset *dataset,
                             int64_t *list)
{
  return lw_subset_draw(lw_dataset_describe(dataset)->count[evaluation->split], evaluation->limit,
                        list);
}

lw_status lw_evaluation_chance(const lw_evaluation *evaluation, const lw_dataset *dataset,
                               double *chance)
{
  const lw_objective *objective = lw_objective_of(lw_dataset_describe(dataset));
  const int64_t samples = lw_evaluation_samples(evaluation, dataset);
  int64_t *list = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&list, samples));
  LW_TRY(lw_evaluation_list(evaluation, dataset, list));
  LW_TRY(objective->baseline(dataset, evaluation->split, list, samples, evaluation->max_length,
                             chance));
done:
  lw_mem_give(list);
  return status;
}

/* first: index of the batch's first sample among all that are evaluated. */
static void keep_results(const lw_model *model, const lw_batch *batch,
                         const lw_evaluation *evaluation, int64_t first)
{
  int64_t K = model->data.outputs;
  for (int64_t b = 0; b < batch->answers && batch->counted; b++) {
    const float *row = model->logits + b * K;
    if (evaluation->logits)
      memcpy(evaluation->logits + (first + batch->index[b]) * K, row, (size_t)K * sizeof *row);
    if (evaluation->confusion && batch->label[b] >= 0)
      evaluation->confusion[batch->label[b] * K + model->data.objective->guess(row, K)]++;
  }
}

/* Samples work->list[first, first + count). */
static lw_status evaluate_batch(lw_model *model, const lw_dataset *dataset,
                                lw_evaluation *evaluation, lw_evaluation_work *work, int64_t first,
                                int64_t count)
{
  lw_mode mode = evaluation->gradient ? LW_MODE_GRADIENT : LW_MODE_EVALUATE;
  lw_status status = LW_OK;
  lw_batch_request request = {.split = evaluation->split,
                              .list = work->list + first,
                              .count = count,
                              .piece = 0,
                              .pieces = 1,
                              .max_length = evaluation->max_length,
                              .input = model->input,
                              .rule = lw_model_rule(model)};
  LW_TRY_TOGETHER(model->world, lw_batch_load(&work->batch, dataset, model->world, &request));
  LW_TRY(lw_model_forward(model, &work->batch, mode, 0));
  work->batch.global_answers = evaluation->answers; /* the mean runs over the whole evaluation */
  lw_loss_add(&model->data, &evaluation->cost, model->logits, &work->batch,
              evaluation->gradient ? model->dlogits : NULL, &work->sums);
  if (work->tally) lw_loss_tally(&model->data, model->logits, &work->batch, work->tally);
  work->tokens += work->batch.rows;
  keep_results(model, &work->batch, evaluation, first);
  if (evaluation->gradient) LW_TRY(lw_model_backward(model, model->dlogits));
done:
  return status;
}

int64_t lw_evaluation_tally_size(const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_tally *tally = lw_objective_of(info)->tally;
  return tally ? tally->size(lw_dataset_outcomes(info)) : 0;
}

/* Sums over ranks. */
static void gather(lw_model *model, const lw_dataset *dataset, lw_evaluation *evaluation,
                   lw_evaluation_work *work)
{
  const lw_world *world = model->world;
  int64_t K = model->data.outputs;
  double tokens = (double)work->tokens;
  evaluation->objective = model->data.objective;
  lw_loss_share(world, evaluation->objective, &work->sums, &tokens, 1);
  evaluation->score =
      lw_objective_score(evaluation->objective, &work->sums, (double)evaluation->answers);
  if (work->tally) {
    lw_reduce_sum_doubles(world, work->tally, lw_evaluation_tally_size(dataset));
    lw_objective_judge(evaluation->objective, lw_dataset_describe(dataset), work->tally,
                       &evaluation->score);
  }
  evaluation->tokens = (int64_t)tokens;
  if (evaluation->logits) lw_reduce_sum_floats(world, evaluation->logits, evaluation->samples * K);
  if (evaluation->confusion) lw_reduce_sum_integers(world, evaluation->confusion, K * K);
  if (evaluation->gradient) lw_gradient_sum_all(&model->params, world);
}

static lw_status take_tally(lw_evaluation_work *work, const lw_evaluation *evaluation,
                            const lw_dataset *dataset)
{
  const int64_t size = lw_evaluation_tally_size(dataset);
  lw_status status = LW_OK;
  if (size > 0 && !evaluation->tally) LW_TRY(LW_TAKE(&work->own_tally, size));
  work->tally = evaluation->tally ? evaluation->tally : work->own_tally;
done:
  return status;
}

/* Which samples, and how many answers they ask for. */
static lw_status list_samples(lw_evaluation_work *work, lw_evaluation *evaluation,
                              const lw_dataset *dataset)
{
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&work->list, evaluation->samples));
  LW_TRY(lw_evaluation_list(evaluation, dataset, work->list));
  int64_t answers;
  evaluation->answers = 0;
  for (int64_t i = 0; i < evaluation->samples; i++) {
    const lw_seen_sample seen = {.sample = work->list[i], .max_length = evaluation->max_length};
    LW_TRY(lw_dataset_answers(dataset, evaluation->split, seen, &answers));
    evaluation->answers += answers;
  }
  if (evaluation->answers == 0)
    status = lw_fail(LW_ERROR_INPUT, "%s has no %s in its %s split; choose another --split",
                     lw_dataset_path(dataset),
                     lw_dataset_describe(dataset)->target->ids_only ? "token to predict"
                                                                    : "known answer",
                     lw_split_name(evaluation->split));
done:
  return status;
}

lw_status lw_evaluate(lw_model *model, const lw_dataset *dataset, lw_evaluation *evaluation)
{
  lw_evaluation_work work = {0};
  lw_work shown = {0};
  char name[32];
  double start = lw_clock();
  lw_status status = LW_OK;
  evaluation->samples = lw_evaluation_samples(evaluation, dataset);
  if (evaluation->samples == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has no samples in its %s split"
                   "; choose another --split",
                   lw_dataset_path(dataset), lw_split_name(evaluation->split));
  lw_profile_begin(LW_PROFILE_EVALUATE);
  snprintf(name, sizeof name, "%s split", lw_split_name(evaluation->split));
  lw_work_begin(&shown, name, "samples", evaluation->samples);
  LW_TRY_TOGETHER(model->world, list_samples(&work, evaluation, dataset));
  LW_TRY_TOGETHER(model->world, take_tally(&work, evaluation, dataset));
  int64_t each = evaluation->batch_size;
  if (each > evaluation->samples) each = evaluation->samples;
  if (evaluation->gradient) lw_gradient_zero(&model->params);
  for (int64_t first = 0; first < evaluation->samples; first += each) {
    int64_t left = evaluation->samples - first;
    LW_TRY(evaluate_batch(model, dataset, evaluation, &work, first, left < each ? left : each));
    lw_work_add(&shown, left < each ? left : each);
  }
  gather(model, dataset, evaluation, &work);
  evaluation->seconds = lw_clock() - start;
done:
  lw_work_end(&shown);
  lw_profile_end();
  lw_batch_done(&work.batch);
  lw_mem_give(work.list);
  lw_mem_give(work.own_tally);
  return status;
}
