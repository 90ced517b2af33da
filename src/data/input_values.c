/* Real numbers of one or more channels, stored * scale + shift of each. */
#include "dataset_inside.h"
#include "input_fill.h"
#include "longwave/base/mem.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include <assert.h>
#include <float.h>
#include <math.h>

/* From the middle between the greatest float and what would be the next one on, rounding to float
 * gives infinity. */
static const double float_end = (double)FLT_MAX + 0x1p103;

/* The codes of files are those of version 2. */
static lw_item_limits limits(const lw_dataset_info *info, int64_t channel)
{
  const lw_channel *of = &info->channel[channel];
  return (lw_item_limits){of->scale,     of->shift,      -float_end,        float_end,
                          info->missing, info->has_code, info->missing_code};
}

static void name_channel(const lw_dataset_info *info, int64_t channel, char *text, size_t room)
{
  *text = 0;
  if (info->channels > 1)
    snprintf(text, room, " in channel %lld%s%.40s%s", (long long)channel,
             *info->channel[channel].name ? " (" : "", info->channel[channel].name,
             *info->channel[channel].name ? ")" : "");
}

static void fault(const lw_dataset_info *info, const lw_item_place *place, double stored,
                  char *text)
{
  const lw_channel *channel = &info->channel[place->channel];
  const double value = stored * channel->scale + channel->shift;
  char where[80];
  name_channel(info, place->channel, where, sizeof where);
  if (isfinite(stored))
    snprintf(text, LW_ITEM_FAULT,
             "has %g at %lld%s, which scale %g and shift %g make %g: too large", stored,
             (long long)place->position, where, channel->scale, channel->shift, value);
  else
    snprintf(text, LW_ITEM_FAULT, "is not finite at %lld%s (%g)", (long long)place->position, where,
             stored);
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  if (info->channels > 1)
    fprintf(out, "values of %lld channels", (long long)info->channels);
  else
    fprintf(out, "values (stored x %.6g %+.6g)", info->channel[0].scale, info->channel[0].shift);
}

static lw_status show(const lw_dataset *dataset, lw_split split, const lw_items *items, FILE *out)
{
  const int64_t C = dataset->info.channels;
  float *values = NULL;
  lw_status status = LW_TAKE(&values, items->count * C);
  if (status == LW_OK)
    status =
        lw_dataset_read_values(dataset, split, items->sample, items->first, items->count, values);
  for (int64_t i = 0; status == LW_OK && i < items->count * C; i++)
    fprintf(out, "%s%.3g", i % C ? "/" : " ", (double)values[i]);
  lw_mem_give(values);
  return status;
}

static lw_status room(lw_batch *batch, int64_t rows)
{
  return lw_mem_grow((void **)&batch->values, &batch->row_room, rows * batch->inputs,
                     sizeof *batch->values);
}

static lw_status read_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                           const lw_items *items)
{
  float *rows = batch->values + items->row * batch->inputs;
  lw_status status =
      lw_dataset_read_values(dataset, split, items->sample, items->first, items->count, rows);
  if (status != LW_OK) return status;
  return lw_input_fill(dataset, split, items, &batch->input, rows);
}

const lw_input lw_input_values = {.name = "values",
                                  .item = "value",
                                  .limits = limits,
                                  .fault = fault,
                                  .describe = describe,
                                  .show = show,
                                  .room = room,
                                  .read = read_rows};
