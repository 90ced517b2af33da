/* The matrices are made again by the ScaLAPACK engine, shared over all ranks, whatever engine the
 * model was trained with.
 *
 * File: /layers/L/heads/H/before and after, float32 [T, T]: row i has the weights of query i before
 * and after smoothing; attribute alpha, the head's decay. Attributes of the file: format
 * "longwave-attention", checkpoint, data, split, sample, document, label. Of a pair one document is
 * shown: neither sees the other. Pictures: one PNG a layer,
 * layer-L.png, queries downwards, keys to the right, all in one scale of colours; where a matrix
 * is larger than its picture a dot is the mean of a square of weights; grey is what the mask
 * forbids. */
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
    if (maps->writer) LW_TRY(lw_maps_file_rows(maps, map, stage));
  }
  lw_work_add(&maps->work, map->rows);
done:
  return status;
}

static lw_status walk_layer(lw_maps *maps)
{
  const int64_t H = maps->model->options.heads, T = maps->tokens;
  const int64_t qkv = 3 * maps->model->options.width;
  lw_status status = LW_OK;
  if (maps->small) lw_maps_pictures_clear(maps);
  for (maps->first = 0; maps->first < T; maps->first += maps->chunk) {
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
  if (*maps->request->out) LW_TRY(lw_maps_file_begin(maps));
  if (*maps->request->pictures) LW_TRY_TOGETHER(maps->world, lw_maps_pictures_begin(maps));
  for (maps->layer = 0; maps->layer < maps->model->options.layers; maps->layer++)
    LW_TRY(walk_layer(maps));
  if (maps->writer) {
    LW_TRY(lw_h5_writer_finish(maps->writer));
    LW_TRY(lw_h5_writer_publish(maps->writer));
  }
  lw_work_end(&maps->work);
  if (maps->world->rank == 0 && maps->request->told)
    fprintf(maps->request->told, "%lld layers of %lld heads over %lld tokens%s%s%s%s\n",
            (long long)options->layers, (long long)options->heads, (long long)maps->tokens,
            *maps->request->out ? "; numbers in " : "", maps->request->out,
            *maps->request->pictures ? "; pictures in " : "", maps->request->pictures);
done:
  lw_work_end(&maps->work);
  lw_h5_writer_destroy(&maps->writer);
  lw_scores_destroy(&maps->scores);
  lw_grid_destroy(&maps->grid);
  lw_mem_give(maps->row);
  lw_mem_give(maps->small);
  return status;
}

static lw_status check_request(const lw_map_request *request, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t count = info->count[request->split];
  if (!*request->out && !*request->pictures)
    return lw_fail(LW_ERROR_INPUT,
                   "inspect --attention: give --out FILE.h5, --pictures FOLDER or both");
  if (request->document >= info->documents)
    return lw_fail(LW_ERROR_INPUT, "%s holds no pairs: leave out --document, or give 1",
                   lw_dataset_path(dataset));
  if (request->sample < count) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s has %lld samples in its %s split, counted from 0, so there is no sample %lld; "
                 "use a smaller --sample",
                 lw_dataset_path(dataset), (long long)count, lw_split_name(request->split),
                 (long long)request->sample);
}

/* All of the sample on this rank: the world of one rank shares it with nobody. */
static lw_status load_sample(const lw_map_request *request, const lw_dataset *dataset,
                             const lw_model *model, int64_t max_length, lw_batch *batch)
{
  const lw_batch_request alone = {.split = request->split,
                                  .list = &request->sample,
                                  .count = 1,
                                  .pieces = 1,
                                  .max_length = max_length,
                                  .input = model->input,
                                  .rule = lw_model_rule(model)};
  lw_world *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_world_create(MPI_COMM_SELF, &self));
  LW_TRY(lw_batch_load(batch, dataset, self, &alone));
done:
  lw_world_destroy(&self);
  return status;
}

/* Every rank makes the forward of the sample alone, with whole weights: the matrices are what the
   ranks share. */
static lw_status load_model(lw_subject *subject, const lw_map_request *request)
{
  const lw_evaluation evaluation = {.split = request->split,
                                    .batch_size = 1,
                                    .max_length = subject->job.data.max_length,
                                    .gradient = true};
  return lw_subject_load(subject, &(lw_subject_use){.evaluation = &evaluation,
                                                    .list = &request->sample,
                                                    .count = 1,
                                                    .sequence = 1,
                                                    .option = "inspect --attention"});
}

lw_status lw_attention_maps(lw_world *world, const lw_map_request *request)
{
  lw_subject *subject = NULL;
  lw_batch batch = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world,
                         &(lw_subject_request){.checkpoint = request->checkpoint,
                                               .data = request->data,
                                               .accept_data = request->accept_data},
                         &subject));
  LW_TRY(check_request(request, subject->dataset));
  LW_TRY(load_model(subject, request));
  lw_model *model = subject->model;
  LW_TRY_TOGETHER(
      world, load_sample(request, subject->dataset, model, subject->job.data.max_length, &batch));
  LW_TRY(lw_model_forward(model, &batch, LW_MODE_GRADIENT, 0));
  const lw_attention *attention = lw_block_attention(&model->blocks[0]);
  const int64_t chunk = attention->options.chunk;
  assert(batch.packing.length);
  const int64_t tokens = batch.packing.length[request->document];
  LW_TRY(make_maps(&(lw_maps){.world = world,
                              .request = request,
                              .model = model,
                              .attention = attention,
                              .dataset = subject->dataset,
                              .tokens = tokens,
                              .row_first = request->document > 0 ? batch.rows - tokens : 0,
                              .chunk = chunk ? chunk : tokens}));
done:
  lw_batch_done(&batch);
  lw_subject_close(&subject);
  return status;
}
