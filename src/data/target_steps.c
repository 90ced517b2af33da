/* An answer at each step of a sample, or at listed ones: a class, or numbers. They are read with
 * the items of a rank, so nobody holds those of a whole sample that is sharded. */
#include "dataset_inside.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>

static int64_t classes(const lw_dataset_info *info)
{
  return info->classes;
}

static int64_t numbers(const lw_dataset_info *info)
{
  return info->numbers;
}

static int64_t answers(int64_t tokens)
{
  return tokens;
}

static lw_status tally(const lw_dataset *dataset, lw_split split, int64_t sample,
                       int64_t max_length, int32_t *scratch, int64_t *times)
{
  const lw_items items = {.sample = sample,
                          .count = lw_dataset_truncated(dataset, split, sample, 0, max_length)};
  lw_status status = lw_dataset_read_step_labels(dataset, split, &items, scratch);
  for (int64_t t = 0; status == LW_OK && t < items.count; t++)
    if (scratch[t] >= 0) times[scratch[t]]++;
  return status;
}

/* The first `rows` of the items. */
static lw_items own_rows(const lw_items *items, int64_t rows)
{
  lw_items own = *items;
  own.count = rows;
  return own;
}

static lw_status class_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                            const lw_items *items, int64_t rows)
{
  const lw_items own = own_rows(items, rows);
  return lw_dataset_read_step_labels(dataset, split, &own, batch->label + items->row);
}

static lw_status number_rows(lw_batch *batch, const lw_dataset *dataset, lw_split split,
                             const lw_items *items, int64_t rows)
{
  const lw_items own = own_rows(items, rows);
  return lw_dataset_read_step_numbers(dataset, split, &own,
                                      batch->wanted + items->row * batch->width);
}

static void describe_class(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "%" PRId64 " classes of steps", info->classes);
}

static void summarise_class(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "%" PRId64 " classes of steps", info->classes);
}

static void describe_numbers(const lw_dataset_info *info, FILE *out)
{
  fprintf(out, "%" PRId64 " number%s of steps", info->numbers, info->numbers > 1 ? "s" : "");
}

static void summarise_numbers(const lw_dataset_info *info, char *text)
{
  snprintf(text, LW_ASKED_TEXT, "%" PRId64 " number%s of steps", info->numbers,
           info->numbers > 1 ? "s" : "");
}

const lw_target lw_target_step_class = {.name = "class of steps",
                                        .wanted = "the class of steps",
                                        .by_row = true,
                                        .one_document = true,
                                        .outcomes = classes,
                                        .answers = answers,
                                        .known = lw_dataset_count_steps,
                                        .tally = tally,
                                        .answer_rows = class_rows,
                                        .describe = describe_class,
                                        .summarise = summarise_class};
const lw_target lw_target_step_numbers = {.name = "numbers of steps",
                                          .wanted = "numbers of steps",
                                          .kind = LW_ANSWER_NUMBERS,
                                          .by_row = true,
                                          .one_document = true,
                                          .outcomes = numbers,
                                          .answers = answers,
                                          .known = lw_dataset_count_steps,
                                          .answer_rows = number_rows,
                                          .describe = describe_numbers,
                                          .summarise = summarise_numbers};
