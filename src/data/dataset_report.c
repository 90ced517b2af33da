/* What a data set holds, as text for people. */
#include "dataset_inside.h"
#include <inttypes.h>

enum { CLASSES_SHOWN = 32 };

/* Of all samples, or of both documents of all pairs. */
static int64_t documents_of(const lw_dataset *dataset, lw_split split)
{
  return dataset->info.count[split] * lw_documents(dataset->info.pairs);
}

static int64_t no_longer_than(const lw_dataset *dataset, lw_split split, int64_t length)
{
  const int64_t each = lw_documents(dataset->info.pairs);
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
  fprintf(out, "%-12s%12s%14s%10s%10s%10s%10s\n", "split", "samples",
          info->kind ? "values" : "tokens", "least", "median", "mean", "greatest");
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
  if (info->pairs) fprintf(out, "a sample is a pair of documents; lengths are of documents\n");
}

static double share_of_class(const lw_dataset *dataset, lw_split split, int64_t label)
{
  int64_t count = 0;
  for (int64_t i = 0; i < dataset->info.count[split]; i++)
    count += lw_dataset_label(dataset, split, i) == label;
  return (double)count / (double)dataset->info.count[split];
}

static void report_classes(const lw_dataset *dataset, FILE *out)
{
  int64_t classes = dataset->info.classes;
  int64_t shown = classes < CLASSES_SHOWN ? classes : CLASSES_SHOWN;
  fprintf(out, "%-18s", "class");
  for (int split = 0; split < LW_SPLITS; split++)
    fprintf(out, "%12s", lw_split_name((lw_split)split));
  for (int64_t label = 0; label < shown; label++) {
    fprintf(out, "\n%3" PRId64 " %-14s", label, lw_dataset_class_name(dataset, label));
    for (int split = 0; split < LW_SPLITS; split++) {
      if (dataset->info.count[split])
        fprintf(out, "%10.2f %%", 100.0 * share_of_class(dataset, (lw_split)split, label));
      else
        fprintf(out, "%12s", "-");
    }
  }
  if (shown < classes) fprintf(out, "\n... and %" PRId64 " classes more", classes - shown);
  fprintf(out, "\n");
}

void lw_dataset_report(const lw_dataset *dataset, FILE *out)
{
  const lw_dataset_info *info = &dataset->info;
  fprintf(out, "%s: task %s, ", lw_dataset_path(dataset), info->task);
  if (info->kind == LW_KIND_TOKENS)
    fprintf(out, "%" PRId64 " token ids", info->vocabulary);
  else
    fprintf(out, "values (stored x %.6g %+.6g)", info->scale, info->shift);
  if (info->target == LW_TARGET_CLASS)
    fprintf(out, ", %" PRId64 " classes", info->classes);
  else
    fprintf(out, ", to predict the next token");
  fprintf(out, ", checksum %08x\norigin: %s\n", info->checksum, dataset->origin);
  report_lengths(dataset, out);
  if (info->target == LW_TARGET_CLASS) report_classes(dataset, out);
}
