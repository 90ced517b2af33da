/* Data sets: what opening does not refuse can be asked for everything. */
#include "fuzz.h"
#include "h5_edit.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"

enum { SAMPLES_MAX = 64, ITEMS_MAX = 4096 };

static void read_sample(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  static int32_t tokens[ITEMS_MAX];
  static float values[ITEMS_MAX];
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  int64_t length = lw_dataset_length(dataset, split, sample);
  int64_t count = length < ITEMS_MAX ? length : ITEMS_MAX;
  int32_t label = lw_dataset_label(dataset, split, sample);
  lw_fuzz_expect(length >= 1 && length <= info->longest[split], "lengths are as described");
  lw_fuzz_expect(lw_dataset_class_name(dataset, label) != NULL, "labels have names");
  if (!info->input->ids) {
    if (lw_dataset_read_values(dataset, split, sample, length - count, count, values) != LW_OK)
      return;
  } else if (lw_dataset_read_tokens(dataset, split, sample, length - count, count, tokens) ==
             LW_OK) {
    for (int64_t i = 0; i < count; i++)
      lw_fuzz_expect(tokens[i] >= 0 && tokens[i] < info->vocabulary,
                     "tokens are in the vocabulary");
    lw_dataset_token_name(dataset, tokens[0]);
  }
}

static void ask(const lw_dataset *dataset)
{
  static FILE *nowhere;
  if (!nowhere) nowhere = fopen("/dev/null", "w");
  lw_dataset_report(dataset, nowhere);
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < lw_dataset_describe(dataset)->count[split] && i < SAMPLES_MAX; i++)
      read_sample(dataset, (lw_split)split, i);
}

static const lw_fuzz_base *make_base(void)
{
  const char *path = lw_fuzz_file(0, (const uint8_t *)"", 0);
  lw_fuzz_data(path);
  return lw_fuzz_base_read(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_dataset *dataset = NULL;
  static const lw_fuzz_base *base;
  if (!base) base = make_base();
  if (lw_dataset_open(lw_fuzz_edited(base, data, size), &dataset) == LW_OK) {
    ask(dataset);
    if (lw_dataset_verify(dataset, lw_fuzz_world(), LW_SPLITS) == LW_OK) ask(dataset);
  }
  lw_dataset_close(&dataset);
  return lw_fuzz_leave();
}
