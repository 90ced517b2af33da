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
#include "longwave/study/attention_maps.h"
#include "longwave/io/picture.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/io/h5.h"
#include "longwave/io/output.h"
#include "longwave/io/png.h"
#include "longwave/attention/scores.h"
#include "longwave/base/whole.h"
#include "longwave/model/layer_attention.h"
#include "longwave/train/subject.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { STAGES = 2, DOTS = 400, PAIRS = 2, GAP = 28, PATH_ROOM = 1100 };
static const char *const stages[STAGES] = {"before", "after"};

typedef struct maps {
  const lw_world *world;
  const lw_map_request *request;
  const lw_model *model;
  const lw_attention *attention; /* borrowed from the model */
  const lw_dataset *dataset;
  int64_t tokens, chunk;
  int64_t row_first; /* of the document in the packed arrays */
  lw_grid *grid;
  lw_scores *scores;
  lw_h5_writer *writer;       /* NULL without a file */
  float *row;                 /* [rows of a panel, tokens] */
  int64_t step, side;         /* tokens of a dot, dots of a small map's side */
  float *small;               /* [heads, STAGES, side, side], on the root with pictures */
  int64_t layer, head, first; /* at hand; first token of the chunk */
  lw_work work;               /* rows of all matrices */
} maps;

/* Tokens of the chunk at hand. */
static int64_t keys_of(const maps *of)
{
  return of->first + of->chunk < of->tokens ? of->chunk : of->tokens - of->first;
}

/* ---- numbers ---- */

static lw_status check_size(const maps *of)
{
  const lw_model_options *options = &of->model->options;
  const double bytes = (double)(STAGES * options->layers * options->heads * of->tokens) *
                       (double)of->tokens * sizeof(float);
  if (bytes <= (double)of->request->most_bytes) return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "the attention of %lld layers and %lld heads over %lld tokens needs a file of %.1f GiB; "
      "allow it by --most-gib %.0f, or leave out --out: pictures need no such file",
      (long long)options->layers, (long long)options->heads, (long long)of->tokens, bytes / 0x1p30,
      ceil(bytes / 0x1p30));
}

static void name_of(int64_t layer, int64_t head, int stage, char *name)
{
  snprintf(name, LW_H5_NAME_MAX, "/layers/%lld/heads/%lld/%s", (long long)layer, (long long)head,
           stages[stage]);
}

static lw_status define(maps *of)
{
  const lw_model_options *options = &of->model->options;
  const int64_t dims[] = {of->tokens, of->tokens};
  const lw_map_request *request = of->request;
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(of->writer, "/", "format", "longwave-attention"));
  LW_TRY(lw_h5_writer_text(of->writer, "/", "checkpoint", request->checkpoint));
  LW_TRY(lw_h5_writer_text(of->writer, "/", "data", lw_dataset_path(of->dataset)));
  LW_TRY(lw_h5_writer_text(of->writer, "/", "split", lw_split_name(request->split)));
  LW_TRY(lw_h5_writer_integer(of->writer, "/", "sample", request->sample));
  LW_TRY(lw_h5_writer_integer(of->writer, "/", "document", request->document));
  LW_TRY(lw_h5_writer_integer(of->writer, "/", "label",
                              lw_dataset_label(of->dataset, request->split, request->sample)));
  for (int64_t l = 0; l < options->layers; l++)
    for (int64_t c = 0; c < options->heads; c++)
      for (int stage = 0; stage < STAGES; stage++) {
        name_of(l, c, stage, name);
        LW_TRY(lw_h5_writer_array(of->writer, name, LW_H5_F32, 2, dims));
        LW_TRY(lw_h5_writer_real(of->writer, name, "alpha", (double)of->attention->alpha[c]));
      }
done:
  return status;
}

static lw_status start_file(maps *of)
{
  lw_status status = LW_OK;
  LW_TRY(check_size(of));
  LW_TRY_TOGETHER(of->world, lw_h5_writer_create(of->world, of->request->out, &of->writer));
  LW_TRY_TOGETHER(of->world, define(of));
  LW_TRY(lw_h5_writer_start(of->writer));
done:
  return status;
}

/* This rank's share of the panel's rows, as whole rows: 0 outside the chunk. */
static lw_status put_rows(const maps *of, const lw_scores_map *map, int stage)
{
  const lw_world *world = of->world;
  const int64_t from = lw_layout_first(map->rows, world->size, world->rank);
  const int64_t rows = lw_layout_count(map->rows, world->size, world->rank);
  const int64_t T = of->tokens, keys = keys_of(of);
  const float *weights = (stage == 0 ? map->before : map->after) + from * map->stride;
  char name[LW_H5_NAME_MAX];
  memset(of->row, 0, (size_t)(rows * T) * sizeof *of->row);
  for (int64_t i = 0; i < rows; i++)
    memcpy(of->row + i * T + of->first, weights + i * map->stride, (size_t)keys * sizeof *of->row);
  name_of(of->layer, of->head, stage, name);
  return lw_h5_writer_put(of->writer, name, of->first + map->first + from, rows, of->row);
}

/* ---- pictures ---- */

static float *small_map(const maps *of, int64_t head, int stage)
{
  return of->small + (head * STAGES + stage) * of->side * of->side;
}

/* Tokens of a dot in one direction; all squares but the last are of one size, so that no pattern
 * comes in. */
static int64_t dot_tokens(const maps *of, int64_t dot)
{
  const int64_t left = of->tokens - dot * of->step;
  return left < of->step ? left : of->step;
}

/* Whether some query of dot row i may look at some key of dot column j. */
static bool dot_allowed(const maps *of, int64_t i, int64_t j)
{
  const int64_t query = i * of->step, key = j * of->step;
  const int64_t last_query = query + dot_tokens(of, i) - 1, last_key = key + dot_tokens(of, j) - 1;
  if (of->attention->options.causal && key > last_query) return false;
  return query / of->chunk <= last_key / of->chunk && key / of->chunk <= last_query / of->chunk;
}

/* 0 where attention may go, -1 where the mask forbids it. */
static void clear_small(const maps *of)
{
  for (int64_t c = 0; c < of->model->options.heads; c++)
    for (int stage = 0; stage < STAGES; stage++)
      for (int64_t i = 0; i < of->side; i++)
        for (int64_t j = 0; j < of->side; j++)
          small_map(of, c, stage)[i * of->side + j] = dot_allowed(of, i, j) ? 0.0f : -1.0f;
}

/* Each dot gathers the mean of its square of weights. Smoothing moves some past the mask. */
static void add_rows(const maps *of, const lw_scores_map *map, int stage)
{
  const int64_t keys = keys_of(of);
  const float *weights = stage == 0 ? map->before : map->after;
  for (int64_t i = 0; i < map->rows; i++) {
    const int64_t row = (of->first + map->first + i) / of->step;
    float *dots = small_map(of, of->head, stage) + row * of->side;
    for (int64_t j = 0; j < keys; j++) {
      const int64_t column = (of->first + j) / of->step;
      const int64_t square = dot_tokens(of, row) * dot_tokens(of, column);
      const float weight = weights[i * map->stride + j];
      if (weight > 0.0f) dots[column] = fmaxf(dots[column], 0.0f) + weight / (float)square;
    }
  }
}

/* One scale for a layer. Where weights spread over decades it is a logarithm, down to the least of
 * them, or to a hundredth of what every key would have if all had the same. */
static lw_colour_scale scale_of(const maps *of)
{
  const int64_t count = of->model->options.heads * STAGES * of->side * of->side;
  double most = 0.0, least = INFINITY, sum = 0.0, used = 0.0;
  for (int64_t n = 0; n < count; n++) {
    const double weight = (double)of->small[n];
    if (!(weight > 0.0)) continue;
    most = fmax(most, weight);
    least = fmin(least, weight);
    sum += weight;
    used += 1.0;
  }
  if (used == 0.0) return (lw_colour_scale){false, 0.0, 1.0};
  if (most < 5.0 * sum / used) return (lw_colour_scale){false, 0.0, most};
  const double even = 1.0 / (double)(of->chunk < of->tokens ? of->chunk : of->tokens);
  return (lw_colour_scale){true, fmax(least, 0.01 * even), most};
}

/* A head: its two maps side by side, with titles above and token numbers at the edges. */
static void draw_head(const maps *of, lw_picture *picture, int64_t head, int64_t x, int64_t y,
                      const lw_picture_numbers *like)
{
  const int64_t width = like->side * like->zoom;
  lw_picture_numbers map = *like;
  char text[64];
  for (int stage = 0; stage < STAGES; stage++, x += width + GAP) {
    snprintf(text, sizeof text, "head %lld  alpha %.3g  %s", (long long)head,
             (double)of->attention->alpha[head], stages[stage]);
    lw_picture_text(picture, x, y, text);
    map.number = small_map(of, head, stage);
    lw_picture_map(picture, x, y + LW_LETTER_HEIGHT + 4, &map);
    snprintf(text, sizeof text, "%lld", (long long)of->tokens - 1);
    lw_picture_text(picture, x, y + LW_LETTER_HEIGHT + width + 9, "0");
    lw_picture_text(picture, x + width - LW_LETTER_WIDTH * (int64_t)strlen(text),
                    y + LW_LETTER_HEIGHT + width + 9, text);
  }
}

static const char *document_text(const maps *of)
{
  static const char *const texts[] = {" first text", " second text"};
  return lw_dataset_describe(of->dataset)->documents > 1 ? texts[of->request->document] : "";
}

/* path [PATH_ROOM] */
static void picture_path(const maps *of, int64_t layer, char *path)
{
  snprintf(path, PATH_ROOM, "%s/layer-%lld.png", of->request->pictures, (long long)layer);
}

static lw_status draw_layer(const maps *of)
{
  const int64_t H = of->model->options.heads, zoom = DOTS / of->side > 0 ? DOTS / of->side : 1;
  const int64_t cell = of->side * zoom + GAP, tall = cell + 2 * LW_LETTER_HEIGHT;
  const int64_t across = H < PAIRS ? H : PAIRS, down = lw_parts(H, across);
  const int64_t head_room = 6 * LW_LETTER_HEIGHT, bar = cell < 240 ? cell : 240;
  const lw_colour_scale scale = scale_of(of);
  lw_picture picture = {0};
  char text[PATH_ROOM];
  lw_status status = LW_OK;
  LW_TRY(lw_picture_init(&picture, GAP + across * STAGES * cell, head_room + down * tall));
  snprintf(text, sizeof text, "layer %lld: %s sample %lld%s", (long long)of->layer,
           lw_split_name(of->request->split), (long long)of->request->sample, document_text(of));
  lw_picture_text(&picture, GAP, LW_LETTER_HEIGHT, text);
  lw_picture_text(&picture, GAP, 5 * LW_LETTER_HEIGHT / 2, "queries down  keys right");
  lw_picture_text(&picture, GAP, 4 * LW_LETTER_HEIGHT,
                  scale.logarithmic ? "weight: log scale" : "weight: linear scale");
  lw_picture_scale(&picture, picture.width - GAP - bar, 2 * LW_LETTER_HEIGHT, bar, &scale);
  for (int64_t c = 0; c < H; c++)
    draw_head(of, &picture, c, GAP + c % across * STAGES * cell, head_room + c / across * tall,
              &(lw_picture_numbers){.side = of->side, .zoom = zoom, .scale = scale});
  picture_path(of, of->layer, text);
  LW_TRY(lw_png_write(text, picture.width, picture.height, picture.rgb));
done:
  lw_picture_done(&picture);
  return status;
}

static lw_status make_folder(const char *path)
{
  if (mkdir(path, 0777) == 0 || errno == EEXIST) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s", path, lw_reason(errno));
}

static lw_status check_pictures(const maps *of)
{
  char path[PATH_ROOM];
  lw_status status = LW_OK;
  for (int64_t l = 0; l < of->model->options.layers && status == LW_OK; l++) {
    picture_path(of, l, path);
    status = lw_output_check(path, &lw_output_picture);
  }
  return status;
}

static lw_status start_pictures(maps *of)
{
  const int64_t H = of->model->options.heads;
  lw_status status = LW_OK;
  of->step = (of->tokens + DOTS - 1) / DOTS;
  of->side = (of->tokens + of->step - 1) / of->step;
  if (of->world->rank > 0) return LW_OK;
  LW_TRY(make_folder(of->request->pictures));
  LW_TRY(check_pictures(of));
  LW_TRY(LW_TAKE(&of->small, H * STAGES * of->side * of->side));
done:
  return status;
}

/* ---- the whole ---- */

static lw_status visit(const lw_scores_map *map, void *context)
{
  maps *of = context;
  lw_status status = LW_OK;
  for (int stage = 0; stage < STAGES; stage++) {
    if (of->small) add_rows(of, map, stage);
    if (of->writer) LW_TRY(put_rows(of, map, stage));
  }
  lw_work_add(&of->work, map->rows);
done:
  return status;
}

static lw_status walk_layer(maps *of)
{
  const int64_t H = of->model->options.heads, T = of->tokens;
  const int64_t qkv = 3 * of->model->options.width;
  lw_status status = LW_OK;
  if (of->small) clear_small(of);
  for (of->first = 0; of->first < T; of->first += of->chunk) {
    lw_scores_set(of->scores, keys_of(of),
                  lw_block_qkv(&of->model->blocks[of->layer], &of->model->kept[of->layer]) +
                      (of->row_first + of->first) * qkv);
    for (of->head = 0; of->head < H; of->head++)
      LW_TRY(lw_scores_maps(of->scores, of->head, visit, of));
  }
  LW_TRY_TOGETHER(of->world, of->small ? draw_layer(of) : LW_OK);
done:
  return status;
}

static lw_status create_scores(maps *of)
{
  const lw_attention *attention = of->attention;
  const lw_scores_shape shape = {.tokens = of->chunk < of->tokens ? of->chunk : of->tokens,
                                 .heads = attention->heads,
                                 .head_size = attention->head_size,
                                 .bytes = attention->options.panel * 1024};
  lw_status status = LW_OK;
  LW_TRY(lw_grid_create(of->world, 1, of->world->size, &of->grid));
  LW_TRY(lw_scores_create(of->grid, &shape, &attention->options, attention->alpha, &of->scores));
  LW_TRY_TOGETHER(of->world, LW_TAKE(&of->row, lw_scores_panel(of->scores) * of->tokens));
done:
  return status;
}

/* The model has run over the sample, on every rank alike. */
static lw_status make_maps(maps *of)
{
  const lw_model_options *options = &of->model->options;
  lw_status status = LW_OK;
  lw_work_begin(&of->work, "attention", "rows", options->layers * options->heads * of->tokens);
  LW_TRY(create_scores(of));
  if (*of->request->out) LW_TRY(start_file(of));
  if (*of->request->pictures) LW_TRY_TOGETHER(of->world, start_pictures(of));
  for (of->layer = 0; of->layer < of->model->options.layers; of->layer++) LW_TRY(walk_layer(of));
  if (of->writer) {
    LW_TRY(lw_h5_writer_finish(of->writer));
    LW_TRY(lw_h5_writer_publish(of->writer));
  }
  lw_work_end(&of->work);
  if (of->world->rank == 0 && of->request->told)
    fprintf(of->request->told, "%lld layers of %lld heads over %lld tokens%s%s%s%s\n",
            (long long)options->layers, (long long)options->heads, (long long)of->tokens,
            *of->request->out ? "; numbers in " : "", of->request->out,
            *of->request->pictures ? "; pictures in " : "", of->request->pictures);
done:
  lw_work_end(&of->work);
  lw_h5_writer_destroy(&of->writer);
  lw_scores_destroy(&of->scores);
  lw_grid_destroy(&of->grid);
  lw_mem_give(of->row);
  lw_mem_give(of->small);
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
  const int64_t tokens = batch.packing.length[request->document];
  LW_TRY(make_maps(&(maps){.world = world,
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
