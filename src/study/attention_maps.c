/* The matrices are made again by the ScaLAPACK engine, shared over all ranks, whatever engine the
 * model was trained with.
 *
 * File: /layers/L/heads/H/before and after, float32 [T, T]: row i has the weights of query i before
 * and after smoothing; attribute alpha, the head's decay as it is in the model (of clock content
 * the gate of a token whose input of the layer is 0). With a clock other than index also
 * /layers/L/readings and /layers/L/steps, float64 [H, T]: readings of the clock, from the begin of
 * a chunk, and what each token adds to them. Attributes of the file: format "longwave-attention",
 * checkpoint, data, split, sample, document, label. Of a pair one document is shown: neither sees
 * the other. Pictures: one PNG a layer, layer-L.png, queries downwards, keys to the right, all in
 * one scale of colours; where a matrix is larger than its picture a dot is the mean of a square of
 * weights; grey is what the mask forbids. Under a map stand the steps of the clock. */
#define _POSIX_C_SOURCE 200809L
#include "attention_maps_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/model/layer_attention.h"
#include "longwave/train/subject.h"
#include <assert.h>
#include <stdio.h>

static lw_status visit(const lw_scores_map *map, void *context)
{
  lw_maps *maps = context;
  lw_status status = LW_OK;
  for (int stage = 0; stage < LW_MAP_STAGES; stage++) {
    if (maps->small) lw_maps_pictures_rows(maps, map, stage);
    if (maps->of->writer) LW_TRY(lw_maps_file_rows(maps, map, stage));
  }
  lw_work_add(&maps->work, map->rows);
done:
  return status;
}

/* Of the chunk at hand, where decays differ between layers or a clock moves. */
static void set_clock(const lw_maps *maps)
{
  const double *reading = maps->clock.reading;
  if (maps->attention->shifting)
    lw_scores_set_clock(maps->scores,
                        &(lw_scores_clock){.alpha = maps->attention->alpha,
                                           .clocked = maps->attention->clocked,
                                           .reading = reading ? reading + maps->first : NULL,
                                           .stride = maps->tokens});
}

static lw_status walk_layer(lw_maps *maps)
{
  const int64_t H = maps->model->options.heads, T = maps->tokens;
  const int64_t qkv = 3 * maps->model->options.width;
  lw_status status = LW_OK;
  if (maps->small) lw_maps_pictures_clear(maps);
  LW_TRY(lw_maps_clock_layer(maps));
  const float *bias = lw_block_bias(&maps->model->blocks[maps->layer], &maps->model->params);
  if (bias) lw_scores_set_bias(maps->scores, bias);
  for (maps->first = 0; maps->first < T; maps->first += maps->chunk) {
    set_clock(maps);
    lw_scores_set(maps->scores, lw_maps_keys(maps),
                  lw_block_qkv(&maps->model->blocks[maps->layer], &maps->model->kept[maps->layer]) +
                      (maps->row_first + maps->first) * qkv);
    for (maps->head = 0; maps->head < H; maps->head++)
      LW_TRY(lw_scores_maps(maps->scores, maps->head, visit, maps));
  }
  LW_TRY_TOGETHER(maps->world, maps->small ? lw_maps_pictures_layer(maps) : LW_OK);
done:
  return status;
}

static lw_status create_scores(lw_maps *maps)
{
  const lw_attention *attention = maps->attention;
  const lw_scores_shape shape = {.tokens = maps->chunk < maps->tokens ? maps->chunk : maps->tokens,
                                 .heads = attention->heads,
                                 .head_size = attention->head_size,
                                 .relative = attention->relative,
                                 .bytes = attention->options.panel * 1024};
  lw_status status = LW_OK;
  LW_TRY(lw_grid_create(maps->world, 1, maps->world->size, &maps->grid));
  LW_TRY(
      lw_scores_create(maps->grid, &shape, &attention->options, attention->alpha, &maps->scores));
  LW_TRY_TOGETHER(maps->world, LW_TAKE(&maps->row, lw_scores_panel(maps->scores) * maps->tokens));
done:
  return status;
}

/* The model has run over the sample, on every rank alike. */
static lw_status make_maps(lw_maps *maps)
{
  const lw_model_options *options = &maps->model->options;
  lw_status status = LW_OK;
  lw_work_begin(&maps->work, "attention", "rows", options->layers * options->heads * maps->tokens);
  LW_TRY(create_scores(maps));
  LW_TRY_TOGETHER(maps->world, lw_maps_clock_begin(maps));
  if (*maps->of->pictures) LW_TRY_TOGETHER(maps->world, lw_maps_pictures_begin(maps));
  for (maps->layer = 0; maps->layer < maps->model->options.layers; maps->layer++)
    LW_TRY(walk_layer(maps));
done:
  lw_work_end(&maps->work);
  lw_scores_destroy(&maps->scores);
  lw_grid_destroy(&maps->grid);
  lw_mem_give(maps->row);
  lw_mem_give(maps->small);
  lw_maps_clock_done(maps);
  return status;
}

lw_status lw_map_sample_check(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const int64_t count = lw_dataset_describe(dataset)->count[split];
  if (sample < count) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s has %lld samples in its %s split, counted from 0, so there is no sample %lld; "
                 "use a smaller --sample",
                 lw_dataset_path(dataset), (long long)count, lw_split_name(split),
                 (long long)sample);
}

/* All of the sample on this rank: the world of one rank shares it with nobody. */
static lw_status load_sample(const lw_map_sample *maps, lw_batch *batch)
{
  const lw_model *model = maps->subject->model;
  const lw_batch_request alone = {.split = maps->split,
                                  .list = &maps->sample,
                                  .count = 1,
                                  .pieces = 1,
                                  .max_length = maps->subject->job.data.max_length,
                                  .input = model->input,
                                  .rule = lw_model_rule(model)};
  lw_world *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_world_create(MPI_COMM_SELF, &self));
  LW_TRY(lw_batch_load(batch, maps->subject->dataset, self, &alone));
done:
  lw_world_destroy(&self);
  return status;
}

/* Every rank makes the forward of the sample alone, with whole weights: the matrices are what the
   ranks share. */
lw_status lw_map_sample_load(const lw_map_sample *maps)
{
  const lw_evaluation evaluation = {.split = maps->split,
                                    .batch_size = 1,
                                    .max_length = maps->subject->job.data.max_length,
                                    .gradient = true};
  return lw_subject_load(maps->subject, &(lw_subject_use){.evaluation = &evaluation,
                                                          .list = &maps->sample,
                                                          .count = 1,
                                                          .sequence = 1,
                                                          .option = maps->option});
}

lw_status lw_map_sample_put(const lw_map_sample *of)
{
  const lw_world *world = of->subject->world;
  lw_model *model = of->subject->model;
  const lw_attention *attention = lw_block_attention(&model->blocks[0]);
  const int64_t chunk = attention->options.chunk, tokens = lw_map_sample_tokens(of);
  lw_batch batch = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, load_sample(of, &batch));
  LW_TRY(lw_model_forward(model, &batch, LW_MODE_GRADIENT, 0));
  LW_TRY(make_maps(&(lw_maps){.world = world,
                              .of = of,
                              .model = model,
                              .attention = attention,
                              .dataset = of->subject->dataset,
                              .tokens = tokens,
                              .row_first = of->document > 0 ? batch.rows - tokens : 0,
                              .chunk = chunk ? chunk : tokens}));
done:
  lw_batch_done(&batch);
  return status;
}

/* ---- a file of their own ---- */

static lw_status check_request(const lw_map_request *request, const lw_dataset *dataset)
{
  if (!*request->out && !*request->pictures)
    return lw_fail(LW_ERROR_INPUT,
                   "inspect --attention: give --out FILE.h5, --pictures FOLDER or both");
  if (request->document >= lw_dataset_describe(dataset)->documents)
    return lw_fail(LW_ERROR_INPUT, "%s holds no pairs: leave out --document, or give 1",
                   lw_dataset_path(dataset));
  return lw_map_sample_check(dataset, request->split, request->sample);
}

static lw_status define(const lw_map_request *request, const lw_map_sample *maps)
{
  const lw_dataset *dataset = maps->subject->dataset;
  lw_h5_writer *writer = maps->writer;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-attention"));
  LW_TRY(lw_h5_writer_text(writer, "/", "checkpoint", request->checkpoint));
  LW_TRY(lw_h5_writer_text(writer, "/", "data", lw_dataset_path(dataset)));
  LW_TRY(lw_h5_writer_text(writer, "/", "split", lw_split_name(request->split)));
  LW_TRY(lw_h5_writer_integer(writer, "/", "sample", request->sample));
  LW_TRY(lw_h5_writer_integer(writer, "/", "document", request->document));
  LW_TRY(lw_h5_writer_integer(writer, "/", "label",
                              lw_dataset_label(dataset, request->split, request->sample)));
  LW_TRY(lw_map_sample_define(maps));
done:
  return status;
}

static void tell(const lw_map_request *request, const lw_map_sample *maps)
{
  const lw_model_options *options = &maps->subject->model->options;
  if (maps->subject->world->rank == 0 && request->told)
    fprintf(request->told, "%lld layers of %lld heads over %lld tokens%s%s%s%s\n",
            (long long)options->layers, (long long)options->heads,
            (long long)lw_map_sample_tokens(maps), *request->out ? "; numbers in " : "",
            request->out, *request->pictures ? "; pictures in " : "", request->pictures);
}

lw_status lw_attention_maps(lw_world *world, const lw_map_request *request)
{
  lw_map_sample maps = {.split = request->split,
                        .sample = request->sample,
                        .document = request->document,
                        .group = "",
                        .pictures = request->pictures,
                        .most_bytes = request->most_bytes,
                        .option = "inspect --attention",
                        .advice = "leave out --out: pictures need no such file"};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world,
                         &(lw_subject_request){.checkpoint = request->checkpoint,
                                               .data = request->data,
                                               .accept_data = request->accept_data},
                         &maps.subject));
  LW_TRY(check_request(request, maps.subject->dataset));
  LW_TRY(lw_map_sample_load(&maps));
  if (*request->out) {
    LW_TRY_TOGETHER(world, lw_h5_writer_create(world, request->out, &maps.writer));
    LW_TRY_TOGETHER(world, define(request, &maps));
    LW_TRY(lw_h5_writer_start(maps.writer));
  }
  LW_TRY(lw_map_sample_put(&maps));
  if (maps.writer) {
    LW_TRY(lw_h5_writer_finish(maps.writer));
    LW_TRY(lw_h5_writer_publish(maps.writer));
  }
  tell(request, &maps);
done:
  lw_h5_writer_destroy(&maps.writer);
  lw_subject_close(&maps.subject);
  return status;
}
