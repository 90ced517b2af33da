/* The matrices as numbers in a file. */
#include "attention_maps_inside.h"
#include "longwave/array/layout.h"
#include "longwave/model/layer_attention.h"
#include <math.h>
#include <stdio.h>

const char *const lw_map_stages[LW_MAP_STAGES] = {"before", "after"};

int64_t lw_map_sample_tokens(const lw_map_sample *maps)
{
  return lw_dataset_truncated(maps->subject->dataset, maps->split, maps->sample, maps->document,
                              maps->subject->job.data.max_length);
}

lw_status lw_map_sample_fits(const lw_map_sample *maps)
{
  const lw_model_options *options = &maps->subject->job.model;
  const int64_t tokens = lw_map_sample_tokens(maps);
  const double bytes = (double)(LW_MAP_STAGES * options->layers * options->heads * tokens) *
                       (double)tokens * sizeof(float);
  if (bytes <= (double)maps->most_bytes) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "the attention of %lld layers and %lld heads over %lld tokens needs a file of "
                 "%.1f GiB; allow it by --most-gib %.0f, or %s",
                 (long long)options->layers, (long long)options->heads, (long long)tokens,
                 bytes / 0x1p30, ceil(bytes / 0x1p30), maps->advice);
}

static void name_of(const lw_map_sample *maps, int64_t layer, int64_t head, int stage, char *name)
{
  snprintf(name, LW_H5_NAME_MAX, "%s/layers/%lld/heads/%lld/%s", maps->group, (long long)layer,
           (long long)head, lw_map_stages[stage]);
}

lw_status lw_map_sample_define(const lw_map_sample *maps)
{
  const lw_model *model = maps->subject->model;
  const int64_t tokens = lw_map_sample_tokens(maps), dims[] = {tokens, tokens};
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_map_sample_fits(maps));
  for (int64_t l = 0; l < model->options.layers; l++) {
    LW_TRY(lw_maps_clock_define(maps, l, tokens));
    for (int64_t c = 0; c < model->options.heads; c++)
      for (int stage = 0; stage < LW_MAP_STAGES; stage++) {
        name_of(maps, l, c, stage, name);
        LW_TRY(lw_h5_writer_array(maps->writer, name, LW_H5_F32, 2, dims));
        LW_TRY(lw_h5_writer_real(maps->writer, name, "alpha",
                                 lw_block_clock_head(&model->blocks[l], &model->params, c).now));
      }
  }
done:
  return status;
}

/* This rank's share of the panel's rows, as whole rows: 0 outside the chunk. */
lw_status lw_maps_file_rows(const lw_maps *maps, const lw_scores_map *map, int stage)
{
  const lw_world *world = maps->world;
  const int64_t from = lw_layout_first(map->rows, world->size, world->rank);
  const int64_t rows = lw_layout_count(map->rows, world->size, world->rank);
  const int64_t T = maps->tokens, keys = lw_maps_keys(maps);
  const float *weights = (stage == 0 ? map->before : map->after) + from * map->stride;
  char name[LW_H5_NAME_MAX];
  memset(maps->row, 0, (size_t)(rows * T) * sizeof *maps->row);
  for (int64_t i = 0; i < rows; i++)
    memcpy(maps->row + i * T + maps->first, weights + i * map->stride,
           (size_t)keys * sizeof *maps->row);
  name_of(maps->of, maps->layer, maps->head, stage, name);
  return lw_h5_writer_put(maps->of->writer, name, maps->first + map->first + from, rows, maps->row);
}
