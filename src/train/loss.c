#include "longwave/train/loss.h"
#include "longwave/array/layout.h"
#include "longwave/comm/reduce.h"
#include <assert.h>
#include <string.h>

/* Answers are summed in so many parts, whatever the number of threads. */
enum { PARTS = 64, MORE = 8 };

/* The sample of an answer: of rows by the stretch that they belong to. */
static int64_t sample_of(const lw_model_data *data, const lw_batch *batch, int64_t answer)
{
  const lw_packing *packing = &batch->packing;
  int64_t low = 0, high = packing->stretch_count;
  if (data->objective->readout != LW_READOUT_ROW) return answer;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (packing->stretches[middle].row <= answer)
      low = middle;
    else
      high = middle;
  }
  return packing->stretches[low].sample;
}

static double weight_of(const lw_model_data *data, const lw_cost *cost, const lw_batch *batch,
                        int64_t answer)
{
  if (!batch->weight || cost->sample_scale <= 0.0) return 1.0;
  return cost->sample_scale * (double)batch->weight[sample_of(data, batch, answer)];
}

void lw_loss_add(const lw_model_data *data, const lw_cost *cost, const float *logits,
                 const lw_batch *batch, float *dlogits, lw_sums *sums)
{
  const lw_objective *objective = data->objective;
  const int64_t K = data->outputs;
  const double scale = 1.0 / (double)batch->global_answers;
  lw_sums part[PARTS] = {{{0.0}}};
#pragma omp parallel for schedule(dynamic) if (batch->answers > PARTS)
  for (int p = 0; p < PARTS; p++) {
    const int64_t end = lw_layout_first(batch->answers, PARTS, p + 1);
    for (int64_t b = lw_layout_first(batch->answers, PARTS, p); b < end; b++) {
      const double weight = weight_of(data, cost, batch, b);
      const lw_answer answer = {logits + b * K, K, batch, b, weight, scale, cost};
      objective->add(&answer, dlogits ? dlogits + b * K : NULL, part[p].sum);
    }
  }
  for (int p = 0; p < PARTS && batch->counted; p++)
    for (int k = 0; k < objective->sums; k++) sums->sum[k] += part[p].sum[k];
}

void lw_loss_add_steps(const lw_model *model, const lw_batch *batch, double weight, double *sum)
{
  static const lw_cost plain = {.sample_scale = 0.0};
  const lw_step_head *head = &model->head.steps;
  const lw_step_kept *kept = &model->head_kept.steps;
  const lw_model_data data = {.objective = &lw_objective_step_class, .outputs = head->classes};
  lw_batch steps = *batch;
  lw_sums sums = {{0.0}};
  if (!lw_step_head_asked(head, &model->pass)) return;
  steps.label = batch->beside;
  steps.answers = batch->rows;
  steps.global_answers = batch->global_beside;
  steps.counted = true;
  lw_loss_add(&data, &plain, kept->logits, &steps, kept->dlogits, &sums);
  for (int64_t n = 0; n < batch->rows * head->classes; n++) kept->dlogits[n] *= (float)weight;
  for (int k = 0; k < 2; k++) sum[k] += sums.sum[k];
}

void lw_loss_tally(const lw_model_data *data, const float *logits, const lw_batch *batch,
                   double *tally)
{
  const lw_cost plain = {.sample_scale = 0.0};
  const int64_t K = data->outputs;
  for (int64_t b = 0; b < batch->answers && batch->counted; b++) {
    const lw_answer answer = {logits + b * K, K, batch, b, 1.0, 1.0, &plain};
    data->objective->tally->add(&answer, tally);
  }
}

void lw_loss_share(const lw_world *world, const lw_objective *objective, lw_sums *sums,
                   double *more, int count)
{
  double all[LW_OBJECTIVE_SUMS + MORE];
  const size_t sum_bytes = (size_t)objective->sums * sizeof *all;
  assert(count <= MORE);
  memcpy(all, sums->sum, sum_bytes);
  memcpy(all + objective->sums, more, (size_t)count * sizeof *all);
  lw_reduce_sum_doubles(world, all, objective->sums + count);
  memcpy(sums->sum, all, sum_bytes);
  memcpy(more, all + objective->sums, (size_t)count * sizeof *all);
}
