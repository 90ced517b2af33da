/* The clock of the sample: its readings and what each token adds to them, as numbers and as bars
   under the maps. */
#include "attention_maps_inside.h"
#include "longwave/base/mem.h"
#include "longwave/model/layer_attention.h"
#include <math.h>
#include <stdio.h>

enum { BARS = 56, GAP = 4 };

static const lw_colour mean_ink = {70, 60, 130}, most_ink = {190, 186, 222},
                       frame_ink = {170, 170, 178};

lw_status lw_maps_clock_begin(lw_maps *maps)
{
  const int64_t numbers = maps->model->options.heads * maps->tokens;
  lw_status status = LW_OK;
  if (!maps->attention->moving) return LW_OK;
  LW_TRY(LW_TAKE(&maps->clock.reading, numbers));
  LW_TRY(LW_TAKE(&maps->clock.step, numbers));
done:
  return status;
}

void lw_maps_clock_done(lw_maps *maps)
{
  lw_mem_give(maps->clock.reading);
  lw_mem_give(maps->clock.step);
}

/* kept: NULL of a clock that has no readings, which counts its tokens. */
static void read(const lw_maps *maps, const double *kept)
{
  const lw_model *model = maps->model;
  const int64_t T = maps->tokens, rows = model->pass.batch->rows;
  for (int64_t h = 0; h < model->options.heads; h++) {
    const double alpha = (double)maps->attention->alpha[h];
    double *reading = maps->clock.reading + h * T, *step = maps->clock.step + h * T;
    for (int64_t t = 0; t < T; t++) {
      const int64_t n = t % maps->chunk;
      reading[t] = kept ? kept[h * rows + maps->row_first + t] : alpha * (double)(n + 1);
      step[t] = n ? reading[t] - reading[t - 1] : reading[t];
    }
  }
}

/* ---- numbers ---- */

static void name_of(const lw_map_sample *maps, int64_t layer, const char *what, char *name)
{
  snprintf(name, LW_H5_NAME_MAX, "%s/layers/%lld/%s", maps->group, (long long)layer, what);
}

lw_status lw_maps_clock_define(const lw_map_sample *maps, int64_t layer, int64_t tokens)
{
  const lw_model *model = maps->subject->model;
  const int64_t dims[] = {model->options.heads, tokens};
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  if (!lw_block_attention(&model->blocks[0])->moving) return LW_OK;
  name_of(maps, layer, "readings", name);
  LW_TRY(lw_h5_writer_array(maps->writer, name, LW_H5_F64, 2, dims));
  name_of(maps, layer, "steps", name);
  LW_TRY(lw_h5_writer_array(maps->writer, name, LW_H5_F64, 2, dims));
done:
  return status;
}

/* All ranks have the same: the root writes it. */
static lw_status put(const lw_maps *maps)
{
  const int64_t rows = maps->world->rank ? 0 : maps->model->options.heads;
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  name_of(maps->of, maps->layer, "readings", name);
  LW_TRY(lw_h5_writer_put(maps->of->writer, name, 0, rows, maps->clock.reading));
  name_of(maps->of, maps->layer, "steps", name);
  LW_TRY(lw_h5_writer_put(maps->of->writer, name, 0, rows, maps->clock.step));
done:
  return status;
}

lw_status lw_maps_clock_layer(const lw_maps *maps)
{
  const lw_model *model = maps->model;
  const double *kept =
      lw_block_readings(&model->blocks[maps->layer], &model->kept[maps->layer], &model->params);
  if (!maps->clock.reading) return LW_OK;
  read(maps, kept);
  return maps->of->writer ? put(maps) : LW_OK;
}

/* ---- bars ---- */

int64_t lw_maps_clock_height(const lw_maps *maps)
{
  return lw_clock_reads(&maps->attention->options) ? BARS + LW_LETTER_HEIGHT + 4 * GAP : 0;
}

/* Of a head: bars from 0, or where few steps tower above the others from the least above 0, by
   logarithm. */
typedef struct bar_scale {
  bool logarithmic;
  double least, most, mean;
} bar_scale;

static bar_scale scale_of(const double *step, int64_t tokens)
{
  bar_scale scale = {.least = INFINITY};
  double logs = 0, above = 0; /* of the steps above 0 */
  for (int64_t t = 0; t < tokens; t++) {
    scale.most = fmax(scale.most, step[t]);
    scale.mean += step[t] / (double)tokens;
    if (!(step[t] > 0)) continue;
    scale.least = fmin(scale.least, step[t]);
    logs += log(step[t]);
    above++;
  }
  scale.logarithmic = above > 0 && scale.most > 1000 * exp(logs / above);
  if (!scale.logarithmic) scale.least = 0;
  return scale;
}

static int64_t height_of(const bar_scale *scale, double step)
{
  if (!(step > 0)) return 0;
  const double share = scale->logarithmic
                           ? log(step / scale->least) / log(scale->most / scale->least)
                           : step / scale->most;
  return 1 + (int64_t)lrint(fmin(fmax(share, 0), 1) * (BARS - 1));
}

static void draw_bars(const lw_maps *maps, lw_picture *picture, const double *step, lw_point at,
                      int64_t zoom, const bar_scale *scale)
{
  const int64_t bottom = at.y + BARS;
  for (int64_t first = 0; first < maps->tokens; first += maps->step, at.x += zoom) {
    const int64_t left = maps->tokens - first, count = left < maps->step ? left : maps->step;
    double sum = 0, most = 0;
    for (int64_t t = first; t < first + count; t++) {
      sum += step[t];
      most = fmax(most, step[t]);
    }
    const int64_t tall = height_of(scale, most), low = height_of(scale, sum / (double)count);
    lw_picture_fill(picture, at.x, bottom - tall, zoom, tall, most_ink);
    lw_picture_fill(picture, at.x, bottom - low, zoom, low, mean_ink);
  }
}

void lw_maps_clock_draw(const lw_maps *maps, lw_picture *picture, int64_t head, lw_point at,
                        int64_t zoom)
{
  const double *step = maps->clock.step + head * maps->tokens;
  const bar_scale scale = scale_of(step, maps->tokens);
  const int64_t width = maps->side * zoom, top = at.y + LW_LETTER_HEIGHT + GAP;
  char text[64];
  if (scale.logarithmic)
    snprintf(text, sizeof text, "step %.2g to %.2g, log", scale.least, scale.most);
  else if (scale.most > 0)
    snprintf(text, sizeof text, "step to %.2g, mean %.2g", scale.most, scale.mean);
  else
    snprintf(text, sizeof text, "step 0");
  lw_picture_text(picture, at.x, at.y, text);
  lw_picture_fill(picture, at.x - 1, top - 1, width + 2, BARS + 2, frame_ink);
  lw_picture_fill(picture, at.x, top, width, BARS, (lw_colour){255, 255, 255});
  draw_bars(maps, picture, step, (lw_point){at.x, top}, zoom, &scale);
}
