#include "doctor_study.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond these the bag is left out: entries of its table, and additions to judge by it. */
static const double entries_most = 0x1p25, additions_most = 0x1p30;

static bool lengths_differ(const lw_dataset_info *info)
{
  const lw_doctor_totals all = lw_doctor_total(info);
  return all.items != all.samples * all.longest * info->documents;
}

/* The side of the pictures when all samples are square ones of 256 levels. */
static int64_t side_of(const lw_dataset_info *info)
{
  const int64_t length = lw_doctor_total(info).longest, side = llrint(sqrt((double)length));
  const bool levels = !info->input->ids || info->vocabulary == LW_LEVELS;
  const bool square =
      side >= 8 && side * side == length && !lengths_differ(info) && info->channels == 1;
  return levels && square && info->documents == 1 && length <= LW_DOCTOR_PIECE ? side : 0;
}

/* ---- levels ---- */

/* Levels of values that are no levels already, of the first channel: 256 between the ends of the
   train split, but no farther than four deviations from its mean, for outliers must not take all
   the room. */
static void set_levels(lw_doctor_study *study, const lw_doctor_scan *scan)
{
  if (!scan->channel) return;
  const lw_moments *train = &scan->channel[0].all[LW_SPLIT_TRAIN];
  const double reach = 4.0 * lw_moments_deviation(train);
  study->low = scan->levels ? 0.0 : fmax(train->least, train->mean - reach);
  study->high = scan->levels ? LW_LEVELS - 1 : fmin(train->greatest, train->mean + reach);
}

static int32_t level_of(const lw_doctor_study *study, double stored)
{
  const double range = study->high - study->low;
  const double level = range > 0.0 ? (stored - study->low) / range * (LW_LEVELS - 1) : 0.0;
  return (int32_t)fmin(fmax(rint(level), 0.0), LW_LEVELS - 1);
}

static lw_status read_piece(lw_doctor_study *study, lw_split split, int64_t sample, int64_t first,
                            int64_t count)
{
  const lw_doctor_reader *reader = &study->reader;
  const int64_t channels = lw_dataset_describe(study->dataset)->channels;
  lw_status status = lw_doctor_reader_read(&study->reader, split, sample, first, count);
  if (status != LW_OK) return status;
  if (reader->tokens)
    memcpy(study->items, reader->tokens, (size_t)count * sizeof *study->items);
  else
    for (int64_t i = 0; i < count; i++)
      study->items[i] = level_of(study, reader->stored[i * channels]);
  return LW_OK;
}

lw_status lw_doctor_study_picture(lw_doctor_study *study, lw_split split, int64_t sample)
{
  return read_piece(study, split, sample, 0, study->side * study->side);
}

/* ---- the brightest spots ---- */

typedef struct lw_spot {
  double light;
  int64_t row, column;
} lw_spot;

/* Of the piece in hand: a token's number, or the number as stored. */
static double light_at(const lw_doctor_reader *reader, int64_t i)
{
  return reader->tokens ? (double)reader->tokens[i] : reader->stored[i];
}

/* The brightest square of the picture that is not near `other`. */
static lw_spot brightest(const lw_doctor_study *study, int64_t width, const lw_spot *other)
{
  const int64_t side = study->side;
  lw_spot best = {.light = -INFINITY};
  for (int64_t y = 0; y + width <= side; y++)
    for (int64_t x = 0; x + width <= side; x++) {
      if (other && llabs(y - other->row) <= width && llabs(x - other->column) <= width) continue;
      double light = 0.0;
      for (int64_t i = 0; i < width * width; i++)
        light += light_at(&study->reader, (y + i / width) * side + x + i % width);
      if (light > best.light) best = (lw_spot){light, y, x};
    }
  return best;
}

/* Distance of the two brightest spots, and of the outer one from the middle, in eighths. */
static int64_t cell_of(const lw_doctor_study *study)
{
  const int64_t width = 1 + 2 * ((study->side + 63) / 64);
  const double middle = (double)(study->side - width) / 2.0;
  const lw_spot a = brightest(study, width, NULL), b = brightest(study, width, &a);
  const double apart = hypot((double)(a.row - b.row), (double)(a.column - b.column));
  const double out = fmax(hypot((double)a.row - middle, (double)a.column - middle),
                          hypot((double)b.row - middle, (double)b.column - middle));
  const int64_t far = (int64_t)fmin(7.0, 8.0 * apart / (double)study->side);
  const int64_t outer = (int64_t)fmin(7.0, 8.0 * out / (0.7 * (double)study->side));
  return 8 * far + outer;
}

/* ---- the guesses ---- */

static int64_t octave_of(int64_t length)
{
  const int64_t octave = length > 1 ? (int64_t)(8.0 * log2((double)length)) : 0;
  return octave < LW_LENGTH_CELLS ? octave : LW_LENGTH_CELLS - 1;
}

/* Calls visit for each piece of a sample, which is then in hand. */
static lw_status each_piece(lw_doctor_study *study, lw_split split, int64_t sample,
                            void (*visit)(lw_doctor_study *study, int64_t count, int32_t label))
{
  const int64_t length = lw_dataset_length(study->dataset, split, sample);
  const int64_t room = study->reader.room;
  lw_status status = LW_OK;
  for (int64_t first = 0, now; first < length; first += now) {
    now = length - first < room ? length - first : room;
    LW_TRY(read_piece(study, split, sample, first, now));
    visit(study, now, lw_dataset_label(study->dataset, split, sample));
  }
done:
  return status;
}

static void learn_piece(lw_doctor_study *study, int64_t count, int32_t label)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  for (int64_t i = 0; study->bag && i < count; i++)
    study->bag[label * study->bins + study->items[i]]++;
  if (study->cells) study->cells[cell_of(study) * classes + label]++;
}

static lw_status learn_all(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "counting", "samples", info->count[LW_SPLIT_TRAIN]);
  for (int64_t i = 0; i < info->count[LW_SPLIT_TRAIN]; lw_work_show(&work, ++i)) {
    const int32_t label = lw_dataset_label(study->dataset, LW_SPLIT_TRAIN, i);
    const int64_t length = lw_dataset_length(study->dataset, LW_SPLIT_TRAIN, i);
    if (label < 0) continue;
    study->prior[label]++;
    if (study->octaves) study->octaves[study->row[octave_of(length)] * info->classes + label]++;
    if (study->bag || study->cells) LW_TRY(each_piece(study, LW_SPLIT_TRAIN, i, learn_piece));
  }
done:
  lw_work_end(&work);
  return status;
}

static int64_t greatest(const double *x, int64_t count)
{
  int64_t best = 0;
  for (int64_t k = 1; k < count; k++)
    if (x[k] > x[best]) best = k;
  return best;
}

/* Counts become logarithms of shares; a token that was not seen counts as seen once. */
static void settle(lw_doctor_study *study)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  for (int64_t k = 0; k < classes; k++) study->prior_log[k] = log(study->prior[k] + 1.0);
  study->commonest = greatest(study->prior, classes);
  for (int64_t k = 0; study->bag && k < classes; k++) {
    double *row = study->bag + k * study->bins, total = (double)study->bins;
    for (int64_t i = 0; i < study->bins; i++) total += row[i];
    for (int64_t i = 0; i < study->bins; i++) row[i] = log((row[i] + 1.0) / total);
  }
}

/* The class that stands most often in a row of counts; `otherwise` where none stands more often. */
static int64_t most_often(const int64_t *row, int64_t classes, int64_t otherwise)
{
  int64_t best = otherwise;
  for (int64_t k = 0; k < classes; k++)
    if (row[k] > row[best]) best = k;
  return best;
}

/* score += what the piece says for each class: item by item, or by counts where that is less. */
static void score_piece(lw_doctor_study *study)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  for (int64_t k = 0; k < classes; k++) {
    const double *row = study->bag + k * study->bins;
    for (int64_t i = 0; i < study->bins; i++)
      if (study->seen[i]) study->score[k] += (double)study->seen[i] * row[i];
  }
}

static void judge_piece(lw_doctor_study *study, int64_t count, int32_t label)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  if (study->cells) {
    const int64_t *cell = study->cells + cell_of(study) * classes;
    study->correct[LW_GUESS_MARKS] += most_often(cell, classes, study->commonest) == label;
  }
  if (!study->bag) return;
  if (count >= study->bins) {
    memset(study->seen, 0, (size_t)study->bins * sizeof *study->seen);
    for (int64_t i = 0; i < count; i++) study->seen[study->items[i]]++;
    score_piece(study);
    return;
  }
  for (int64_t k = 0; k < classes; k++)
    for (int64_t i = 0; i < count; i++)
      study->score[k] += study->bag[k * study->bins + study->items[i]];
}

static lw_status judge(lw_doctor_study *study, int64_t sample)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  const int32_t label = lw_dataset_label(study->dataset, study->judged, sample);
  study->correct[LW_GUESS_COMMONEST] += study->commonest == label;
  if (study->octaves) {
    const int64_t length = lw_dataset_length(study->dataset, study->judged, sample);
    const int64_t *octave = study->octaves + study->row[octave_of(length)] * classes;
    study->correct[LW_GUESS_LENGTH] += most_often(octave, classes, study->commonest) == label;
  }
  if (!study->bag && !study->cells) return LW_OK;
  memcpy(study->score, study->prior_log, (size_t)classes * sizeof *study->score);
  lw_status status = each_piece(study, study->judged, sample, judge_piece);
  if (status == LW_OK && study->bag)
    study->correct[LW_GUESS_BAG] += greatest(study->score, classes) == label;
  return status;
}

static lw_status judge_all(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  int64_t *labels = NULL;
  lw_work work = {0};
  lw_status status = LW_TAKE(&labels, info->classes);
  if (status != LW_OK) return status;
  lw_work_begin(&work, "guessing", "samples", info->count[study->judged]);
  for (int64_t i = 0; i < info->count[study->judged]; lw_work_show(&work, ++i)) {
    const int32_t label = lw_dataset_label(study->dataset, study->judged, i);
    LW_TRY(judge(study, i));
    if (++labels[label] > study->best_constant) study->best_constant = labels[label];
  }
done:
  lw_work_end(&work);
  lw_mem_give(labels);
  return status;
}

/* ---- the whole ---- */

/* Rows for the lengths that are met; how many, 1 when all are alike. */
static int64_t number_octaves(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  int64_t rows = 0;
  for (int cell = 0; cell < LW_LENGTH_CELLS; cell++) study->row[cell] = -1;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < info->count[split]; i++) {
      const int64_t octave = octave_of(lw_dataset_length(study->dataset, (lw_split)split, i));
      if (study->row[octave] < 0) study->row[octave] = rows++;
    }
  return rows;
}

/* Additions to judge all samples by the bag. */
static double additions(const lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  const double samples = (double)info->count[study->judged];
  return (double)info->classes *
         fmin((double)info->tokens[study->judged], samples * (double)study->bins);
}

static lw_status take_room(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  const int64_t rows = number_octaves(study);
  lw_status status = LW_OK;
  study->too_large = (double)info->classes * (double)study->bins > entries_most ||
                     additions(study) > additions_most;
  study->made[LW_GUESS_COMMONEST] = true;
  study->made[LW_GUESS_BAG] = !study->too_large;
  study->made[LW_GUESS_LENGTH] =
      lengths_differ(info) && (double)rows * (double)info->classes <= entries_most;
  study->made[LW_GUESS_MARKS] =
      study->side && (double)LW_MARK_CELLS * (double)info->classes <= entries_most;
  LW_TRY(lw_doctor_reader_init(&study->reader, study->dataset));
  LW_TRY(LW_TAKE(&study->items, study->reader.room));
  LW_TRY(LW_TAKE(&study->prior, info->classes));
  LW_TRY(LW_TAKE(&study->prior_log, info->classes));
  LW_TRY(LW_TAKE(&study->score, info->classes));
  if (!study->too_large) LW_TRY(LW_TAKE(&study->seen, study->bins));
  if (!study->too_large) LW_TRY(LW_TAKE(&study->bag, info->classes * study->bins));
  if (study->made[LW_GUESS_MARKS]) LW_TRY(LW_TAKE(&study->cells, LW_MARK_CELLS * info->classes));
  if (study->made[LW_GUESS_LENGTH]) LW_TRY(LW_TAKE(&study->octaves, rows * info->classes));
done:
  return status;
}

lw_status lw_doctor_study_make(lw_doctor_study *study, const lw_dataset *dataset,
                               const lw_doctor_scan *scan)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_status status = LW_OK;
  study->dataset = dataset;
  study->bins = info->input->ids ? info->vocabulary : LW_LEVELS;
  study->judged = info->count[LW_SPLIT_TEST] ? LW_SPLIT_TEST : LW_SPLIT_VALIDATION;
  if (!info->input->ids) set_levels(study, scan);
  if (!info->target->labels) return LW_OK; /* there is no class to guess */
  study->side = side_of(info);
  LW_TRY(take_room(study));
  LW_TRY(learn_all(study));
  settle(study);
  LW_TRY(judge_all(study));
done:
  return status;
}

void lw_doctor_study_done(lw_doctor_study *study)
{
  lw_doctor_reader_done(&study->reader);
  lw_mem_give(study->items);
  lw_mem_give(study->seen);
  lw_mem_give(study->bag);
  lw_mem_give(study->prior);
  lw_mem_give(study->prior_log);
  lw_mem_give(study->score);
  lw_mem_give(study->cells);
  lw_mem_give(study->octaves);
  *study = (lw_doctor_study){0};
}
