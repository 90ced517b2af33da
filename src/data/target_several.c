/* Several classes of a sample at once: for each whether it is there. */
#include "dataset_inside.h"
#include "longwave/base/columns.h"
#include "longwave/data/batch.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>

enum { CLASSES_SHOWN = 64, NAME = 1024 };

static int64_t outcomes(const lw_dataset_info *info)
{
  return info->classes;
}

static int64_t answers(int64_t tokens)
{
  (void)tokens;
  return 1;
}

static lw_status known(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t tokens,
                       int64_t *count)
{
  const lw_dataset_info *info = &dataset->info;
  const uint8_t *row = dataset->split[split].several + sample * info->classes;
  (void)tokens;
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

static double share_of_class(const lw_dataset *dataset, lw_split split, int64_t k)
{
  const int64_t N = dataset->info.count[split], K = dataset->info.classes;
  int64_t there = 0, asked = 0;
  for (int64_t i = 0; i < N; i++) {
    const uint8_t one = dataset->split[split].several[i * K + k];
    there += one == 1;
    asked += one <= 1;
  }
  return asked ? 100.0 * (double)there / (double)asked : (double)NAN;
}

static void report(const lw_dataset *dataset, FILE *out)
{
  const int64_t K = dataset->info.classes, shown = K < CLASSES_SHOWN ? K : CLASSES_SHOWN;
  const lw_column columns[] = {{"class", 0, -28, NULL, false},
                               {lw_split_name(LW_SPLIT_TRAIN), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_VALIDATION), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_TEST), 0, 12, "%.2f %%", true},
                               {0}};
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t k = 0; k < shown; k++) {
    char name[NAME];
    double shares[LW_SPLITS];
    snprintf(name, sizeof name, "%3" PRId64 " %s", k, lw_dataset_class_name(dataset, k));
    for (int split = 0; split < LW_SPLITS; split++)
      shares[split] = share_of_class(dataset, (lw_split)split, k);
    lw_columns_print(out, columns, (const char *[]){name}, shares);
  }
  if (shown < K) fprintf(out, "... and %" PRId64 " classes more\n", K - shown);
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
