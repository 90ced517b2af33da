/* Random trees (their value: listops_value.c); the task as `longwave prepare` offers it.
 *
 * A tree is drawn from its root: at depth < max_depth a node is an operator with probability 1/4,
 * else a digit; at max_depth it is a digit. The root has depth 1. Digits and operators are uniform,
 * the number of arguments is uniform on 2..max_arguments. A digit has length 1, an operator 2
 * (itself and the bracket) and its arguments. */
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/task/listops.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/base/work.h"
#include "sample_set.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- random trees ---- */

typedef struct drawing {
  const lw_listops_settings *settings;
  lw_rng rng;
  uint64_t node; /* of this tree, in the order of the tokens */
  int64_t length;
  uint8_t *tokens;
} drawing;

/* `bits` of 31 bits as a whole number below `bound`. */
static int64_t below(uint64_t bits, int64_t bound)
{
  return (int64_t)((bits & 0x7FFFFFFF) * (uint64_t)bound >> 31);
}

static void put(drawing *tree, int64_t token)
{
  if (tree->length <= tree->settings->max_length) tree->tokens[tree->length++] = (uint8_t)token;
}

/* One word of random bits a node: 2 bits leaf or operator, 31 the arguments or the digit, 31 the
 * operator. */
static void draw_node(drawing *tree, int64_t depth)
{
  const lw_listops_settings *settings = tree->settings;
  uint64_t bits = lw_rng_bits(tree->rng, tree->node++);
  if (depth >= settings->max_depth || bits >> 62 != 0) {
    put(tree, below(bits, 10));
    return;
  }
  int64_t arguments = 2 + below(bits, settings->max_arguments - 1);
  put(tree, LW_LISTOPS_MIN + below(bits >> 31, LW_LISTOPS_CLOSE - LW_LISTOPS_MIN));
  for (int64_t i = 0; i < arguments && tree->length <= settings->max_length; i++)
    draw_node(tree, depth + 1);
  put(tree, LW_LISTOPS_CLOSE);
}

int64_t lw_listops_draw(const lw_listops_settings *settings, uint64_t number, uint8_t *tokens)
{
  drawing tree = {
      .settings = settings,
      .rng = {(uint64_t)settings->seed, LW_RNG_DATA, (uint32_t)number, (uint32_t)(number >> 32)},
      .tokens = tokens,
  };
  draw_node(&tree, 1);
  return tree.length;
}

/* Draws in a row that may bring nothing new before the search is given up. */
enum { IDLE_MAX = 2000000 };

static lw_status keep(const lw_listops_settings *settings, lw_sample_set *seen, uint8_t *tokens,
                      int64_t length, lw_samples samples[LW_SPLITS], int split)
{
  int32_t value = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_listops_evaluate(tokens, length, &value));
  if (settings->end_mark) tokens[length++] = LW_LISTOPS_END;
  LW_TRY(lw_samples_add(&samples[split], tokens, length, value));
  LW_TRY(lw_sample_set_add(seen, (lw_split)split, samples[split].count - 1));
done:
  return status;
}

static bool is_new(const lw_listops_settings *settings, const lw_sample_set *seen, uint8_t *tokens,
                   int64_t length)
{
  /* kept samples end with the mark, so one to be looked up must, too */
  if (settings->end_mark) tokens[length++] = LW_LISTOPS_END;
  return lw_sample_set_find(seen, tokens, length) < 0;
}

lw_status lw_listops_generate(const lw_listops_settings *settings, lw_samples samples[LW_SPLITS],
                              int64_t *drawn)
{
  lw_sample_set seen = {.samples = samples};
  uint8_t *tokens = NULL;
  uint64_t number = 0, last_new = 0;
  int64_t all = 0;
  lw_work work = {0};
  lw_status status = LW_TAKE(&tokens, settings->max_length + 2);
  if (status != LW_OK) return status;
  for (int split = 0; split < LW_SPLITS; split++) all += settings->count[split];
  lw_work_begin(&work, "drawing", "samples", all);
  for (int split = 0; split < LW_SPLITS; split++) {
    while (samples[split].count < settings->count[split]) {
      if (number - last_new >= IDLE_MAX)
        LW_TRY(lw_fail(LW_ERROR_INPUT,
                       "only %" PRId64 " different trees of length %" PRId64 " to %" PRId64
                       " were found: the last %d draws gave nothing new; use fewer samples or a "
                       "wider range of lengths",
                       seen.count, settings->min_length, settings->max_length, IDLE_MAX));
      int64_t length = lw_listops_draw(settings, number++, tokens);
      if (length < settings->min_length || length > settings->max_length) continue;
      if (!is_new(settings, &seen, tokens, length)) continue;
      LW_TRY(keep(settings, &seen, tokens, length, samples, split));
      last_new = number;
      lw_work_add(&work, 1);
    }
  }
  *drawn = (int64_t)number;
done:
  lw_work_end(&work);
  lw_sample_set_done(&seen);
  lw_mem_give(tokens);
  return status;
}

/* ---- the task ---- */

#define PLACE(member) LW_AT(lw_listops_settings, member)

static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_INT_ROW("train", FLAG, PLACE(count[LW_SPLIT_TRAIN]), "96000", 1, 1e9,
               "samples to draw for training"),
    LW_INT_ROW("validation", FLAG, PLACE(count[LW_SPLIT_VALIDATION]), "2000", 0, 1e9,
               "samples for validation: drawn, or without --import-validation taken from the "
               "imported train "
               "file"),
    LW_INT_ROW(
        "test", FLAG, PLACE(count[LW_SPLIT_TEST]), "2000", 0, 1e9,
        "samples for testing: drawn, or without --import-test taken from the imported train file"),
    LW_INT_ROW("min_length", FLAG, PLACE(min_length), "501", 1, 1e6,
               "fewest tokens of a tree, inclusive (Long Range Arena: 500 < length < 2000)"),
    LW_INT_ROW("max_length", FLAG, PLACE(max_length), "1999", 1, 1e6,
               "most tokens of a tree, inclusive"),
    LW_INT_ROW("max_depth", FLAG, PLACE(max_depth), "10", 2, LW_LISTOPS_DEPTH_MAX,
               "depth at which every node is a digit; the root has depth 1"),
    LW_INT_ROW("max_arguments", FLAG, PLACE(max_arguments), "10", 2, 1000,
               "most arguments of an operator; the fewest are 2"),
    LW_INT_ROW("seed", FLAG, PLACE(seed), "1", 0, 1e15,
               "seed of the trees, and of which samples are taken for validation and testing"),
    LW_BOOL_ROW("end_mark", FLAG, PLACE(end_mark), "false",
                "end each sample with a special token (id 15)"),
    LW_TEXT_ROW("import_train", FLAG, PLACE(import[LW_SPLIT_TRAIN]), "", 0, LW_TEXT_MAX - 1,
                "read this file instead of drawing: tsv of LRA or of the original, plain or gzip"),
    LW_TEXT_ROW("import_validation", FLAG, PLACE(import[LW_SPLIT_VALIDATION]), "", 0,
                LW_TEXT_MAX - 1, "the same for validation"),
    LW_TEXT_ROW("import_test", FLAG, PLACE(import[LW_SPLIT_TEST]), "", 0, LW_TEXT_MAX - 1,
                "the same for testing"),
    {0},
};

static const char *const token_names[] = {"0", "1", "2",    "3",    "4",    "5",   "6", "7",
                                          "8", "9", "[MIN", "[MAX", "[MED", "[SM", "]", "<end>"};

static double least_bytes(const void *values)
{
  const lw_listops_settings *own = values;
  double samples = 0.0;
  for (int split = 0; split < LW_SPLITS; split++) samples += (double)own->count[split];
  return own->import[LW_SPLIT_TRAIN][0] ? 0.0 : samples * (double)own->min_length;
}

static lw_status import_all(const lw_option_section *flags, lw_product *product)
{
  static const char *const drawn_only[] = {"train",     "min_length",    "max_length",
                                           "max_depth", "max_arguments", NULL};
  const lw_listops_settings *settings = flags->values;
  lw_samples *samples = product->samples;
  bool given[LW_SPLITS];
  lw_status status = LW_OK;
  if (!settings->import[LW_SPLIT_TRAIN][0])
    return lw_fail(LW_ERROR_INPUT, "--import-validation and --import-test need --import-train");
  LW_TRY(lw_task_forbid(flags, drawn_only, "with --import-train"));
  for (int split = 0; split < LW_SPLITS; split++)
    if ((given[split] = settings->import[split][0]))
      LW_TRY(lw_listops_import(settings->import[split], settings->end_mark, &samples[split]));
  for (int split = LW_SPLIT_VALIDATION; split < LW_SPLITS; split++) {
    lw_hold_out how = {settings->count[split], true, (uint64_t)settings->seed, (uint32_t)split};
    if (!settings->import[split][0])
      LW_TRY(lw_samples_hold_out(&samples[LW_SPLIT_TRAIN], &how, &samples[split]));
  }
  LW_TRY(lw_product_count_duplicates(product, given));
  LW_TRY(lw_product_origin(product, "ListOps imported from %s %s %s", settings->import[0],
                           settings->import[1], settings->import[2]));
  given[LW_SPLIT_TRAIN] = given[LW_SPLIT_VALIDATION] && given[LW_SPLIT_TEST];
  LW_TRY(lw_product_order(product, given, (uint64_t)settings->seed));
done:
  return status;
}

static lw_status draw_all(const lw_listops_settings *settings, lw_product *product)
{
  if (settings->min_length > settings->max_length)
    return lw_fail(LW_ERROR_INPUT, "--min-length %" PRId64 " is above --max-length %" PRId64,
                   settings->min_length, settings->max_length);
  int64_t drawn = 0, kept = 0;
  lw_status status = lw_listops_generate(settings, product->samples, &drawn);
  if (status != LW_OK) return status;
  for (int split = 0; split < LW_SPLITS; split++) kept += product->samples[split].count;
  LW_TRY(lw_product_origin(
      product,
      "ListOps generated by the grammar of Long Range Arena (Tay et al. 2021, after Nangia and "
      "Bowman 2018), seed %" PRId64 "; not the released files",
      settings->seed));
  LW_TRY(lw_product_note(product, "%" PRId64 " trees drawn, %.2f %% kept, no duplicates\n", drawn,
                         100.0 * (double)kept / (double)drawn));
done:
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  const lw_listops_settings *settings = flags->values;
  product->recipe = (lw_dataset_recipe){
      .task = "listops",
      .input = &lw_input_tokens,
      .target = &lw_target_class,
      .documents = 1,
      .vocabulary = LW_LISTOPS_TOKENS + settings->end_mark,
      .classes = LW_LISTOPS_CLASSES,
      .scale = 1,
      .class_names = token_names,
      .token_names = token_names,
  };
  bool importing = false;
  for (int split = 0; split < LW_SPLITS; split++) importing |= settings->import[split][0] != 0;
  return importing ? import_all(flags, product) : draw_all(settings, product);
}

const lw_task lw_listops_task = {
    .name = "listops",
    .sentence = "nested operations on digits, drawn or imported",
    .options = options,
    .settings_bytes = sizeof(lw_listops_settings),
    .make = make,
    .least_bytes = least_bytes,
};
