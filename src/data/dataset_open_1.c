/* Opening a data set of version 1: one channel, one class a sample; the top of dataset.c. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <math.h>

#define MAKE_AGAIN LW_DATASET_MAKE_AGAIN

uint32_t lw_dataset_checksum_1(const lw_dataset_sums *sums, int64_t documents, double scale,
                               double shift)
{
  static const lw_part order[] = {LW_PART_OFFSETS, LW_PART_ITEMS, LW_PART_LABELS};
  uint32_t checksum = lw_crc32(0, &sums->class_names, sizeof sums->class_names);
  checksum = lw_crc32(checksum, &sums->token_names, sizeof sums->token_names);
  for (int split = 0; split < LW_SPLITS; split++)
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
      checksum = lw_crc32(checksum, &sums->part[split][order[i]], sizeof(uint32_t));
  for (int split = 0; documents > 1 && split < LW_SPLITS; split++)
    checksum = lw_crc32(checksum, &sums->part[split][LW_PART_BREAKS], sizeof(uint32_t));
  checksum = lw_crc32(checksum, &scale, sizeof scale);
  return lw_crc32(checksum, &shift, sizeof shift);
}

/* ---- the root ---- */

/* Files that ask for a class need not say so. */
static lw_status read_target(lw_dataset *dataset)
{
  char text[32];
  if (lw_h5_text_room(dataset->file, "/", "target") <= 0)
    return lw_dataset_find_target(dataset, lw_targets[0]->name);
  lw_status status = lw_h5_get_text(dataset->file, "/", "target", text, sizeof text);
  if (status != LW_OK) return status;
  status = lw_dataset_find_target(dataset, text);
  if (status == LW_OK && !dataset->info.target->of_version_1)
    status = lw_dataset_foreign(dataset, "asks for what only files of version 2 hold", MAKE_AGAIN);
  return status;
}

lw_status lw_dataset_head_1(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_h5 *file = dataset->file;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&dataset->channels, 1));
  lw_channel *channel = dataset->channels;
  *channel = (lw_channel){.name = "", .unit = "", .unit_scale = 1.0};
  info->channels = 1;
  info->channel = channel;
  dataset->parts =
      LW_PART_BIT(LW_PART_OFFSETS) | LW_PART_BIT(LW_PART_ITEMS) | LW_PART_BIT(LW_PART_LABELS);
  LW_TRY(lw_h5_get_integer(file, "/", "classes", &info->classes));
  LW_TRY(lw_h5_get_real(file, "/", "scale", &channel->scale));
  LW_TRY(lw_h5_get_real(file, "/", "shift", &channel->shift));
  LW_TRY(read_target(dataset));
  if (info->classes < 1 || info->classes > INT32_MAX)
    return lw_dataset_foreign(dataset, "attribute 'classes' must be 1 or more", MAKE_AGAIN);
  if (!isfinite(channel->scale) || !isfinite(channel->shift))
    return lw_dataset_foreign(dataset, "attributes 'scale' and 'shift' must be finite", MAKE_AGAIN);
  LW_TRY(lw_dataset_read_names(file, "/class_names", info->classes, &dataset->class_names,
                               &dataset->sums.class_names));
done:
  return status;
}

/* ---- a split ---- */

static lw_status check_split(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  const lw_split_index *index = &dataset->split[split];
  const char *path = lw_dataset_path(dataset), *name = lw_split_name(split);
  for (int64_t i = 0; i < info->count[split]; i++) {
    if (index->starts[i] < 0 || index->starts[i + 1] <= index->starts[i])
      return lw_fail(LW_ERROR_FORMAT, "'%s': /%s/offsets does not ascend at %lld; %s", path, name,
                     (long long)i, MAKE_AGAIN);
    if (index->labels[i] < 0 || index->labels[i] >= info->classes)
      return lw_dataset_refuse_label(dataset, split, i);
  }
  if (index->starts[0] != 0)
    return lw_fail(LW_ERROR_FORMAT, "'%s': /%s/offsets does not begin with 0; %s", path, name,
                   MAKE_AGAIN);
  info->tokens[split] = index->starts[info->count[split]];
  return LW_OK;
}

lw_status lw_dataset_split_1(lw_dataset *dataset, lw_split split)
{
  const lw_h5 *file = dataset->file;
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  lw_h5_shape shape;
  char buffer[LW_H5_NAME_MAX];
  lw_status status = LW_OK;

  const char *name = lw_dataset_array_name(info->input, split, LW_PART_OFFSETS, buffer);
  LW_TRY(lw_dataset_check_shape(file, name, true, -1, &shape));
  if (!shape.items)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' is empty; %s", lw_h5_path(file), name,
                   MAKE_AGAIN));
  info->count[split] = shape.items - 1;
  LW_TRY(LW_TAKE(&index->starts, shape.items));
  LW_TRY(lw_h5_read(file, name, LW_H5_I64, 0, shape.items, index->starts));

  name = lw_dataset_array_name(info->input, split, LW_PART_LABELS, buffer);
  LW_TRY(lw_dataset_check_shape(file, name, true, info->count[split], &shape));
  LW_TRY(LW_TAKE(&index->labels, shape.items));
  LW_TRY(lw_h5_read(file, name, LW_H5_I32, 0, shape.items, index->labels));
  LW_TRY(check_split(dataset, split));

  name = lw_dataset_array_name(info->input, split, LW_PART_ITEMS, index->items_name);
  LW_TRY(lw_dataset_check_shape(file, name, info->input->ids, info->tokens[split], &shape));
  index->type = shape.type;
  index->items = info->tokens[split];
done:
  return status;
}
