/* What a data set holds, as text for people. */
#include "dataset_inside.h"
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
  fprintf(out, "%-12s%12s%14s%10s%10s%10s%10s\n", "split", "samples", info->input->name, "least",
          "median", "mean", "greatest");
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_split s = (lw_split)split;
    int64_t count = documents_of(dataset, s);
    fprintf(out, "%-12s%12" PRId64 "%14" PRId64, lw_split_name(s), info->count[s],
            info->tokens[s]);
    if (count)
      fprintf(out, "%10" PRId64 "%10.1f%10.1f%10" PRId64, length_of_rank(dataset, s, 0),
              0.5 * (double)(length_of_rank(dataset, s, (count - 1) / 2) +
                             length_of_rank(dataset, s, count / 2)),
              (double)info->tokens[s] / (double)count, info->longest[s]);
    fprintf(out, "\n");
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
