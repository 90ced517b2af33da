/* Real numbers of one channel, stored * scale + shift. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include <assert.h>
#include <float.h>
#include <math.h>

/* Doubles that are read at a time on their way to floats. */
enum { WIDE = 1024 };

/* From the middle between the greatest float and what would be the next one on, rounding to float
 * gives infinity. */
static const double float_end = (double)FLT_MAX + 0x1p103;

static lw_item_limits limits(const lw_dataset_info *info)
{
  return (lw_item_limits){info->scale, info->shift, -float_end, float_end};
}

static void fault(const lw_dataset_info *info, int64_t position, double stored, char *text)
{
  const double value = stored * info->scale + info->shift;
  if (isfinite(stored))
    snprintf(text, LW_ITEM_FAULT, "has %g at %lld, which scale %g and shift %g make %g: too large",
             stored, (long long)position, info->scale, info->shift, value);
  else
    snprintf(text, LW_ITEM_FAULT, "is not finite at %lld (%g)", (long long)position, stored);
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "values (stored x %.6g %+.6g)", info->scale, info->shift);
}

/* Types whose numbers a float may not hold before scale and shift have been at work. */
static lw_status read_wide(const lw_dataset *dataset, lw_split split, const lw_items *all,
                           float *values)
{
  double wide[WIDE], scale = dataset->info.scale, shift = dataset->info.shift;
  for (int64_t done = 0; done < all->count; done += WIDE) {
    const lw_items now = {.sample = all->sample,
                          .first = all->first + done,
                          .count = all->count - done < WIDE ? all->count - done : WIDE};
    lw_status status = lw_items_read(dataset, split, &now, LW_H5_F64, wide);
    if (status != LW_OK) return status;
    for (int64_t i = 0; i < now.count; i++) values[done + i] = (float)(wide[i] * scale + shift);
  }
  return LW_OK;
}

static lw_status read_narrow(const lw_dataset *dataset, lw_split split, const lw_items *items,
                             float *values)
{
  lw_status status = lw_items_read(dataset, split, items, LW_H5_F32, values);
  if (status != LW_OK) return status;
  double scale = dataset->info.scale, shift = dataset->info.shift;
  for (int64_t i = 0; i < items->count; i++) values[i] = (float)((double)values[i] * scale + shift);
  return LW_OK;
}

lw_status lw_dataset_read_values(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, float *values)
{
  assert(!dataset->info.input->ids);
  const lw_items items = {.sample = sample, .first = first, .count = count};
  const lw_h5_type type = dataset->split[split].type;
  const bool narrow = type == LW_H5_F32 || lw_h5_type_size(type) < 4;
  lw_status status = narrow ? read_narrow(dataset, split, &items, values)
                            : read_wide(dataset, split, &items, values);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(values[i])) return lw_dataset_refuse_read(dataset, split, sample, first + i);
  return LW_OK;
}

lw_status lw_dataset_read_stored(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, double *stored)
{
  assert(!dataset->info.input->ids);
  const lw_items items = {.sample = sample, .first = first, .count = count};
  lw_status status = lw_items_read(dataset, split, &items, LW_H5_F64, stored);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(stored[i]))
      return lw_dataset_refuse_item(dataset, split, sample, first + i, stored[i], 0);
  return LW_OK;
}

static lw_status show(const lw_dataset *dataset, lw_split split, const lw_items *items, FILE *out)
{
  float values[LW_ITEMS_SHOWN];
  lw_status status =
      lw_dataset_read_values(dataset, split, items->sample, items->first, items->count, values);
  for (int64_t i = 0; status == LW_OK && i < items->count; i++)
    fprintf(out, " %.3g", (double)values[i]);
  return status;
}

static lw_status room(lw_batch *batch, int64_t rows)
{
  return lw_mem_grow((void **)&batch->values, &batch->row_room, rows, sizeof *batch->values);
}

static lw_status read_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                           const lw_items *items)
{
  return lw_dataset_read_values(dataset, split, items->sample, items->first, items->count,
                                batch->values + items->row);
}

const lw_input lw_input_values = {.name = "values",
                                  .item = "value",
                                  .limits = limits,
                                  .fault = fault,
                                  .describe = describe,
                                  .show = show,
                                  .room = room,
                                  .read = read_rows};
