#include "longwave/run/predict.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/data/target.h"
#include "longwave/io/output.h"
#include "predict_inside.h"
#include <stdio.h>
#include <string.h>

/* ---- which samples ---- */

static bool is_table(const char *path)
{
  const size_t length = strlen(path);
  return length > 4 && !strcmp(path + length - 4, ".csv");
}

static lw_status list_samples(prediction *p)
{
  const lw_target *target = p->info->target;
  const int64_t rows = lw_prediction_rows(p->info);
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&p->list, p->samples));
  LW_TRY(LW_TAKE(&p->first, p->samples + 1));
  for (int64_t i = 0; i < p->samples; i++) {
    const int64_t tokens =
        lw_dataset_truncated(p->subject->dataset, p->request->split, i, 0, p->max_length);
    p->list[i] = i;
    p->first[i + 1] = p->first[i] + (target->by_row ? tokens : rows);
  }
done:
  return status;
}

/* ---- the file ---- */

static lw_status define(const prediction *p, lw_h5_writer *writer)
{
  const lw_dataset *dataset = p->subject->dataset;
  const int64_t answers[] = {p->first[p->samples], p->width}, N = p->samples, ends = N + 1;
  const struct {
    const char *name, *text;
  } texts[] = {{"format", lw_output_predictions.format},
               {"checkpoint", p->request->checkpoint},
               {"data", lw_dataset_path(dataset)},
               {"split", lw_split_name(p->request->split)},
               {"target", p->info->target->name}};
  const char **names = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&names, p->width));
  for (int64_t k = 0; k < p->width; k++) names[k] = lw_prediction_name(dataset, k);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    LW_TRY(lw_h5_writer_text(writer, "/", texts[i].name, texts[i].text));
  LW_TRY(lw_h5_writer_array(writer, "/answers", LW_H5_F32, 2, answers));
  LW_TRY(lw_h5_writer_array(writer, "/samples", LW_H5_I64, 1, &N));
  LW_TRY(lw_h5_writer_array(writer, "/first", LW_H5_I64, 1, &ends));
  LW_TRY(lw_h5_writer_texts(writer, "/names", names, p->width));
done:
  lw_mem_give(names);
  return status;
}

static lw_status put_index(const prediction *p, lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  if (p->subject->world->rank > 0) return LW_OK;
  LW_TRY(lw_h5_writer_put_own(writer, "/samples", 0, p->samples, p->list));
  LW_TRY(lw_h5_writer_put_own(writer, "/first", 0, p->samples + 1, p->first));
done:
  return status;
}

/* ---- the pass ---- */

typedef struct pass {
  const prediction *p;
  lw_h5_writer *writer;
  lw_batch batch;
  float *room; /* [rows, width] of the answers in hand */
  int64_t rows_room;
} pass;

/* `count` answers of the model from index `answer` of the batch, to the rows from `row` on. */
static lw_status put_answers(pass *s, int64_t answer, int64_t count, int64_t row)
{
  const lw_dataset_info *info = s->p->info;
  const int64_t K = lw_dataset_outcomes(info), rows = lw_prediction_rows(info), W = s->p->width;
  const float *outputs = s->p->subject->model->logits + answer * K;
  lw_status status =
      lw_mem_grow((void **)&s->room, &s->rows_room, count * rows * W, sizeof *s->room);
  if (status != LW_OK) return status;
#pragma omp parallel for schedule(static) if (count > 64)
  for (int64_t a = 0; a < count; a++)
    lw_prediction_tell(info, outputs + a * K, s->batch.label ? s->batch.label[answer + a] : -1,
                       s->room + a * rows * W);
  return lw_h5_writer_put_own(s->writer, "/answers", row, count * rows, s->room);
}

/* first: index of the batch's first sample among all. */
static lw_status put_batch(pass *s, int64_t first)
{
  const prediction *p = s->p;
  const lw_batch *batch = &s->batch;
  const lw_packing *packing = &batch->packing;
  lw_status status = LW_OK;
  if (p->info->target->by_row)
    for (int64_t n = 0; n < packing->stretch_count && status == LW_OK; n++) {
      const lw_stretch *stretch = &packing->stretches[n];
      const int64_t row = p->first[first + batch->index[stretch->sample]] + stretch->position;
      status = put_answers(s, stretch->row, stretch->tokens, row);
    }
  else
    for (int64_t b = 0; b < batch->samples && batch->counted && status == LW_OK; b++)
      status = put_answers(s, b, 1, p->first[first + batch->index[b]]);
  return status;
}

static lw_status predict_batch(pass *s, int64_t first, int64_t count)
{
  const prediction *p = s->p;
  lw_model *model = p->subject->model;
  const lw_batch_request request = {.split = p->request->split,
                                    .list = p->list + first,
                                    .count = count,
                                    .pieces = 1,
                                    .max_length = p->max_length,
                                    .input = model->input,
                                    .rule = lw_model_rule(model)};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(model->world,
                  lw_batch_load(&s->batch, p->subject->dataset, model->world, &request));
  LW_TRY(lw_model_forward(model, &s->batch, LW_MODE_EVALUATE, 0));
  LW_TRY_TOGETHER(model->world, put_batch(s, first));
done:
  return status;
}

static lw_status predict_all(const prediction *p, lw_h5_writer *writer, int64_t each)
{
  pass s = {.p = p, .writer = writer};
  lw_work shown = {0};
  lw_status status = LW_OK;
  lw_work_begin(&shown, "predicting", "samples", p->samples);
  for (int64_t first = 0; first < p->samples; first += each) {
    const int64_t left = p->samples - first, count = left < each ? left : each;
    LW_TRY(predict_batch(&s, first, count));
    lw_work_add(&shown, count);
  }
done:
  lw_work_end(&shown);
  lw_batch_done(&s.batch);
  lw_mem_give(s.room);
  return status;
}

/* ---- all ---- */

static lw_status write_file(const prediction *p, int64_t each)
{
  const lw_world *world = p->subject->world;
  const bool table = is_table(p->request->out);
  char path[LW_TEXT_MAX + 8];
  lw_h5_writer *writer = NULL;
  lw_status status = LW_OK;
  snprintf(path, sizeof path, "%s%s", p->request->out, table ? ".h5" : "");
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, define(p, writer));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY_TOGETHER(world, put_index(p, writer));
  LW_TRY(predict_all(p, writer, each));
  LW_TRY(lw_h5_writer_finish(writer));
  if (table)
    LW_TRY_TOGETHER(world,
                    world->rank ? LW_OK : prediction_table(p, lw_h5_writer_temporary(writer)));
  else
    LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  return status;
}

static lw_status check_out(const lw_prediction_request *request)
{
  if (is_table(request->out)) return lw_output_check(request->out, &lw_output_prediction_table);
  return lw_h5_check_place(request->out, lw_output_predictions.format, 0.0);
}

static lw_status open_subject(lw_world *world, prediction *p, lw_evaluation *evaluation)
{
  const lw_prediction_request *request = p->request;
  const lw_subject_request subject = {.checkpoint = request->checkpoint,
                                      .data = request->data,
                                      .accept_data = request->accept_data};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world, &subject, &p->subject));
  const lw_job *job = &p->subject->job;
  p->info = lw_dataset_describe(p->subject->dataset);
  p->samples = p->info->count[request->split];
  p->max_length = job->data.max_length;
  p->width = lw_prediction_width(p->info);
  if (p->samples == 0)
    return lw_fail(LW_ERROR_INPUT, "%s has no samples in its %s split; choose another --split",
                   lw_dataset_path(p->subject->dataset), lw_split_name(request->split));
  *evaluation =
      (lw_evaluation){.split = request->split,
                      .batch_size = request->batch_size ? request->batch_size : lw_job_piece(job),
                      .max_length = p->max_length};
  LW_TRY_TOGETHER(world, list_samples(p));
  LW_TRY(lw_subject_load(p->subject, &(lw_subject_use){.evaluation = evaluation,
                                                       .sequence = request->sequence,
                                                       .option = "--sequence",
                                                       .batch = "--batch_size"}));
done:
  return status;
}

lw_status lw_predict(lw_world *world, const lw_prediction_request *request)
{
  prediction p = {.request = request};
  lw_evaluation evaluation = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, world->rank ? LW_OK : check_out(request));
  LW_TRY(open_subject(world, &p, &evaluation));
  LW_TRY(write_file(&p, evaluation.batch_size));
done:
  lw_mem_give(p.list);
  lw_mem_give(p.first);
  lw_subject_close(&p.subject);
  return status;
}
