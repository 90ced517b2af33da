/* At each step but a sample's last, the values of the step after it. Answers of the file are of no
 * use. */
#include "dataset_inside.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <math.h>

static int64_t outcomes(const lw_dataset_info *info)
{
  return info->numbers;
}

static int64_t answers(int64_t tokens)
{
  return tokens - 1;
}

static lw_status known(const lw_dataset *dataset, lw_split split, const lw_items *items,
                       int64_t *count)
{
  const lw_items behind = {.sample = items->sample, .first = 1, .count = items->count - 1};
  *count = behind.count;
  if (!dataset->info.missing) return LW_OK;
  *count = 0;
  return lw_dataset_count_values(dataset, split, &behind, NULL, count);
}

static lw_status answer_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                             const lw_items *items, int64_t rows)
{
  const int64_t K = dataset->info.channels;
  const int64_t behind = items->count - 1 < rows ? items->count - 1 : rows;
  float *wanted = batch->wanted + items->row * K;
  for (int64_t n = behind * K; n < rows * K; n++) wanted[n] = NAN;
  return lw_dataset_read_values(dataset, split, items->sample, items->first + 1, behind, wanted);
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  (void)info;
  fprintf(out, "to predict the values of the next step");
}

static void summarise(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "next step of %lld channel%s", (long long)info->channels,
           info->channels > 1 ? "s" : "");
}

const lw_target lw_target_next_step = {.name = "next step",
                                       .wanted = "the values of the next step",
                                       .kind = LW_ANSWER_NUMBERS,
                                       .by_row = true,
                                       .next = true,
                                       .values_only = true,
                                       .one_document = true,
                                       .pretext = true,
                                       .ahead = 1,
                                       .outcomes = outcomes,
                                       .answers = answers,
                                       .known = known,
                                       .answer_rows = answer_rows,
                                       .describe = describe,
                                       .summarise = summarise};
