/* What a data set holds, as text for people. */
#include "dataset_inside.h"
#include "longwave/base/columns.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>

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

void lw_dataset_report(const lw_dataset *dataset, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  fprintf(out, "%s: task %s, ", lw_dataset_path(dataset), info->task);
  info->input->describe(info, out);
  fprintf(out, ", ");
  info->target->describe(info, out);
  fprintf(out, ", checksum %08x\norigin: %s\n", info->checksum, dataset->origin);
  report_lengths(dataset, out);
  if (info->target->report) info->target->report(dataset, out);
}
