/* What must hold between the arrays of version 2: times that do not fall within a sample, names,
 * groups that are whole. */
#include "dataset_verify.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAKE_AGAIN "correct it, or make it again with 'longwave prepare'"

/* ---- which items stand in a sample together ---- */

static int by_start(const void *a, const void *b)
{
  const lw_cover_entry *x = a, *y = b;
  return LW_ORDER(x->start, y->start);
}

lw_status lw_cover_make(const lw_dataset *dataset, lw_split split, lw_cover *out)
{
  const int64_t N = dataset->info.count[split];
  const int64_t *starts = dataset->split[split].starts;
  bool sorted = true;
  lw_status status = LW_TAKE(&out->entry, N);
  if (status != LW_OK) return status;
  out->count = N;
  for (int64_t i = 0; i < N; i++) {
    const int64_t end = starts[i] + lw_dataset_length(dataset, split, i);
    out->entry[i] = (lw_cover_entry){starts[i], end};
    sorted = sorted && (i == 0 || starts[i] >= starts[i - 1]);
  }
  if (!sorted) qsort(out->entry, (size_t)N, sizeof *out->entry, by_start);
  for (int64_t i = 1; i < N; i++)
    out->entry[i].end = lw_larger(out->entry[i].end, out->entry[i - 1].end);
  return LW_OK;
}

bool lw_cover_joins(const lw_cover *cover, int64_t item)
{
  int64_t low = 0, high = cover->count; /* the entries that start before the item */
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (cover->entry[middle].start < item)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 && cover->entry[low - 1].end > item;
}

/* ---- names ---- */

static lw_status verify_split_names(const lw_dataset *dataset, lw_split split)
{
  const int64_t N = dataset->info.count[split];
  char name[LW_H5_NAME_MAX], *bytes = NULL;
  int64_t width = 0;
  uint32_t stored = 0, sum = 0;
  lw_status status = LW_OK;
  snprintf(name, sizeof name, "/%s/names", lw_split_name(split));
  LW_TRY(lw_dataset_read_sum(dataset->file, name, &stored));
  LW_TRY(lw_h5_read_texts(dataset->file, name, N, &bytes, &width));
  for (int64_t i = 0; i < N; i++)
    sum = lw_crc32(sum, bytes + i * width, (int64_t)strlen(bytes + i * width) + 1);
  if (sum != stored)
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' is damaged: its checksum is %08x and should be %08x; make "
                     "or copy the file again",
                     lw_dataset_path(dataset), name, sum, stored);
done:
  lw_mem_give(bytes);
  return status;
}

lw_status lw_dataset_verify_names(const lw_dataset *dataset)
{
  lw_status status = LW_OK;
  for (int split = 0; status == LW_OK && split < LW_SPLITS && dataset->info.named; split++)
    status = verify_split_names(dataset, (lw_split)split);
  return status;
}

/* ---- groups ---- */

typedef struct member {
  int64_t group, sample;
  int split;
} member;

static int by_group(const void *a, const void *b)
{
  const member *x = a, *y = b;
  if (x->group != y->group) return LW_ORDER(x->group, y->group);
  return x->split != y->split ? LW_ORDER(x->split, y->split) : LW_ORDER(x->sample, y->sample);
}

static int64_t list_members(const lw_dataset *dataset, member *members)
{
  int64_t count = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < dataset->info.count[split]; i++) {
      const int64_t group = dataset->split[split].groups[i];
      if (group >= 0) members[count++] = (member){group, i, split};
    }
  return count;
}

lw_status lw_dataset_verify_groups(const lw_dataset *dataset)
{
  const lw_dataset_info *info = &dataset->info;
  member *members = NULL;
  lw_status status = LW_OK;
  if (!info->grouped) return LW_OK;
  LW_TRY(LW_TAKE(&members, info->count[0] + info->count[1] + info->count[2]));
  const int64_t count = list_members(dataset, members);
  qsort(members, (size_t)count, sizeof *members, by_group);
  for (int64_t i = 1; i < count && status == LW_OK; i++)
    if (members[i].group == members[i - 1].group && members[i].split != members[i - 1].split)
      status = lw_fail(LW_ERROR_FORMAT,
                       "'%s': group %lld is in two splits: %s sample %lld and %s sample %lld; %s",
                       lw_dataset_path(dataset), (long long)members[i].group,
                       lw_split_name((lw_split)members[i - 1].split),
                       (long long)members[i - 1].sample, lw_split_name((lw_split)members[i].split),
                       (long long)members[i].sample, MAKE_AGAIN);
done:
  lw_mem_give(members);
  return status;
}

/* ---- sentences ---- */

/* The first sample that holds the items from `first` to `last`; -1: none. */
static int64_t sample_of(const lw_dataset *dataset, lw_split split, int64_t first, int64_t last)
{
  const int64_t *starts = dataset->split[split].starts;
  for (int64_t i = 0; i < dataset->info.count[split]; i++)
    if (starts[i] <= first && last - starts[i] < lw_dataset_length(dataset, split, i)) return i;
  return -1;
}

static lw_status refuse_time(const lw_dataset *dataset, lw_split split, int64_t item, double stored)
{
  const int64_t before = item - (item > 0 && isfinite(stored));
  const int64_t sample = sample_of(dataset, split, before, item);
  double times[2];
  lw_status status = LW_OK;
  if (sample >= 0) {
    const int64_t first = before - dataset->split[split].starts[sample];
    status = lw_dataset_read_times(dataset, split, sample, first, item - before + 1, times);
  }
  if (status != LW_OK) return status;
  return lw_fail(LW_ERROR_FORMAT, "'%s': array '/%s/times' is not finite at %lld; %s",
                 lw_dataset_path(dataset), lw_split_name(split), (long long)item, MAKE_AGAIN);
}

static lw_status refuse_step(const lw_dataset *dataset, lw_split split, const lw_fault *fault)
{
  const int64_t sample = sample_of(dataset, split, fault->first, fault->first);
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s': array '/%s/step_labels' at %lld (sample %lld) is %.0f, outside %lld "
                 "classes of steps (%lld more like it); %s",
                 lw_dataset_path(dataset), lw_split_name(split), (long long)fault->first,
                 (long long)sample, fault->stored, (long long)dataset->info.step_classes,
                 (long long)fault->others, MAKE_AGAIN);
}

static lw_status refuse_label(const lw_dataset *dataset, lw_split split, int64_t row, double stored,
                              int64_t others)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t *asked = dataset->split[split].asked;
  const int64_t item = asked ? asked[row] : row;
  const int64_t sample = sample_of(dataset, split, item, item);
  char where[96] = "", why[64], more[64] = "";
  if (sample >= 0)
    snprintf(where, sizeof where, " (sample %lld, step %lld)", (long long)sample,
             (long long)(item - dataset->split[split].starts[sample]));
  if (info->numbers > 0)
    snprintf(why, sizeof why, "is not a finite number (%g)", stored);
  else
    snprintf(why, sizeof why, "is %.0f, outside %lld classes", stored, (long long)info->classes);
  if (others > 0) snprintf(more, sizeof more, " (and %lld more like it)", (long long)others);
  return lw_fail(LW_ERROR_FORMAT, "'%s': array '/%s/labels' at %lld%s %s%s; %s",
                 lw_dataset_path(dataset), lw_split_name(split), (long long)row, where, why, more,
                 MAKE_AGAIN);
}

lw_status lw_dataset_refuse_found(const lw_dataset *dataset, lw_split split, lw_part part,
                                  const lw_fault *fault)
{
  const lw_dataset_info *info = &dataset->info;
  if (part == LW_PART_TIMES) return refuse_time(dataset, split, fault->first, fault->stored);
  if (part == LW_PART_STEP_LABELS) return refuse_step(dataset, split, fault);
  if (part == LW_PART_LABELS)
    return refuse_label(dataset, split, fault->first / lw_larger(1, info->numbers), fault->stored,
                        fault->others);
  const int64_t item = fault->first / info->channels;
  const int64_t sample = sample_of(dataset, split, item, item);
  const lw_item_place place = {item - (sample < 0 ? 0 : dataset->split[split].starts[sample]),
                               fault->first % info->channels};
  return lw_dataset_refuse_item(dataset, split, sample, &place, fault->stored, fault->others);
}
