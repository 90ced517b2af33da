/* Reading samples, and what their items may be. */
#include "dataset_inside.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

/* Doubles that are read at a time on their way to floats. */
enum { WIDE = 1024 };

/* From the middle between the greatest float and what would be the next one on, rounding to float
 * gives infinity. */
static const double float_end = (double)FLT_MAX + 0x1p103;

lw_item_limits lw_dataset_limits(const lw_dataset_info *info)
{
  if (info->kind == LW_KIND_TOKENS)
    return (lw_item_limits){1.0, 0.0, -1.0, (double)info->vocabulary};
  return (lw_item_limits){info->scale, info->shift, -float_end, float_end};
}

lw_status lw_dataset_refuse_item(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t position, double stored, int64_t others)
{
  const lw_dataset_info *info = &dataset->info;
  const double value = stored * info->scale + info->shift;
  char what[160], more[64] = "";
  if (info->kind == LW_KIND_TOKENS)
    snprintf(what, sizeof what, "has token %.0f at %lld, outside the vocabulary of %lld", stored,
             (long long)position, (long long)info->vocabulary);
  else if (isfinite(stored))
    snprintf(what, sizeof what, "has %g at %lld, which scale %g and shift %g make %g: too large",
             stored, (long long)position, info->scale, info->shift, value);
  else
    snprintf(what, sizeof what, "is not finite at %lld (%g)", (long long)position, stored);
  if (others > 0)
    snprintf(more, sizeof more, " (and %lld more item%s like it)", (long long)others,
             others > 1 ? "s" : "");
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s': %s sample %lld %s%s; correct array '%s' and its crc32, or make the data "
                 "set again without this sample",
                 lw_dataset_path(dataset), lw_split_name(split), (long long)sample, what, more,
                 dataset->split[split].items_name);
}

/* Bytes are read into the last quarter of the room for 32-bit items, to be widened from there in
 * ascending order: faster than HDF5's conversion, and item i is written when byte i has been read.
 */
static uint8_t *last_quarter(void *items, int64_t count)
{
  return (uint8_t *)items + 3 * count;
}

static lw_status read_items(const lw_dataset *dataset, lw_split split, int64_t sample,
                            int64_t first, int64_t count, lw_h5_type type, void *out)
{
  const lw_split_index *index = &dataset->split[split];
  assert(first >= 0 && count >= 0 && first + count <= lw_dataset_length(dataset, split, sample));
  return lw_h5_read(dataset->file, index->items_name, type, index->offsets[sample] + first, count,
                    out);
}

/* The number as it stands in the file, of which 32 bits may not hold all. */
static lw_status refuse(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t position)
{
  double stored = 0.0;
  lw_status status = read_items(dataset, split, sample, position, 1, LW_H5_F64, &stored);
  if (status != LW_OK) return status;
  return lw_dataset_refuse_item(dataset, split, sample, position, stored, 0);
}

lw_status lw_dataset_read_tokens(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, int32_t *tokens)
{
  assert(dataset->info.kind == LW_KIND_TOKENS);
  bool bytes = dataset->split[split].type == LW_H5_U8;
  uint8_t *small = last_quarter(tokens, count);
  lw_status status = read_items(dataset, split, sample, first, count, bytes ? LW_H5_U8 : LW_H5_I32,
                                bytes ? (void *)small : tokens);
  if (status != LW_OK) return status;
  if (bytes)
    for (int64_t i = 0; i < count; i++) tokens[i] = small[i];
  for (int64_t i = 0; i < count; i++)
    if (tokens[i] < 0 || tokens[i] >= dataset->info.vocabulary)
      return refuse(dataset, split, sample, first + i);
  return LW_OK;
}

/* Types whose numbers a float may not hold before scale and shift have been at work. */
static lw_status read_wide(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t first,
                           int64_t count, float *values)
{
  double wide[WIDE], scale = dataset->info.scale, shift = dataset->info.shift;
  for (int64_t done = 0; done < count; done += WIDE) {
    const int64_t now = count - done < WIDE ? count - done : WIDE;
    lw_status status = read_items(dataset, split, sample, first + done, now, LW_H5_F64, wide);
    if (status != LW_OK) return status;
    for (int64_t i = 0; i < now; i++) values[done + i] = (float)(wide[i] * scale + shift);
  }
  return LW_OK;
}

static lw_status read_narrow(const lw_dataset *dataset, lw_split split, int64_t sample,
                             int64_t first, int64_t count, float *values)
{
  bool bytes = dataset->split[split].type == LW_H5_U8;
  uint8_t *small = last_quarter(values, count);
  lw_status status = read_items(dataset, split, sample, first, count, bytes ? LW_H5_U8 : LW_H5_F32,
                                bytes ? (void *)small : values);
  if (status != LW_OK) return status;
  if (bytes)
    for (int64_t i = 0; i < count; i++) values[i] = (float)small[i];
  double scale = dataset->info.scale, shift = dataset->info.shift;
  for (int64_t i = 0; i < count; i++) values[i] = (float)((double)values[i] * scale + shift);
  return LW_OK;
}

lw_status lw_dataset_read_values(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, float *values)
{
  assert(dataset->info.kind == LW_KIND_VALUES);
  const lw_h5_type type = dataset->split[split].type;
  const bool narrow = type == LW_H5_F32 || lw_h5_type_size(type) < 4;
  lw_status status = narrow ? read_narrow(dataset, split, sample, first, count, values)
                            : read_wide(dataset, split, sample, first, count, values);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(values[i])) return refuse(dataset, split, sample, first + i);
  return LW_OK;
}

lw_status lw_dataset_read_stored(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, double *stored)
{
  assert(dataset->info.kind == LW_KIND_VALUES);
  bool bytes = dataset->split[split].type == LW_H5_U8;
  uint8_t *small = (uint8_t *)stored + 7 * count; /* as last_quarter, the last eighth */
  lw_status status = read_items(dataset, split, sample, first, count, bytes ? LW_H5_U8 : LW_H5_F64,
                                bytes ? (void *)small : stored);
  if (status != LW_OK) return status;
  if (bytes)
    for (int64_t i = 0; i < count; i++) stored[i] = small[i];
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(stored[i]))
      return lw_dataset_refuse_item(dataset, split, sample, first + i, stored[i], 0);
  return LW_OK;
}
