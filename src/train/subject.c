#include "longwave/train/subject.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/train/memory.h"
#include "longwave/train/parallel.h"
#include <assert.h>
#include <stdio.h>

/* ---- what the checkpoint says ---- */

static lw_status read(lw_subject *subject, const lw_subject_request *request)
{
  lw_checkpoint_info *info = &subject->info;
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_read_info(subject->path, info));
  LW_TRY(lw_job_from_text(&subject->job, info->job, subject->path));
  if (!request->data) goto done;
  LW_TRY(lw_job_open_data_or(&subject->job, request->data, &subject->dataset));
  LW_TRY(lw_checkpoint_check_data(subject->path, info, subject->dataset, request->accept_data));
  LW_TRY(lw_job_check_input(&subject->job, subject->dataset));
done:
  return status;
}

lw_status lw_subject_open(lw_world *world, const lw_subject_request *request, lw_subject **out)
{
  lw_subject *subject = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&subject, 1));
  snprintf(subject->path, sizeof subject->path, "%s", request->checkpoint);
  subject->unverified = request->unverified;
  subject->world = world;
  LW_TRY_TOGETHER(world, read(subject, request));
  subject->execution = (lw_execution){.matmul = subject->job.execution.matmul,
                                      .recompute = subject->job.execution.recompute};
  *out = subject;
  subject = NULL;
done:
  lw_subject_close(&subject);
  return status;
}

void lw_subject_close(lw_subject **subject)
{
  if (!*subject) return;
  lw_optimizer_done(&(*subject)->optimizer);
  lw_model_destroy(&(*subject)->model);
  lw_dataset_close(&(*subject)->dataset);
  lw_mem_give(*subject);
  *subject = NULL;
}

bool lw_subject_shares(const lw_subject *subject)
{
  return subject->execution.matmul != LW_MATMUL_LOCAL;
}

/* ---- the model ---- */

/* A model without memory yet, to see whether its use fits. */
typedef struct outline {
  lw_subject *subject;
  lw_memory_evaluation memory;
} outline;

static lw_status make_outline(void *context)
{
  const outline *o = context;
  lw_subject *subject = o->subject;
  const lw_world *world = subject->world;
  const lw_model_design design = lw_job_design(&subject->job, &subject->info.data);
  lw_status status = LW_OK;
  lw_model_destroy(&subject->model);
  LW_TRY(lw_model_outline(&design, &subject->execution, world, &subject->model));
  LW_TRY_TOGETHER(world, lw_checkpoint_check_shapes(subject->path, &subject->model->params));
  const lw_memory_limit limit = lw_memory_limit_of(&subject->execution, world);
  LW_TRY(lw_memory_check_evaluation(subject->model, &o->memory, &limit, world));
done:
  return status;
}

static lw_parallel_request request_of(const lw_subject *subject, const lw_subject_use *use,
                                      int64_t count)
{
  lw_parallel_request request = {.option = use->option,
                                 .sequence = use->sequence ? use->sequence : 1,
                                 .samples = 1,
                                 .longest = INT64_MAX};
  if (count == 0) return request; /* no pass: nobody needs work */
  const lw_evaluation *evaluation = use->evaluation;
  assert(evaluation);
  const int64_t cut = evaluation->max_length;
  request.longest = lw_dataset_describe(subject->dataset)->longest[evaluation->split];
  if (cut > 0 && request.longest > cut) request.longest = cut;
  request.samples = count < evaluation->batch_size ? count : evaluation->batch_size;
  request.sequence = use->sequence;
  request.least = lw_subject_shares(subject) ? 2 : 1;
  return request;
}

static lw_status fill(lw_subject *subject, const lw_subject_use *use)
{
  lw_checkpoint_state state = {.model = subject->model, .unverified = subject->unverified};
  lw_status status = LW_OK;
  if (use->optimizer) {
    const lw_optimizer_kind *kind = lw_optimizer_of(&subject->job.optimizer);
    LW_TRY(lw_optimizer_init(&subject->optimizer, kind, &subject->model->params, subject->world));
    state.optimizer = &subject->optimizer;
  }
  LW_TRY(lw_checkpoint_load(subject->path, &state));
done:
  return status;
}

lw_status lw_subject_load(lw_subject *subject, const lw_subject_use *use)
{
  lw_world *world = subject->world;
  const lw_evaluation *evaluation = use->evaluation;
  outline o = {.subject = subject};
  int64_t *list = NULL, count = use->count;
  lw_status status = LW_OK;
  if (evaluation && !use->list) {
    count = lw_evaluation_samples(evaluation, subject->dataset);
    LW_TRY_TOGETHER(world, LW_TAKE(&list, count));
    LW_TRY_TOGETHER(world, lw_evaluation_list(evaluation, subject->dataset, list));
  }
  o.memory = (lw_memory_evaluation){
      .dataset = subject->dataset,
      .evaluation = evaluation,
      .list = list ? list : use->list,
      .count = count,
      .results = use->results,
      .optimizer = use->optimizer ? lw_optimizer_of(&subject->job.optimizer) : NULL,
      .batch_option = use->batch};
  LW_TRY(lw_parallel_fit(world, request_of(subject, use, count), make_outline, &o));
  LW_TRY(lw_model_allocate(subject->model));
  LW_TRY_TOGETHER(world, fill(subject, use));
done:
  lw_mem_give(list);
  return status;
}
