/* Reading items of samples, and the sentence about one that no model can take. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include <assert.h>
#include <stdio.h>

lw_status lw_dataset_refuse_item(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 const lw_item_place *place, double stored, int64_t others)
{
  const lw_dataset_info *info = &dataset->info;
  char what[LW_ITEM_FAULT], more[64] = "";
  info->input->fault(info, place, stored, what);
  if (others > 0)
    snprintf(more, sizeof more, " (and %lld more item%s like it)", (long long)others,
             others > 1 ? "s" : "");
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s': %s sample %lld %s%s; correct array '%s' and its crc32, or make the data "
                 "set again without this sample",
                 lw_dataset_path(dataset), lw_split_name(split), (long long)sample, what, more,
                 dataset->split[split].items_name);
}

/* Each to a number of its own, in ascending order. */
#define WIDEN(type)                                                                                \
  for (int64_t i = 0; i < count; i++) ((type *)out)[i] = (type)bytes[i]
static void widen(const uint8_t *bytes, int64_t count, lw_h5_type type, void *out)
{
  if (type == LW_H5_I32)
    WIDEN(int32_t);
  else if (type == LW_H5_F32)
    WIDEN(float);
  else
    WIDEN(double);
}

/* Bytes are read into the last part of the room and widened from there: faster than HDF5's
 * conversion, and item i is written when byte i has been read. */
lw_status lw_items_read(const lw_dataset *dataset, const lw_item_range *range, lw_h5_type type,
                        void *out)
{
  const lw_split_index *index = &dataset->split[range->split];
  const int64_t first = range->item, count = range->count, C = dataset->info.channels;
  uint8_t *bytes = (uint8_t *)out + (lw_h5_type_size(type) - 1) * count * C;
  assert(first >= 0 && count >= 0 && first + count <= index->items);
  if (index->type != LW_H5_U8)
    return lw_h5_read(dataset->file, index->items_name, type, first, count, out);
  lw_status status = lw_h5_read(dataset->file, index->items_name, LW_H5_U8, first, count, bytes);
  if (status == LW_OK) widen(bytes, count * C, type, out);
  return status;
}

/* The number as it stands in the file, of which 32 bits may not hold all. */
lw_status lw_dataset_refuse_read(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 const lw_item_place *place)
{
  double *stored = NULL;
  const int64_t item = dataset->split[split].starts[sample] + place->position;
  lw_status status = LW_TAKE(&stored, dataset->info.channels);
  if (status == LW_OK)
    status =
        lw_h5_read(dataset->file, dataset->split[split].items_name, LW_H5_F64, item, 1, stored);
  if (status == LW_OK)
    status = lw_dataset_refuse_item(dataset, split, sample, place, stored[place->channel], 0);
  lw_mem_give(stored);
  return status;
}
