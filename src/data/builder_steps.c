/* Answers of steps come in. Where every step has one, those that were not given are -1 or NaN. */
#include "builder_inside.h"
#include <math.h>
#include <string.h>

enum { FILL = 1024 };

static lw_record *last(lw_builder *builder)
{
  return &builder->records[builder->count];
}

/* Steps [builder->next_step, end) have no answer. */
static lw_status fill(lw_builder *builder, int64_t end)
{
  const bool numbers = builder->plan.target->kind == LW_ANSWER_NUMBERS;
  const int64_t each = numbers ? builder->plan.numbers : 1;
  const int64_t count = (end - builder->next_step) * each;
  int32_t piece[FILL]; /* or float, of the same size */
  if (lw_builder_sparse(builder) || count <= 0) return LW_OK;
  for (int64_t i = 0; i < FILL; i++) {
    const float none = NAN;
    piece[i] = -1;
    if (numbers) memcpy(&piece[i], &none, sizeof none);
  }
  for (int64_t done = 0; done < count; done += FILL) {
    const int64_t now = count - done < FILL ? count - done : FILL;
    lw_status status =
        lw_spool_add(&builder->spool[LW_SPOOL_LABELS], piece, now * (int64_t)sizeof *piece);
    if (status != LW_OK) return status;
  }
  last(builder)->rows += end - builder->next_step;
  return LW_OK;
}

/* One answer behind those before it. known: else a list of answers leaves it out. */
static lw_status put(lw_builder *builder, int64_t step, const void *answer, bool known)
{
  lw_status status = LW_OK;
  if (step < builder->next_step)
    return lw_builder_refuse(builder,
                             "step %lld has an answer behind that of step %lld; sort the "
                             "answers by step, one a step",
                             (long long)step, (long long)builder->next_step - 1);
  const bool left_out = lw_builder_sparse(builder) && !known;
  LW_TRY(fill(builder, step));
  builder->next_step = step + 1;
  if (left_out) return LW_OK;
  LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_LABELS], answer, lw_builder_label_bytes(builder)));
  if (lw_builder_sparse(builder))
    LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_ASKED], &step, sizeof step));
  last(builder)->rows++;
  last(builder)->answered |= known;
done:
  return status;
}

lw_status lw_builder_step_label(lw_builder *builder, int64_t step, const char *label)
{
  int32_t number;
  lw_status status = lw_builder_number_label(builder, label, &number);
  return status == LW_OK ? put(builder, step, &number, true) : status;
}

lw_status lw_builder_step_classes(lw_builder *builder, int64_t first, const int32_t *classes,
                                  int64_t count)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; status == LW_OK && i < count; i++) {
    if (classes[i] < -1 || classes[i] >= builder->classes.count)
      return lw_builder_refuse(builder, "the label of step %lld, %d, is outside the %lld classes",
                               (long long)(first + i), classes[i],
                               (long long)builder->classes.count);
    status = put(builder, first + i, &classes[i], classes[i] >= 0);
  }
  return status;
}

lw_status lw_builder_step_numbers(lw_builder *builder, int64_t step, const float *numbers)
{
  const int64_t K = builder->plan.numbers;
  for (int64_t k = 0; k < K; k++)
    if (isinf(numbers[k]))
      return lw_builder_refuse(builder, "number %lld of step %lld is infinite; correct it",
                               (long long)k + 1, (long long)step);
  return put(builder, step, numbers, lw_answer_known(numbers, K));
}

lw_status lw_builder_end_steps(lw_builder *builder, lw_record *record)
{
  if (builder->next_step > record->items)
    return lw_builder_refuse(builder, "step %lld has an answer, and it has %lld steps",
                             (long long)builder->next_step - 1, (long long)record->items);
  lw_status status = fill(builder, record->items);
  builder->next_step = record->items;
  return status;
}
