/* Sequences of any length without a meaning: uniform tokens, uniform labels. For measuring and for
   trying a job's settings at a length before its data exist; nothing can be learnt from them. */
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/base/text.h"
#include "longwave/base/work.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/task/task.h"
#include <stddef.h>
#include <stdio.h>

typedef struct settings {
  lw_task_out out;
  int64_t train, validation, test, min_length, max_length, vocabulary, classes, seed;
} settings;

enum { CLASSES_MAX = 1000000, NAME_BYTES = 8 }; /* a comma and a number below a million */

#define AT(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_INT_ROW("train", FLAG, AT(train), "64", 1, 1e9, "samples of the train split"),
    LW_INT_ROW("validation", FLAG, AT(validation), "8", 0, 1e9, "of the validation split"),
    LW_INT_ROW("test", FLAG, AT(test), "8", 0, 1e9, "of the test split"),
    LW_INT_ROW("min_length", FLAG, AT(min_length), "1024", 1, 1e9, "shortest sequence"),
    LW_INT_ROW("max_length", FLAG, AT(max_length), "1024", 1, 1e9, "longest sequence"),
    LW_INT_ROW("vocabulary", FLAG, AT(vocabulary), "256", 1, 256, "token ids"),
    LW_INT_ROW("classes", FLAG, AT(classes), "2", 2, CLASSES_MAX, "classes"),
    LW_INT_ROW("seed", FLAG, AT(seed), "1", 0, 1e15, "seed of lengths, tokens and labels"),
    {0}};

/* Sample number n of all splits is a function of (seed, n). bytes [max_length] scratch */
static lw_status add_sample(const settings *own, int64_t n, uint8_t *bytes, lw_samples *samples,
                            lw_work *work)
{
  lw_rng rng = {.seed = (uint64_t)own->seed,
                .stream = LW_RNG_DATA,
                .first = (uint32_t)n,
                .second = (uint32_t)(n >> 32)};
  uint64_t lengths = (uint64_t)(own->max_length - own->min_length + 1);
  int64_t T = own->min_length + (int64_t)lw_rng_below(rng, 0, lengths);
  int32_t label = (int32_t)lw_rng_below(rng, 1, (uint64_t)own->classes);
  for (int64_t t = 0; t < T; t++)
    bytes[t] = (uint8_t)lw_rng_below(rng, (uint64_t)t + 2, (uint64_t)own->vocabulary);
  lw_work_show(work, n + 1);
  return lw_samples_add(samples, bytes, T, label);
}

/* Classes are called 0, 1 and so on. */
static lw_status describe(const settings *own, lw_product *product)
{
  lw_text names = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  for (int64_t c = 0; c < own->classes; c++) lw_text_item(&names, ",", "%lld", (long long)c);
  LW_TRY(lw_text_end(&names));
  product->recipe = (lw_dataset_recipe){
      .task = "random",
      .input = &lw_input_tokens,
      .target = &lw_target_class,
      .documents = 1,
      .vocabulary = own->vocabulary,
      .scale = 1.0};
  LW_TRY(lw_product_name_classes(product, names.text, "--classes"));
  LW_TRY(lw_product_origin(product, "random tokens and labels, seed %lld", (long long)own->seed));
done:
  lw_text_done(&names);
  return status;
}

static double least_bytes(const void *values)
{
  const settings *own = values;
  return (double)(own->train + own->validation + own->test) * (double)own->min_length;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  const settings *own = flags->values;
  const int64_t counts[LW_SPLITS] = {own->train, own->validation, own->test};
  uint8_t *bytes = NULL;
  int64_t n = 0;
  lw_work work = {0};
  lw_status status = LW_OK;
  if (own->min_length > own->max_length)
    return lw_fail(LW_ERROR_INPUT,
                   "--min-length (%lld) is greater than --max-length (%lld)"
                   "; lower it",
                   (long long)own->min_length, (long long)own->max_length);
  lw_work_begin(&work, "drawing", "samples", own->train + own->validation + own->test);
  LW_TRY(LW_TAKE(&bytes, own->max_length));
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < counts[split]; i++)
      LW_TRY(add_sample(own, n++, bytes, &product->samples[split], &work));
  LW_TRY(describe(own, product));
done:
  lw_work_end(&work);
  lw_mem_give(bytes);
  return status;
}

const lw_task lw_random_task = {
    .name = "random",
    .sentence = "uniform tokens and labels of any length, for measuring only",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
    .least_bytes = least_bytes,
};
