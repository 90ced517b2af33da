#include "doctor_study.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 256 };

/* Tokens that a sample has at most. */
static int64_t longest(const lw_dataset_info *info)
{
  int64_t most = 1;
  for (int split = 0; split < LW_SPLITS; split++)
    if (info->longest[split] > most) most = info->longest[split];
  return most * lw_documents(info->pairs);
}

/* The side of the pictures when all samples are square ones of 256 levels. */
static int64_t side_of(const lw_dataset_info *info)
{
  const int64_t length = longest(info), side = llrint(sqrt((double)length));
  int64_t count = 0, items = 0;
  for (int split = 0; split < LW_SPLITS; split++) {
    count += info->count[split];
    items += info->tokens[split];
  }
  const bool levels = info->kind == LW_KIND_VALUES || info->vocabulary == LEVELS;
  const bool square = side >= 8 && side * side == length && items == count * length;
  return levels && square && !info->pairs ? side : 0;
}

lw_status lw_doctor_study_read(lw_doctor_study *study, lw_split split, int64_t sample)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  const int64_t length = lw_dataset_length(study->dataset, split, sample);
  if (info->kind == LW_KIND_TOKENS)
    return lw_dataset_read_tokens(study->dataset, split, sample, 0, length, study->items);
  float *values = (float *)study->items; /* the room serves for both, one after the other */
  lw_status status = lw_dataset_read_values(study->dataset, split, sample, 0, length, values);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < length; i++) {
    float value;
    memcpy(&value, &values[i], sizeof value);
    const double stored = ((double)value - info->shift) / info->scale;
    const int32_t level = (int32_t)fmin(fmax(rint(stored), 0.0), LEVELS - 1);
    memcpy(&study->items[i], &level, sizeof level);
  }
  return LW_OK;
}

/* ---- equal samples ---- */

typedef struct lw_print {
  uint64_t hash;
  int32_t split, label;
} lw_print;

static uint64_t hash_of(const int32_t *items, int64_t count)
{
  uint64_t hash = 14695981039346656037u ^ (uint64_t)count;
  for (int64_t i = 0; i < count; i++) hash = (hash ^ (uint32_t)items[i]) * 1099511628211u;
  return hash ^ hash >> 29;
}

static int by_hash(const void *a, const void *b)
{
  const lw_print *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  return x->split - y->split;
}

/* 64 bits tell a million samples apart but for a chance of 3e-8. */
static void count_equals(lw_doctor_study *study, lw_print *prints, int64_t count)
{
  qsort(prints, (size_t)count, sizeof *prints, by_hash);
  for (int64_t i = 0, first = 0; i < count; i++) {
    if (prints[i].hash != prints[first].hash) first = i;
    if (i == first) continue;
    study->again[prints[i].split][prints[first].split]++;
    study->contradictions += prints[i].label != prints[first].label;
  }
}

/* ---- guesses ---- */

typedef struct lw_spot {
  int64_t light, row, column;
} lw_spot;

/* The brightest square of the picture that is not near `other`. */
static lw_spot brightest(const lw_doctor_study *study, int64_t width, const lw_spot *other)
{
  const int64_t side = study->side;
  lw_spot best = {.light = -1};
  for (int64_t y = 0; y + width <= side; y++)
    for (int64_t x = 0; x + width <= side; x++) {
      if (other && llabs(y - other->row) <= width && llabs(x - other->column) <= width) continue;
      int64_t light = 0;
      for (int64_t i = 0; i < width * width; i++)
        light += study->items[(y + i / width) * side + x + i % width];
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

static int64_t octave_of(int64_t length)
{
  const int64_t octave = length > 1 ? (int64_t)(8.0 * log2((double)length)) : 0;
  return octave < LW_LENGTH_CELLS ? octave : LW_LENGTH_CELLS - 1;
}

static void learn(lw_doctor_study *study, int64_t length, int32_t label)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  study->prior[label]++;
  study->octaves[octave_of(length) * classes + label]++;
  for (int64_t i = 0; i < length; i++) study->bag[label * study->bins + study->items[i]]++;
  if (study->side) study->cells[cell_of(study) * classes + label]++;
}

/* Counts become logarithms of shares; a token that was not seen counts as seen once. */
static void settle(lw_doctor_study *study)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  for (int64_t k = 0; k < classes; k++) {
    double *row = study->bag + k * study->bins, total = (double)study->bins;
    for (int64_t i = 0; i < study->bins; i++) total += row[i];
    for (int64_t i = 0; i < study->bins; i++) row[i] = log((row[i] + 1.0) / total);
  }
}

static int64_t greatest(const double *x, int64_t count)
{
  int64_t best = 0;
  for (int64_t k = 1; k < count; k++)
    if (x[k] > x[best]) best = k;
  return best;
}

/* The class that stands most often in a row of counts; `otherwise` where none stands more often. */
static int64_t most_often(const int64_t *row, int64_t classes, int64_t otherwise)
{
  int64_t best = otherwise;
  for (int64_t k = 0; k < classes; k++)
    if (row[k] > row[best]) best = k;
  return best;
}

static void judge(lw_doctor_study *study, int64_t length, int32_t label)
{
  const int64_t classes = lw_dataset_describe(study->dataset)->classes;
  const int64_t commonest = greatest(study->prior, classes);
  study->correct[LW_GUESS_COMMONEST] += commonest == label;
  for (int64_t k = 0; k < classes; k++) {
    study->score[k] = log(study->prior[k] + 1.0);
    for (int64_t i = 0; i < length; i++)
      study->score[k] += study->bag[k * study->bins + study->items[i]];
  }
  study->correct[LW_GUESS_BAG] += greatest(study->score, classes) == label;
  const int64_t *octave = study->octaves + octave_of(length) * classes;
  study->correct[LW_GUESS_LENGTH] += most_often(octave, classes, commonest) == label;
  if (!study->side) return;
  const int64_t *cell = study->cells + cell_of(study) * classes;
  study->correct[LW_GUESS_MARKS] += most_often(cell, classes, commonest) == label;
}

static lw_status judge_all(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  int64_t *labels = NULL;
  lw_status status = LW_TAKE(&labels, info->classes);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < info->count[study->judged]; i++) {
    const int32_t label = lw_dataset_label(study->dataset, study->judged, i);
    LW_TRY(lw_doctor_study_read(study, study->judged, i));
    judge(study, lw_dataset_length(study->dataset, study->judged, i), label);
    if (++labels[label] > study->best_constant) study->best_constant = labels[label];
  }
done:
  lw_mem_give(labels);
  return status;
}

/* ---- the whole ---- */

static lw_status take_room(lw_doctor_study *study)
{
  const lw_dataset_info *info = lw_dataset_describe(study->dataset);
  lw_status status = LW_OK;
  study->bins = info->kind == LW_KIND_TOKENS ? info->vocabulary : LEVELS;
  study->side = info->target == LW_TARGET_CLASS ? side_of(info) : 0;
  study->judged = info->count[LW_SPLIT_TEST] ? LW_SPLIT_TEST : LW_SPLIT_VALIDATION;
  LW_TRY(LW_TAKE(&study->items, longest(info)));
  LW_TRY(LW_TAKE(&study->bag, info->classes * study->bins));
  LW_TRY(LW_TAKE(&study->prior, info->classes));
  LW_TRY(LW_TAKE(&study->score, info->classes));
  LW_TRY(LW_TAKE(&study->cells, LW_MARK_CELLS * info->classes));
  LW_TRY(LW_TAKE(&study->octaves, LW_LENGTH_CELLS * info->classes));
done:
  return status;
}

lw_status lw_doctor_study_make(lw_doctor_study *study, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_print *prints = NULL;
  int64_t count = 0;
  int64_t first_length = 0;
  lw_status status = LW_OK;
  study->dataset = dataset;
  for (int split = 0; split < LW_SPLITS; split++) count += info->count[split];
  LW_TRY(take_room(study));
  LW_TRY(LW_TAKE(&prints, count));
  count = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < info->count[split]; i++) {
      const int64_t length = lw_dataset_length(dataset, (lw_split)split, i);
      const int32_t label = lw_dataset_label(dataset, (lw_split)split, i);
      LW_TRY(lw_doctor_study_read(study, (lw_split)split, i));
      if (count == 0) first_length = length;
      study->lengths |= length != first_length;
      prints[count++] = (lw_print){hash_of(study->items, length), split, label};
      if (split == LW_SPLIT_TRAIN) learn(study, length, label);
    }
  count_equals(study, prints, count);
  settle(study);
  LW_TRY(judge_all(study));
done:
  lw_mem_give(prints);
  return status;
}

void lw_doctor_study_done(lw_doctor_study *study)
{
  lw_mem_give(study->items);
  lw_mem_give(study->bag);
  lw_mem_give(study->prior);
  lw_mem_give(study->score);
  lw_mem_give(study->cells);
  lw_mem_give(study->octaves);
  *study = (lw_doctor_study){0};
}
