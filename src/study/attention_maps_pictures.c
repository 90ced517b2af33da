/* The matrices as pictures, one a layer. */
#define _POSIX_C_SOURCE 200809L
#include "attention_maps_inside.h"
#include "longwave/io/picture.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/io/output.h"
#include "longwave/io/png.h"
#include "longwave/base/whole.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DOTS = 400, PAIRS = 2, GAP = 28, PATH_ROOM = 1100, TITLE = 64 };

static float *small_map(const lw_maps *maps, int64_t head, int stage)
{
  return maps->small + (head * LW_MAP_STAGES + stage) * maps->side * maps->side;
}

/* Tokens of a dot in one direction; all squares but the last are of one size, so that no pattern
 * comes in. */
static int64_t dot_tokens(const lw_maps *maps, int64_t dot)
{
  const int64_t left = maps->tokens - dot * maps->step;
  return left < maps->step ? left : maps->step;
}

/* Whether some query of dot row i may look at some key of dot column j. */
static bool dot_allowed(const lw_maps *maps, int64_t i, int64_t j)
{
  const int64_t query = i * maps->step, key = j * maps->step;
  const int64_t last_query = query + dot_tokens(maps, i) - 1,
                last_key = key + dot_tokens(maps, j) - 1;
  if (maps->attention->options.causal && key > last_query) return false;
  return query / maps->chunk <= last_key / maps->chunk &&
         key / maps->chunk <= last_query / maps->chunk;
}

/* 0 where attention may go, -1 where the mask forbids it. */
void lw_maps_pictures_clear(const lw_maps *maps)
{
  for (int64_t c = 0; c < maps->model->options.heads; c++)
    for (int stage = 0; stage < LW_MAP_STAGES; stage++)
      for (int64_t i = 0; i < maps->side; i++)
        for (int64_t j = 0; j < maps->side; j++)
          small_map(maps, c, stage)[i * maps->side + j] = dot_allowed(maps, i, j) ? 0.0f : -1.0f;
}

/* Each dot gathers the mean of its square of weights. Smoothing moves some past the mask. */
void lw_maps_pictures_rows(const lw_maps *maps, const lw_scores_map *map, int stage)
{
  const int64_t keys = lw_maps_keys(maps);
  const float *weights = stage == 0 ? map->before : map->after;
  for (int64_t i = 0; i < map->rows; i++) {
    const int64_t row = (maps->first + map->first + i) / maps->step;
    float *dots = small_map(maps, maps->head, stage) + row * maps->side;
    for (int64_t j = 0; j < keys; j++) {
      const int64_t column = (maps->first + j) / maps->step;
      const int64_t square = dot_tokens(maps, row) * dot_tokens(maps, column);
      const float weight = weights[i * map->stride + j];
      if (weight > 0.0f) dots[column] = fmaxf(dots[column], 0.0f) + weight / (float)square;
    }
  }
}

/* One scale for a layer. Where weights spread over decades it is a logarithm, down to the least of
 * them, or to a hundredth of what every key would have if all had the same. */
static lw_colour_scale scale_of(const lw_maps *maps)
{
  const int64_t count = maps->model->options.heads * LW_MAP_STAGES * maps->side * maps->side;
  double most = 0.0, least = INFINITY, sum = 0.0, used = 0.0;
  for (int64_t n = 0; n < count; n++) {
    const double weight = (double)maps->small[n];
    if (!(weight > 0.0)) continue;
    most = fmax(most, weight);
    least = fmin(least, weight);
    sum += weight;
    used += 1.0;
  }
  if (used == 0.0) return (lw_colour_scale){false, 0.0, 1.0};
  if (most < 5.0 * sum / used) return (lw_colour_scale){false, 0.0, most};
  const double even = 1.0 / (double)(maps->chunk < maps->tokens ? maps->chunk : maps->tokens);
  return (lw_colour_scale){true, fmax(least, 0.01 * even), most};
}

/* Gates have no decay of their own. text [TITLE] out */
static void write_title(const lw_maps *maps, int64_t head, int stage, char *text)
{
  const char *const which = lw_map_stages[stage];
  if (maps->attention->options.clock == LW_CLOCK_CONTENT)
    snprintf(text, TITLE, "head %lld  %s", (long long)head, which);
  else
    snprintf(text, TITLE, "head %lld  alpha %.3g  %s", (long long)head,
             (double)maps->attention->alpha[head], which);
}

/* A head: its two maps side by side, with titles above and token numbers at the edges. */
static void draw_head(const lw_maps *maps, lw_picture *picture, int64_t head, int64_t x, int64_t y,
                      const lw_picture_numbers *like)
{
  const int64_t width = like->side * like->zoom;
  lw_picture_numbers map = *like;
  char text[TITLE];
  for (int stage = 0; stage < LW_MAP_STAGES; stage++, x += width + GAP) {
    write_title(maps, head, stage, text);
    lw_picture_text(picture, x, y, text);
    map.number = small_map(maps, head, stage);
    lw_picture_map(picture, x, y + LW_LETTER_HEIGHT + 4, &map);
    snprintf(text, sizeof text, "%lld", (long long)maps->tokens - 1);
    lw_picture_text(picture, x, y + LW_LETTER_HEIGHT + width + 9, "0");
    lw_picture_text(picture, x + width - LW_LETTER_WIDTH * (int64_t)strlen(text),
                    y + LW_LETTER_HEIGHT + width + 9, text);
    if (lw_clock_reads(&maps->attention->options))
      lw_maps_clock_draw(maps, picture, head, (lw_point){x, y + 2 * LW_LETTER_HEIGHT + width + 15},
                         map.zoom);
  }
}

/* What is shown. text [PATH_ROOM] out */
static void write_sample(const lw_maps *maps, char *text)
{
  static const char *const documents[] = {" first text", " second text"};
  const bool pair = lw_dataset_describe(maps->dataset)->documents > 1, clock = maps->clock.reading;
  snprintf(text, PATH_ROOM, "layer %lld: %s sample %lld%s%s%s", (long long)maps->layer,
           lw_split_name(maps->of->split), (long long)maps->of->sample,
           pair ? documents[maps->of->document] : "", clock ? "  clock " : "",
           clock ? LW_CHOICE_WORD_OF(LW_CLOCK_CHOICES, maps->attention->options.clock) : "");
}

/* path [PATH_ROOM] */
static void picture_path(const lw_maps *maps, int64_t layer, char *path)
{
  const char *group = maps->of->group;
  snprintf(path, PATH_ROOM, "%s/%s%slayer-%lld.png", maps->of->pictures, *group ? group + 1 : "",
           *group ? "-" : "", (long long)layer);
}

lw_status lw_maps_pictures_layer(const lw_maps *maps)
{
  const int64_t H = maps->model->options.heads,
                zoom = DOTS / maps->side > 0 ? DOTS / maps->side : 1;
  const int64_t cell = maps->side * zoom + GAP,
                tall = cell + 2 * LW_LETTER_HEIGHT + lw_maps_clock_height(maps);
  const int64_t across = H < PAIRS ? H : PAIRS, down = lw_parts(H, across);
  const int64_t head_room = 6 * LW_LETTER_HEIGHT, bar = cell < 240 ? cell : 240;
  const lw_colour_scale scale = scale_of(maps);
  lw_picture picture = {0};
  char text[PATH_ROOM];
  lw_status status = LW_OK;
  LW_TRY(lw_picture_init(&picture, GAP + across * LW_MAP_STAGES * cell, head_room + down * tall));
  write_sample(maps, text);
  lw_picture_text(&picture, GAP, LW_LETTER_HEIGHT, text);
  lw_picture_text(&picture, GAP, 5 * LW_LETTER_HEIGHT / 2, "queries down  keys right");
  lw_picture_text(&picture, GAP, 4 * LW_LETTER_HEIGHT,
                  scale.logarithmic ? "weight: log scale" : "weight: linear scale");
  lw_picture_scale(&picture, picture.width - GAP - bar, 2 * LW_LETTER_HEIGHT, bar, &scale);
  for (int64_t c = 0; c < H; c++)
    draw_head(maps, &picture, c, GAP + c % across * LW_MAP_STAGES * cell,
              head_room + c / across * tall,
              &(lw_picture_numbers){.side = maps->side, .zoom = zoom, .scale = scale});
  picture_path(maps, maps->layer, text);
  LW_TRY(lw_png_write(text, picture.width, picture.height, picture.rgb));
done:
  lw_picture_done(&picture);
  return status;
}

lw_status lw_map_sample_folder(const char *path)
{
  if (mkdir(path, 0777) == 0 || errno == EEXIST) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s", path, lw_reason(errno));
}

static lw_status check_pictures(const lw_maps *maps)
{
  char path[PATH_ROOM];
  lw_status status = LW_OK;
  for (int64_t l = 0; l < maps->model->options.layers && status == LW_OK; l++) {
    picture_path(maps, l, path);
    status = lw_output_check(path, &lw_output_picture);
  }
  return status;
}

lw_status lw_maps_pictures_begin(lw_maps *maps)
{
  const int64_t H = maps->model->options.heads;
  lw_status status = LW_OK;
  maps->step = (maps->tokens + DOTS - 1) / DOTS;
  maps->side = (maps->tokens + maps->step - 1) / maps->step;
  if (maps->world->rank > 0) return LW_OK;
  LW_TRY(lw_map_sample_folder(maps->of->pictures));
  LW_TRY(check_pictures(maps));
  LW_TRY(LW_TAKE(&maps->small, H * LW_MAP_STAGES * maps->side * maps->side));
done:
  return status;
}
