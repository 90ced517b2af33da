/* What a model sees: scale and shift of channels and numbers, and the typical gap of times, all
 * from the train split alone. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <math.h>
#include <string.h>

/* ---- moments ---- */

/* So many channels at a time, and rows that stay in the cache between the two passes. */
enum { CHANNELS = 16, ROWS = LW_MOMENTS_ROOM / CHANNELS };

/* Rows of the stored items, and the channels from `first` on. */
typedef struct block {
  const lw_builder *builder;
  const void *items;
  int64_t row, rows, first, channels;
} block;

/* Stored numbers as doubles, NaN where they are missing: x [channels, ROWS] */
#define TAKE(type)                                                                                 \
  for (int64_t i = 0; i < b->rows; i++) {                                                          \
    const type *row = (const type *)b->items + (b->row + i) * C + b->first;                        \
    for (int64_t c = 0; c < b->channels; c++) x[c * ROWS + i] = (double)row[c];                    \
  }
static void take(const block *b, double *x)
{
  const lw_builder_plan *plan = &b->builder->plan;
  const int64_t C = plan->channels;
  if (plan->stored == LW_H5_U8) {
    TAKE(uint8_t)
  } else if (plan->stored == LW_H5_I16) {
    TAKE(int16_t)
  } else {
    TAKE(float)
  }
}

/* Moves those that are known to the front and returns how many they are. */
static int64_t known(const lw_builder_plan *plan, double *x, int64_t count)
{
  int64_t kept = 0;
  if (!plan->missing) return count;
  for (int64_t i = 0; i < count; i++)
    if (!isnan(x[i]) && !(plan->has_code && x[i] == plan->missing_code)) x[kept++] = x[i];
  return kept;
}

void lw_builder_add_moments(const lw_builder *builder, const void *items, int64_t count,
                            lw_builder_found *found)
{
  const int64_t C = builder->plan.channels;
  double *x = found->room;
  for (int64_t row = 0; row < count; row += ROWS)
    for (int64_t first = 0; first < C; first += CHANNELS) {
      const block b = {builder, items,
                       row,     lw_smaller(ROWS, count - row),
                       first,   lw_smaller(CHANNELS, C - first)};
      take(&b, x);
      for (int64_t c = 0; c < b.channels; c++)
        lw_moments_add(&found->scratch[first + c], x + c * ROWS,
                       known(&builder->plan, x + c * ROWS, b.rows));
    }
}

/* ---- scale and shift ---- */

/* Mean 0 and deviation 1; of numbers that are all equal, 0. */
static void standardise(const lw_moments *moments, double *scale, double *shift)
{
  const double deviation = lw_moments_deviation(moments), one = 1.0 / deviation;
  const bool flat = !moments->count || moments->least == moments->greatest || !isnormal(one);
  *scale = flat ? 1.0 : one;
  *shift = -moments->mean * *scale;
}

/* Channels of which nothing can be learnt. */
static void note_flat(lw_builder *builder, const lw_moments *moments)
{
  enum { NAMED = 3 };
  char text[LW_MESSAGE_MAX / 8];
  lw_text list = LW_TEXT_IN(text);
  int64_t flat = 0;
  for (int64_t c = 0; c < builder->plan.channels; c++) {
    if (moments[c].count > 0 && moments[c].least < moments[c].greatest) continue;
    if (flat++ < NAMED)
      lw_text_item(&list, ", ", "%lld%s%.60s%s", (long long)c,
                   *builder->channel[c].name ? " (" : "", builder->channel[c].name,
                   *builder->channel[c].name ? ")" : "");
  }
  if (flat > 0)
    lw_text_add(&builder->notes,
                "look: %lld of %lld channels have one value only, or none, in the train split: "
                "%s%s\n",
                (long long)flat, (long long)builder->plan.channels, text,
                flat > NAMED ? ", ..." : "");
}

static void join_channels(lw_moments *moments, int64_t count)
{
  lw_moments all = {0};
  for (int64_t c = 0; c < count; c++) lw_moments_join(&all, &moments[c]);
  for (int64_t c = 0; c < count; c++) moments[c] = all;
}

static lw_status find_channels(lw_builder *builder, const lw_builder_found *found)
{
  const int64_t C = builder->plan.channels;
  lw_moments *moments = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(builder->world, LW_TAKE(&moments, C));
  LW_TRY(lw_moments_tree_join(&found->values, builder->world, moments));
  note_flat(builder, moments);
  if (builder->plan.normalise == LW_NORMALISE_ALL) join_channels(moments, C);
  for (int64_t c = 0; c < C; c++)
    standardise(&moments[c], &builder->channel[c].scale, &builder->channel[c].shift);
done:
  lw_mem_give(moments);
  return status;
}

static lw_status find_numbers(lw_builder *builder, const lw_builder_found *found)
{
  lw_moments *moments = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(builder->world, LW_TAKE(&moments, builder->plan.numbers));
  LW_TRY(lw_moments_tree_join(&found->numbers, builder->world, moments));
  for (int64_t k = 0; k < builder->plan.numbers; k++)
    standardise(&moments[k], &builder->number[k].scale, &builder->number[k].shift);
done:
  lw_mem_give(moments);
  return status;
}

lw_status lw_builder_find_scales(lw_builder *builder, const lw_builder_found *found)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  if (found->values.width > 0) LW_TRY(find_channels(builder, found));
  if (!plan->normalised && plan->normalise == LW_NORMALISE_NONE)
    for (int64_t c = 0; c < plan->channels; c++) {
      builder->channel[c].scale = plan->channel[c].unit_scale;
      builder->channel[c].shift = plan->channel[c].unit_shift;
    }
  if (found->numbers.width > 0) LW_TRY(find_numbers(builder, found));
done:
  return status;
}
