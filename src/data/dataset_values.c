/* Values and times of samples, as a model takes them and as they are stored. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <assert.h>
#include <math.h>

/* Doubles that are read at a time on their way to floats. */
enum { WIDE = 1024 };

/* Which numbers of the file a model sees. */
static float seen(const lw_channel *channel, double stored)
{
  return (float)(stored * channel->scale + channel->shift);
}

static bool is_code(const lw_dataset_info *info, double stored)
{
  return info->has_code && stored == info->missing_code;
}

/* Types whose numbers a float may not hold before scale and shift have been at work, and any of
 * which one may mean that a value is missing. */
static lw_status read_wide(const lw_dataset *dataset, const lw_item_range *all, float *values)
{
  double wide[WIDE];
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels, each = C < WIDE ? WIDE / C : 1;
  double *room = C <= WIDE ? wide : NULL;
  lw_status status = C <= WIDE ? LW_OK : LW_TAKE(&room, C);
  for (int64_t done = 0; status == LW_OK && done < all->count; done += each) {
    const int64_t left = all->count - done;
    const lw_item_range now = {all->split, all->item + done, left < each ? left : each};
    status = lw_items_read(dataset, &now, LW_H5_F64, room);
    for (int64_t i = 0; status == LW_OK && i < now.count * C; i++)
      values[done * C + i] = is_code(info, room[i]) ? NAN : seen(&info->channel[i % C], room[i]);
  }
  if (C > WIDE) lw_mem_give(room);
  return status;
}

static lw_status read_narrow(const lw_dataset *dataset, const lw_item_range *range, float *values)
{
  const int64_t C = dataset->info.channels;
  lw_status status = lw_items_read(dataset, range, LW_H5_F32, values);
  if (status != LW_OK) return status;
  for (int64_t c = 0; c < C; c++) {
    const lw_channel channel = dataset->info.channel[c];
    for (int64_t i = c; i < range->count * C; i += C) values[i] = seen(&channel, (double)values[i]);
  }
  return LW_OK;
}

static lw_status read_range(const lw_dataset *dataset, const lw_item_range *range, float *values)
{
  const lw_h5_type type = dataset->split[range->split].type;
  const bool narrow = !dataset->info.has_code && (type == LW_H5_F32 || lw_h5_type_size(type) < 4);
  return narrow ? read_narrow(dataset, range, values) : read_wide(dataset, range, values);
}

/* missing: some may be NAN. */
static bool all_taken(bool missing, const float *values, int64_t count, int64_t *fault_at)
{
  for (*fault_at = 0; *fault_at < count; ++*fault_at)
    if (!isfinite(values[*fault_at]) && !(missing && isnan(values[*fault_at]))) return false;
  return true;
}

lw_status lw_dataset_read_values(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, float *values)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels;
  int64_t at;
  assert(!info->input->ids && first >= 0 && count >= 0 &&
         first + count <= lw_dataset_length(dataset, split, sample));
  const lw_item_range range = {split, dataset->split[split].starts[sample] + first, count};
  lw_status status = read_range(dataset, &range, values);
  if (status != LW_OK || all_taken(info->missing, values, count * C, &at)) return status;
  return lw_dataset_refuse_read(dataset, split, sample, &(lw_item_place){first + at / C, at % C});
}

lw_status lw_dataset_read_next(const lw_dataset *dataset, lw_split split, int64_t sample,
                               float *values)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels, length = lw_dataset_length(dataset, split, sample);
  int64_t at;
  const lw_item_range range = {split, dataset->split[split].starts[sample] + length, info->horizon};
  lw_status status = read_range(dataset, &range, values);
  if (status != LW_OK || all_taken(true, values, info->horizon * C, &at)) return status;
  return lw_dataset_refuse_read(dataset, split, sample, &(lw_item_place){length + at / C, at % C});
}

lw_status lw_dataset_read_stored(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, double *stored)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels;
  assert(!info->input->ids);
  const lw_item_range range = {split, dataset->split[split].starts[sample] + first, count};
  lw_status status = lw_items_read(dataset, &range, LW_H5_F64, stored);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count * C; i++) {
    if (is_code(info, stored[i])) stored[i] = (double)NAN;
    if (isfinite(stored[i]) || (info->missing && isnan(stored[i]))) continue;
    return lw_dataset_refuse_item(dataset, split, sample, &(lw_item_place){first + i / C, i % C},
                                  stored[i], 0);
  }
  return LW_OK;
}

lw_status lw_dataset_read_times(const lw_dataset *dataset, lw_split split, int64_t sample,
                                int64_t first, int64_t count, double *times)
{
  char name[LW_H5_NAME_MAX];
  assert(dataset->info.timed);
  lw_dataset_array_name(dataset->info.input, split, LW_PART_TIMES, name);
  lw_status status = lw_h5_read(dataset->file, name, LW_H5_F64,
                                dataset->split[split].starts[sample] + first, count, times);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(times[i]) || (i && times[i] < times[i - 1]))
      return lw_fail(
          LW_ERROR_FORMAT, "'%s': %s sample %lld has time %g at %lld, which %s; correct array '%s'",
          lw_dataset_path(dataset), lw_split_name(split), (long long)sample, times[i],
          (long long)(first + i),
          isfinite(times[i]) ? "is before that of the item before it" : "is not finite", name);
  return LW_OK;
}

lw_status lw_dataset_read_horizon(const lw_dataset *dataset, lw_split split, int64_t sample,
                                  float *values)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels, K = info->numbers;
  float *all = NULL; /* [horizon, C] */
  lw_status status = LW_TAKE(&all, info->horizon * C);
  if (status == LW_OK) status = lw_dataset_read_next(dataset, split, sample, all);
  for (int64_t n = 0; status == LW_OK && n < info->horizon * K; n++)
    values[n] = all[n / K * C + dataset->asked_channels[n % K]];
  lw_mem_give(all);
  return status;
}

lw_status lw_dataset_read_behind(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t max_length, int64_t lag, float *values)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t C = info->channels, K = info->numbers;
  const int64_t tokens = lw_dataset_truncated(dataset, split, sample, 0, max_length);
  const int64_t back = lw_smaller(lag, tokens);
  float *all = NULL; /* [back, C] */
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&all, back * C));
  LW_TRY(lw_dataset_read_values(dataset, split, sample, tokens - back, back, all));
  for (int64_t n = 0; n < info->horizon * K; n++) {
    const float value = all[n / K % back * C + dataset->asked_channels[n % K]];
    values[n] = isnan(value) ? 0.0f : value;
  }
done:
  lw_mem_give(all);
  return status;
}

lw_number lw_channel_number(const lw_channel *channel)
{
  /* stored * scale + shift of its value in its unit; a channel that is hidden by scale 0 is told as
     a model sees it */
  const double scale = channel->scale != 0.0 ? channel->scale / channel->unit_scale : 1.0;
  return (lw_number){channel->name, channel->unit, scale,
                     channel->shift - channel->unit_shift * scale};
}

lw_status lw_dataset_count_values(const lw_dataset *dataset, lw_split split, const lw_items *items,
                                  const uint8_t *masked, int64_t *count)
{
  enum { PIECE = 4096 };
  const int64_t K = dataset->info.channels;
  float *values = NULL;
  lw_status status = LW_TAKE(&values, PIECE * K);
  for (int64_t first = 0; status == LW_OK && first < items->count; first += PIECE) {
    const int64_t left = items->count - first, rows = left < PIECE ? left : PIECE;
    status =
        lw_dataset_read_values(dataset, split, items->sample, items->first + first, rows, values);
    for (int64_t t = 0; status == LW_OK && t < rows; t++)
      *count += (!masked || masked[first + t]) && lw_answer_known(values + t * K, K);
  }
  lw_mem_give(values);
  return status;
}
