/* The files of a test: logits with labels, gradients. */
#include "checkpoint_test_inside.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/model/baseline.h"
#include "longwave/train/shard.h"
#include <stdio.h>
#include <string.h>

bool lw_checkpoint_test_drawn(const lw_checkpoint_test *test)
{
  return lw_evaluation_samples(&test->evaluation, test->subject->dataset) <
         lw_dataset_describe(test->subject->dataset)->count[test->evaluation.split];
}

/* Rows of this rank of an array that every rank holds whole. */
static lw_status put_share(lw_h5_writer *writer, const lw_world *world, const char *name,
                           int64_t rows, int64_t row_bytes, const void *data)
{
  int64_t first = lw_layout_first(rows, world->size, world->rank);
  return lw_h5_writer_put(writer, name, first, lw_layout_count(rows, world->size, world->rank),
                          (const char *)data + first * row_bytes);
}

static lw_status end_file(lw_h5_writer *writer)
{
  lw_status status = lw_h5_writer_finish(writer);
  return status == LW_OK ? lw_h5_writer_publish(writer) : status;
}

/* ---- logits ---- */

static lw_status begin_logits(lw_checkpoint_test *test)
{
  const lw_world *world = test->world;
  const int64_t dims[] = {lw_evaluation_samples(&test->evaluation, test->subject->dataset),
                          test->subject->model->data.outputs};
  const bool class = test->subject->model->data.objective->target->kind == LW_ANSWER_CLASS;
  lw_h5_writer **writer = &test->logits;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, test->request.logits, writer));
  LW_TRY_TOGETHER(world, lw_h5_writer_text(*writer, "/", "format", "longwave-logits"));
  LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/logits", LW_H5_F32, 2, dims));
  if (class)
    LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/labels", LW_H5_I32, 1, dims));
  else
    LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/wanted", LW_H5_F32, 2, dims));
  if (lw_checkpoint_test_drawn(test))
    LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/samples", LW_H5_I64, 1, dims));
  LW_TRY(lw_h5_writer_start(*writer));
done:
  return status;
}

/* What is right in each sample, one behind the other. */
typedef struct answers {
  int32_t *labels; /* or NULL */
  float *wanted;
  int64_t count;
} answers;

static void take_answer(const lw_batch *batch, int64_t index, void *context)
{
  answers *to = context;
  const int64_t width = batch->width;
  if (to->labels)
    to->labels[to->count++] = batch->label[index];
  else
    memcpy(to->wanted + to->count++ * width, batch->wanted + index * width,
           (size_t)width * sizeof *to->wanted);
}

/* Labels of classes, of other targets what a model learns. */
static lw_status put_answers(lw_checkpoint_test *test, const int64_t *list)
{
  const lw_evaluation *evaluation = &test->evaluation;
  const lw_dataset *dataset = test->subject->dataset;
  const int64_t N = evaluation->samples, width = lw_dataset_width(lw_dataset_describe(dataset));
  const lw_samples_list samples = {evaluation->split, list, N, evaluation->max_length};
  const bool class = evaluation->objective->target->kind == LW_ANSWER_CLASS;
  answers to = {.count = 0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(test->world, class ? LW_TAKE(&to.labels, N) : LW_TAKE(&to.wanted, N * width));
  LW_TRY_TOGETHER(test->world, lw_answers_visit(dataset, &samples, take_answer, &to));
  if (class)
    LW_TRY(put_share(test->logits, test->world, "/labels", N, sizeof(int32_t), to.labels));
  else
    LW_TRY(put_share(test->logits, test->world, "/wanted", N, width * (int64_t)sizeof(float),
                     to.wanted));
done:
  lw_mem_give(to.labels);
  lw_mem_give(to.wanted);
  return status;
}

static lw_status end_logits(lw_checkpoint_test *test)
{
  const lw_world *world = test->world;
  const lw_evaluation *evaluation = &test->evaluation;
  const int64_t N = evaluation->samples;
  const int64_t row_bytes = test->subject->model->data.outputs * (int64_t)sizeof(float);
  lw_h5_writer *writer = test->logits;
  int64_t *list = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&list, N));
  LW_TRY_TOGETHER(world, lw_evaluation_list(evaluation, test->subject->dataset, list));
  LW_TRY(put_share(writer, world, "/logits", N, row_bytes, evaluation->logits));
  LW_TRY(put_answers(test, list));
  if (lw_checkpoint_test_drawn(test))
    LW_TRY(put_share(writer, world, "/samples", N, sizeof(int64_t), list));
  LW_TRY(end_file(writer));
done:
  lw_mem_give(list);
  return status;
}

/* ---- gradients ---- */

/* Each array stands under its parameter's name, and under /parameters/NAME too, so that the path
   which reads a value from the checkpoint reads its gradient here. */
static lw_status define_gradients(lw_h5_writer *writer, const lw_params *params)
{
  char name[LW_H5_NAME_MAX], alias[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-gradients"));
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    snprintf(name, sizeof name, "/%s", param->name);
    snprintf(alias, sizeof alias, "/parameters/%s", param->name);
    LW_TRY(lw_h5_writer_array(writer, name, LW_H5_F32, param->rank, param->dims));
    LW_TRY(lw_h5_writer_link(writer, name, alias));
  }
done:
  return status;
}

static lw_status begin_gradients(lw_checkpoint_test *test)
{
  const lw_world *world = test->world;
  lw_h5_writer **writer = &test->gradients;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, test->request.gradients, writer));
  LW_TRY_TOGETHER(world, define_gradients(*writer, &test->subject->model->params));
  LW_TRY(lw_h5_writer_start(*writer));
done:
  return status;
}

static lw_status end_gradients(lw_checkpoint_test *test)
{
  const lw_params *params = &test->subject->model->params;
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    snprintf(name, sizeof name, "/%s", param->name);
    const lw_param_rows own =
        lw_shard_rows(param, LW_SHARD_DEALT, test->world->size, test->world->rank);
    const float *rows = lw_param_gradient(params, i) + (own.row - param->held.row) * param->dims[1];
    LW_TRY(lw_h5_writer_put(test->gradients, name, own.row, own.rows, rows));
  }
  LW_TRY(end_file(test->gradients));
done:
  return status;
}

/* ---- both ---- */

lw_status lw_test_files_begin(lw_checkpoint_test *test)
{
  lw_status status = LW_OK;
  if (*test->request.logits) LW_TRY(begin_logits(test));
  if (*test->request.gradients) LW_TRY(begin_gradients(test));
done:
  return status;
}

lw_status lw_checkpoint_test_write(lw_checkpoint_test *test)
{
  lw_status status = LW_OK;
  if (test->logits) LW_TRY(end_logits(test));
  if (test->gradients) LW_TRY(end_gradients(test));
done:
  return status;
}
