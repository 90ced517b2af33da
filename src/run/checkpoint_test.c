#include "checkpoint_test_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/train/memory.h"
#include "longwave/train/parallel.h"
#include <string.h>

bool lw_checkpoint_test_drawn(const lw_checkpoint_test *test)
{
  return lw_evaluation_samples(&test->evaluation, test->dataset) <
         lw_dataset_describe(test->dataset)->count[test->evaluation.split];
}

static lw_status check_request(const lw_checkpoint_test_request *request)
{
  if (*request->logits && !strcmp(request->logits, request->gradients))
    return lw_fail(LW_ERROR_INPUT, "--logits and --gradients must be two files");
  return lw_test_folder_check(request);
}

static lw_status arrange(lw_checkpoint_test *test)
{
  const lw_evaluation *evaluation = &test->evaluation;
  const int64_t samples = lw_evaluation_samples(evaluation, test->dataset);
  int64_t longest = lw_dataset_describe(test->dataset)->longest[evaluation->split];
  if (samples == 0) return LW_OK; /* lw_evaluate refuses */
  if (evaluation->max_length > 0 && longest > evaluation->max_length)
    longest = evaluation->max_length;
  return lw_parallel_arrange(test->world,
                             &(lw_parallel_request){.option = "--sequence",
                                                    .sequence = test->request.sequence,
                                                    .samples = samples < evaluation->batch_size
                                                                   ? samples
                                                                   : evaluation->batch_size,
                                                    .longest = longest});
}

static lw_status open(lw_checkpoint_test *test)
{
  const lw_checkpoint_test_request *request = &test->request;
  const char *path = request->checkpoint;
  lw_world *world = test->world;
  lw_evaluation *evaluation = &test->evaluation;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&test->job, 1));
  LW_TRY_TOGETHER(world, LW_TAKE(&test->info, 1));
  LW_TRY_TOGETHER(world, lw_checkpoint_read_info(path, test->info));
  LW_TRY_TOGETHER(world, lw_job_from_text(test->job, test->info->job, path));
  LW_TRY_TOGETHER(world, lw_job_open_data_or(test->job, request->data, &test->dataset));
  evaluation->batch_size = request->batch_size ? request->batch_size : lw_job_piece(test->job);
  evaluation->max_length = test->job->data.max_length;
  LW_TRY(arrange(test));
  LW_TRY(
      lw_checkpoint_model(path, world, request->unverified, test->info, test->job, &test->model));
  LW_TRY_TOGETHER(world,
                  lw_checkpoint_check_data(path, test->info, test->dataset, request->accept_data));
done:
  return status;
}

static lw_status check_kind(const lw_checkpoint_test *test)
{
  const bool by_row = test->model->data.objective->readout == LW_READOUT_ROW;
  if (!by_row || !*test->request.logits) return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "--logits writes one row for each sample, but %s has logits at each token; remove it",
      test->request.checkpoint);
}

/* A table of many classes is worth its memory only where it goes to a file. */
static bool wants_table(const lw_checkpoint_test *test)
{
  const int64_t most = test->kept ? LW_KEPT_CLASSES : LW_CHECKPOINT_TEST_CLASSES;
  return test->model->data.objective->guess && test->model->data.classes <= most;
}

/* Room for the results, if there is enough for all that the evaluation takes. They are summed over
   ranks, for which MPI takes as much again. */
static lw_status take_results(lw_checkpoint_test *test)
{
  lw_evaluation *evaluation = &test->evaluation;
  const int64_t K = test->model->data.classes;
  const int64_t cells = wants_table(test) ? K * K : 0;
  const int64_t floats =
      *test->request.logits ? lw_evaluation_samples(evaluation, test->dataset) * K : 0;
  const int64_t bytes = 2 * (floats * (int64_t)sizeof(float) + cells * (int64_t)sizeof(int64_t));
  lw_status status = LW_OK;
  LW_TRY(lw_memory_check_evaluation(test->model, test->dataset, evaluation, bytes, test->world));
  if (cells) LW_TRY_TOGETHER(test->world, LW_TAKE(&evaluation->confusion, cells));
  if (floats) LW_TRY_TOGETHER(test->world, LW_TAKE(&evaluation->logits, floats));
done:
  return status;
}

lw_status lw_checkpoint_test_run(lw_world *world, const lw_checkpoint_test_request *request,
                                 lw_checkpoint_test *test)
{
  lw_status status = LW_OK;
  LW_TRY(check_request(request));
  test->request = *request;
  test->world = world;
  test->evaluation = (lw_evaluation){
      .split = request->split, .limit = request->limit, .gradient = *request->gradients != 0};
  LW_TRY(open(test));
  LW_TRY(lw_test_folder_choose(test));
  LW_TRY(check_kind(test));
  LW_TRY(take_results(test));
  LW_TRY(lw_test_files_begin(test));
  LW_TRY(lw_evaluate(test->model, test->dataset, &test->evaluation));
done:
  return status;
}

void lw_checkpoint_test_done(lw_checkpoint_test *test)
{
  lw_h5_writer_destroy(&test->logits);
  lw_h5_writer_destroy(&test->gradients);
  lw_mem_give(test->evaluation.confusion);
  lw_mem_give(test->evaluation.logits);
  lw_dataset_close(&test->dataset);
  lw_model_destroy(&test->model);
  lw_mem_give(test->info);
  lw_mem_give(test->job);
  *test = (lw_checkpoint_test){0};
}

lw_status lw_checkpoint_test_and_keep(lw_world *world, const char *checkpoint, lw_split split,
                                      const char *folder)
{
  const lw_checkpoint_test_request request = {.checkpoint = checkpoint,
                                              .data = "",
                                              .split = split,
                                              .keep = LW_TEST_KEEP_ALWAYS,
                                              .keep_in = folder,
                                              .logits = "",
                                              .gradients = ""};
  lw_checkpoint_test test = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_test_run(world, &request, &test));
  LW_TRY(lw_checkpoint_test_keep(&test));
done:
  lw_checkpoint_test_done(&test);
  return status;
}
