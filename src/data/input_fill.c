#include "input_fill.h"
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <string.h>

int64_t lw_input_numbers(const lw_dataset_info *info, const lw_input_options *options)
{
  if (info->input->ids) return 1;
  return info->channels * (options->missing_indicator ? 2 : 1) + options->time_gap;
}

/* What is filled: rows of one document of a sample. */
typedef struct filling {
  const lw_dataset *dataset;
  lw_split split;
  const lw_items *items;
  const lw_input_options *options;
  int64_t C, inputs;
  int64_t begin; /* position in the sample of the document's first item */
} filling;

/* From [count, C] to [count, inputs] in the same memory, the last row first. */
static void widen(const filling *f, float *rows)
{
  for (int64_t t = f->items->count - 1; t >= 0 && f->inputs > f->C; t--)
    memmove(rows + t * f->inputs, rows + t * f->C, (size_t)f->C * sizeof *rows);
}

static void mark_missing(const filling *f, float *rows)
{
  for (int64_t t = 0; t < f->items->count; t++)
    for (int64_t c = 0; c < f->C; c++)
      rows[t * f->inputs + f->C + c] = isnan(rows[t * f->inputs + c]) ? 1.0f : 0.0f;
}

/* ---- missing values ---- */

static lw_status refuse(const filling *f, const float *rows)
{
  for (int64_t n = 0; n < f->items->count * f->C; n++)
    if (isnan(rows[n / f->C * f->inputs + n % f->C]))
      return lw_fail(LW_ERROR_INPUT,
                     "'%s': %s sample %lld has no value at %lld in channel %lld; set data.missing "
                     "to zero or last, and data.missing_indicator to tell the model",
                     lw_dataset_path(f->dataset), lw_split_name(f->split),
                     (long long)f->items->sample, (long long)(f->items->first + n / f->C),
                     (long long)(n % f->C));
  return LW_OK;
}

/* last [C]: the last value of each channel before the items, 0 where there is none. Read backwards
 * in pieces that become longer, until every channel has one. */
static lw_status find_last(const filling *f, float *last)
{
  enum { SHORTEST = 64, LONGEST = 1 << 16 };
  int64_t end = f->items->first, missing = f->C, each = SHORTEST;
  float *values = NULL;
  lw_status status = LW_OK;
  for (int64_t c = 0; c < f->C; c++) last[c] = NAN;
  LW_TRY(LW_TAKE(&values, (end - f->begin < LONGEST ? end - f->begin : LONGEST) * f->C));
  while (missing > 0 && end > f->begin) {
    const int64_t count = end - f->begin < each ? end - f->begin : each;
    end -= count;
    LW_TRY(lw_dataset_read_values(f->dataset, f->split, f->items->sample, end, count, values));
    for (int64_t n = count * f->C - 1; n >= 0; n--)
      if (isnan(last[n % f->C]) && !isnan(values[n])) {
        last[n % f->C] = values[n];
        missing--;
      }
    each = 2 * each < LONGEST ? 2 * each : LONGEST;
  }
  for (int64_t c = 0; c < f->C; c++)
    if (isnan(last[c])) last[c] = 0.0f;
done:
  lw_mem_give(values);
  return status;
}

static bool any_missing_first(const filling *f, const float *rows)
{
  for (int64_t c = 0; c < f->C; c++)
    if (isnan(rows[c])) return true;
  return false;
}

static lw_status fill_last(const filling *f, float *rows)
{
  float *last = NULL;
  lw_status status = LW_TAKE(&last, f->C);
  if (status == LW_OK && any_missing_first(f, rows)) status = find_last(f, last);
  for (int64_t t = 0; status == LW_OK && t < f->items->count; t++)
    for (int64_t c = 0; c < f->C; c++) {
      float *value = &rows[t * f->inputs + c];
      if (isnan(*value)) *value = last[c];
      last[c] = *value;
    }
  lw_mem_give(last);
  return status;
}

static void fill_zero(const filling *f, float *rows)
{
  for (int64_t t = 0; t < f->items->count; t++)
    for (int64_t c = 0; c < f->C; c++)
      if (isnan(rows[t * f->inputs + c])) rows[t * f->inputs + c] = 0.0f;
}

/* ---- time ---- */

/* Position in the sample of the first item of their document. */
static int64_t begin_of(const lw_dataset *dataset, lw_split split, const lw_items *items)
{
  const int64_t middle = lw_dataset_break(dataset, split, items->sample);
  return items->first >= middle ? middle : 0;
}

/* Readings add up gaps, and their differences become float32. */
static const double most_gap = 1e30;

static lw_status check_gaps(const lw_dataset *dataset, lw_split split, const lw_items *items,
                            const double *gaps)
{
  for (int64_t t = 0; t < items->count; t++)
    if (!(gaps[t] <= most_gap))
      return lw_fail(LW_ERROR_FORMAT,
                     "'%s': %s sample %lld has a time at %lld that is more than %g typical gaps "
                     "behind the one before it; correct it, or split the sample there",
                     lw_dataset_path(dataset), lw_split_name(split), (long long)items->sample,
                     (long long)(items->first + t), most_gap);
  return LW_OK;
}

lw_status lw_input_gaps(const lw_dataset *dataset, lw_split split, const lw_items *items,
                        double *gaps)
{
  const int64_t before = items->first > begin_of(dataset, split, items) ? 1 : 0;
  const int64_t count = items->count + before;
  const double scale = lw_dataset_describe(dataset)->time_scale;
  double *times = NULL;
  lw_status status = LW_TAKE(&times, count);
  if (status == LW_OK)
    status =
        lw_dataset_read_times(dataset, split, items->sample, items->first - before, count, times);
  for (int64_t t = 0; status == LW_OK && t < items->count; t++) {
    const int64_t n = t + before;
    gaps[t] = n ? (times[n] - times[n - 1]) / scale : 0;
  }
  lw_mem_give(times);
  return status == LW_OK ? check_gaps(dataset, split, items, gaps) : status;
}

static lw_status add_gaps(const filling *f, float *rows)
{
  double *gaps = NULL;
  lw_status status = LW_TAKE(&gaps, f->items->count);
  if (status == LW_OK) status = lw_input_gaps(f->dataset, f->split, f->items, gaps);
  for (int64_t t = 0; status == LW_OK && t < f->items->count; t++)
    rows[(t + 1) * f->inputs - 1] = (float)log1p(gaps[t]);
  lw_mem_give(gaps);
  return status;
}

lw_status lw_input_fill(const lw_dataset *dataset, lw_split split, const lw_items *items,
                        const lw_input_options *options, float *rows)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const filling f = {.dataset = dataset,
                     .split = split,
                     .items = items,
                     .options = options,
                     .C = info->channels,
                     .inputs = lw_input_numbers(info, options),
                     .begin = begin_of(dataset, split, items)};
  lw_status status = LW_OK;
  if (items->count == 0) return LW_OK;
  widen(&f, rows);
  if (options->missing_indicator) mark_missing(&f, rows);
  if (info->missing && options->missing == LW_MISSING_REFUSE) LW_TRY(refuse(&f, rows));
  if (info->missing && options->missing == LW_MISSING_LAST) LW_TRY(fill_last(&f, rows));
  if (info->missing && options->missing == LW_MISSING_ZERO) fill_zero(&f, rows);
  if (options->time_gap) LW_TRY(add_gaps(&f, rows));
done:
  return status;
}
