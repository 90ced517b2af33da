/* Whether a job and its data set suit each other, and what the model must know of the data. */
#include "longwave/model/objective.h"
#include "longwave/op/smooth.h"
#include "longwave/train/job.h"

/* A model must not see what it is to predict. */
static lw_status check_sight(const lw_job *job, const char *wanted)
{
  const lw_attention_options *attention = &job->attention;
  if (!attention->causal)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has %s as target, which attention.causal: false shows to the "
                   "model; set attention.causal: true",
                   job->data.path, wanted);
  if (attention->window > 1 && attention->alignment != LW_ALIGNMENT_CAUSAL)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has %s as target, which smoothing with attention.alignment: centred "
                   "mixes into the tokens before it; set attention.alignment: causal, or "
                   "attention.window: 1",
                   job->data.path, wanted);
  if (job->model.norm == LW_NORM_BATCH)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has %s as target, which enters the statistics of model.norm: "
                   "batch; set model.norm: layer",
                   job->data.path, wanted);
  return LW_OK;
}

lw_status lw_job_check_input(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_input_options *input = &job->data.input;
  const char *path = lw_dataset_path(dataset);
  if (info->missing && input->missing == LW_MISSING_REFUSE)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has missing values; set data.missing to zero or last, and "
                   "data.missing_indicator: true to tell the model which are missing",
                   path);
  if (input->missing_indicator && !info->missing)
    return lw_fail(LW_ERROR_INPUT,
                   "data.missing_indicator: no value of %s is missing; leave it out", path);
  if (input->time_gap && !(info->timed && !info->input->ids))
    return lw_fail(LW_ERROR_INPUT, "data.time_gap: %s has no %s; leave it out", path,
                   info->input->ids ? "values" : "times");
  if (input->from_last > 0 && info->horizon == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "data.from_last: %s does not ask for the next values; leave it "
                   "out",
                   path);
  if (input->ticks && !info->timed)
    return lw_fail(LW_ERROR_INPUT, "%s: %s has no times; take %s, or make the data set with times",
                   job->attention.clock == LW_CLOCK_TIME ? "attention.clock: time"
                                                         : "attention.clock_step: times",
                   path,
                   job->attention.clock == LW_CLOCK_TIME ? "clock index, learned or content"
                                                         : "clock_step tokens");
  return LW_OK;
}

/* What data sets can hold and the model cannot learn. */
static lw_status check_task(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_objective *objective = lw_objective_of(info);
  const int64_t most = job->data.max_length, longest = info->longest[LW_SPLIT_TRAIN];
  const char *wanted = info->target->wanted;
  if (!objective)
    return lw_fail(LW_ERROR_INPUT,
                   "%s asks for %s of samples of %lld documents, which no model "
                   "here can learn",
                   lw_dataset_path(dataset), wanted, (long long)info->documents);
  if (info->target->answers(most > 0 && most < longest ? most : longest) < 1)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has %s as target, but no training sample has two tokens; raise "
                   "data.max_length, or make it again with longer pieces",
                   lw_dataset_path(dataset), wanted);
  if (objective->causal) return check_sight(job, wanted);
  if (info->target->labels && info->classes == 1)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has one class, so there is nothing to classify; to learn the next token of "
                   "a text, use 'longwave prepare language'",
                   lw_dataset_path(dataset));
  return LW_OK;
}

static lw_status check_steps(const lw_job *job, const lw_dataset *dataset)
{
  if (job->objective.step_weight <= 0.0 || lw_dataset_describe(dataset)->step_classes > 0)
    return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "objective.step_weight: %s has no step labels beside its answers; leave it out, or "
      "make the data set with them (longwave prepare pathfinder --step-labels)",
      lw_dataset_path(dataset));
}

/* The tokens of one document, brought to mean 0, have the mean that all documents have. */
static lw_status check_statistics(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t samples = lw_job_least_piece(job), most = job->train.batch_size / 2;
  if (job->model.norm != LW_NORM_BATCH || info->documents > 1) return LW_OK;
  if (info->count[LW_SPLIT_TRAIN] == 1)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has one training sample, but model.norm: batch needs more than one; make "
                   "the data set with more samples, or set model.norm: layer",
                   lw_dataset_path(dataset));
  if (samples > 1) return LW_OK;
  if (most < 1)
    return lw_fail(
        LW_ERROR_INPUT,
        "model.norm: batch needs more than one sample in a step (train.batch_size: 1); raise "
        "train.batch_size, or set model.norm: layer");
  return lw_fail(
      LW_ERROR_INPUT,
      "model.norm: batch needs more than one sample in each piece of a step (train.batch_size: "
      "%lld in train.accumulation: %lld); set train.accumulation to %lld or less "
      "(parallel.recompute: true saves memory, too), or set model.norm: layer",
      (long long)job->train.batch_size, (long long)job->train.accumulation, (long long)most);
}

int lw_job_selection(const lw_job *job, const lw_model_data *data)
{
  char keys[512];
  return lw_objective_figure(data->objective, data->outputs, job->objective.select, keys,
                             (int64_t)sizeof keys);
}

lw_cost lw_job_cost(const lw_job *job)
{
  return (lw_cost){.loss = job->objective.loss, .huber_delta = job->objective.huber_delta};
}

static lw_status check_selection(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_objective *objective = lw_objective_of(info);
  char keys[512];
  if (lw_objective_figure(objective, lw_dataset_outcomes(info), job->objective.select, keys,
                          (int64_t)sizeof keys) >= 0)
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "objective.select: '%.64s' is no figure of %s, which %s asks for; choose one of: "
                 "%s",
                 job->objective.select, objective->target->wanted, lw_dataset_path(dataset), keys);
}

lw_status lw_job_check_data(const lw_job *job, const lw_dataset *dataset)
{
  lw_status status = LW_OK;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  if (info->count[LW_SPLIT_TRAIN] == 0)
    return lw_fail(LW_ERROR_INPUT, "%s has no training samples; make it with some",
                   lw_dataset_path(dataset));
  if (info->unlabelled[LW_SPLIT_TRAIN] > 0)
    return lw_fail(LW_ERROR_INPUT,
                   "%s: %lld training samples have no answer; make it again without them",
                   lw_dataset_path(dataset), (long long)info->unlabelled[LW_SPLIT_TRAIN]);
  LW_TRY(lw_job_check_input(job, dataset));
  LW_TRY(check_task(job, dataset));
  LW_TRY(check_steps(job, dataset));
  LW_TRY(check_statistics(job, dataset));
  LW_TRY(check_selection(job, dataset));
done:
  return status;
}

static int64_t longest_of(const lw_dataset *dataset, int64_t max_length)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  int64_t most = 1;
  for (int split = 0; split < LW_SPLITS; split++)
    if (info->longest[split] > most) most = info->longest[split];
  return max_length > 0 && most > max_length ? max_length : most;
}

lw_model_data lw_job_model_data(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  return (lw_model_data){.input = info->input,
                         .objective = lw_objective_of(info),
                         .vocabulary = info->vocabulary,
                         .inputs = lw_input_numbers(info, &job->data.input),
                         .outputs = lw_dataset_outcomes(info),
                         .step_outputs = job->objective.step_weight > 0.0 ? info->step_classes : 0,
                         .most_positions = longest_of(dataset, job->data.max_length)};
}
