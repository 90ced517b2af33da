/* Token ids: whole numbers in [0, vocabulary), looked up in a table. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include <assert.h>
#include <inttypes.h>

static lw_item_limits limits(const lw_dataset_info *info, int64_t channel)
{
  (void)channel;
  return (lw_item_limits){1.0, 0.0, -1.0, (double)info->vocabulary, false, false, 0.0};
}

static void fault(const lw_dataset_info *info, const lw_item_place *place, double stored,
                  char *text)
{
  snprintf(text, LW_ITEM_FAULT, "has token %.0f at %lld, outside the vocabulary of %lld", stored,
           (long long)place->position, (long long)info->vocabulary);
}

static void describe(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "%" PRId64 " token ids", info->vocabulary);
}

lw_status lw_dataset_read_tokens(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, int32_t *tokens)
{
  assert(dataset->info.input->ids);
  const lw_item_range range = {split, dataset->split[split].starts[sample] + first, count};
  assert(first >= 0 && first + count <= lw_dataset_length(dataset, split, sample));
  lw_status status = lw_items_read(dataset, &range, LW_H5_I32, tokens);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++)
    if (tokens[i] < 0 || tokens[i] >= dataset->info.vocabulary)
      return lw_dataset_refuse_read(dataset, split, sample, &(lw_item_place){first + i, 0});
  return LW_OK;
}

static lw_status show(const lw_dataset *dataset, lw_split split, const lw_items *items, FILE *out)
{
  int32_t tokens[LW_ITEMS_SHOWN];
  lw_status status =
      lw_dataset_read_tokens(dataset, split, items->sample, items->first, items->count, tokens);
  for (int64_t i = 0; status == LW_OK && i < items->count; i++) {
    const char *name = lw_dataset_token_name(dataset, tokens[i]);
    if (name)
      fprintf(out, " %s", name);
    else
      fprintf(out, " %d", tokens[i]);
  }
  return status;
}

static lw_status room(lw_batch *batch, int64_t rows)
{
  return lw_mem_grow((void **)&batch->tokens, &batch->row_room, rows, sizeof *batch->tokens);
}

static lw_status read_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                           const lw_items *items)
{
  return lw_dataset_read_tokens(dataset, split, items->sample, items->first, items->count,
                                batch->tokens + items->row);
}

bool lw_tokens_are_text(const lw_dataset *dataset, const int32_t *tokens, int64_t count)
{
  int64_t plain = 0;
  for (int64_t i = 0; i < count; i++) {
    const int32_t byte = tokens[i];
    const bool blank = byte == '\t' || byte == '\n' || byte == '\r';
    if (byte > 255 || (byte < ' ' && !blank) || byte == 127) return false;
    if (lw_dataset_token_name(dataset, byte)) return false;
    plain += byte < 127;
  }
  return lw_dataset_describe(dataset)->vocabulary >= 256 && 5 * plain >= 4 * count;
}

const lw_input lw_input_tokens = {.name = "tokens",
                                  .item = "token",
                                  .ids = true,
                                  .limits = limits,
                                  .fault = fault,
                                  .describe = describe,
                                  .show = show,
                                  .room = room,
                                  .read = read_rows};
