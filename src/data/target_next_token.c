/* At each token but a sample's last, the token after it. Labels of the file are of no use. */
#include "dataset_inside.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"

static int64_t outcomes(const lw_dataset_info *info)
{
  return info->vocabulary;
}

static int64_t answers(int64_t tokens)
{
  return tokens - 1;
}

static lw_status tally(const lw_dataset *dataset, lw_split split, int64_t sample,
                       int64_t max_length, int32_t *scratch, int64_t *times)
{
  const int64_t count = answers(lw_dataset_truncated(dataset, split, sample, 0, max_length));
  lw_status status = lw_dataset_read_tokens(dataset, split, sample, 1, count, scratch);
  for (int64_t t = 0; status == LW_OK && t < count; t++) times[scratch[t]]++;
  return status;
}

static lw_status answer_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                             const lw_items *items, int64_t rows)
{
  const int32_t *tokens = batch->tokens + items->row;
  int32_t *label = batch->label + items->row;
  (void)dataset;
  (void)split;
  for (int64_t t = 0; t < rows; t++) label[t] = t + 1 < items->count ? tokens[t + 1] : -1;
  return LW_OK;
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  (void)info;
  fprintf(out, "to predict the next token");
}

static void summarise(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "next token of %lld", (long long)info->vocabulary);
}

const lw_target lw_target_next_token = {.name = "next token",
                                        .wanted = "the next token",
                                        .form = "token ids to be predicted",
                                        .of_version_1 = true,
                                        .by_row = true,
                                        .next = true,
                                        .ids_only = true,
                                        .one_document = true,
                                        .ahead = 1,
                                        .outcomes = outcomes,
                                        .answers = answers,
                                        .tally = tally,
                                        .answer_rows = answer_rows,
                                        .describe = describe,
                                        .summarise = summarise};
