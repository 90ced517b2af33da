#include "longwave/train/weights.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/model/baseline.h"
#include <math.h>

typedef struct counts {
  int64_t outputs;
  double *there, *known; /* [outputs] of the train split */
} counts;

static void count_class(const lw_batch *batch, int64_t index, void *context)
{
  const counts *c = context;
  const int32_t label = batch->label[index];
  if (label >= 0) c->there[label] += 1.0;
}

static void count_several(const lw_batch *batch, int64_t index, void *context)
{
  const counts *c = context;
  const float *wanted = batch->wanted + index * c->outputs;
  for (int64_t k = 0; k < c->outputs; k++) {
    c->known[k] += !isnan(wanted[k]);
    c->there[k] += wanted[k] > 0.5f;
  }
}

/* weight [outputs] in: how often each class comes; out: what it weighs. */
static void balance(int64_t outputs, double *weight)
{
  double all = 0.0, classes = 0.0;
  for (int64_t k = 0; k < outputs; k++) {
    all += weight[k];
    classes += weight[k] > 0.0;
  }
  for (int64_t k = 0; k < outputs; k++)
    weight[k] = weight[k] > 0.0 ? all / (classes * weight[k]) : 1.0;
}

static lw_status count(const lw_job *job, const lw_dataset *dataset, lw_answer_visit visit,
                       const counts *c)
{
  const lw_samples_list train = {.split = LW_SPLIT_TRAIN,
                                 .count = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN],
                                 .max_length = job->data.max_length};
  counts own = *c;
  return lw_answers_visit(dataset, &train, visit, &own);
}

static lw_status weigh_classes(double **weight, const lw_job *job, const lw_dataset *dataset,
                               const lw_world *world)
{
  counts c = {.outputs = lw_dataset_outcomes(lw_dataset_describe(dataset))};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(weight, c.outputs));
  c.there = *weight;
  LW_TRY_ON_ROOT(world, count(job, dataset, count_class, &c));
  balance(c.outputs, *weight);
  lw_broadcast(world, *weight, c.outputs * (int64_t)sizeof **weight);
done:
  return status;
}

static lw_status weigh_present(double **weight, const lw_job *job, const lw_dataset *dataset,
                               const lw_world *world)
{
  counts c = {.outputs = lw_dataset_outcomes(lw_dataset_describe(dataset))};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(weight, c.outputs));
  LW_TRY_TOGETHER(world, LW_TAKE(&c.known, c.outputs));
  c.there = *weight;
  LW_TRY_ON_ROOT(world, count(job, dataset, count_several, &c));
  for (int64_t k = 0; k < c.outputs; k++) {
    const double there = c.there[k], absent = c.known[k] - there;
    (*weight)[k] = there > 0.0 && absent > 0.0 ? absent / there : 1.0;
  }
  lw_broadcast(world, *weight, c.outputs * (int64_t)sizeof **weight);
done:
  lw_mem_give(c.known);
  return status;
}

static lw_status weigh_samples(lw_cost *cost, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t samples = info->count[LW_SPLIT_TRAIN];
  double all = 0.0;
  if (!info->weighted) return LW_OK;
  for (int64_t i = 0; i < samples; i++) all += lw_dataset_weight(dataset, LW_SPLIT_TRAIN, i);
  if (all <= 0.0)
    return lw_fail(LW_ERROR_INPUT,
                   "%s: all samples of the train split have weight 0; give some a weight above 0",
                   lw_dataset_path(dataset));
  cost->sample_scale = (double)samples / all;
  return LW_OK;
}

lw_status lw_weights_init(lw_weights *weights, const lw_job *job, const lw_dataset *dataset,
                          const lw_world *world)
{
  const unsigned heeds = lw_objective_of(lw_dataset_describe(dataset))->heeds;
  const lw_objective_options *options = &job->objective;
  lw_status status = LW_OK;
  weights->cost = lw_job_cost(job);
  weights->cost.smoothing = job->train.label_smoothing;
  LW_TRY(weigh_samples(&weights->cost, dataset));
  if (options->class_weights == LW_WEIGHING_BALANCED && heeds & LW_HEEDS_CLASS_WEIGHTS)
    LW_TRY(weigh_classes(&weights->class_weight, job, dataset, world));
  if (options->positive_weights == LW_WEIGHING_BALANCED && heeds & LW_HEEDS_POSITIVE_WEIGHTS)
    LW_TRY(weigh_present(&weights->present_weight, job, dataset, world));
  weights->cost.class_weight = weights->class_weight;
  weights->cost.present_weight = weights->present_weight;
done:
  return status;
}

void lw_weights_done(lw_weights *weights)
{
  lw_mem_give(weights->class_weight);
  lw_mem_give(weights->present_weight);
  *weights = (lw_weights){0};
}
