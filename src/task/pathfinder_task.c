/* The task `pathfinder`: settings by size, and the drawing of a set by all ranks and threads. */
#include "pathfinder_import.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

/* ---- settings by size ---- */

typedef struct size_row {
  double side, padding, paddle_length, thickness, least_margin, most_margin, seed_distance;
  double disc_radius, continuity, snake_contrast, paddle_contrast, distractors;
} size_row;

/* Long Range Arena's from 32 on; its number of distractors is that of the easy pictures, for the
 * release keeps it for all. Below 32 the seeds need four free pixels in the middle. */
static const size_row sizes[] = {
    {16, 1, 2, 0.5, 1, 1, 3, 1.0, 1.0, 2.0, 0.75, 3},
    {24, 1, 2, 0.5, 1, 1, 5, 1.5, 1.0, 2.0, 0.75, 6},
    {32, 1, 2, 0.5, 1, 1, 7, 1.5, 1.0, 2.0, 0.75, 10},
    {64, 1, 5, 1.0, 1, 1, 12, 2.5, 1.8, 0.8, 1.0, 11},
    {128, 1, 5, 1.5, 2, 3, 20, 3.0, 1.8, 0.9, 1.0, 18},
    {256, 22, 5, 2.0, 3, 3, 27, 5.0, 1.8, 1.0, 1.0, 15},
};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* In proportion between two rows, beyond the last as there. */
static double between(int row, double part, size_t offset)
{
  double low, high;
  memcpy(&low, (const char *)&sizes[row] + offset, sizeof low);
  memcpy(&high, (const char *)&sizes[row + 1] + offset, sizeof high);
  return low + part * (high - low);
}

static double in_halves(double x)
{
  return floor(2.0 * x + 0.5) / 2.0;
}

lw_pathfinder_settings lw_pathfinder_settings_of(int64_t side, lw_pathfinder_level level)
{
  static const int64_t paddles[] = {6, 9, 14};
  int row = 0;
  while (row + 2 < SIZES && (double)side > sizes[row + 1].side) row++;
  double part = ((double)side - sizes[row].side) / (sizes[row + 1].side - sizes[row].side);
  part = part < 0.0 ? 0.0 : part > 1.0 ? 1.0 : part;
#define OF(member) between(row, part, offsetof(size_row, member))
  int64_t contour = paddles[level];
  if (side < 32) contour = (contour * side + 16) / 32;
  return (lw_pathfinder_settings){
      .side = side,
      .padding = (int64_t)OF(padding),
      .paddle_length = (int64_t)OF(paddle_length),
      .margin = {(int64_t)OF(least_margin), (int64_t)OF(most_margin)},
      .seed_distance = (int64_t)OF(seed_distance),
      .contour_length = contour,
      .distractor_length = contour / 3 < 2 ? 2 : contour / 3,
      .distractors = (int64_t)OF(distractors),
      .thickness = in_halves(OF(thickness)),
      .disc_radius = OF(disc_radius),
      .continuity = OF(continuity),
      .snake_contrast = OF(snake_contrast),
      .paddle_contrast = OF(paddle_contrast),
  };
#undef OF
}

/* ---- options ---- */

#define AS_CHOICES(TYPE, ITEM)                                                                     \
  TYPE(as_kind)                                                                                    \
  ITEM(AS_VALUES, "values")                                                                        \
  ITEM(AS_TOKENS, "tokens")
LW_CHOICE(AS_CHOICES);
#define NORMALISE_CHOICES(TYPE, ITEM)                                                              \
  TYPE(normalise_kind)                                                                             \
  ITEM(NORMALISE_NONE, "none")                                                                     \
  ITEM(NORMALISE_CENTRE, "centre")
LW_CHOICE(NORMALISE_CHOICES);
#define HOLD_OUT_CHOICES(TYPE, ITEM)                                                               \
  TYPE(hold_out_kind)                                                                              \
  ITEM(HOLD_OUT_RANDOM, "random")                                                                  \
  ITEM(HOLD_OUT_LAST, "last")
LW_CHOICE(HOLD_OUT_CHOICES);

typedef struct settings {
  lw_task_out out;
  int64_t size, count[LW_SPLITS], seed, contour_length, distractor_length, distractors;
  int64_t background;
  bool step_labels;
  lw_pathfinder_level level;
  as_kind as;
  normalise_kind normalise;
  hold_out_kind hold_out;
  char import[LW_TEXT_MAX];
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_INT_ROW("size", FLAG, PLACE(size), "32", LW_PATHFINDER_SIDE_LEAST, LW_PATHFINDER_SIDE_MOST,
               "pixels of a side: 32 is Pathfinder, 128 Path-X, 256 Path-256"),
    LW_CHOICE_ROW("level", FLAG, PLACE(level), LW_PATHFINDER_LEVEL_CHOICES, "hard",
                  "long curves of 6, 9 or 14 paddles; results are published for hard"),
    LW_INT_ROW("train", FLAG, PLACE(count[LW_SPLIT_TRAIN]), "160000", 1, 1e9,
               "pictures to draw for training"),
    LW_INT_ROW("validation", FLAG, PLACE(count[LW_SPLIT_VALIDATION]), "20000", 0, 1e9,
               "pictures for validation, drawn or held out of the imported"),
    LW_INT_ROW("test", FLAG, PLACE(count[LW_SPLIT_TEST]), "20000", 0, 1e9,
               "pictures for testing, drawn or held out of the imported"),
    LW_INT_ROW("seed", FLAG, PLACE(seed), "1", 0, 1e15,
               "seed of the pictures, or of what is held out"),
    LW_INT_ROW("contour_length", FLAG, PLACE(contour_length), "-1", -1, 256,
               "paddles of a long curve, at least 2; -1: the default of level and size"),
    LW_INT_ROW("distractor_length", FLAG, PLACE(distractor_length), "-1", -1, 256,
               "paddles of a short curve, at least 1; -1: a third of the long ones"),
    LW_INT_ROW("distractors", FLAG, PLACE(distractors), "-1", -1, 1000,
               "short curves that are tried; -1: the default of the size"),
    LW_BOOL_ROW("step_labels", FLAG, PLACE(step_labels), "false",
                "store a class of each pixel beside that of the picture, for an auxiliary "
                "objective: background, another curve, marked curve"),
    LW_CHOICE_ROW("as", FLAG, PLACE(as), AS_CHOICES, "values", "real numbers, or 256 token ids"),
    LW_CHOICE_ROW("normalise", FLAG, PLACE(normalise), NORMALISE_CHOICES, "none",
                  "values: none x/255, centre 2x/255 - 1"),
    LW_TEXT_ROW(
        "import", FLAG, PLACE(import), "", 0, LW_TEXT_MAX - 1,
        "instead of drawing, read the folder of a released level, with imgs/ and metadata/ in it"),
    LW_CHOICE_ROW(
        "hold_out", FLAG, PLACE(hold_out), HOLD_OUT_CHOICES, "last",
        "which imported pictures are for validation and testing: the last ones, or random ones; "
        "without this flag random ones where the pictures are sorted by class"),
    LW_INT_ROW("background", FLAG, PLACE(background), "-1", -1, 255,
               "grey level that shows through transparent imported pictures; -1: they are refused"),
    {0},
};

/* ---- drawing a set ---- */

/* Draw pictures [first, first + count) of the whole set to the samples from `at` on. *missed: the
 * number of one that could not be drawn, or -1. */
static lw_status draw_range(const lw_pathfinder *pathfinder, uint64_t seed, int64_t first,
                            int64_t count, lw_samples *samples, int64_t *missed)
{
  const int threads = omp_get_max_threads();
  const int64_t pixels = count ? samples->tokens / samples->count : 0;
  lw_pathfinder_desk **desks = NULL;
  int64_t worst = -1, drawn = 0;
  lw_work work = {0};
  lw_status status = LW_TAKE(&desks, threads);
  if (status != LW_OK) return status;
  lw_work_begin(&work, "drawing", "pictures", count);
  for (int i = 0; i < threads; i++) LW_TRY(lw_pathfinder_desk_create(pathfinder, &desks[i]));
#pragma omp parallel for schedule(dynamic, 16) reduction(max : worst)
  for (int64_t i = 0; i < count; i++) {
    lw_pathfinder_truth truth;
    int64_t now;
    lw_pathfinder_desk *desk = desks[omp_get_thread_num()];
    if (lw_pathfinder_draw(desk, seed, (uint64_t)(first + i), samples->bytes + i * pixels,
                           &truth)) {
      samples->labels[i] = truth.label;
      if (samples->steps) lw_pathfinder_trace(desk, &truth, samples->steps + i * pixels);
    } else
      worst = first + i > worst ? first + i : worst;
#pragma omp atomic capture
    now = ++drawn;
    if (omp_get_thread_num() == 0) lw_work_show(&work, now);
  }
  *missed = worst;
done:
  lw_work_end(&work);
  for (int i = 0; desks && i < threads; i++) lw_pathfinder_desk_destroy(&desks[i]);
  lw_mem_give(desks);
  return status;
}

static lw_status check(const lw_pathfinder_settings *set)
{
  if (set->contour_length < 2 || set->distractor_length < 1)
    return lw_fail(LW_ERROR_INPUT,
                   "long curves need at least 2 paddles and short ones 1, not %" PRId64
                   " and %" PRId64,
                   set->contour_length, set->distractor_length);
  return LW_OK;
}

static lw_pathfinder_settings chosen(const settings *own)
{
  lw_pathfinder_settings set = lw_pathfinder_settings_of(own->size, own->level);
  if (own->contour_length >= 0) {
    set.contour_length = own->contour_length;
    set.distractor_length = set.contour_length / 3 < 2 ? 2 : set.contour_length / 3;
  }
  if (own->distractor_length >= 0) set.distractor_length = own->distractor_length;
  if (own->distractors >= 0) set.distractors = own->distractors;
  return set;
}

static lw_status draw_all(const settings *own, lw_product *product)
{
  const lw_pathfinder_settings set = chosen(own);
  lw_pathfinder *pathfinder = NULL;
  int64_t start = 0;
  lw_status status = LW_OK;
  LW_TRY(check(&set));
  LW_TRY(lw_pathfinder_create(&set, &pathfinder));
  for (int split = 0; split < LW_SPLITS; split++) {
    const int64_t all = own->count[split], missed_none = -1;
    const int64_t first = lw_layout_first(all, product->ranks, product->rank);
    const int64_t count = lw_layout_count(all, product->ranks, product->rank);
    int64_t missed = missed_none;
    LW_TRY(lw_samples_room(&product->samples[split], count, set.side * set.side));
    if (own->step_labels) LW_TRY(lw_samples_steps(&product->samples[split]));
    LW_TRY(draw_range(pathfinder, (uint64_t)own->seed, start + first, count,
                      &product->samples[split], &missed));
    if (missed != missed_none)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "picture %" PRId64 ": no space for two curves of %" PRId64
                     " paddles in %" PRId64 " x %" PRId64
                     " pixels after %d attempts; ask for a smaller --contour-length",
                     missed, set.contour_length, set.side, set.side, LW_PATHFINDER_ATTEMPTS));
    start += all;
  }
  LW_TRY(lw_product_origin(
      product,
      "Pathfinder %s drawn by longwave after Kim et al. 2020 with the settings of Long Range "
      "Arena, seed %" PRId64 "; not the released pictures",
      LW_CHOICE_WORD_OF(LW_PATHFINDER_LEVEL_CHOICES, own->level), own->seed));
done:
  lw_pathfinder_destroy(&pathfinder);
  return status;
}

static lw_status import_all(const lw_option_section *flags, lw_product *product)
{
  static const char *const drawn_only[] = {
      "train", "contour_length", "distractor_length", "distractors", "level", "step_labels", NULL};
  const settings *own = flags->values;
  lw_samples *samples = product->samples;
  bool random = own->hold_out == HOLD_OUT_RANDOM;
  lw_status status = LW_OK;
  if (product->rank) return LW_OK;
  LW_TRY(lw_task_forbid(flags, drawn_only, "with --import"));
  LW_TRY(lw_pathfinder_import(own->import, own->size, own->background, &samples[LW_SPLIT_TRAIN]));
  LW_TRY(lw_product_hold_out_last(product, flags, &random));
  for (int split = LW_SPLITS - 1; split > LW_SPLIT_TRAIN; split--) {
    const lw_hold_out how = {own->count[split], random, (uint64_t)own->seed, (uint32_t)split};
    LW_TRY(lw_samples_hold_out(&samples[LW_SPLIT_TRAIN], &how, &samples[split]));
  }
  LW_TRY(lw_product_count_duplicates(product, (const bool[LW_SPLITS]){true, false, false}));
  LW_TRY(lw_product_origin(product, "Pathfinder pictures of %s", own->import));
  const bool held = samples[LW_SPLIT_VALIDATION].count + samples[LW_SPLIT_TEST].count > 0;
  LW_TRY(
      lw_product_order(product, (const bool[LW_SPLITS]){!held, false, false}, (uint64_t)own->seed));
done:
  return status;
}

static double least_bytes(const void *values)
{
  const settings *own = values;
  const double pictures = (double)(own->count[LW_SPLIT_TRAIN] + own->count[LW_SPLIT_VALIDATION] +
                                   own->count[LW_SPLIT_TEST]);
  return own->import[0] ? 0.0 : pictures * (double)(own->size * own->size);
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  static const char *const values_only[] = {"normalise", NULL};
  static const char *const import_only[] = {"hold_out", "background", NULL};
  static const char *const names[] = {"two curves", "one curve"};
  static const char *const steps[] = {LW_CHOICE_WORDS(LW_PATHFINDER_STEP_CHOICES)};
  const settings *own = flags->values;
  const bool tokens = own->as == AS_TOKENS, centre = own->normalise == NORMALISE_CENTRE;
  lw_status status = LW_OK;
  if (tokens) LW_TRY(lw_task_forbid(flags, values_only, "with --as tokens"));
  if (!own->import[0]) LW_TRY(lw_task_forbid(flags, import_only, "without --import"));
  product->recipe = (lw_dataset_recipe){
      .task = "pathfinder",
      .input = tokens ? &lw_input_tokens : &lw_input_values,
      .target = &lw_target_class,
      .documents = 1,
      .vocabulary = tokens ? 256 : 0,
      .classes = 2,
      .scale = tokens   ? 1.0
               : centre ? 2.0 / 255.0
                        : 1.0 / 255.0,
      .shift = !tokens && centre ? -1.0 : 0.0,
      .class_names = names,
      .step_classes = own->step_labels ? LW_CHOICE_COUNT(LW_PATHFINDER_STEP_CHOICES) : 0,
      .step_names = steps,
  };
  LW_TRY(own->import[0] ? import_all(flags, product) : draw_all(own, product));
done:
  return status;
}

const lw_task lw_pathfinder_task = {
    .name = "pathfinder",
    .sentence = "are two discs on one curve? Pathfinder, Path-X and others, drawn or imported",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
    .least_bytes = least_bytes,
    .shared = true,
};
