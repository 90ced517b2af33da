/* Opening a data set of version 2: docs/data-format.md. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAKE_AGAIN "correct it, or make it again with 'longwave prepare'"

uint32_t lw_dataset_checksum_2(const lw_dataset_sums *sums, const char *target, int64_t horizon)
{
  const uint32_t first[] = {sums->token_names,   sums->channel_scale, sums->channel_shift,
                            sums->channel_names, sums->class_names,   sums->number_scale,
                            sums->number_shift,  sums->asked_channels};
  uint32_t checksum = lw_crc32(0, first, sizeof first);
  for (int split = 0; split < LW_SPLITS; split++)
    checksum = lw_crc32(checksum, &sums->part[split][LW_PART_STARTS],
                        (LW_PART_BREAKS + 1 - LW_PART_STARTS) * (int64_t)sizeof(uint32_t));
  checksum = lw_crc32(checksum, target, (int64_t)strlen(target) + 1);
  return lw_crc32(checksum, &horizon, sizeof horizon);
}

/* ---- the root ---- */

/* A number among the attributes; *found stays as it is where there is none. */
static lw_status read_real(const lw_dataset *dataset, const char *name, double *found, bool *there)
{
  const lw_h5 *file = dataset->file;
  const char *const root = lw_dataset_root(dataset);
  *there = lw_h5_has_attribute(file, root, name);
  return *there ? lw_h5_get_real(file, root, name, found) : lw_h5_sound(file);
}

static lw_status read_whole(const lw_dataset *dataset, const char *name, int64_t *found)
{
  const lw_h5 *file = dataset->file;
  const char *const root = lw_dataset_root(dataset);
  if (!lw_h5_has_attribute(file, root, name)) return lw_h5_sound(file);
  return lw_h5_get_integer(file, root, name, found);
}

static lw_status read_attributes(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_h5 *file = dataset->file;
  const char *const root = lw_dataset_root(dataset);
  char target[64];
  int64_t missing = 0;
  bool there;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_get_text(file, root, "target", target, sizeof target));
  LW_TRY(lw_dataset_find_target(dataset, target));
  LW_TRY(read_whole(dataset, "horizon", &info->horizon));
  LW_TRY(read_whole(dataset, "missing", &missing));
  LW_TRY(read_real(dataset, "missing_code", &info->missing_code, &info->has_code));
  LW_TRY(read_real(dataset, "rate", &info->rate, &there));
  LW_TRY(read_real(dataset, "time_scale", &info->time_scale, &there));
  if (lw_h5_text_room(file, root, "time_unit") > 0)
    LW_TRY(lw_h5_get_text(file, root, "time_unit", info->time_unit, sizeof info->time_unit));
  info->missing = missing != 0;
  const bool next_values = info->target == &lw_target_next_values;
  if (next_values ? info->horizon < 1 : info->horizon != 0)
    return lw_dataset_foreign(dataset, "attribute 'horizon' does not fit the target", MAKE_AGAIN);
  if (!isfinite(info->rate) || info->rate < 0.0)
    return lw_dataset_foreign(dataset, "attribute 'rate' must be above 0", MAKE_AGAIN);
done:
  return status;
}

/* Numbers of /channels or /answers [count], of which none may be infinite; `absent` where there is
 * no such array. sum: of it, or NULL. */
static lw_status read_reals(const lw_dataset *dataset, const char *array, double absent,
                            int64_t count, double *out, uint32_t *sum)
{
  lw_h5_shape shape;
  char name[LW_H5_NAME_MAX];
  uint32_t found;
  lw_status status = LW_OK;
  lw_dataset_under(dataset, array, name);
  for (int64_t k = 0; k < count; k++) out[k] = absent;
  if (!lw_h5_has(dataset->file, name)) return lw_h5_sound(dataset->file);
  LW_TRY(lw_dataset_check_shape(dataset->file, name, false, count, &shape));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_F64, 0, count, out));
  for (int64_t k = 0; k < count; k++)
    if (!isfinite(out[k]))
      return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' has %g at %lld; %s",
                     lw_dataset_path(dataset), name, out[k], (long long)k, MAKE_AGAIN);
  LW_TRY(lw_dataset_read_sum(dataset->file, name, &found));
  if (sum) *sum = found;
  /* of other types verify reads the bytes */
  if (shape.type == LW_H5_F64 && !shape.big_endian &&
      found != lw_crc32(0, out, count * (int64_t)sizeof *out))
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' does not match its checksum; %s",
                   lw_dataset_path(dataset), name, MAKE_AGAIN);
done:
  return status;
}

static lw_status read_optional_names(const lw_dataset *dataset, const char *array, int64_t count,
                                     lw_names *out, uint32_t *sum)
{
  uint32_t unused;
  char name[LW_H5_NAME_MAX];
  lw_dataset_under(dataset, array, name);
  if (!lw_h5_has(dataset->file, name)) return lw_h5_sound(dataset->file);
  return lw_dataset_read_names(dataset->file, name, count, out, sum ? sum : &unused);
}

static lw_status read_channels(lw_dataset *dataset)
{
  static const char *const names[] = {"/channels/scale", "/channels/shift", "/channels/unit_scale",
                                      "/channels/unit_shift"};
  static const double absent[] = {1.0, 0.0, 1.0, 0.0};
  lw_dataset_info *info = &dataset->info;
  uint32_t *const sums[] = {&dataset->sums.channel_scale, &dataset->sums.channel_shift, NULL, NULL};
  lw_h5_shape shape = {.items = 1};
  char name[LW_H5_NAME_MAX];
  double *number = NULL; /* [4, channels] */
  lw_status status = LW_OK;
  if (!info->input->ids)
    LW_TRY(lw_h5_array_shape(dataset->file, lw_dataset_under(dataset, names[0], name), &shape));
  const int64_t C = info->channels = shape.items;
  if (C < 1) return lw_dataset_foreign(dataset, "it has no channel", MAKE_AGAIN);
  LW_TRY(LW_TAKE(&dataset->channels, C));
  LW_TRY(LW_TAKE(&number, 4 * C));
  for (int i = 0; i < 4; i++)
    LW_TRY(read_reals(dataset, names[i], absent[i], C, number + i * C, sums[i]));
  LW_TRY(read_optional_names(dataset, "/channels/names", C, &dataset->channel_names,
                             &dataset->sums.channel_names));
  LW_TRY(read_optional_names(dataset, "/channels/units", C, &dataset->channel_units, NULL));
  for (int64_t c = 0; c < C; c++)
    dataset->channels[c] = (lw_channel){lw_names_at(&dataset->channel_names, c),
                                        lw_names_at(&dataset->channel_units, c),
                                        number[c],
                                        number[C + c],
                                        number[2 * C + c],
                                        number[3 * C + c]};
  info->channel = dataset->channels;
done:
  lw_mem_give(number);
  return status;
}

/* ---- what is asked ---- */

static lw_status read_classes(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  char name[LW_H5_NAME_MAX];
  lw_dataset_under(dataset, "/answers/names", name);
  const int64_t count = lw_h5_texts_count(dataset->file, name);
  lw_status status = lw_h5_sound(dataset->file);
  if (status != LW_OK) return status;
  if (count < 1 || count > INT32_MAX)
    return lw_dataset_foreign(dataset, "array '/answers/names' must hold the names of the classes",
                              MAKE_AGAIN);
  info->classes = count;
  return lw_dataset_read_names(dataset->file, name, count, &dataset->class_names,
                               &dataset->sums.class_names);
}

/* A number that is asked for is a channel of items: it has its scale. */
static lw_status read_asked_channels(lw_dataset *dataset)
{
  char name[LW_H5_NAME_MAX];
  lw_dataset_info *info = &dataset->info;
  lw_h5_shape shape;
  lw_status status = LW_OK;
  lw_dataset_under(dataset, "/answers/channels", name);
  LW_TRY(lw_dataset_check_shape(dataset->file, name, true, -1, &shape));
  const int64_t K = info->numbers = shape.items;
  LW_TRY(LW_TAKE(&dataset->asked_channels, K));
  LW_TRY(LW_TAKE(&dataset->numbers, K));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_I64, 0, K, dataset->asked_channels));
  LW_TRY(lw_dataset_read_sum(dataset->file, name, &dataset->sums.asked_channels));
  for (int64_t k = 0; k < K; k++) {
    const int64_t c = dataset->asked_channels[k];
    if (c < (k ? dataset->asked_channels[k - 1] + 1 : 0) || c >= info->channels)
      return lw_dataset_foreign(dataset, "array '/answers/channels' must hold channels, ascending",
                                MAKE_AGAIN);
    const lw_channel *channel = &info->channel[c];
    if (channel->scale == 0.0)
      return lw_dataset_foreign(dataset, "a channel that is asked for has scale 0", MAKE_AGAIN);
    dataset->numbers[k] = lw_channel_number(channel);
  }
done:
  return status;
}

static lw_status read_numbers(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  lw_h5_shape shape;
  char name[LW_H5_NAME_MAX];
  double *number = NULL; /* [2, numbers] */
  lw_status status = LW_OK;
  LW_TRY(
      lw_h5_array_shape(dataset->file, lw_dataset_under(dataset, "/answers/scale", name), &shape));
  const int64_t K = info->numbers = shape.items;
  if (K < 1) return lw_dataset_foreign(dataset, "array '/answers/scale' is empty", MAKE_AGAIN);
  LW_TRY(LW_TAKE(&number, 2 * K));
  LW_TRY(LW_TAKE(&dataset->numbers, K));
  LW_TRY(read_reals(dataset, "/answers/scale", 1.0, K, number, &dataset->sums.number_scale));
  LW_TRY(read_reals(dataset, "/answers/shift", 0.0, K, number + K, &dataset->sums.number_shift));
  LW_TRY(read_optional_names(dataset, "/answers/names", K, &dataset->class_names,
                             &dataset->sums.class_names));
  LW_TRY(read_optional_names(dataset, "/answers/units", K, &dataset->number_units, NULL));
  for (int64_t k = 0; k < K; k++) {
    if (number[k] == 0.0)
      return lw_dataset_foreign(dataset, "array '/answers/scale' holds a 0", MAKE_AGAIN);
    dataset->numbers[k] =
        (lw_number){lw_names_at(&dataset->class_names, k), lw_names_at(&dataset->number_units, k),
                    number[k], number[K + k]};
  }
done:
  lw_mem_give(number);
  return status;
}

static lw_status read_answers(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  lw_status status = LW_OK;
  if (info->target->kind == LW_ANSWER_NUMBERS)
    status = info->target->next ? read_asked_channels(dataset) : read_numbers(dataset);
  else if (!info->target->next)
    status = read_classes(dataset);
  info->number = dataset->numbers;
  info->asked = dataset->asked_channels;
  return status;
}

/* ---- which arrays there are ---- */

lw_status lw_dataset_head_2(lw_dataset *dataset)
{
  static const lw_part optional[] = {LW_PART_TIMES, LW_PART_WEIGHTS, LW_PART_GROUPS};
  lw_dataset_info *info = &dataset->info;
  lw_status status = LW_OK;
  LW_TRY(read_attributes(dataset));
  LW_TRY(read_channels(dataset));
  LW_TRY(read_answers(dataset));
  dataset->parts =
      LW_PART_BIT(LW_PART_STARTS) | LW_PART_BIT(LW_PART_LENGTHS) | LW_PART_BIT(LW_PART_ITEMS);
  if (!info->target->next) dataset->parts |= LW_PART_BIT(LW_PART_LABELS);
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
    LW_TRY(lw_dataset_find_optional(dataset, optional[i]));
  if (info->target->by_row && !info->target->next)
    LW_TRY(lw_dataset_find_optional(dataset, LW_PART_ASKED));
  /* a head by itself has no arrays of samples */
  info->timed =
      *dataset->under ? info->time_scale > 0.0 : lw_part_in(dataset->parts, LW_PART_TIMES);
  info->weighted = lw_part_in(dataset->parts, LW_PART_WEIGHTS);
  info->grouped = lw_part_in(dataset->parts, LW_PART_GROUPS);
  info->named = lw_h5_has(dataset->file, "/train/names");
  if (info->timed && !(isfinite(info->time_scale) && info->time_scale > 0.0))
    return lw_dataset_foreign(
        dataset, "attribute 'time_scale' must be above 0 where there are times", MAKE_AGAIN);
  status = lw_h5_sound(dataset->file);
done:
  return status;
}

/* ---- a split ---- */

/* A one-dimensional array of a split, whole, in memory of its own. */
static lw_status read_part(lw_dataset *dataset, lw_split split, lw_part part, int64_t count,
                           lw_h5_type type, void **out)
{
  char buffer[LW_H5_NAME_MAX];
  const char *name = lw_dataset_array_name(dataset->info.input, split, part, buffer);
  lw_h5_shape shape;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_check_shape(dataset->file, name, lw_h5_type_whole(type), count, &shape));
  LW_TRY(lw_mem_take(shape.items, lw_h5_type_size(type), out));
  LW_TRY(lw_h5_read(dataset->file, name, type, 0, shape.items, *out));
done:
  return status;
}

static lw_status refuse_part(const lw_dataset *dataset, lw_split split, lw_part part, int64_t at,
                             const char *what)
{
  char name[LW_H5_NAME_MAX];
  lw_dataset_array_name(dataset->info.input, split, part, name);
  return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' at %lld %s; %s", lw_dataset_path(dataset), name,
                 (long long)at, what, MAKE_AGAIN);
}

static lw_status check_samples(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  const lw_split_index *index = &dataset->split[split];
  for (int64_t i = 0; i < info->count[split]; i++) {
    const int64_t start = index->starts[i], length = index->lengths[i];
    if (length < 1) return refuse_part(dataset, split, LW_PART_LENGTHS, i, "is below 1");
    if (start < 0 || start > index->items || length > index->items - start ||
        info->horizon > index->items - start - length)
      return refuse_part(dataset, split, LW_PART_STARTS, i,
                         info->horizon ? "gives a sample whose end or horizon is beyond the items"
                                       : "gives a sample that ends beyond the items");
    if (index->weights && !(index->weights[i] >= 0.0f && isfinite(index->weights[i])))
      return refuse_part(dataset, split, LW_PART_WEIGHTS, i, "is not a number of 0 or more");
    info->tokens[split] += length;
  }
  return LW_OK;
}

static lw_status read_items_shape(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  lw_h5_shape shape;
  const char *name = lw_dataset_array_name(info->input, split, LW_PART_ITEMS, index->items_name);
  lw_status status = lw_h5_array_shape(dataset->file, name, &shape);
  if (status != LW_OK) return status;
  const int64_t channels = shape.rank == 2 ? shape.dims[1] : 1;
  if (shape.rank < 1 || shape.rank > 2 || (info->input->ids && shape.rank != 1) ||
      channels != info->channels)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' has %d dimensions and %lld channels, not %lld channels; %s",
                   lw_dataset_path(dataset), name, shape.rank, (long long)channels,
                   (long long)info->channels, MAKE_AGAIN);
  if (info->input->ids && !lw_h5_type_whole(shape.type))
    return lw_dataset_check_shape(dataset->file, name, true, -1, &shape);
  index->type = shape.type;
  index->items = shape.dims[0];
  return LW_OK;
}

lw_status lw_dataset_split_2(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  char name[LW_H5_NAME_MAX];
  lw_h5_shape shape;
  lw_status status = LW_OK;
  lw_dataset_array_name(info->input, split, LW_PART_STARTS, name);
  LW_TRY(lw_dataset_check_shape(dataset->file, name, true, -1, &shape));
  const int64_t N = info->count[split] = shape.items;
  LW_TRY(read_part(dataset, split, LW_PART_STARTS, N, LW_H5_I64, (void **)&index->starts));
  LW_TRY(read_part(dataset, split, LW_PART_LENGTHS, N, LW_H5_I64, (void **)&index->lengths));
  LW_TRY(read_items_shape(dataset, split));
  if (info->weighted)
    LW_TRY(read_part(dataset, split, LW_PART_WEIGHTS, N, LW_H5_F32, (void **)&index->weights));
  if (info->grouped)
    LW_TRY(read_part(dataset, split, LW_PART_GROUPS, N, LW_H5_I64, (void **)&index->groups));
  LW_TRY(check_samples(dataset, split));
  if (info->timed) {
    lw_dataset_array_name(info->input, split, LW_PART_TIMES, name);
    LW_TRY(lw_dataset_check_shape(dataset->file, name, false, index->items, &shape));
  }
  if (!info->target->next) LW_TRY(lw_dataset_open_answers(dataset, split));
done:
  return status;
}
