#include "arrays.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

lw_status lw_arrays_answers_begin(const lw_arrays_settings *own, int64_t width,
                                  lw_arrays_answers *answers)
{
  const bool numbers = lw_question_numbers(own->question);
  const char *names = numbers ? own->numbers : own->classes;
  lw_status status = LW_OK;
  answers->own = own;
  answers->width = width;
  if (names[0]) LW_TRY(lw_list_split(names, numbers ? "--numbers" : "--classes", &answers->names));
  if (names[0] && (numbers || own->question == LW_QUESTION_CLASSES) &&
      answers->names.count != width)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "there are %" PRId64 " names, and %" PRId64 " numbers in an "
                   "answer",
                   answers->names.count, width));
  LW_TRY(LW_TAKE(&answers->number, width));
  LW_TRY(LW_TAKE(&answers->wanted, width));
  LW_TRY(LW_TAKE(&answers->labels, width));
done:
  return status;
}

void lw_arrays_answers_done(lw_arrays_answers *answers)
{
  lw_list_done(&answers->names);
  lw_mem_give(answers->number);
  lw_mem_give(answers->wanted);
  lw_mem_give(answers->labels);
}

/* The class that a number means; *label NULL: not known. */
static lw_status class_of(lw_arrays_answers *answers, const lw_array *targets, const char *where,
                          const char **label)
{
  const double number = answers->number[0];
  const int64_t names = answers->names.count;
  *label = NULL;
  if (isnan(number) || number == -1) return LW_OK;
  if (number != floor(number) || number < 0 || number >= (double)(names ? names : 1 << 24))
    return lw_fail(LW_ERROR_INPUT,
                   "%s: '%s' has %g for its class; a whole number from 0 to %" PRId64
                   ", or -1 where it is not known, was expected",
                   where, lw_array_name(targets), number, names ? names - 1 : 1 << 24);
  snprintf(answers->text, sizeof answers->text, "%.0f", number);
  *label = names ? answers->names.entry[(int64_t)number] : answers->text;
  return LW_OK;
}

static lw_status several_of(lw_arrays_answers *answers, const lw_array *targets, const char *where,
                            lw_builder_sample *sample)
{
  bool known = true;
  for (int64_t k = 0; k < answers->width; k++) {
    const double x = answers->number[k];
    known &= !isnan(x) && x != -1;
    if (!isnan(x) && x != -1 && x != 0 && x != 1)
      return lw_fail(LW_ERROR_INPUT, "%s: '%s' has %g for class %" PRId64 "; 0 or 1 was expected",
                     where, lw_array_name(targets), x, k);
    if (x == 1) answers->labels[sample->label_count++] = answers->names.entry[k];
  }
  sample->labels = known ? answers->labels : NULL;
  return LW_OK;
}

static void numbers_of(lw_arrays_answers *answers)
{
  for (int64_t k = 0; k < answers->width; k++) answers->wanted[k] = (float)answers->number[k];
}

lw_status lw_arrays_answer_sample(lw_arrays_answers *answers, lw_array *targets, const char *where,
                                  lw_builder_sample *sample)
{
  const lw_question question = answers->own->question;
  lw_status status = LW_OK;
  if (!targets || question > LW_QUESTION_NUMBERS) return LW_OK;
  LW_TRY(lw_array_read(targets, answers->number, 1));
  if (question == LW_QUESTION_CLASS) LW_TRY(class_of(answers, targets, where, &sample->label));
  if (question == LW_QUESTION_CLASSES) LW_TRY(several_of(answers, targets, where, sample));
  if (question != LW_QUESTION_NUMBERS) goto done;
  numbers_of(answers);
  sample->numbers = answers->wanted;
done:
  return status;
}

/* The answer of one step, in answers->number. */
static lw_status answer_step(lw_arrays_answers *answers, const lw_array *targets, int64_t step,
                             lw_builder *builder)
{
  char where[64];
  const char *label = NULL;
  lw_status status = LW_OK;
  if (answers->own->question == LW_QUESTION_STEP_NUMBERS) {
    numbers_of(answers);
    return lw_builder_step_numbers(builder, step, answers->wanted);
  }
  snprintf(where, sizeof where, "step %" PRId64 " of a sample", step);
  LW_TRY(class_of(answers, targets, where, &label));
  if (label) LW_TRY(lw_builder_step_label(builder, step, label));
done:
  return status;
}

/* Rows of targets are samples, [T, width], or with offsets steps. */
lw_status lw_arrays_answer_steps(lw_arrays_answers *answers, const lw_arrays_split *split,
                                 int64_t steps, lw_builder *builder)
{
  double *row = NULL;
  const int64_t width = answers->width, rows = split->offsets ? steps : 1;
  lw_status status = LW_OK;
  if (!split->targets || answers->own->question < LW_QUESTION_STEP_CLASS) return LW_OK;
  LW_TRY(LW_TAKE(&row, steps * width));
  LW_TRY(lw_array_read(split->targets, row, rows));
  for (int64_t step = 0; step < steps; step++) {
    for (int64_t k = 0; k < width; k++) answers->number[k] = row[step * width + k];
    LW_TRY(answer_step(answers, split->targets, step, builder));
  }
done:
  lw_mem_give(row);
  return status;
}
