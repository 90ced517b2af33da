/* What stands at the steps that are hidden from the model (data/question.h): the token, or the
 * values of all channels. */
#include "dataset_inside.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <math.h>

/* Steps of which the masks are held at a time. */
enum { PIECE = 1024 };

static int64_t ids(const lw_dataset_info *info)
{
  return info->vocabulary;
}

static int64_t numbers(const lw_dataset_info *info)
{
  return info->numbers;
}

static int64_t answers(int64_t tokens)
{
  return tokens;
}

typedef lw_status visit_piece(const lw_dataset *dataset, lw_split split, const lw_items *items,
                              const uint8_t *masked, void *context);

/* The items in pieces, each with its masks. */
static lw_status each_piece(const lw_dataset *dataset, lw_split split, const lw_items *items,
                            visit_piece *visit, void *context)
{
  uint8_t masked[PIECE];
  lw_status status = LW_OK;
  for (int64_t done = 0; status == LW_OK && done < items->count; done += PIECE) {
    lw_items piece = *items;
    piece.first += done;
    piece.row += done;
    piece.count = items->count - done < PIECE ? items->count - done : PIECE;
    lw_question_mask(&dataset->question, &piece, masked);
    status = visit(dataset, split, &piece, masked, context);
  }
  return status;
}

static lw_status count_masked(const lw_dataset *dataset, lw_split split, const lw_items *items,
                              const uint8_t *masked, void *context)
{
  int64_t *count = context;
  (void)dataset;
  (void)split;
  for (int64_t t = 0; t < items->count; t++) *count += masked[t];
  return LW_OK;
}

static lw_status known_tokens(const lw_dataset *dataset, lw_split split, const lw_items *items,
                              int64_t *count)
{
  *count = 0;
  return each_piece(dataset, split, items, count_masked, count);
}

static lw_status label_piece(const lw_dataset *dataset, lw_split split, const lw_items *items,
                             const uint8_t *masked, void *context)
{
  lw_batch *batch = context;
  int32_t *label = batch->label + items->row;
  lw_status status =
      lw_dataset_read_tokens(dataset, split, items->sample, items->first, items->count, label);
  for (int64_t t = 0; t < items->count; t++) {
    if (!masked[t]) label[t] = -1;
    if (batch->masked) batch->masked[items->row + t] = masked[t];
  }
  return status;
}

static lw_status token_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                            const lw_items *items, int64_t rows)
{
  lw_items own = *items;
  own.count = rows;
  return each_piece(dataset, split, &own, label_piece, batch);
}

static lw_status tally(const lw_dataset *dataset, lw_split split, int64_t sample,
                       int64_t max_length, int32_t *scratch, int64_t *times)
{
  const lw_items items = {.sample = sample,
                          .count = lw_dataset_truncated(dataset, split, sample, 0, max_length)};
  lw_batch batch = {.label = scratch};
  lw_status status = each_piece(dataset, split, &items, label_piece, &batch);
  for (int64_t t = 0; status == LW_OK && t < items.count; t++)
    if (scratch[t] >= 0) times[scratch[t]]++;
  return status;
}

/* ---- values ---- */

static lw_status wanted_piece(const lw_dataset *dataset, lw_split split, const lw_items *items,
                              const uint8_t *masked, void *context)
{
  lw_batch *batch = context;
  const int64_t K = dataset->info.channels;
  float *wanted = batch->wanted + items->row * K;
  lw_status status =
      lw_dataset_read_values(dataset, split, items->sample, items->first, items->count, wanted);
  for (int64_t t = 0; t < items->count; t++) {
    for (int64_t k = 0; k < K && !masked[t]; k++) wanted[t * K + k] = NAN;
    if (batch->masked) batch->masked[items->row + t] = masked[t];
  }
  return status;
}

static lw_status value_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                            const lw_items *items, int64_t rows)
{
  lw_items own = *items;
  own.count = rows;
  return each_piece(dataset, split, &own, wanted_piece, batch);
}

static lw_status count_piece(const lw_dataset *dataset, lw_split split, const lw_items *items,
                             const uint8_t *masked, void *context)
{
  return lw_dataset_count_values(dataset, split, items, masked, context);
}

static lw_status known_values(const lw_dataset *dataset, lw_split split, const lw_items *items,
                              int64_t *count)
{
  if (!dataset->info.missing) return known_tokens(dataset, split, items, count);
  *count = 0;
  return each_piece(dataset, split, items, count_piece, count);
}

static void describe_tokens(const lw_dataset_info *info, FILE *out)
{
  (void)info;
  fprintf(out, "to fill in masked tokens");
}

static void summarise_tokens(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "masked tokens of %lld", (long long)info->vocabulary);
}

static void describe_values(const lw_dataset_info *info, FILE *out)
{
  (void)info;
  fprintf(out, "to fill in masked values");
}

static void summarise_values(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "masked values of %lld channel%s", (long long)info->channels,
           info->channels > 1 ? "s" : "");
}

const lw_target lw_target_masked_tokens = {.name = "masked tokens",
                                           .wanted = "masked tokens",
                                           .by_row = true,
                                           .next = true,
                                           .ids_only = true,
                                           .one_document = true,
                                           .pretext = true,
                                           .masks = true,
                                           .outcomes = ids,
                                           .answers = answers,
                                           .known = known_tokens,
                                           .tally = tally,
                                           .answer_rows = token_rows,
                                           .describe = describe_tokens,
                                           .summarise = summarise_tokens};
const lw_target lw_target_masked_values = {.name = "masked values",
                                           .wanted = "masked values",
                                           .kind = LW_ANSWER_NUMBERS,
                                           .by_row = true,
                                           .next = true,
                                           .values_only = true,
                                           .one_document = true,
                                           .pretext = true,
                                           .masks = true,
                                           .outcomes = numbers,
                                           .answers = answers,
                                           .known = known_values,
                                           .answer_rows = value_rows,
                                           .describe = describe_values,
                                           .summarise = summarise_values};
