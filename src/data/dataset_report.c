/* What a data set holds, as text for people. */
#include "dataset_inside.h"
#include "longwave/base/columns.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/data/input.h"
#include "longwave/data/moments.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_SHOWN = 32, NAME = 128, LONG_NAME = 1100 };

/* Of all samples, or of both documents of all pairs. */
static int64_t documents_of(const lw_dataset *dataset, lw_split split)
{
  return dataset->info.count[split] * dataset->info.documents;
}

static int64_t no_longer_than(const lw_dataset *dataset, lw_split split, int64_t length)
{
  const int64_t each = dataset->info.documents;
  int64_t count = 0;
  for (int64_t n = 0; n < documents_of(dataset, split); n++)
    count += lw_dataset_document(dataset, split, n / each, n % each).tokens <= length;
  return count;
}

/* The smallest length that more than `rank` documents do not exceed: by halving, so that no memory
 * is needed. */
static int64_t length_of_rank(const lw_dataset *dataset, lw_split split, int64_t rank)
{
  int64_t low = 1, high = dataset->info.longest[split];
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (no_longer_than(dataset, split, middle) > rank)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void report_lengths(const lw_dataset *dataset, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  const lw_column columns[] = {{"split", 0, -12, NULL, false},
                               {"samples", 0, 12, "%.0f", false},
                               {info->input->name, 0, 14, "%.0f", false},
                               {"least", 0, 10, "%.0f", false},
                               {"median", 0, 10, "%.1f", false},
                               {"mean", 0, 10, "%.1f", false},
                               {"greatest", 0, 10, "%.0f", false},
                               {0}};
  const lw_column counts_only[] = {columns[0], columns[1], columns[2], {0}};
  lw_columns_print(out, columns, NULL, NULL);
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_split s = (lw_split)split;
    int64_t count = documents_of(dataset, s);
    double figures[] = {(double)info->count[s], (double)info->tokens[s], 0, 0, 0, 0};
    if (count) {
      figures[2] = (double)length_of_rank(dataset, s, 0);
      figures[3] = 0.5 * (double)(length_of_rank(dataset, s, (count - 1) / 2) +
                                  length_of_rank(dataset, s, count / 2));
      figures[4] = (double)info->tokens[s] / (double)count;
      figures[5] = (double)info->longest[s];
    }
    lw_columns_print(out, count ? columns : counts_only, (const char *[]){lw_split_name(s)},
                     figures);
  }
  if (info->documents > 1)
    fprintf(out, "a sample is a pair of documents; lengths are of documents\n");
}

/* ---- channels, times, samples ---- */

static bool some_have_units(const lw_dataset_info *info)
{
  for (int64_t c = 0; c < info->channels; c++)
    if (info->channel[c].unit_scale != 1.0 || info->channel[c].unit_shift != 0.0) return true;
  return false;
}

static bool some_have_names(const lw_dataset_info *info)
{
  for (int64_t c = 0; c < info->channels; c++)
    if (*info->channel[c].name || *info->channel[c].unit) return true;
  return false;
}

/* One channel without a name is told in the first line. */
static void report_channels(const lw_dataset_info *info, FILE *out)
{
  const bool units = some_have_units(info);
  const lw_column columns[] = {{"channel", 0, -28, NULL, false},
                               {"unit", 0, -12, NULL, false},
                               {"scale", 0, 14, "%.6g", false},
                               {"shift", 1, 14, "%.6g", false},
                               {units ? "unit scale" : NULL, 1, 14, "%.6g", false},
                               {"unit shift", 1, 14, "%.6g", false},
                               {0}};
  if (info->input->ids || (info->channels == 1 && !units && !some_have_names(info))) return;
  const int64_t shown = lw_smaller(info->channels, ROWS_SHOWN);
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t c = 0; c < shown; c++) {
    const lw_channel *channel = &info->channel[c];
    char name[NAME];
    snprintf(name, sizeof name, "%3" PRId64 " %.100s", c, channel->name);
    lw_columns_print(
        out, columns, (const char *[]){name, channel->unit},
        (double[]){channel->scale, channel->shift, channel->unit_scale, channel->unit_shift});
  }
  if (shown < info->channels)
    fprintf(out, "... and %" PRId64 " channels more\n", info->channels - shown);
  fprintf(out, "a model sees stored x scale + shift%s\n",
          units ? "; stored x unit scale + unit shift is in the unit" : "");
}

static void report_times(const lw_dataset_info *info, FILE *out)
{
  const char *unit = *info->time_unit ? info->time_unit : "unit of time";
  if (info->timed)
    fprintf(out, "times: a typical gap is %.6g%s%s\n", info->time_scale,
            *info->time_unit ? " " : "", info->time_unit);
  if (info->rate > 0.0) fprintf(out, "rate: %.6g items per %s\n", info->rate, unit);
  if (info->missing && info->has_code)
    fprintf(out, "values may be missing: the stored number %.6g stands for them\n",
            info->missing_code);
  else if (info->missing)
    fprintf(out, "values may be missing\n");
}

static int by_number(const void *a, const void *b)
{
  return LW_ORDER(*(const int64_t *)a, *(const int64_t *)b);
}

/* How many different groups a split has. */
static int64_t count_groups(const lw_dataset *dataset, int split)
{
  const int64_t N = dataset->info.count[split];
  int64_t *sorted = NULL, count = 0;
  if (LW_TAKE(&sorted, N) != LW_OK) return 0;
  if (N) memcpy(sorted, dataset->split[split].groups, (size_t)N * sizeof *sorted);
  qsort(sorted, (size_t)N, sizeof *sorted, by_number);
  for (int64_t i = 0; i < N; i++) count += sorted[i] >= 0 && (i == 0 || sorted[i] != sorted[i - 1]);
  lw_mem_give(sorted);
  return count;
}

/* "groups: train 8, validation 1, test 1" */
static void report_each(const char *what, const int64_t counts[LW_SPLITS], FILE *out)
{
  fprintf(out, "%s:", what);
  for (int split = 0; split < LW_SPLITS; split++)
    fprintf(out, "%s %s %" PRId64, split ? "," : "", lw_split_name((lw_split)split), counts[split]);
  fprintf(out, "\n");
}

static void report_samples(const lw_dataset *dataset, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t *bare = info->unlabelled;
  if (info->weighted) fprintf(out, "samples have weights\n");
  if (info->grouped) {
    int64_t groups[LW_SPLITS];
    for (int split = 0; split < LW_SPLITS; split++) groups[split] = count_groups(dataset, split);
    report_each("groups", groups, out);
  }
  if (bare[0] + bare[1] + bare[2] > 0) report_each("samples without an answer", bare, out);
}

/* ---- answers ---- */

static double share_of(const lw_class_counts *counts, int split, int64_t k)
{
  const int64_t times = counts->times[split * counts->dataset->info.classes + k];
  const int64_t all = counts->all[split];
  return all ? 100.0 * ((double)times / (double)all) : (double)NAN;
}

void lw_dataset_print_classes(const lw_class_counts *counts, FILE *out)
{
  const lw_dataset_info *info = &counts->dataset->info;
  const int64_t K = info->classes, shown = lw_smaller(K, ROWS_SHOWN);
  const lw_column columns[] = {{counts->title, 0, -18, NULL, false},
                               {lw_split_name(LW_SPLIT_TRAIN), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_VALIDATION), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_TEST), 0, 12, "%.2f %%", true},
                               {0}};
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t k = 0; k < shown; k++) {
    char name[LONG_NAME];
    double shares[LW_SPLITS];
    snprintf(name, sizeof name, "%3" PRId64 " %s", k, lw_dataset_class_name(counts->dataset, k));
    for (int split = 0; split < LW_SPLITS; split++) shares[split] = share_of(counts, split, k);
    lw_columns_print(out, columns, (const char *[]){name}, shares);
  }
  if (shown < K) fprintf(out, "... and %" PRId64 " classes more\n", K - shown);
}

void lw_dataset_report_classes(const lw_dataset *dataset, const char *title, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t K = info->classes;
  int64_t *times = NULL; /* [LW_SPLITS, K] */
  lw_class_counts counts = {.dataset = dataset, .title = title};
  if (LW_TAKE(&times, LW_SPLITS * K) != LW_OK) return;
  for (int split = 0; split < LW_SPLITS; split++) {
    counts.all[split] = info->count[split] - info->unlabelled[split];
    for (int64_t i = 0; i < info->count[split]; i++)
      if (info->target->tally(dataset, (lw_split)split, i, 0, NULL, times + split * K) != LW_OK)
        break;
  }
  counts.times = times;
  lw_dataset_print_classes(&counts, out);
  lw_mem_give(times);
}

void lw_dataset_print_numbers(const lw_dataset *dataset, const lw_moments *moments, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t K = info->numbers, shown = lw_smaller(K, ROWS_SHOWN);
  const lw_column columns[] = {{"number", 0, -28, NULL, false},     {"split", 0, -12, NULL, false},
                               {"known", 0, 10, "%.0f", false},     {"mean", 0, 12, "%.6g", false},
                               {"deviation", 0, 12, "%.6g", false}, {"least", 0, 12, "%.6g", false},
                               {"greatest", 0, 12, "%.6g", false},  {0}};
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t n = 0; n < shown * LW_SPLITS; n++) {
    const int64_t k = n / LW_SPLITS;
    const lw_moments *found = &moments[n % LW_SPLITS * K + k];
    const lw_number *number = &info->number[k];
    char name[LONG_NAME];
    if (!found->count) continue;
    snprintf(name, sizeof name, "%3" PRId64 " %.120s%s%.60s%s", k, number->name,
             *number->unit ? " (" : "", number->unit, *number->unit ? ")" : "");
    lw_columns_print(out, columns, (const char *[]){name, lw_split_name((lw_split)(n % LW_SPLITS))},
                     (double[]){(double)found->count, found->mean, lw_moments_deviation(found),
                                found->least, found->greatest});
  }
  if (shown < K) fprintf(out, "... and %" PRId64 " numbers more\n", K - shown);
}

/* ---- all ---- */

void lw_dataset_report(const lw_dataset *dataset, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  fprintf(out, "%s: task %s, ", lw_dataset_path(dataset), info->task);
  info->input->describe(info, out);
  fprintf(out, ", ");
  info->target->describe(info, out);
  fprintf(out, ", checksum %08x\norigin: %s\n", info->checksum, dataset->origin);
  report_lengths(dataset, out);
  report_channels(info, out);
  report_times(info, out);
  report_samples(dataset, out);
  if (info->target->report) info->target->report(dataset, out);
  if (info->step_classes) lw_dataset_report_steps(dataset, out);
}
