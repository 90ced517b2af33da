#include "longwave/train/evaluate.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "longwave/train/loss.h"
#include <math.h>
#include <string.h>

typedef struct lw_evaluation_work {
  lw_batch batch;
  int64_t *list;  /* [batch_size] samples of the batch */
  float *dlogits; /* [batch_size, classes] */
  lw_loss sums;
  int64_t tokens;
} lw_evaluation_work;

int64_t lw_evaluation_samples(const lw_evaluation *evaluation, const lw_dataset *dataset)
{
  int64_t count = lw_dataset_describe(dataset)->count[evaluation->split];
  return evaluation->limit > 0 && evaluation->limit < count ? evaluation->limit : count;
}

lw_status lw_evaluation_chance(const lw_evaluation *evaluation, const lw_dataset *dataset,
                               double *chance)
{
  const int64_t samples = lw_evaluation_samples(evaluation, dataset);
  int64_t *times = NULL, most = 0;
  lw_status status = LW_TAKE(&times, lw_dataset_describe(dataset)->classes);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < samples; i++) {
    const int64_t now = ++times[lw_dataset_label(dataset, evaluation->split, i)];
    if (now > most) most = now;
  }
  lw_mem_give(times);
  *chance = samples > 0 ? (double)most / (double)samples : 0.0;
  return LW_OK;
}

static void keep_results(const lw_model *model, const lw_batch *batch,
                         const lw_evaluation *evaluation)
{
  int64_t K = model->data.classes;
  for (int64_t b = 0; b < batch->samples && batch->counted; b++) {
    const float *row = model->logits + b * K;
    if (evaluation->logits)
      memcpy(evaluation->logits + batch->sample[b] * K, row, (size_t)K * sizeof *row);
    if (evaluation->confusion) evaluation->confusion[batch->label[b] * K + lw_loss_guess(row, K)]++;
  }
}

/* Samples [first, first + count) of the split. */
static lw_status evaluate_batch(lw_model *model, const lw_dataset *dataset,
                                lw_evaluation *evaluation, lw_evaluation_work *work, int64_t first,
                                int64_t count)
{
  lw_mode mode = evaluation->gradient ? LW_MODE_GRADIENT : LW_MODE_EVALUATE;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) work->list[i] = first + i;
  lw_batch_request request = {.split = evaluation->split,
                              .list = work->list,
                              .count = count,
                              .piece = 0,
                              .pieces = 1,
                              .max_length = evaluation->max_length,
                              .rule = lw_model_rule(model)};
  LW_TRY_TOGETHER(model->world, lw_batch_load(&work->batch, dataset, model->world, &request));
  LW_TRY(lw_model_forward(model, &work->batch, mode, 0));
  work->batch.global_answers = evaluation->samples; /* the mean runs over the whole evaluation */
  lw_loss_add(model->logits, model->data.classes, &work->batch, 0.0,
              evaluation->gradient ? work->dlogits : NULL, &work->sums);
  work->tokens += work->batch.rows;
  keep_results(model, &work->batch, evaluation);
  if (evaluation->gradient) LW_TRY(lw_model_backward(model, work->dlogits));
done:
  return status;
}

/* Sums over ranks. */
static void gather(lw_model *model, lw_evaluation *evaluation, const lw_evaluation_work *work)
{
  const lw_world *world = model->world;
  int64_t K = model->data.classes;
  double sums[3] = {work->sums.loss, work->sums.correct, (double)work->tokens};
  lw_reduce_sum_doubles(world, sums, 3);
  evaluation->loss = sums[0] / (double)evaluation->samples;
  evaluation->accuracy = sums[1] / (double)evaluation->samples;
  evaluation->tokens = (int64_t)sums[2];
  if (evaluation->logits) lw_reduce_sum_floats(world, evaluation->logits, evaluation->samples * K);
  if (evaluation->confusion) lw_reduce_sum_integers(world, evaluation->confusion, K * K);
  if (evaluation->gradient) lw_gradient_sum(&model->params, world);
}

lw_status lw_evaluate(lw_model *model, const lw_dataset *dataset, lw_evaluation *evaluation)
{
  lw_evaluation_work work = {0};
  double start = lw_clock();
  lw_status status = LW_OK;
  evaluation->samples = lw_evaluation_samples(evaluation, dataset);
  if (evaluation->samples == 0)
    return lw_fail(LW_ERROR_INPUT, "%s has no samples in its %s split", lw_dataset_path(dataset),
                   lw_split_name(evaluation->split));
  lw_profile_begin(LW_PROFILE_EVALUATE);
  int64_t each = evaluation->batch_size;
  if (each > evaluation->samples) each = evaluation->samples;
  status = LW_TAKE(&work.list, each);
  if (status == LW_OK) status = LW_TAKE(&work.dlogits, each * model->data.classes);
  LW_TRY(lw_agree(model->world, status));
  if (evaluation->gradient) lw_gradient_zero(&model->params);
  for (int64_t first = 0; first < evaluation->samples; first += each) {
    int64_t left = evaluation->samples - first;
    LW_TRY(evaluate_batch(model, dataset, evaluation, &work, first, left < each ? left : each));
  }
  gather(model, evaluation, &work);
  evaluation->seconds = lw_clock() - start;
done:
  lw_profile_end();
  lw_batch_done(&work.batch);
  lw_mem_give(work.list);
  lw_mem_give(work.dlogits);
  return status;
}

void lw_wilson(double accuracy, int64_t samples, double *low, double *high)
{
  const double z = 1.959963984540054;
  double n = (double)samples, z2 = z * z / n;
  double middle = (accuracy + z2 / 2.0) / (1.0 + z2);
  double half = z / (1.0 + z2) * sqrt(accuracy * (1.0 - accuracy) / n + z2 / (4.0 * n));
  *low = fmax(middle - half, 0.0);
  *high = fmin(middle + half, 1.0);
}
