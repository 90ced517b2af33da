/* One or more real numbers of a sample, or the values that come next behind it. A model learns them
 * with mean 0 and deviation 1, people are told them in their own unit. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/moments.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>

enum { NUMBERS_SHOWN = 32 };

static int64_t outcomes(const lw_dataset_info *info)
{
  return info->numbers;
}

static int64_t answers(int64_t tokens)
{
  (void)tokens;
  return 1;
}

static lw_status known(const lw_dataset *dataset, lw_split split, const lw_items *items,
                       int64_t *count)
{
  const int64_t K = dataset->info.numbers;
  *count = lw_answer_known(dataset->split[split].numbers + items->sample * K, K);
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
  fprintf(out, "%" PRId64 " number%s", info->numbers, info->numbers > 1 ? "s" : "");
}

static void summarise(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "%" PRId64 " number%s", info->numbers,
           info->numbers > 1 ? "s" : "");
}

static void report(const lw_dataset *dataset, FILE *out)
{
  const int64_t K = dataset->info.numbers;
  lw_moments *moments = NULL; /* [LW_SPLITS, K] */
  if (LW_TAKE(&moments, LW_SPLITS * K) != LW_OK) return;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t n = 0; n < dataset->info.count[split] * K; n++) {
      const double number = (double)dataset->split[split].numbers[n];
      if (!isnan(number)) lw_moments_add(&moments[split * K + n % K], &number, 1);
    }
  lw_dataset_print_numbers(dataset, moments, out);
  lw_mem_give(moments);
}

static void show(const lw_dataset *dataset, lw_split split, int64_t sample, FILE *out)
{
  const int64_t K = dataset->info.numbers;
  for (int64_t k = 0; k < K && k < NUMBERS_SHOWN; k++)
    fprintf(out, " %.6g", (double)dataset->split[split].numbers[sample * K + k]);
  fprintf(out, ",");
}

const lw_target lw_target_numbers = {.name = "numbers",
                                     .wanted = "numbers",
                                     .kind = LW_ANSWER_NUMBERS,
                                     .outcomes = outcomes,
                                     .answers = answers,
                                     .known = known,
                                     .answer_samples = answer_samples,
                                     .describe = describe,
                                     .summarise = summarise,
                                     .report = report,
                                     .show = show};

/* ---- values that come next: [horizon, numbers] ---- */

static int64_t next_outcomes(const lw_dataset_info *info)
{
  return info->horizon * info->numbers;
}

static lw_status next_samples(lw_batch *batch, const lw_dataset *dataset, lw_split split)
{
  lw_status status = LW_OK;
  for (int64_t b = 0; status == LW_OK && b < batch->samples; b++)
    status =
        lw_dataset_read_horizon(dataset, split, batch->sample[b], batch->wanted + b * batch->width);
  return status;
}

static void describe_next(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "to predict the next %" PRId64 " values of %" PRId64 " channel%s", info->horizon,
          info->numbers, info->numbers > 1 ? "s" : "");
}

static void summarise_next(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "next %" PRId64 " values of %" PRId64 " channel%s", info->horizon,
           info->numbers, info->numbers > 1 ? "s" : "");
}

const lw_target lw_target_next_values = {.name = "next values",
                                         .wanted = "the next values",
                                         .form = "values to be predicted",
                                         .kind = LW_ANSWER_NUMBERS,
                                         .next = true,
                                         .values_only = true,
                                         .one_document = true,
                                         .outcomes = next_outcomes,
                                         .answers = answers,
                                         .answer_samples = next_samples,
                                         .describe = describe_next,
                                         .summarise = summarise_next};
