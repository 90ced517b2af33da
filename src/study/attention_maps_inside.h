/* What the sources of attention maps share: attention_maps.c, attention_maps_file.c (numbers),
   attention_maps_pictures.c, attention_maps_clock.c (readings and steps of clocks). */
#ifndef LONGWAVE_STUDY_ATTENTION_MAPS_INSIDE_H
#define LONGWAVE_STUDY_ATTENTION_MAPS_INSIDE_H

#include "longwave/attention/scores.h"
#include "longwave/base/work.h"
#include "longwave/io/h5.h"
#include "longwave/io/picture.h"
#include "longwave/model/model.h"
#include "longwave/study/attention_maps.h"

enum { LW_MAP_STAGES = 2 };
extern const char *const lw_map_stages[LW_MAP_STAGES]; /* "before" and "after" the smoothing */

/* Of the layer at hand, where the clock is not index. */
typedef struct lw_maps_clock {
  double *reading, *step; /* [heads, tokens]; NULL: clock index */
} lw_maps_clock;

typedef struct lw_maps {
  const lw_world *world;
  const lw_map_sample *of;
  const lw_model *model;
  const lw_attention *attention; /* borrowed from the model */
  const lw_dataset *dataset;
  int64_t tokens, chunk;
  int64_t row_first; /* of the document in the packed arrays */
  lw_grid *grid;
  lw_scores *scores;
  float *row;                 /* [rows of a panel, tokens] */
  int64_t step, side;         /* tokens of a dot, dots of a small map's side */
  float *small;               /* [heads, LW_MAP_STAGES, side, side], on the root with pictures */
  int64_t layer, head, first; /* at hand; first token of the chunk */
  lw_maps_clock clock;
  lw_work work; /* rows of all matrices */
} lw_maps;

/* Tokens of the chunk at hand. */
static inline int64_t lw_maps_keys(const lw_maps *maps)
{
  return maps->first + maps->chunk < maps->tokens ? maps->chunk : maps->tokens - maps->first;
}

/* Rows of the head at hand. Collective over all. */
LW_MUST_USE lw_status lw_maps_file_rows(const lw_maps *maps, const lw_scores_map *map, int stage);

/* On every rank: the sizes; on the root the folder, and room for the maps. Local. */
LW_MUST_USE lw_status lw_maps_pictures_begin(lw_maps *maps);
/* Before a layer, its rows on the root, and the picture when all are in. Local. */
void lw_maps_pictures_clear(const lw_maps *maps);
void lw_maps_pictures_rows(const lw_maps *maps, const lw_scores_map *map, int stage);
LW_MUST_USE lw_status lw_maps_pictures_layer(const lw_maps *maps);

/* Memory where there is a clock to be seen. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_maps_clock_begin(lw_maps *maps);
void lw_maps_clock_done(lw_maps *maps);
/* Gives the attention the decays of the layer, and reads its clock; into the file, if there is
   one. Collective over all. Errors: those of writing. */
LW_MUST_USE lw_status lw_maps_clock_layer(const lw_maps *maps);
/* The arrays in the file. Local. Errors: those of lw_h5_writer_array. */
LW_MUST_USE lw_status lw_maps_clock_define(const lw_map_sample *maps, int64_t layer,
                                           int64_t tokens);
/* How many pixels a clock takes under each map, 0 where its steps are all alike, and its drawing
   for a head: steps over the columns of a map of `zoom` pixels a dot. Local. */
int64_t lw_maps_clock_height(const lw_maps *maps);
void lw_maps_clock_draw(const lw_maps *maps, lw_picture *picture, int64_t head, lw_point at,
                        int64_t zoom);

#endif
