/* Data sets: what opening does not refuse can be asked for everything. */
#include "fuzz.h"
#include "h5_edit.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"

enum { SAMPLES_MAX = 64, ITEMS_MAX = 4096, CHANNELS_MAX = 4 };

static void read_items(const lw_dataset *dataset, lw_split split, int64_t sample, int64_t count)
{
  static int32_t tokens[ITEMS_MAX];
  static float values[ITEMS_MAX * CHANNELS_MAX];
  static double times[ITEMS_MAX];
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t first = lw_dataset_length(dataset, split, sample) - count;
  if (!info->input->ids) {
    if (lw_dataset_read_values(dataset, split, sample, first, count, values) != LW_OK) return;
    if (info->horizon > 0 && info->horizon <= ITEMS_MAX &&
        lw_dataset_read_next(dataset, split, sample, values) != LW_OK)
      return;
    if (info->timed && lw_dataset_read_times(dataset, split, sample, first, count, times) != LW_OK)
      return;
  } else if (lw_dataset_read_tokens(dataset, split, sample, first, count, tokens) == LW_OK) {
    for (int64_t i = 0; i < count; i++)
      lw_fuzz_expect(tokens[i] >= 0 && tokens[i] < info->vocabulary,
                     "tokens are in the vocabulary");
    lw_dataset_token_name(dataset, tokens[0]);
  }
}

static void read_answers(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  static float wanted[ITEMS_MAX];
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int32_t label = lw_dataset_label(dataset, split, sample);
  char name[64];
  int64_t known;
  lw_fuzz_expect(label < 0 || lw_dataset_class_name(dataset, label) != NULL, "labels have names");
  if (!info->target->by_row && !info->target->next && lw_dataset_width(info) <= ITEMS_MAX)
    lw_dataset_wanted(dataset, split, sample, wanted);
  if (lw_dataset_answers(dataset, split, (lw_seen_sample){.sample = sample}, &known) == LW_OK)
    lw_fuzz_expect(known >= 0, "answers are counted");
  if (lw_dataset_sample_name(dataset, split, sample, name, sizeof name) != LW_OK) return;
}

static void read_sample(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t length = lw_dataset_length(dataset, split, sample);
  lw_fuzz_expect(length >= 1 && length <= info->longest[split], "lengths are as described");
  if (info->channels <= CHANNELS_MAX)
    read_items(dataset, split, sample, length < ITEMS_MAX ? length : ITEMS_MAX);
  read_answers(dataset, split, sample);
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

/* Version 1, and version 2 with the targets that read most. */
enum { BASES = 5 };
static void make_bases(const lw_fuzz_base *bases[BASES])
{
  const lw_target *const targets[BASES] = {NULL, &lw_target_step_class, &lw_target_next_values,
                                           &lw_target_numbers, &lw_target_several};
  for (int i = 0; i < BASES; i++) {
    const char *path = lw_fuzz_file(0, (const uint8_t *)"", 0);
    if (targets[i])
      lw_fuzz_data_2(path, targets[i]);
    else
      lw_fuzz_data(path);
    bases[i] = lw_fuzz_base_read(path);
  }
}

/* The length of the input chooses the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_dataset *dataset = NULL;
  static const lw_fuzz_base *bases[BASES];
  if (!bases[0]) make_bases(bases);
  if (lw_dataset_open(lw_fuzz_edited(bases[size % BASES], data, size), &dataset) == LW_OK) {
    ask(dataset);
    if (lw_dataset_verify(dataset, lw_fuzz_world(), LW_SPLITS) == LW_OK) ask(dataset);
  }
  lw_dataset_close(&dataset);
  return lw_fuzz_leave();
}
