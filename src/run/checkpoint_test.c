#include "checkpoint_test_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <string.h>

static lw_status check_request(const lw_checkpoint_test_request *request)
{
  if (*request->logits && !strcmp(request->logits, request->gradients))
    return lw_fail(LW_ERROR_INPUT, "--logits and --gradients must be two files");
  return lw_test_folder_check(request);
}

static lw_status check_kind(const lw_checkpoint_test *test)
{
  const bool by_row = test->subject->info.data.objective->readout == LW_READOUT_ROW;
  if (!by_row || !*test->request.logits) return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "--logits writes one row for each sample, but %s has logits at each token; remove it "
      "(longwave predict writes what it says at each)",
      test->request.checkpoint);
}

/* A table of many classes is worth its memory only where it goes to a file. */
static bool wants_table(const lw_checkpoint_test *test)
{
  const int64_t most = test->kept ? LW_KEPT_CLASSES : LW_CHECKPOINT_TEST_CLASSES;
  return test->subject->info.data.objective->guess && test->subject->info.data.outputs <= most;
}

/* The model, if there is enough memory for it and for all that the evaluation takes; then room for
   the results. They are summed over ranks, for which MPI takes as much again. */
static lw_status load(lw_checkpoint_test *test)
{
  const lw_checkpoint_test_request *request = &test->request;
  lw_evaluation *evaluation = &test->evaluation;
  const int64_t K = test->subject->info.data.outputs;
  const int64_t samples = lw_evaluation_samples(evaluation, test->subject->dataset);
  const int64_t cells = wants_table(test) ? K * K : 0, floats = *request->logits ? samples * K : 0;
  const int64_t counts = lw_evaluation_tally_size(test->subject->dataset);
  const int64_t bytes = floats * (int64_t)sizeof(float) + cells * (int64_t)sizeof(int64_t) +
                        counts * (int64_t)sizeof(double);
  lw_status status = LW_OK;
  LW_TRY(lw_subject_load(test->subject, &(lw_subject_use){.evaluation = evaluation,
                                                          .results = 2 * bytes,
                                                          .sequence = request->sequence,
                                                          .option = "--sequence",
                                                          .batch = "--batch_size"}));
  if (cells) LW_TRY_TOGETHER(test->world, LW_TAKE(&evaluation->confusion, cells));
  if (counts) LW_TRY_TOGETHER(test->world, LW_TAKE(&evaluation->tally, counts));
  if (floats) LW_TRY_TOGETHER(test->world, LW_TAKE(&evaluation->logits, floats));
done:
  return status;
}

lw_status lw_checkpoint_test_run(lw_world *world, const lw_checkpoint_test_request *request,
                                 lw_checkpoint_test *test)
{
  lw_evaluation *evaluation = &test->evaluation;
  lw_status status = LW_OK;
  LW_TRY(check_request(request));
  test->request = *request;
  test->world = world;
  LW_TRY(lw_subject_open(world,
                         &(lw_subject_request){.checkpoint = request->checkpoint,
                                               .data = request->data,
                                               .accept_data = request->accept_data,
                                               .unverified = request->unverified},
                         &test->subject));
  const lw_job *job = &test->subject->job;
  *evaluation =
      (lw_evaluation){.split = request->split,
                      .limit = request->limit,
                      .batch_size = request->batch_size ? request->batch_size : lw_job_piece(job),
                      .max_length = job->data.max_length,
                      .cost = lw_job_cost(job),
                      .gradient = *request->gradients != 0};
  LW_TRY(lw_test_folder_choose(test));
  LW_TRY(check_kind(test));
  LW_TRY(load(test));
  LW_TRY(lw_test_files_begin(test));
  LW_TRY(lw_evaluate(test->subject->model, test->subject->dataset, evaluation));
done:
  return status;
}

void lw_checkpoint_test_done(lw_checkpoint_test *test)
{
  lw_h5_writer_destroy(&test->logits);
  lw_h5_writer_destroy(&test->gradients);
  lw_mem_give(test->evaluation.confusion);
  lw_mem_give(test->evaluation.logits);
  lw_mem_give(test->evaluation.tally);
  lw_subject_close(&test->subject);
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
