/* What all arrays of a data set have: a name, a shape, a checksum. */
#include "dataset_inside.h"
#include "longwave/data/input.h"
#include <stdio.h>
#include <string.h>

const char *lw_dataset_array_name(const lw_input *input, lw_split split, lw_part part,
                                  char buffer[LW_H5_NAME_MAX])
{
  const char *const name[LW_PARTS] = {[LW_PART_OFFSETS] = "offsets",
                                      [LW_PART_STARTS] = "starts",
                                      [LW_PART_LENGTHS] = "lengths",
                                      [LW_PART_ITEMS] = input->name,
                                      [LW_PART_TIMES] = "times",
                                      [LW_PART_LABELS] = "labels",
                                      [LW_PART_ASKED] = "asked",
                                      [LW_PART_WEIGHTS] = "weights",
                                      [LW_PART_GROUPS] = "groups",
                                      [LW_PART_BREAKS] = "breaks",
                                      [LW_PART_STEP_LABELS] = "step_labels"};
  snprintf(buffer, LW_H5_NAME_MAX, "/%s/%s", lw_split_name(split), name[part]);
  return buffer;
}

const char *lw_dataset_root(const lw_dataset *dataset)
{
  return *dataset->under ? dataset->under : "/";
}

const char *lw_dataset_under(const lw_dataset *dataset, const char *name,
                             char buffer[LW_H5_NAME_MAX])
{
  snprintf(buffer, LW_H5_NAME_MAX, "%s%s", dataset->under, name);
  return buffer;
}

lw_status lw_dataset_foreign(const lw_dataset *dataset, const char *what, const char *mend)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s': %s; %s", lw_dataset_path(dataset), what, mend);
}

lw_status lw_dataset_read_sum(const lw_h5 *file, const char *name, uint32_t *out)
{
  int64_t value = 0;
  lw_status status = lw_h5_get_integer(file, name, "crc32", &value);
  if (status != LW_OK) return status;
  if (value < 0 || value > UINT32_MAX)
    return lw_fail(LW_ERROR_FORMAT, "'%s': attribute 'crc32' of '%s' is not a CRC-32",
                   lw_h5_path(file), name);
  *out = (uint32_t)value;
  return LW_OK;
}

lw_status lw_dataset_check_shape(const lw_h5 *file, const char *name, bool whole, int64_t items,
                                 lw_h5_shape *shape)
{
  lw_status status = lw_h5_array_shape(file, name, shape);
  if (status != LW_OK) return status;
  if (whole && !lw_h5_type_whole(shape->type))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' has the wrong type: it holds %s, and must hold whole numbers "
                   "(int8 to int64, uint8 to uint64); %s",
                   lw_h5_path(file), name, lw_h5_type_name(shape->type), LW_DATASET_MAKE_AGAIN);
  if (shape->rank != 1 || (items >= 0 && shape->items != items))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' has %lld items in %d dimensions, not %lld in one; %s",
                   lw_h5_path(file), name, (long long)shape->items, shape->rank, (long long)items,
                   LW_DATASET_MAKE_AGAIN);
  return LW_OK;
}

lw_status lw_dataset_find_optional(lw_dataset *dataset, lw_part part)
{
  char name[LW_H5_NAME_MAX], sentence[LW_H5_NAME_MAX + 64];
  int splits = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    splits += lw_h5_has(dataset->file,
                        lw_dataset_array_name(dataset->info.input, (lw_split)split, part, name));
  lw_status status = lw_h5_sound(dataset->file);
  if (status != LW_OK) return status;
  if (splits == LW_SPLITS) dataset->parts |= LW_PART_BIT(part);
  if (splits % LW_SPLITS == 0) return LW_OK;
  snprintf(sentence, sizeof sentence, "only some of its splits have an array '%s'",
           strrchr(name, '/') + 1);
  return lw_dataset_foreign(dataset, sentence, LW_DATASET_MAKE_AGAIN);
}
