#include "longwave/study/explanation.h"
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/io/output.h"
#include "longwave/study/attention_maps.h"
#include "longwave/train/gradient.h"

/* ---- the sample ---- */

static lw_map_sample maps_of(const explanation *e, int64_t document)
{
  const lw_explanation_request *request = e->request;
  return (lw_map_sample){.subject = e->subject,
                         .split = request->split,
                         .sample = request->sample,
                         .document = document,
                         .writer = e->writer,
                         .group = document > 0 ? "/second" : "",
                         .pictures = request->pictures,
                         .most_bytes = request->most_bytes,
                         .option = "predict --explain",
                         .advice = "leave it out by --maps false"};
}

/* Maps too large for the file are refused before the work. */
static lw_status check_maps(const explanation *e)
{
  lw_status status = LW_OK;
  for (int64_t d = 0; d < e->info->documents && e->request->maps && status == LW_OK; d++) {
    const lw_map_sample maps = maps_of(e, d);
    status = lw_map_sample_fits(&maps);
  }
  return status;
}

static lw_status find_sample(explanation *e)
{
  const lw_explanation_request *request = e->request;
  const lw_job *job = &e->subject->job;
  lw_status status = LW_OK;
  e->dataset = e->subject->dataset;
  e->info = lw_dataset_describe(e->dataset);
  LW_TRY(lw_map_sample_check(e->dataset, request->split, request->sample));
  LW_TRY(
      lw_dataset_sample_name(e->dataset, request->split, request->sample, e->name, sizeof e->name));
  for (int64_t d = 0; d < e->info->documents; d++) {
    e->tokens[d] =
        lw_dataset_truncated(e->dataset, request->split, request->sample, d, job->data.max_length);
    e->rows += e->tokens[d];
  }
  e->inputs = e->subject->info.data.inputs;
  LW_TRY(explanation_choose(e));
  LW_TRY(check_maps(e));
done:
  return status;
}

static lw_status check_places(const explanation *e)
{
  const lw_explanation_request *request = e->request;
  char path[EXPLANATION_PATH];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_check_place(request->out, lw_output_explanation.format, 0.0));
  if (!*request->pictures) goto done;
  LW_TRY(lw_map_sample_folder(request->pictures));
  for (int near = 0; near <= explanation_has_near(e); near++) {
    explanation_picture_path(e, near, path);
    LW_TRY(lw_output_check(path, &lw_output_picture));
  }
done:
  return status;
}

static lw_status open_subject(lw_world *world, explanation *e)
{
  const lw_explanation_request *request = e->request;
  const lw_subject_request subject = {.checkpoint = request->checkpoint,
                                      .data = request->data,
                                      .accept_data = request->accept_data};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world, &subject, &e->subject));
  LW_TRY_TOGETHER(world, find_sample(e));
  LW_TRY_TOGETHER(world, world->rank ? LW_OK : check_places(e));
done:
  return status;
}

/* ---- the gradient ---- */

static lw_status load_model(explanation *e)
{
  const lw_explanation_request *request = e->request;
  const lw_evaluation evaluation = {.split = request->split,
                                    .batch_size = 1,
                                    .max_length = e->subject->job.data.max_length,
                                    .gradient = true};
  return lw_subject_load(
      e->subject, &(lw_subject_use){.evaluation = &evaluation,
                                    .list = &request->sample,
                                    .count = 1,
                                    .results = e->rows * e->inputs * (int64_t)sizeof *e->gradient,
                                    .sequence = request->sequence,
                                    .option = "--sequence"});
}

static lw_status load_sample(explanation *e)
{
  const lw_model *model = e->subject->model;
  const lw_batch_request request = {.split = e->request->split,
                                    .list = &e->request->sample,
                                    .count = 1,
                                    .pieces = 1,
                                    .max_length = e->subject->job.data.max_length,
                                    .input = model->input,
                                    .rule = lw_model_rule(model)};
  lw_status status = LW_OK;
  LW_TRY(lw_batch_load(&e->batch, e->dataset, e->subject->world, &request));
  LW_TRY(LW_TAKE(&e->gradient, e->batch.rows * e->inputs));
  LW_TRY(LW_TAKE(&e->told, model->data.outputs));
done:
  return status;
}

static lw_status compute(explanation *e)
{
  const lw_world *world = e->subject->world;
  lw_model *model = NULL;
  lw_status status = LW_OK;
  LW_TRY(load_model(e));
  model = e->subject->model;
  LW_TRY_TOGETHER(world, load_sample(e));
  lw_gradient_zero(&model->params);
  LW_TRY(lw_model_forward(model, &e->batch, LW_MODE_GRADIENT, 0));
  explanation_ask(e);
  LW_TRY(lw_model_backward(model, model->dlogits));
  lw_model_input_gradient(model, e->gradient);
  LW_TRY_TOGETHER(world, explanation_add_last(e));
done:
  return status;
}

/* ---- what is written ---- */

static lw_status define(const explanation *e)
{
  lw_status status = LW_OK;
  LW_TRY(explanation_define(e));
  for (int64_t d = 0; d < e->info->documents && e->request->maps; d++) {
    const lw_map_sample maps = maps_of(e, d);
    LW_TRY(lw_map_sample_define(&maps));
  }
done:
  return status;
}

static lw_status put_maps(const explanation *e)
{
  const lw_map_sample first = maps_of(e, 0), second = maps_of(e, 1);
  lw_status status = LW_OK;
  if (!e->request->maps) return LW_OK;
  LW_TRY(lw_map_sample_load(&first));
  LW_TRY(lw_map_sample_put(&first));
  if (e->info->documents > 1) LW_TRY(lw_map_sample_put(&second));
done:
  return status;
}

/* Root. */
static lw_status look_at(const explanation *e, explanation_look *look)
{
  lw_status status = LW_OK;
  LW_TRY(explanation_look_begin(e, look));
  if (!*e->request->pictures) goto done;
  LW_TRY(explanation_picture(look, false));
  if (explanation_has_near(e)) LW_TRY(explanation_picture(look, true));
done:
  return status;
}

static lw_status write_file(explanation *e)
{
  const lw_world *world = e->subject->world;
  explanation_look look = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, e->request->out, &e->writer));
  LW_TRY_TOGETHER(world, define(e));
  LW_TRY(lw_h5_writer_start(e->writer));
  LW_TRY_TOGETHER(world, explanation_put(e));
  LW_TRY(put_maps(e));
  LW_TRY(lw_h5_writer_finish(e->writer));
  LW_TRY_ON_ROOT(world, look_at(e, &look));
  LW_TRY(lw_h5_writer_publish(e->writer));
  if (world->rank == 0 && e->request->told) explanation_tell(&look);
done:
  explanation_look_end(&look);
  lw_h5_writer_destroy(&e->writer);
  return status;
}

lw_status lw_explain(lw_world *world, const lw_explanation_request *request)
{
  explanation e = {.request = request};
  lw_status status = LW_OK;
  LW_TRY(open_subject(world, &e));
  LW_TRY(compute(&e));
  LW_TRY(write_file(&e));
done:
  lw_batch_done(&e.batch);
  lw_mem_give(e.gradient);
  lw_mem_give(e.told);
  lw_subject_close(&e.subject);
  return status;
}
