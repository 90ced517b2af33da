/* The table of predictions, made of the file of answers row by row. */
#include "longwave/base/aside.h"
#include "longwave/base/csv.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/work.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "predict_inside.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* CLASSES: of so many classes each has a column for its probability. */
enum { PIECE = 4096, CLASSES = 32, NAME = 1024 };

typedef struct table {
  const prediction *p;
  const lw_dataset *dataset;
  const lw_dataset_info *info;
  lw_h5 *file;
  lw_text row;
  FILE *out;
  /* rows in hand, those of one sample */
  float *answers;  /* [PIECE, width] */
  float *truth;    /* [PIECE, width] of numbers */
  int32_t *labels; /* [PIECE] of classes of steps */
  double *times;   /* [PIECE] */
  int64_t *rank;   /* [classes] most probable first */
} table;

static bool is_numbers(const table *t)
{
  return t->info->target->kind == LW_ANSWER_NUMBERS;
}

/* Rows are steps of samples, or of the horizon. */
static bool has_steps(const table *t)
{
  return t->info->target->by_row || t->info->horizon > 0;
}

static bool has_times(const table *t)
{
  return t->info->timed && has_steps(t);
}

static bool is_token(const table *t)
{
  return t->info->target->next && !is_numbers(t);
}

static int64_t named_guesses(const table *t)
{
  const int64_t top = t->p->request->top;
  return top < t->info->classes ? top : t->info->classes;
}

/* ---- the line of names ---- */

static void put_class_names(table *t)
{
  char name[NAME];
  lw_csv_put(&t->row, "truth");
  lw_csv_put(&t->row, "prediction");
  if (t->info->target->kind == LW_ANSWER_CLASS) lw_csv_put(&t->row, "probability");
  for (int64_t k = 2; t->info->target->kind == LW_ANSWER_CLASS && k <= named_guesses(t); k++) {
    lw_csv_put_as(&t->row, "prediction_%" PRId64, k);
    lw_csv_put_as(&t->row, "probability_%" PRId64, k);
  }
  for (int64_t k = 0; k < t->info->classes && t->info->classes <= CLASSES; k++) {
    snprintf(name, sizeof name, "probability of %.500s", lw_dataset_class_name(t->dataset, k));
    lw_csv_put(&t->row, name);
  }
}

static void put_number_names(table *t)
{
  char name[NAME], own[32];
  for (int64_t k = 0; k < 2 * t->info->numbers; k++) {
    const char *given = t->info->number[k / 2].name;
    snprintf(own, sizeof own, "number_%" PRId64, k / 2);
    snprintf(name, sizeof name, "%s%.500s", k % 2 ? "true " : "", *given ? given : own);
    lw_csv_put(&t->row, name);
  }
}

static void put_names(table *t)
{
  lw_csv_put(&t->row, "sample");
  if (t->info->named) lw_csv_put(&t->row, "name");
  if (has_steps(t)) lw_csv_put(&t->row, "step");
  if (has_times(t)) lw_csv_put(&t->row, "time");
  if (is_token(t))
    lw_csv_put(&t->row, "bits");
  else if (is_numbers(t))
    put_number_names(t);
  else
    put_class_names(t);
  lw_csv_end(&t->row);
}

/* ---- a line ---- */

/* rank [named_guesses]: the most probable classes, the first among equals first. */
static void find_guesses(const table *t, const float *answer)
{
  for (int64_t g = 0; g < named_guesses(t); g++) {
    int64_t best = -1;
    for (int64_t k = 0; k < t->info->classes; k++) {
      bool taken = false;
      for (int64_t h = 0; h < g; h++) taken |= t->rank[h] == k;
      if (!taken && (best < 0 || answer[k] > answer[best])) best = k;
    }
    t->rank[g] = best;
  }
}

static void put_real(table *t, float x)
{
  if (isnan(x))
    lw_csv_put(&t->row, "");
  else
    lw_csv_put_as(&t->row, "%.7g", (double)x);
}

static void put_class(table *t, const float *answer, int32_t label)
{
  find_guesses(t, answer);
  lw_csv_put(&t->row, label < 0 ? "" : lw_dataset_class_name(t->dataset, label));
  for (int64_t g = 0; g < named_guesses(t); g++) {
    lw_csv_put(&t->row, lw_dataset_class_name(t->dataset, t->rank[g]));
    put_real(t, answer[t->rank[g]]);
  }
}

/* The names of those that are there, joined by semicolons. share [classes] */
static void put_several(table *t, const float *share)
{
  char text[NAME] = "";
  lw_text to = LW_TEXT_IN(text);
  for (int64_t k = 0; k < t->info->classes; k++)
    if (share[k] >= 0.5f) lw_text_item(&to, ";", "%s", lw_dataset_class_name(t->dataset, k));
  lw_csv_put(&t->row, text);
}

static void put_answer(table *t, int64_t n, int32_t label)
{
  const int64_t W = t->p->width;
  const float *answer = t->answers + n * W, *truth = t->truth + n * W;
  if (is_token(t)) {
    put_real(t, *answer);
  } else if (is_numbers(t)) {
    for (int64_t k = 0; k < 2 * W; k++) put_real(t, k % 2 ? truth[k / 2] : answer[k / 2]);
  } else if (t->info->target->kind == LW_ANSWER_CLASS) {
    put_class(t, answer, label);
  } else {
    put_several(t, truth);
    put_several(t, answer);
  }
  const bool each = !is_token(t) && !is_numbers(t) && t->info->classes <= CLASSES;
  for (int64_t k = 0; each && k < W; k++) put_real(t, answer[k]);
}

/* ---- what is right ---- */

static float told(const lw_number *number, float learnt)
{
  return (float)(((double)learnt - number->shift) / number->scale);
}

/* Of values: [count, width], from those that a model learns. */
static void tell_numbers(table *t, int64_t count)
{
  for (int64_t n = 0; is_numbers(t) && n < count * t->p->width; n++)
    t->truth[n] = told(&t->info->number[n % t->p->width], t->truth[n]);
}

/* Of the rows [first, first + count) of a sample. */
static lw_status read_truth(table *t, int64_t sample, int64_t first, int64_t count)
{
  const lw_target *target = t->info->target;
  const lw_split split = t->p->request->split;
  const lw_items items = {.sample = sample, .first = first, .count = count};
  lw_status status = LW_OK;
  if (is_token(t)) return LW_OK;
  if (target->by_row && target->kind == LW_ANSWER_CLASS)
    LW_TRY(lw_dataset_read_step_labels(t->dataset, split, &items, t->labels));
  else if (target->by_row)
    LW_TRY(lw_dataset_read_step_numbers(t->dataset, split, &items, t->truth));
  else if (target->next)
    LW_TRY(lw_dataset_read_horizon(t->dataset, split, sample, t->truth));
  else if (target->kind == LW_ANSWER_CLASS)
    t->labels[0] = lw_dataset_label(t->dataset, split, sample);
  else
    lw_dataset_wanted(t->dataset, split, sample, t->truth);
  tell_numbers(t, count);
done:
  return status;
}

static bool is_asked(const table *t, int64_t n)
{
  if (!t->info->target->by_row || t->p->request->all_steps || is_token(t)) return true;
  return is_numbers(t) ? lw_answer_known(t->truth + n * t->p->width, t->p->width)
                       : t->labels[n] >= 0;
}

/* ---- the rows ---- */

static void put_row(table *t, int64_t sample, const char *name, int64_t step, int64_t n)
{
  t->row.used = 0;
  lw_csv_put_as(&t->row, "%" PRId64, sample);
  if (t->info->named) lw_csv_put(&t->row, name);
  if (has_steps(t)) lw_csv_put_as(&t->row, "%" PRId64, step);
  if (t->times) lw_csv_put_as(&t->row, "%.15g", t->times[n]);
  put_answer(t, n, t->labels[n]);
  lw_csv_end(&t->row);
  fputs(t->row.text ? t->row.text : "", t->out);
}

/* Whether some step of the sample is asked: if none is, all are told. */
static lw_status asks_any(const table *t, int64_t sample, bool *any)
{
  int64_t known = 1;
  lw_status status = LW_OK;
  if (t->info->target->by_row)
    status = lw_dataset_answers(t->dataset, t->p->request->split,
                                (lw_seen_sample){.sample = sample, .max_length = t->p->max_length},
                                &known);
  *any = known > 0;
  return status;
}

static lw_status put_sample(table *t, int64_t i)
{
  const prediction *p = t->p;
  const int64_t sample = p->list[i], rows = p->first[i + 1] - p->first[i];
  const int64_t behind =
      t->info->horizon ? lw_dataset_length(t->dataset, p->request->split, sample) : 0;
  char name[NAME];
  bool any;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_sample_name(t->dataset, p->request->split, sample, name, sizeof name));
  LW_TRY(asks_any(t, sample, &any));
  for (int64_t first = 0; first < rows; first += PIECE) {
    const int64_t count = rows - first < PIECE ? rows - first : PIECE;
    LW_TRY(lw_h5_read(t->file, "/answers", LW_H5_F32, p->first[i] + first, count, t->answers));
    LW_TRY(read_truth(t, sample, first, count));
    if (t->times)
      LW_TRY(lw_dataset_read_times(t->dataset, p->request->split, sample, behind + first, count,
                                   t->times));
    for (int64_t n = 0; n < count; n++)
      if (!any || is_asked(t, n)) put_row(t, sample, name, first + n, n);
  }
done:
  return status;
}

static lw_status take_room(table *t)
{
  const prediction *p = t->p;
  const int64_t rows = t->info->horizon > PIECE ? t->info->horizon : PIECE;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&t->answers, rows * p->width));
  LW_TRY(LW_TAKE(&t->truth, rows * p->width));
  LW_TRY(LW_TAKE(&t->labels, rows));
  LW_TRY(LW_TAKE(&t->rank, t->info->classes + 1));
  if (has_times(t)) LW_TRY(LW_TAKE(&t->times, rows));
done:
  return status;
}

static void give_room(table *t)
{
  lw_mem_give(t->answers);
  lw_mem_give(t->truth);
  lw_mem_give(t->labels);
  lw_mem_give(t->rank);
  lw_mem_give(t->times);
  lw_text_done(&t->row);
  lw_h5_close(&t->file);
}

lw_status prediction_table(const prediction *p, const char *path)
{
  table t = {.p = p, .dataset = p->subject->dataset, .info = p->info, .row = LW_TEXT_GROWS};
  lw_aside aside = LW_ASIDE_NONE;
  lw_work shown = {0};
  lw_status status = LW_OK;
  lw_work_begin(&shown, "writing the table", "samples", p->samples);
  LW_TRY(take_room(&t));
  LW_TRY(lw_h5_open(path, &t.file));
  LW_TRY(lw_aside_open_text(p->request->out, &aside));
  t.out = aside.stream;
  put_names(&t);
  LW_TRY(lw_text_end(&t.row));
  fputs(t.row.text, t.out);
  for (int64_t i = 0; i < p->samples; i++) {
    LW_TRY(put_sample(&t, i));
    lw_work_add(&shown, 1);
  }
done:
  lw_work_end(&shown);
  status = lw_aside_end(&aside, status);
  give_room(&t);
  return status;
}
