/* The class of a sample: its label, one of the classes that have names. */
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

static lw_status tally(const lw_dataset *dataset, lw_split split, int64_t sample,
                       int64_t max_length, int32_t *scratch, int64_t *times)
{
  (void)max_length;
  (void)scratch;
  const int32_t label = lw_dataset_label(dataset, split, sample);
  if (label >= 0) times[label]++;
  return LW_OK;
}

static lw_status known(const lw_dataset *dataset, lw_split split, const lw_items *items,
                       int64_t *count)
{
  *count = lw_dataset_label(dataset, split, items->sample) >= 0;
  return LW_OK;
}

static lw_status answer_samples(lw_batch *batch, const lw_dataset *dataset, lw_split split)
{
  for (int64_t b = 0; b < batch->samples; b++)
    batch->label[b] = lw_dataset_label(dataset, split, batch->sample[b]);
  return LW_OK;
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "%" PRId64 " classes", info->classes);
}

static void summarise(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "%" PRId64 " classes", info->classes);
}

static void report(const lw_dataset *dataset, FILE *out)
{
  lw_dataset_report_classes(dataset, "class", out);
}

static void show(const lw_dataset *dataset, lw_split split, int64_t sample, FILE *out)
{
  const int32_t label = lw_dataset_label(dataset, split, sample);
  if (label < 0)
    fprintf(out, " no label,");
  else
    fprintf(out, " label %d (%s),", label, lw_dataset_class_name(dataset, label));
}

const lw_target lw_target_class = {.name = "class",
                                   .wanted = "the class",
                                   .of_version_1 = true,
                                   .labels = true,
                                   .outcomes = outcomes,
                                   .answers = answers,
                                   .known = known,
                                   .tally = tally,
                                   .answer_samples = answer_samples,
                                   .describe = describe,
                                   .summarise = summarise,
                                   .report = report,
                                   .show = show};
