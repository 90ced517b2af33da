/* longwave doctor DATA.h5 [--pictures FILE.png]: what is wrong with a data set, and what it can be
   guessed from without learning the task. */
#include "command.h"
#include "doctor_bits.h"
#include "doctor_findings.h"
#include "doctor_guesses.h"
#include "doctor_study.h"
#include "longwave/base/mem.h"
#include "longwave/base/option.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/data/classes.h"
#include "longwave/data/subset.h"
#include "longwave/io/output.h"
#include "longwave/io/picture.h"
#include "longwave/io/png.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>

typedef struct doctor_flags {
  char pictures[LW_TEXT_MAX];
  bool help;
} doctor_flags;

#define AT(member) LW_AT(doctor_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("pictures", FLAG, AT(pictures), "", 0, LW_TEXT_MAX - 1,
                "write a sheet of random training pictures to this PNG file"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

/* ---- classes ---- */

static lw_status print_balance(const lw_doctor_study *study, int64_t *findings)
{
  char lack[LW_LACK_TEXT];
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_status status = lw_dataset_lack(study->dataset, (lw_split)split, lack);
    if (status != LW_OK) return status;
    if (!*lack) continue;
    printf("look: %s\n", lack);
    ++*findings;
  }
  return LW_OK;
}

/* ---- guesses ---- */

/* What tells the class without the task being understood is what a model must surpass. */
static int64_t print_giveaway(const lw_doctor_study *study, lw_guess guess, const char *what)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  const double count = (double)info->count[study->judged];
  const double share = (double)study->correct[guess] / count;
  const double chance = (double)study->best_constant / count;
  const double error = sqrt(0.25 / count);
  if (!study->made[guess] || share <= chance + 4.0 * error + 0.01) return 0;
  printf("look: %s better than chance: only an accuracy above %.2f %% shows that a model has "
         "learnt more\n",
         what, 100.0 * share);
  return 1;
}

/* How often each of what, wherever it is: for people. */
static const char *bag_words(const lw_doctor_study *study, const lw_doctor_scan *scan,
                             char text[128])
{
  if (lw_dataset_describe(study->dataset)->input->ids)
    return "how often each token occurs, in any order";
  if (scan->levels) return "how often each level of grey occurs, at any place";
  snprintf(text, 128, "how often each of %d levels from %.4g to %.4g (as stored) occurs", LW_LEVELS,
           study->low, study->high);
  return text;
}

static void print_shares(const lw_doctor_study *study, const lw_doctor_scan *scan)
{
  char levels[128];
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  const char *const what[LW_GUESSES] = {
      "always the commonest class of the train split",
      "the length alone",
      bag_words(study, scan, levels),
      "how far the two brightest spots are from each other and from the middle",
  };
  const double count = (double)info->count[study->judged];
  printf(
      "accuracy of simple guesses on the %.0f samples of the %s split (+- two standard errors):\n",
      count, lw_split_name(study->judged));
  for (int guess = 0; guess < LW_GUESSES; guess++) {
    if (!study->made[guess]) continue;
    const double share = (double)study->correct[guess] / count;
    printf("  %6.2f %% +- %.2f  %s\n", 100.0 * share, 200.0 * sqrt(share * (1.0 - share) / count),
           what[guess]);
  }
  if (study->too_large)
    printf("  not tried: %s; %lld classes, %lld ids or levels and %.0f samples are too many\n",
           what[LW_GUESS_BAG], (long long)info->classes, (long long)study->bins, count);
}

static int64_t print_guesses(const lw_doctor_study *study, const lw_doctor_scan *scan)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  if (info->classes < 2) return 0;
  if (info->count[LW_SPLIT_TRAIN] == 0 || info->count[study->judged] == 0) {
    printf("no guesses: %s\n",
           info->count[LW_SPLIT_TRAIN] ? "nothing to judge them by" : "nothing to make them from");
    return 0;
  }
  print_shares(study, scan);
  int64_t findings = print_giveaway(study, LW_GUESS_LENGTH, "the length alone tells the class");
  /* Marks that tell the class make of tracing curves a task of measuring distances. */
  if (info->classes == 2)
    findings +=
        print_giveaway(study, LW_GUESS_MARKS, "the two brightest spots alone tell the class");
  return findings;
}

static lw_status print_bits(const lw_doctor_study *study)
{
  static const char *const what[LW_DOCTOR_BITS] = {
      "how often each token occurs in the train split",
      "how often each token follows another (pairs)",
  };
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  double bits[LW_DOCTOR_BITS];
  if (!info->tokens[study->judged]) return LW_OK;
  lw_status status = lw_doctor_bits_count(study->dataset, study->judged, bits);
  if (status != LW_OK) return status;
  if (isnan(bits[LW_DOCTOR_BITS_SINGLE])) {
    printf("no bits by counts: no token to predict, or too many ids\n");
    return LW_OK;
  }
  const lw_model_data data = {.vocabulary = info->vocabulary};
  printf("bits per %s of the %s split, by counts alone:\n",
         lw_objective_of(info)->outcome_name(&data), lw_split_name(study->judged));
  for (int k = 0; k < LW_DOCTOR_BITS; k++)
    if (!isnan(bits[k])) printf("  %8.4f  %s\n", bits[k], what[k]);
  return LW_OK;
}

/* ---- a sheet of pictures ---- */

enum { COLUMNS = 8, ROWS = 4, GAP = 4, LEAST_SIDE = 64 };

static void draw_one(lw_picture *sheet, const lw_doctor_study *study, int64_t x, int64_t y,
                     int64_t zoom)
{
  for (int64_t i = 0; i < study->side * study->side; i++) {
    const uint8_t level = (uint8_t)study->items[i];
    lw_picture_fill(sheet, x + i % study->side * zoom, y + i / study->side * zoom, zoom, zoom,
                    (lw_colour){level, level, level});
  }
}

static lw_status draw_sheet(lw_doctor_study *study, const char *path)
{
  const int64_t zoom = study->side < LEAST_SIDE ? LEAST_SIDE / study->side : 1;
  const int64_t width = study->side * zoom + GAP, height = width + LW_LETTER_HEIGHT;
  const int64_t all = lw_dataset_describe(study->dataset)->count[LW_SPLIT_TRAIN];
  const int64_t count = lw_subset_count(all, COLUMNS * ROWS);
  int64_t *list = NULL;
  lw_picture sheet = {0};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&list, count));
  LW_TRY(lw_subset_draw(all, COLUMNS * ROWS, list));
  LW_TRY(lw_picture_init(&sheet, COLUMNS * width + GAP, ROWS * height + GAP));
  for (int64_t i = 0; i < count; i++) {
    const int64_t x = GAP + i % COLUMNS * width, y = GAP + i / COLUMNS * height;
    char label[16];
    LW_TRY(lw_doctor_study_picture(study, LW_SPLIT_TRAIN, list[i]));
    draw_one(&sheet, study, x, y + LW_LETTER_HEIGHT, zoom);
    snprintf(label, sizeof label, "%d", lw_dataset_label(study->dataset, LW_SPLIT_TRAIN, list[i]));
    lw_picture_text(&sheet, x, y, label);
  }
  LW_TRY(lw_png_write(path, sheet.width, sheet.height, sheet.rgb));
  printf("pictures with their labels: %s\n", path);
done:
  lw_picture_done(&sheet);
  lw_mem_give(list);
  return status;
}

/* ---- the command ---- */

/* What a training needs and the data set does not have. */
static int64_t print_missing(const lw_dataset *dataset)
{
  static const char *const why[LW_SPLITS] = {
      "nothing can be trained", "a run keeps no best checkpoint and cannot stop early",
      "the result must come from the validation split that chose the checkpoint"};
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  int64_t findings = 0;
  for (int split = 0; split < LW_SPLITS; split++) {
    if (info->count[split]) continue;
    printf("look: no %s samples: %s\n", lw_split_name((lw_split)split), why[split]);
    findings++;
  }
  if (info->target->labels && info->classes == 1) {
    printf("look: one class: there is nothing to classify\n");
    findings++;
  }
  return findings;
}

static lw_status examine(const char *path, const char *pictures)
{
  lw_dataset *dataset = NULL;
  lw_doctor_scan scan = {0};
  lw_doctor_study study = {0};
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "", "", 0);
  LW_TRY(lw_dataset_open(path, &dataset));
  if (pictures[0]) LW_TRY(lw_output_check(pictures, &lw_output_picture));
  LW_TRY(lw_doctor_scan_make(&scan, dataset));
  LW_TRY(lw_doctor_study_make(&study, dataset, &scan));
  if (pictures[0] && !study.side)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "--pictures: the samples of %s are not square pictures; remove --pictures",
                   path));
  lw_work_end(&work);
  lw_dataset_report(dataset, stdout);
  int64_t findings = print_missing(dataset);
  findings += lw_doctor_print_equals(dataset, &scan.equals);
  findings += lw_doctor_print_overlap(dataset, &scan.overlap);
  findings += lw_doctor_print_values(dataset, &scan);
  LW_TRY(print_balance(&study, &findings));
  const lw_guesswork guesswork = lw_doctor_guesswork(lw_dataset_describe(dataset));
  if (guesswork == LW_GUESSWORK_CLASSES) findings += print_guesses(&study, &scan);
  if (guesswork == LW_GUESSWORK_COUNTS) LW_TRY(print_bits(&study));
  LW_TRY(lw_doctor_print_figures(dataset, study.judged));
  if (pictures[0]) LW_TRY(draw_sheet(&study, pictures));
  printf("%lld finding%s\n", (long long)findings, findings == 1 ? "" : "s");
done:
  lw_work_end(&work);
  lw_doctor_study_done(&study);
  lw_doctor_scan_done(&scan);
  lw_dataset_close(&dataset);
  return status;
}

static const char usage[] =
    "usage: longwave doctor DATA.h5 [flags]\n\n"
    "Examines a data set: duplicate samples, in one split or in two (of pairs also swapped pairs\n"
    "and single documents, of texts also passages); lengths, classes and the range of values;\n"
    "and how accurate guesses are that ignore order (or, for the next token, that use counts of\n"
    "tokens and of pairs). A line about a problem begins with 'look:'.\n\n"
    "flags:";

lw_status lw_command_doctor(lw_world *world, int argc, char **argv)
{
  doctor_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *path = NULL;
  lw_arguments arguments = {.words = &path, .word_room = 1};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "no file given: longwave doctor DATA.h5");
  LW_TRY_ON_ROOT(world, examine(path, flags.pictures));
done:
  return status;
}
