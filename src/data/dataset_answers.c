/* The answers that a data set holds: of samples in memory, of steps read when they are needed. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAKE_AGAIN "correct it, or make it again with 'longwave prepare'"

/* Of several classes: not known. */
enum { UNKNOWN = 255 };

/* ---- opening ---- */

/* A label of 64 bits was clamped to 32 bits: the message has the number in the file. */
lw_status lw_dataset_refuse_label(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const lw_dataset_info *info = &dataset->info;
  char name[LW_H5_NAME_MAX];
  int64_t label = dataset->split[split].labels[sample];
  lw_dataset_array_name(info->input, split, LW_PART_LABELS, name);
  lw_status status = lw_h5_read(dataset->file, name, LW_H5_I64, sample, 1, &label);
  if (status != LW_OK) return status;
  return lw_fail(LW_ERROR_FORMAT, "'%s': %s has %lld at %lld, outside %lld classes; %s",
                 lw_dataset_path(dataset), name, (long long)label, (long long)sample,
                 (long long)info->classes, LW_DATASET_MAKE_AGAIN);
}

static lw_status open_labels(lw_dataset *dataset, lw_split split, const char *name)
{
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  const int64_t N = info->count[split];
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&index->labels, N));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_I32, 0, N, index->labels));
  for (int64_t i = 0; i < N; i++) {
    if (index->labels[i] < -1 || index->labels[i] >= info->classes)
      return lw_dataset_refuse_label(dataset, split, i);
    info->unlabelled[split] += index->labels[i] < 0;
  }
done:
  return status;
}

static lw_status open_several(lw_dataset *dataset, lw_split split, const char *name)
{
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  const int64_t N = info->count[split], K = info->classes;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&index->several, N * K));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_U8, 0, N, index->several));
  for (int64_t i = 0; i < N; i++) {
    int64_t known = 0;
    for (int64_t k = 0; k < K; k++) {
      const uint8_t one = index->several[i * K + k];
      if (one > 1 && one != UNKNOWN)
        return lw_fail(LW_ERROR_FORMAT,
                       "'%s': array '%s' has %d at sample %lld, class %lld; it must be 1, 0 or 255 "
                       "(not known); %s",
                       lw_dataset_path(dataset), name, one, (long long)i, (long long)k, MAKE_AGAIN);
      known += one != UNKNOWN;
    }
    info->unlabelled[split] += known == 0;
  }
done:
  return status;
}

static lw_status open_numbers(lw_dataset *dataset, lw_split split, const char *name)
{
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  const int64_t N = info->count[split], K = info->numbers;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&index->numbers, N * K));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_F32, 0, N, index->numbers));
  for (int64_t i = 0; i < N; i++) {
    int64_t known = 0;
    for (int64_t k = 0; k < K; k++) {
      const float number = index->numbers[i * K + k];
      if (isinf(number))
        return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' is infinite at sample %lld; %s",
                       lw_dataset_path(dataset), name, (long long)i, MAKE_AGAIN);
      known += !isnan(number);
    }
    info->unlabelled[split] += known == 0;
  }
done:
  return status;
}

static lw_status open_asked(lw_dataset *dataset, lw_split split)
{
  lw_split_index *index = &dataset->split[split];
  char name[LW_H5_NAME_MAX];
  lw_h5_shape shape;
  lw_status status = LW_OK;
  lw_dataset_array_name(dataset->info.input, split, LW_PART_ASKED, name);
  LW_TRY(lw_dataset_check_shape(dataset->file, name, true, -1, &shape));
  index->asked_count = shape.items;
  LW_TRY(LW_TAKE(&index->asked, shape.items));
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_I64, 0, shape.items, index->asked));
  for (int64_t m = 0; m < shape.items; m++)
    if (index->asked[m] < (m ? index->asked[m - 1] + 1 : 0) || index->asked[m] >= index->items)
      return lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' at %lld does not ascend, or is beyond the items; %s",
                     lw_dataset_path(dataset), name, (long long)m, MAKE_AGAIN);
done:
  return status;
}

/* Rows and columns of the labels, and their type. */
static lw_status check_labels(const lw_dataset *dataset, const char *name, int64_t rows)
{
  const lw_dataset_info *info = &dataset->info;
  const lw_answer_kind kind = info->target->kind;
  const int64_t columns = kind == LW_ANSWER_CLASS ? 1 : lw_dataset_width(info);
  lw_h5_shape shape;
  lw_status status = lw_h5_array_shape(dataset->file, name, &shape);
  if (status != LW_OK) return status;
  const int64_t found = shape.rank == 2 ? shape.dims[1] : 1;
  if (shape.rank < 1 || shape.rank > 2 || shape.dims[0] != rows || found != columns)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' must hold %lld x %lld answers and has %lld x %lld; %s",
                   lw_dataset_path(dataset), name, (long long)rows, (long long)columns,
                   (long long)(shape.rank ? shape.dims[0] : 0), (long long)found, MAKE_AGAIN);
  /* a number of another type would become 255, not known, or 0 */
  if (kind == LW_ANSWER_SEVERAL && shape.type != LW_H5_U8)
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' holds %s, and must hold uint8; %s",
                   lw_dataset_path(dataset), name, lw_h5_type_name(shape.type), MAKE_AGAIN);
  if (kind != LW_ANSWER_NUMBERS && !lw_h5_type_whole(shape.type))
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' holds %s, and must hold whole numbers; %s",
                   lw_dataset_path(dataset), name, lw_h5_type_name(shape.type), MAKE_AGAIN);
  return LW_OK;
}

lw_status lw_dataset_open_answers(lw_dataset *dataset, lw_split split)
{
  const lw_target *target = dataset->info.target;
  lw_split_index *index = &dataset->split[split];
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  lw_dataset_array_name(dataset->info.input, split, LW_PART_LABELS, name);
  if (lw_part_in(dataset->parts, LW_PART_ASKED)) LW_TRY(open_asked(dataset, split));
  const int64_t of_steps = index->asked ? index->asked_count : index->items;
  LW_TRY(check_labels(dataset, name, target->by_row ? of_steps : dataset->info.count[split]));
  if (target->by_row) return LW_TAKE(&index->known, dataset->info.count[split]);
  switch (target->kind) {
  case LW_ANSWER_CLASS:
    return open_labels(dataset, split, name);
  case LW_ANSWER_SEVERAL:
    return open_several(dataset, split, name);
  case LW_ANSWER_NUMBERS:
    return open_numbers(dataset, split, name);
  }
done:
  return status;
}

/* ---- answers of samples ---- */

int32_t lw_dataset_label(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  assert(sample >= 0 && sample < dataset->info.count[split]);
  const int32_t *labels = dataset->split[split].labels;
  return labels ? labels[sample] : -1;
}

static float learnt(const lw_number *number, float told)
{
  return (float)((double)told * number->scale + number->shift);
}

void lw_dataset_wanted(const lw_dataset *dataset, lw_split split, int64_t sample, float *wanted)
{
  const lw_dataset_info *info = &dataset->info;
  const lw_split_index *index = &dataset->split[split];
  assert(sample >= 0 && sample < info->count[split]);
  if (index->several)
    for (int64_t k = 0; k < info->classes; k++) {
      const uint8_t one = index->several[sample * info->classes + k];
      wanted[k] = one == UNKNOWN ? NAN : (float)one;
    }
  if (index->numbers)
    for (int64_t k = 0; k < info->numbers; k++)
      wanted[k] = learnt(&info->number[k], index->numbers[sample * info->numbers + k]);
}

int64_t lw_dataset_asked_channel(const lw_dataset *dataset, int64_t k)
{
  return dataset->asked_channels[k];
}

double lw_dataset_weight(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const float *weights = dataset->split[split].weights;
  return weights ? (double)weights[sample] : 1.0;
}

int64_t lw_dataset_group(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const int64_t *groups = dataset->split[split].groups;
  return groups ? groups[sample] : -1;
}

lw_status lw_dataset_sample_name(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 char *text, int64_t room)
{
  char name[LW_H5_NAME_MAX];
  *text = 0;
  if (!dataset->info.named) return LW_OK;
  snprintf(name, sizeof name, "/%s/names", lw_split_name(split));
  return lw_h5_read_text(dataset->file, name, sample, text, room);
}

/* ---- answers of steps ---- */

/* The first listed answer at an item or behind it. */
static int64_t first_asked(const lw_split_index *index, int64_t item)
{
  int64_t low = 0, high = index->asked_count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (index->asked[middle] < item)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The answers at items [first, first + count) of a split that are in the file. */
typedef struct listed {
  int64_t first, count; /* rows of the labels */
} listed;

/* What stands where nothing is asked. */
typedef struct unknown_answer {
  const void *answer;
  size_t bytes;
} unknown_answer;

static listed find_listed(const lw_split_index *index, int64_t first, int64_t count)
{
  if (!index->asked) return (listed){first, count};
  const int64_t begin = first_asked(index, first);
  return (listed){begin, first_asked(index, first + count) - begin};
}

static lw_status check_step_labels(const lw_dataset *dataset, const char *name, const listed *rows,
                                   const int32_t *labels)
{
  for (int64_t m = 0; m < rows->count; m++)
    if (labels[m] < -1 || labels[m] >= dataset->info.classes)
      return lw_fail(LW_ERROR_FORMAT, "'%s': %s has %d at %lld, outside %lld classes; %s",
                     lw_dataset_path(dataset), name, labels[m], (long long)(rows->first + m),
                     (long long)dataset->info.classes, MAKE_AGAIN);
  return LW_OK;
}

/* Listed answers of `bytes` each, which stand at the front, each to its step; from the last, so
 * that none is written over before it has moved. */
static void spread(const lw_split_index *index, const listed *rows, int64_t item, int64_t count,
                   const unknown_answer *unknown, char *answers)
{
  const size_t bytes = unknown->bytes;
  int64_t end = count;
  for (int64_t m = rows->count - 1; m >= -1; m--) {
    const int64_t step = m < 0 ? -1 : index->asked[rows->first + m] - item;
    if (m >= 0) memmove(answers + (size_t)step * bytes, answers + (size_t)m * bytes, bytes);
    for (int64_t t = step + 1; t < end; t++)
      memcpy(answers + (size_t)t * bytes, unknown->answer, bytes);
    end = step;
  }
}

lw_status lw_dataset_read_step_labels(const lw_dataset *dataset, lw_split split,
                                      const lw_items *items, int32_t *labels)
{
  static const int32_t none = -1;
  const unknown_answer unknown = {&none, sizeof none};
  const lw_split_index *index = &dataset->split[split];
  const int64_t item = index->starts[items->sample] + items->first;
  const listed rows = find_listed(index, item, items->count);
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  lw_dataset_array_name(dataset->info.input, split, LW_PART_LABELS, name);
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_I32, rows.first, rows.count, labels));
  LW_TRY(check_step_labels(dataset, name, &rows, labels));
  if (index->asked) spread(index, &rows, item, items->count, &unknown, (char *)labels);
done:
  return status;
}

lw_status lw_dataset_read_step_numbers(const lw_dataset *dataset, lw_split split,
                                       const lw_items *items, float *numbers)
{
  const lw_dataset_info *info = &dataset->info;
  const lw_split_index *index = &dataset->split[split];
  const int64_t item = index->starts[items->sample] + items->first, K = info->numbers;
  const listed rows = find_listed(index, item, items->count);
  char name[LW_H5_NAME_MAX];
  float *none = NULL;
  lw_status status = LW_OK;
  lw_dataset_array_name(info->input, split, LW_PART_LABELS, name);
  LW_TRY(LW_TAKE(&none, K));
  for (int64_t k = 0; k < K; k++) none[k] = NAN;
  const unknown_answer unknown = {none, (size_t)K * sizeof *none};
  LW_TRY(lw_h5_read(dataset->file, name, LW_H5_F32, rows.first, rows.count, numbers));
  for (int64_t n = 0; n < rows.count * K; n++)
    numbers[n] = learnt(&info->number[n % K], numbers[n]);
  if (index->asked) spread(index, &rows, item, items->count, &unknown, (char *)numbers);
done:
  lw_mem_give(none);
  return status;
}

/* ---- how many there are ---- */

/* Of steps that all have a label, some of which may say that it is not known. */
static lw_status count_known(const lw_dataset *dataset, lw_split split, const lw_items *all,
                             int64_t *known)
{
  enum { PIECE = 1 << 16 };
  const lw_dataset_info *info = &dataset->info;
  const bool numbers = info->target->kind == LW_ANSWER_NUMBERS;
  const int64_t K = numbers ? info->numbers : 1;
  float *room = NULL; /* or int32_t, of the same size */
  lw_status status = LW_TAKE(&room, PIECE * K);
  for (int64_t first = 0; status == LW_OK && first < all->count; first += PIECE) {
    const int64_t left = all->count - first;
    const lw_items items = {
        .sample = all->sample, .first = all->first + first, .count = left < PIECE ? left : PIECE};
    status = numbers ? lw_dataset_read_step_numbers(dataset, split, &items, room)
                     : lw_dataset_read_step_labels(dataset, split, &items, (int32_t *)room);
    for (int64_t t = 0; status == LW_OK && t < items.count; t++)
      *known += numbers ? lw_answer_known(room + t * K, K) : ((int32_t *)room)[t] >= 0;
  }
  lw_mem_give(room);
  return status;
}

lw_status lw_dataset_count_steps(const lw_dataset *dataset, lw_split split, const lw_items *items,
                                 int64_t *known)
{
  const lw_split_index *index = &dataset->split[split];
  const int64_t sample = items->sample;
  const bool whole = items->count == lw_dataset_length(dataset, split, sample);
  *known = 0;
  if (whole && index->known[sample] > 0) {
    *known = index->known[sample] - 1;
    return LW_OK;
  }
  lw_status status = count_known(dataset, split, items, known);
  if (status == LW_OK && whole) index->known[sample] = *known + 1;
  return status;
}
