/* Several classes of a sample at once: for each whether it is there. */
#include "dataset_inside.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>

static int64_t outcomes(const lw_dataset_info *info)
{
  return info->classes;
}

static int64_t answers(int64_t tokens)
{
  (void)tokens;
  return 1;
}

static lw_status known(const lw_dataset *dataset, lw_split split, const lw_items *items,
                       int64_t *count)
{
  const lw_dataset_info *info = &dataset->info;
  const uint8_t *row = dataset->split[split].several + items->sample * info->classes;
  *count = 0;
  for (int64_t k = 0; k < info->classes; k++)
    if (row[k] <= 1) *count = 1;
  return LW_OK;
}

static lw_status tally(const lw_dataset *dataset, lw_split split, int64_t sample,
                       int64_t max_length, int32_t *scratch, int64_t *times)
{
  const int64_t K = dataset->info.classes;
  const uint8_t *row = dataset->split[split].several + sample * K;
  (void)max_length;
  (void)scratch;
  for (int64_t k = 0; k < K; k++) times[k] += row[k] == 1;
  return LW_OK;
}

static lw_status answer_samples(lw_batch *batch, const lw_dataset *dataset, lw_split split)
{
  for (int64_t b = 0; b < batch->samples; b++)
    lw_dataset_wanted(dataset, split, batch->sample[b], batch->wanted + b * batch->width);
  return LW_OK;
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "several of %" PRId64 " classes", info->classes);
}

static void summarise(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "several of %" PRId64 " classes", info->classes);
}

static void report(const lw_dataset *dataset, FILE *out)
{
  lw_dataset_report_classes(dataset, "class", out);
}

static void show(const lw_dataset *dataset, lw_split split, int64_t sample, FILE *out)
{
  const int64_t K = dataset->info.classes;
  const uint8_t *row = dataset->split[split].several + sample * K;
  const char *between = " labels ";
  for (int64_t k = 0; k < K; k++) {
    if (row[k] != 1) continue;
    fprintf(out, "%s%s", between, lw_dataset_class_name(dataset, k));
    between = ", ";
  }
  fprintf(out, "%s", *between == ' ' ? " no label," : ",");
}

const lw_target lw_target_several = {.name = "several classes",
                                     .wanted = "several classes",
                                     .kind = LW_ANSWER_SEVERAL,
                                     .outcomes = outcomes,
                                     .answers = answers,
                                     .known = known,
                                     .tally = tally,
                                     .answer_samples = answer_samples,
                                     .describe = describe,
                                     .summarise = summarise,
                                     .report = report,
                                     .show = show};
