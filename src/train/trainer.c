#define _POSIX_C_SOURCE 200809L
#include "longwave/train/trainer.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/parallel.h"
#include "longwave/train/memory.h"
#include "longwave/train/standing.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What train.epochs come to from here on. */
static void follow_epochs(lw_trainer *trainer, const lw_progress *progress)
{
  const int64_t samples = lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_TRAIN];
  trainer->job.train.steps = lw_job_steps(&trainer->job, samples, progress->step, progress->cursor);
}

static lw_status open_data(lw_trainer *trainer)
{
  lw_status status = LW_OK;
  lw_curriculum *before = &trainer->curriculum;
  LW_TRY_TOGETHER(trainer->world, lw_job_open_data(&trainer->job, &trainer->dataset));
  follow_epochs(trainer, &trainer->progress);
  LW_TRY(lw_job_check_data(&trainer->job, trainer->dataset));
  LW_TRY_TOGETHER(trainer->world, lw_curriculum_read(trainer->job.data.before, before));
  LW_TRY_TOGETHER(trainer->world, lw_curriculum_open(before, &trainer->job, trainer->dataset));
  LW_TRY(lw_dataset_verify(trainer->dataset, trainer->world, LW_SPLIT_TEST));
  for (int i = 0; i < before->count; i++)
    LW_TRY(lw_dataset_verify(before->stage[i].dataset, trainer->world, LW_SPLIT_VALIDATION));
done:
  return status;
}

static lw_status take_room(lw_trainer *trainer)
{
  int64_t B = trainer->job.train.batch_size;
  const lw_dataset_info *info = lw_dataset_describe(trainer->dataset);
  lw_status status = LW_OK;
  LW_TRY(lw_optimizer_init(&trainer->optimizer, lw_optimizer_of(&trainer->job.optimizer),
                           &trainer->model->params, trainer->world));
  LW_TRY(lw_gradient_init(&trainer->gradient, &trainer->optimizer.shard));
  LW_TRY(lw_order_init(&trainer->order, (uint64_t)trainer->job.train.seed,
                       info->count[LW_SPLIT_TRAIN]));
  LW_TRY(LW_TAKE(&trainer->list, B));
done:
  return status;
}

/* A model without memory yet, to see whether its training fits. */
typedef struct outline {
  lw_trainer *trainer;
  const lw_model_data *data;
  lw_memory_data samples;
  lw_memory_case at; /* of the model made last */
} outline;

static lw_status make_outline(void *context)
{
  outline *o = context;
  lw_trainer *trainer = o->trainer;
  const lw_job *job = &trainer->job;
  const lw_world *world = trainer->world;
  const lw_model_design design = lw_job_design(job, o->data);
  const int64_t longest = lw_dataset_describe(trainer->dataset)->longest[LW_SPLIT_TRAIN];
  lw_status status = LW_OK;
  lw_model_destroy(&trainer->model);
  LW_TRY(lw_model_outline(&design, &job->execution, world, &trainer->model));
  o->at = lw_memory_case_of(job, longest, world);
  o->at.data = &o->samples;
  trainer->limit = lw_memory_limit_of(&job->execution, world);
  LW_TRY(lw_memory_check_limit(trainer->model, job, &o->at, &trainer->limit, world));
done:
  return status;
}

/* The ranks in a grid and the model on it. */
static lw_status arrange(lw_trainer *trainer, lw_world *world, const lw_model_data *data)
{
  const lw_job *job = &trainer->job;
  const lw_parallel_request request = {.option = "parallel.sequence",
                                       .sequence = job->execution.sequence,
                                       .samples = lw_job_piece(job),
                                       .longest = data->most_positions};
  outline o = {.trainer = trainer, .data = data};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_memory_data_init(&o.samples, job, trainer->dataset));
  LW_TRY(lw_parallel_fit(world, request, make_outline, &o));
  trainer->memory = lw_memory_estimate(trainer->model, &o.at);
  LW_TRY(lw_model_allocate(trainer->model));
  LW_TRY(lw_model_start(trainer->model));
done:
  lw_memory_data_done(&o.samples);
  return status;
}

lw_status lw_trainer_create(const lw_job *job, lw_world *world, lw_trainer **out)
{
  lw_trainer *trainer = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&trainer, 1));
  trainer->job = *job;
  trainer->world = world;
  trainer->progress.plateau_scale = 1.0;
  LW_TRY(open_data(trainer));
  const lw_model_data data = lw_job_model_data(job, trainer->dataset);
  trainer->progress.best = lw_objective_worst(data.objective, lw_job_selection(job, &data));
  LW_TRY(lw_weights_init(&trainer->weights, job, trainer->dataset, world));
  LW_TRY(arrange(trainer, world, &data));
  LW_TRY_TOGETHER(world, take_room(trainer));
  *out = trainer;
  trainer = NULL;
done:
  lw_trainer_destroy(&trainer);
  return status;
}

void lw_trainer_destroy(lw_trainer **trainer)
{
  if (!*trainer) return;
  lw_dataset_close(&(*trainer)->dataset);
  lw_weights_done(&(*trainer)->weights);
  lw_model_destroy(&(*trainer)->model);
  lw_gradient_done(&(*trainer)->gradient);
  lw_optimizer_done(&(*trainer)->optimizer);
  lw_order_done(&(*trainer)->order);
  lw_curriculum_done(&(*trainer)->curriculum);
  lw_batch_done(&(*trainer)->batch);
  lw_mem_give((*trainer)->list);
  lw_mem_give(*trainer);
  *trainer = NULL;
}

double lw_trainer_epoch(const lw_trainer *trainer)
{
  return (double)trainer->progress.cursor /
         (double)lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_TRAIN];
}

lw_evaluation lw_trainer_evaluation(const lw_trainer *trainer)
{
  const lw_job *job = &trainer->job;
  return (lw_evaluation){.split = LW_SPLIT_VALIDATION,
                         .limit = job->train.evaluate_limit,
                         .batch_size = lw_job_piece(job),
                         .max_length = job->data.max_length,
                         .cost = lw_job_cost(job)};
}

lw_status lw_trainer_validate(lw_trainer *trainer, lw_evaluation *evaluation)
{
  *evaluation = lw_trainer_evaluation(trainer);
  lw_status status = lw_evaluate(trainer->model, trainer->dataset, evaluation);
  if (status == LW_OK) trainer->progress.seconds += evaluation->seconds;
  return status;
}

static lw_checkpoint_state whole_state(lw_trainer *trainer)
{
  return (lw_checkpoint_state){
      .model = trainer->model, .optimizer = &trainer->optimizer, .dataset = trainer->dataset};
}

lw_status lw_trainer_save(lw_trainer *trainer, const char *path, lw_checkpoint_saved *saved)
{
  lw_checkpoint_info *info = NULL;
  const lw_dataset_info *data = lw_dataset_describe(trainer->dataset);
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_CHECKPOINT);
  LW_TRY_TOGETHER(trainer->world, LW_TAKE(&info, 1));
  info->progress = trainer->progress;
  /* Every rank defines the same file: the clocks of the root count. */
  lw_broadcast(trainer->world, &info->progress.seconds, (int64_t)sizeof info->progress.seconds);
  info->epoch = lw_trainer_epoch(trainer);
  info->data = trainer->model->data;
  info->data_checksum = data->checksum;
  snprintf(info->task, sizeof info->task, "%s", data->task);
  lw_job_text(&trainer->job, info->job);
  lw_checkpoint_state state = whole_state(trainer);
  LW_TRY(lw_checkpoint_save(path, trainer->world, info, &state, saved));
done:
  lw_mem_give(info);
  lw_profile_end();
  return status;
}

static lw_status check_job(lw_trainer *trainer, const char *path, lw_job *saved, lw_resume *resume)
{
  char refused[4096];
  lw_job_compare(saved, &trainer->job, LW_ROLES_FIXED, refused, sizeof refused);
  lw_job_compare(saved, &trainer->job, LW_ROLES_FREE, resume->changes, sizeof resume->changes);
  if (*refused)
    return lw_fail(LW_ERROR_INPUT,
                   "cannot resume from %s with another model or order of samples:\n%s", path,
                   refused);
  return LW_OK;
}

static lw_status check_data(const lw_trainer *trainer, const char *path,
                            const lw_checkpoint_info *info, lw_resume *resume)
{
  const char *data = lw_dataset_path(trainer->dataset);
  const lw_model_data *now = &trainer->model->data, *then = &info->data;
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_check_sizes(path, info, trainer->dataset));
  LW_TRY(
      lw_checkpoint_data_changes(path, info, trainer->dataset, resume->data, sizeof resume->data));
  if (*resume->data && !resume->accept_data)
    status = lw_fail(LW_ERROR_INPUT,
                     "cannot resume from %s: %s is not the data set of its training:\n%s\nAdd "
                     "--accept-data to go on with the changed data set, or give the old one",
                     path, data, resume->data);
  else if (lw_choices_have(trainer->job.model.positions, LW_POSITIONS_LEARNED) &&
           now->most_positions != then->most_positions)
    status =
        lw_fail(LW_ERROR_INPUT,
                "cannot resume from %s: it has learned positions for %lld tokens, but the "
                "longest sample of %s has %lld; keep one of that length, or start a new training",
                path, (long long)then->most_positions, data, (long long)now->most_positions);
  else if (lw_attention_relative(&trainer->job.attention, now->most_positions).side !=
           lw_attention_relative(&trainer->job.attention, then->most_positions).side)
    status =
        lw_fail(LW_ERROR_INPUT,
                "cannot resume from %s: it has biases per distance for samples of %lld tokens, "
                "but the longest sample of %s has %lld; keep one of about that length, or start "
                "a new training",
                path, (long long)then->most_positions, data, (long long)now->most_positions);
done:
  return status;
}

/* What follows when the data set is another. The order of samples is drawn from their number: the
   epoch and the share of it that is done stay, the samples of the rest are others. */
static void follow_data(lw_trainer *trainer, const lw_checkpoint_info *info, lw_resume *resume)
{
  lw_progress *progress = &trainer->progress;
  const int64_t now = trainer->order.count;
  const int64_t known = lw_checkpoint_samples(info), then = known ? known : now;
  if (then != now) {
    const double share = (double)(progress->cursor % then) / (double)then;
    progress->cursor = progress->cursor / then * now + (int64_t)(share * (double)now);
    lw_text note = lw_text_behind(resume->data, sizeof resume->data);
    lw_text_add(&note, "\nfrom here on the order is that of %lld samples%s", (long long)now,
                share > 0.0 ? "; in the current epoch some samples come twice and some never" : "");
  }
}

/* What of the progress does not hold for this job any more is forgotten, and said. */
static void settle(lw_trainer *trainer, const lw_job *saved, const lw_checkpoint_info *info,
                   lw_resume *resume)
{
  const lw_dataset *dataset = trainer->dataset;
  const lw_standing_case at = {.saved = saved,
                               .job = &trainer->job,
                               .data = &trainer->model->data,
                               .samples = lw_dataset_describe(dataset)->count[LW_SPLIT_VALIDATION],
                               .same_split =
                                   lw_checkpoint_same_split(info, dataset, LW_SPLIT_VALIDATION),
                               .limits_by_front = info->format < LW_CHECKPOINT_MARKED};
  lw_standing_settle(&at, &trainer->progress, resume->settled, sizeof resume->settled);
}

static lw_status restore_local(lw_trainer *trainer, const char *path, lw_checkpoint_info *info,
                               lw_resume *resume)
{
  lw_job saved = {0};
  lw_checkpoint_state state = whole_state(trainer);
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_read_info(path, info));
  LW_TRY(lw_job_from_text(&saved, info->job, path));
  follow_epochs(trainer, &info->progress);
  LW_TRY(check_job(trainer, path, &saved, resume));
  LW_TRY(check_data(trainer, path, info, resume));
  LW_TRY(lw_checkpoint_load(path, &state));
  trainer->progress = info->progress;
  if (*resume->data) follow_data(trainer, info, resume);
  follow_epochs(trainer, &trainer->progress);
  settle(trainer, &saved, info, resume);
done:
  return status;
}

lw_status lw_trainer_restore(lw_trainer *trainer, const char *path, lw_resume *resume)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_TAKE(&info, 1);
  *resume->changes = *resume->data = *resume->settled = 0;
  if (status == LW_OK) status = restore_local(trainer, path, info, resume);
  lw_mem_give(info);
  return lw_agree(trainer->world, status);
}
