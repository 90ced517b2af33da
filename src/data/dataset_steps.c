/* Step labels beside the answers: a class at each item of a data set that may ask for anything, for
 * objectives that a training has beside its own. They are read with the items of a rank, so nobody
 * holds those of a whole sample that is sharded. Format: docs/data-format.md. */
#include "dataset_inside.h"
#include "longwave/base/columns.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define MAKE_AGAIN "correct it, or make it again with 'longwave prepare'"

enum { PIECE = 1 << 16 };
enum { READ_MOST = 1 << 24 }; /* steps of a split whose labels are read for a report */

/* ---- opening ---- */

lw_status lw_dataset_head_steps(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_find_optional(dataset, LW_PART_STEP_LABELS));
  if (!lw_part_in(dataset->parts, LW_PART_STEP_LABELS)) return LW_OK;
  const int64_t count = lw_h5_texts_count(dataset->file, "/steps/names");
  LW_TRY(lw_h5_sound(dataset->file));
  if (count < 1 || count > INT32_MAX)
    return lw_dataset_foreign(
        dataset, "array '/steps/names' must hold the names of the classes of step labels",
        MAKE_AGAIN);
  LW_TRY(lw_dataset_read_names(dataset->file, "/steps/names", count, &dataset->step_names,
                               &dataset->sums.step_names));
  LW_TRY(lw_dataset_list_names(&dataset->step_names, count, &dataset->step_name));
  info->step_classes = count;
  info->step_name = dataset->step_name;
done:
  return status;
}

lw_status lw_dataset_split_steps(lw_dataset *dataset, lw_split split)
{
  char name[LW_H5_NAME_MAX];
  lw_h5_shape shape;
  if (!dataset->info.step_classes) return LW_OK;
  lw_dataset_array_name(dataset->info.input, split, LW_PART_STEP_LABELS, name);
  lw_status status =
      lw_dataset_check_shape(dataset->file, name, true, dataset->split[split].items, &shape);
  if (status != LW_OK) return status;
  return LW_TAKE(&dataset->split[split].known_steps, dataset->info.count[split]);
}

/* Where there are none, the checksum is what it was before there could be some. */
uint32_t lw_dataset_checksum_steps(const lw_dataset *dataset, uint32_t checksum)
{
  const lw_dataset_sums *sums = &dataset->sums;
  if (!dataset->info.step_classes) return checksum;
  checksum = lw_crc32(checksum, &sums->step_names, sizeof sums->step_names);
  for (int split = 0; split < LW_SPLITS; split++)
    checksum = lw_crc32(checksum, &sums->part[split][LW_PART_STEP_LABELS], sizeof(uint32_t));
  return checksum;
}

/* ---- reading ---- */

lw_status lw_dataset_read_beside(const lw_dataset *dataset, lw_split split,
                                 const struct lw_items *items, int32_t *labels)
{
  const int64_t first = dataset->split[split].starts[items->sample] + items->first;
  char name[LW_H5_NAME_MAX];
  lw_dataset_array_name(dataset->info.input, split, LW_PART_STEP_LABELS, name);
  lw_status status = lw_h5_read(dataset->file, name, LW_H5_I32, first, items->count, labels);
  for (int64_t t = 0; status == LW_OK && t < items->count; t++)
    if (labels[t] < -1 || labels[t] >= dataset->info.step_classes)
      status =
          lw_fail(LW_ERROR_FORMAT,
                  "'%s': array '%s' has %d at %" PRId64 ", outside %" PRId64
                  " classes of steps; " MAKE_AGAIN,
                  lw_dataset_path(dataset), name, labels[t], first + t, dataset->info.step_classes);
  return status;
}

/* Labels of items [all->first, all->first + all->count) of a sample. times [step_classes] or NULL:
 * added to, as *known. */
static lw_status count_steps(const lw_dataset *dataset, lw_split split, const lw_items *all,
                             int64_t *times, int64_t *known)
{
  int32_t *labels = NULL;
  lw_status status = LW_TAKE(&labels, lw_smaller(all->count, PIECE));
  for (int64_t done = 0; status == LW_OK && done < all->count; done += PIECE) {
    lw_items items = *all;
    items.first += done;
    items.count = lw_smaller(all->count - done, PIECE);
    status = lw_dataset_read_beside(dataset, split, &items, labels);
    for (int64_t t = 0; status == LW_OK && t < items.count; t++) {
      if (labels[t] < 0) continue;
      ++*known;
      if (times) times[labels[t]]++;
    }
  }
  lw_mem_give(labels);
  return status;
}

/* A document as it is seen. */
static lw_items seen_items(const lw_dataset *dataset, lw_split split, lw_seen_sample seen,
                           int64_t document)
{
  const lw_document whole = lw_dataset_document(dataset, split, seen.sample, document);
  return (lw_items){
      .sample = seen.sample,
      .first = whole.first,
      .count = lw_dataset_truncated(dataset, split, seen.sample, document, seen.max_length)};
}

lw_status lw_dataset_count_beside(const lw_dataset *dataset, lw_split split, lw_seen_sample seen,
                                  int64_t *count)
{
  int64_t *kept = &dataset->split[split].known_steps[seen.sample], left = 0;
  *count = 0;
  for (int64_t d = 0; d < dataset->info.documents; d++)
    left += lw_dataset_document(dataset, split, seen.sample, d).tokens -
            seen_items(dataset, split, seen, d).count;
  if (!left && *kept > 0) {
    *count = *kept - 1;
    return LW_OK;
  }
  for (int64_t d = 0; d < dataset->info.documents; d++) {
    const lw_items items = seen_items(dataset, split, seen, d);
    const lw_status status = count_steps(dataset, split, &items, NULL, count);
    if (status != LW_OK) return status;
  }
  if (!left) *kept = *count + 1;
  return LW_OK;
}

/* ---- telling ---- */

/* Of the first samples that are read. *all: their known labels. */
static lw_status tally_split(const lw_dataset *dataset, lw_split split, int64_t *times,
                             int64_t *all)
{
  lw_status status = LW_OK;
  int64_t steps = 0;
  *all = 0;
  for (int64_t i = 0; i < dataset->info.count[split] && steps < READ_MOST; i++) {
    const lw_items items = {.sample = i, .count = lw_dataset_length(dataset, split, i)};
    LW_TRY(count_steps(dataset, split, &items, times, all));
    steps += items.count;
  }
done:
  return status;
}

static void print_shares(const lw_dataset *dataset, const int64_t *times,
                         const int64_t all[LW_SPLITS], FILE *out)
{
  const int64_t S = dataset->info.step_classes;
  const lw_column columns[] = {{"class of steps", 0, -28, NULL, false},
                               {lw_split_name(LW_SPLIT_TRAIN), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_VALIDATION), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_TEST), 0, 12, "%.2f %%", true},
                               {0}};
  fprintf(out, "step labels beside the answers: %" PRId64 " classes\n", S);
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t k = 0; k < S; k++) {
    char name[LW_NAME_MAX + 32];
    double shares[LW_SPLITS];
    snprintf(name, sizeof name, "%3" PRId64 " %.*s", k, LW_NAME_MAX, dataset->step_name[k]);
    for (int split = 0; split < LW_SPLITS; split++)
      shares[split] =
          all[split] ? 100.0 * (double)times[split * S + k] / (double)all[split] : (double)NAN;
    lw_columns_print(out, columns, (const char *[]){name}, shares);
  }
}

void lw_dataset_report_steps(const lw_dataset *dataset, FILE *out)
{
  const int64_t S = dataset->info.step_classes;
  int64_t *times = NULL; /* [LW_SPLITS, S] */
  int64_t all[LW_SPLITS] = {0};
  lw_status status = LW_TAKE(&times, LW_SPLITS * S);
  for (int split = 0; status == LW_OK && split < LW_SPLITS; split++)
    status = tally_split(dataset, (lw_split)split, times + split * S, &all[split]);
  if (status == LW_OK) print_shares(dataset, times, all, out);
  if (status != LW_OK) fprintf(out, "step labels: %s\n", lw_fail_message());
  lw_mem_give(times);
}
