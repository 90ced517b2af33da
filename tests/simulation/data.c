/* A data set that is made up: values, all samples of one length, two classes (data/dataset.h). And
   random numbers, of which nothing here depends (base/rng.h). */
#include "../../src/data/dataset_inside.h"
#include "longwave/base/rng.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "simulate.h"
#include <string.h>

enum { SAMPLES = 4096 };

static lw_dataset only = {.info = {.task = "simulated",
                                   .input = &lw_input_values,
                                   .target = &lw_target_class,
                                   .documents = 1,
                                   .channels = 1,
                                   .classes = 2,
                                   .count = {SAMPLES, 0, 0}}};

void simulate_tokens(int64_t tokens)
{
  only.info.longest[LW_SPLIT_TRAIN] = tokens;
  only.info.tokens[LW_SPLIT_TRAIN] = SAMPLES * tokens;
}

const char *lw_split_name(lw_split split)
{
  return split == LW_SPLIT_TRAIN ? "train" : "none";
}

lw_status lw_dataset_open(const char *path, lw_dataset **out)
{
  (void)path;
  *out = &only;
  return LW_OK;
}

void lw_dataset_close(lw_dataset **dataset)
{
  *dataset = NULL;
}

const lw_dataset_info *lw_dataset_describe(const lw_dataset *dataset)
{
  return &dataset->info;
}

const char *lw_dataset_path(const lw_dataset *dataset)
{
  return dataset->info.task;
}

int64_t lw_dataset_length(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  (void)sample;
  return dataset->info.longest[split];
}

lw_document lw_dataset_document(const lw_dataset *dataset, lw_split split, int64_t sample,
                                int64_t document)
{
  (void)document;
  return (lw_document){0, lw_dataset_length(dataset, split, sample)};
}

int64_t lw_dataset_truncated(const lw_dataset *dataset, lw_split split, int64_t sample,
                             int64_t document, int64_t max_length)
{
  const int64_t tokens = lw_dataset_document(dataset, split, sample, document).tokens;
  return max_length > 0 && tokens > max_length ? max_length : tokens;
}

int32_t lw_dataset_label(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  (void)dataset, (void)split;
  return (int32_t)(sample % 2);
}

/* The only items that are read are values, which nothing here depends on. */
lw_status lw_dataset_read_values(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t first, int64_t count, float *values)
{
  (void)dataset, (void)split, (void)sample, (void)first;
  memset(values, 0, (size_t)count * sizeof *values);
  return LW_OK;
}

/* What is asked of other data sets, and read of them. */
const lw_target lw_target_several = {.name = "several classes"};
const lw_target lw_target_numbers = {.name = "numbers"};
const lw_target lw_target_next_values = {.name = "next values"};
const lw_target lw_target_step_class = {.name = "class of steps"};
const lw_target lw_target_step_numbers = {.name = "numbers of steps"};
const lw_target lw_target_masked_tokens = {.name = "masked tokens"};
const lw_target lw_target_masked_values = {.name = "masked values"};
const lw_target lw_target_next_step = {.name = "next step"};

lw_status lw_dataset_ask(lw_dataset *dataset, const lw_question *question)
{
  (void)dataset, (void)question;
  return LW_OK;
}

bool lw_dataset_means_same(const lw_dataset_info *a, const lw_dataset_info *b)
{
  (void)a, (void)b;
  return false;
}

lw_status lw_items_read(const lw_dataset *dataset, const lw_item_range *range, lw_h5_type type,
                        void *out)
{
  (void)dataset, (void)range, (void)type, (void)out;
  return LW_ERROR_INPUT;
}

lw_status lw_dataset_refuse_read(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 const lw_item_place *place)
{
  (void)dataset, (void)split, (void)sample, (void)place;
  return LW_ERROR_INPUT;
}

lw_status lw_dataset_read_behind(const lw_dataset *dataset, lw_split split, int64_t sample,
                                 int64_t max_length, int64_t lag, float *values)
{
  (void)dataset, (void)split, (void)sample, (void)max_length, (void)lag, (void)values;
  return LW_ERROR_INPUT;
}

lw_status lw_dataset_read_times(const lw_dataset *dataset, lw_split split, int64_t sample,
                                int64_t first, int64_t count, double *times)
{
  (void)dataset, (void)split, (void)sample, (void)first, (void)count, (void)times;
  return LW_ERROR_INPUT;
}

int64_t lw_dataset_break(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  (void)dataset, (void)split, (void)sample;
  return 0;
}

double lw_dataset_weight(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  (void)dataset, (void)split, (void)sample;
  return 1.0;
}

int64_t lw_dataset_asked_channel(const lw_dataset *dataset, int64_t k)
{
  (void)dataset;
  return k;
}

void lw_dataset_report_classes(const lw_dataset *dataset, const char *title, FILE *out)
{
  (void)dataset, (void)title, (void)out;
}

const char *lw_dataset_class_name(const lw_dataset *dataset, int64_t label)
{
  (void)dataset, (void)label;
  return "";
}

const char *lw_dataset_token_name(const lw_dataset *dataset, int64_t token)
{
  (void)dataset, (void)token;
  return NULL;
}

lw_status lw_dataset_read_beside(const lw_dataset *dataset, lw_split split,
                                 const struct lw_items *items, int32_t *labels)
{
  (void)dataset, (void)split, (void)items, (void)labels;
  return lw_fail(LW_ERROR_INPUT, "a simulated data set has no step labels");
}

lw_status lw_dataset_count_beside(const lw_dataset *dataset, lw_split split, lw_seen_sample seen,
                                  int64_t *count)
{
  (void)dataset, (void)split, (void)seen, (void)count;
  return lw_fail(LW_ERROR_INPUT, "a simulated data set has no step labels");
}

lw_status lw_dataset_verify(const lw_dataset *dataset, const lw_world *world, int used)
{
  (void)dataset, (void)world, (void)used;
  return LW_OK;
}

/* ---- random numbers ---- */

void lw_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  (void)key;
  memcpy(out, counter, 4 * sizeof *out);
}

uint64_t lw_rng_bits(lw_rng rng, uint64_t index)
{
  (void)rng;
  return index;
}

double lw_rng_uniform(lw_rng rng, uint64_t index)
{
  (void)rng, (void)index;
  return 0.5;
}

double lw_rng_normal(lw_rng rng, uint64_t index)
{
  (void)rng, (void)index;
  return 0.0;
}

uint64_t lw_rng_below(lw_rng rng, uint64_t index, uint64_t bound)
{
  (void)rng;
  return index % bound;
}

void lw_rng_permutation(lw_rng rng, int64_t count, int64_t *order)
{
  (void)rng;
  for (int64_t i = 0; i < count; i++) order[i] = i;
}
