/* Samples come in: each is checked, and what it holds goes to the temporary files. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static lw_record *last(lw_builder *builder)
{
  return &builder->records[builder->count];
}

/* ---- the beginning ---- */

static lw_status take_several(lw_builder *builder, const lw_builder_sample *sample)
{
  lw_record *record = last(builder);
  lw_status status = LW_OK;
  record->answered = sample->labels != NULL;
  for (int64_t i = 0; sample->labels && i < sample->label_count; i++) {
    int32_t number;
    LW_TRY(lw_builder_number_label(builder, sample->labels[i], &number));
    LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_LABELS], &number, sizeof number));
    record->rows++;
  }
done:
  return status;
}

static lw_status take_numbers(lw_builder *builder, const float *numbers)
{
  lw_record *record = last(builder);
  const int64_t K = builder->plan.numbers;
  for (int64_t k = 0; k < K; k++) {
    const float number = numbers ? numbers[k] : NAN;
    if (isinf(number))
      return lw_builder_refuse(builder, "number %lld of its answer is infinite; correct it",
                               (long long)k + 1);
    record->answered |= !isnan(number);
    lw_status status = lw_spool_add(&builder->spool[LW_SPOOL_LABELS], &number, sizeof number);
    if (status != LW_OK) return status;
  }
  record->rows = 1;
  return LW_OK;
}

static lw_status take_answer(lw_builder *builder, const lw_builder_sample *sample)
{
  const lw_target *target = builder->plan.target;
  lw_record *record = last(builder);
  record->label = -1;
  if (target->next || target->by_row) return LW_OK;
  switch (target->kind) {
  case LW_ANSWER_CLASS:
    record->answered = sample->label != NULL;
    return sample->label ? lw_builder_number_label(builder, sample->label, &record->label) : LW_OK;
  case LW_ANSWER_SEVERAL:
    return take_several(builder, sample);
  case LW_ANSWER_NUMBERS:
    return take_numbers(builder, sample->numbers);
  }
  return LW_OK;
}

static lw_status take_texts(lw_builder *builder, const char *name)
{
  lw_record *record = last(builder);
  lw_spool *spool = &builder->spool[LW_SPOOL_TEXTS];
  const int64_t where = (int64_t)strlen(builder->where);
  const int64_t bytes = builder->plan.named && name ? (int64_t)strlen(name) : 0;
  if (bytes > LW_NAME_ROOM - 1)
    return lw_builder_refuse(builder, "its name is longer than %d bytes; shorten it",
                             LW_NAME_ROOM - 1);
  record->where_bytes = (int32_t)where;
  record->name_bytes = (int32_t)bytes;
  lw_status status = lw_spool_add(spool, builder->where, where);
  return status == LW_OK && bytes > 0 ? lw_spool_add(spool, name, bytes) : status;
}

lw_status lw_builder_begin(lw_builder *builder, const lw_builder_sample *sample)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  if (sample->where)
    snprintf(builder->where, LW_WHERE, "'%s'", sample->where);
  else
    snprintf(builder->where, LW_WHERE, "sample %lld", (long long)builder->count);
  LW_TRY(LW_EXTEND(&builder->records, &builder->room, builder->count, builder->count + 1));
  lw_record *record = last(builder);
  *record = (lw_record){.group = -1, .weight = 1.0f, .second = sample->second};
  record->given = sample->has_split || plan->like;
  record->split = (uint8_t)(plan->like ? LW_SPLIT_TEST : sample->split);
  builder->next_step = 0;
  builder->last_time = -INFINITY;
  if (plan->weighted) {
    if (!(sample->weight >= 0.0 && isfinite((float)sample->weight)))
      return lw_builder_refuse(builder, "its weight, %g, is not a number of 0 or more; correct it",
                               sample->weight);
    record->weight = (float)sample->weight;
  }
  if (plan->grouped && sample->group)
    LW_TRY(lw_intern_add(&builder->groups, sample->group, &record->group));
  LW_TRY(take_answer(builder, sample));
  LW_TRY(take_texts(builder, sample->name));
done:
  return status;
}

/* ---- items ---- */

/* Whether one of the values is not finite, by the bits of their magnitudes. */
static bool some_unfinite(const float *values, int64_t count)
{
  const int32_t infinite = 0x7f800000;
  int32_t above = 0;
  for (int64_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    above |= (bits & INT32_MAX) >= infinite;
  }
  return above != 0;
}

static const char *channel_text(const lw_builder *builder, int64_t channel, char text[96])
{
  const char *name = builder->channel[channel].name;
  *text = 0;
  if (builder->plan.channels > 1)
    snprintf(text, 96, " in channel %lld%s%.60s%s", (long long)channel, *name ? " (" : "", name,
             *name ? ")" : "");
  return text;
}

static lw_status check_floats(lw_builder *builder, const float *values, int64_t count)
{
  const int64_t C = builder->plan.channels;
  char channel[96];
  if (!some_unfinite(values, count * C)) return LW_OK;
  for (int64_t i = 0; i < count * C; i++) {
    if (isfinite(values[i])) continue;
    if (isnan(values[i]) && builder->plan.missing) {
      builder->some_missing = true;
      continue;
    }
    return lw_builder_refuse(builder, "the value at step %lld%s is %s; correct it%s",
                             (long long)(last(builder)->items + i / C),
                             channel_text(builder, i % C, channel),
                             isnan(values[i]) ? "missing" : "infinite",
                             isnan(values[i]) ? ", or leave this sample out" : "");
  }
  return LW_OK;
}

static lw_status check_tokens(lw_builder *builder, const void *items, int64_t count)
{
  const bool bytes = builder->plan.stored == LW_H5_U8;
  for (int64_t i = 0; i < count; i++) {
    const int64_t token = bytes ? ((const uint8_t *)items)[i] : ((const int32_t *)items)[i];
    if (token < 0 || token >= builder->plan.vocabulary)
      return lw_builder_refuse(builder, "token %lld at step %lld is outside the vocabulary of %lld",
                               (long long)token, (long long)(last(builder)->items + i),
                               (long long)builder->plan.vocabulary);
  }
  return LW_OK;
}

static void look_for_code(lw_builder *builder, const void *items, int64_t count)
{
  const double code = builder->plan.missing_code;
  bool found = builder->some_missing;
  for (int64_t i = 0; !found && i < count * builder->plan.channels; i++)
    found = (builder->plan.stored == LW_H5_U8 ? (double)((const uint8_t *)items)[i]
                                              : (double)((const int16_t *)items)[i]) == code;
  builder->some_missing = found;
}

static lw_status check_times(lw_builder *builder, const double *times, int64_t count)
{
  for (int64_t i = 0; i < count; i++) {
    if (!(times[i] >= builder->last_time && isfinite(times[i])))
      return lw_builder_refuse(builder, "the time of step %lld, %.17g, %s",
                               (long long)(last(builder)->items + i), times[i],
                               isfinite(times[i])
                                   ? "is before that of the step before it; sort the steps by time"
                                   : "is not a finite number; correct it");
    builder->last_time = times[i];
  }
  return LW_OK;
}

lw_status lw_builder_items(lw_builder *builder, const void *items, const double *times,
                           int64_t count)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  if (plan->input->ids)
    LW_TRY(check_tokens(builder, items, count));
  else if (plan->stored == LW_H5_F32)
    LW_TRY(check_floats(builder, items, count));
  else if (plan->missing && plan->has_code)
    look_for_code(builder, items, count);
  if (plan->timed) LW_TRY(check_times(builder, times, count));
  LW_TRY(
      lw_spool_add(&builder->spool[LW_SPOOL_ITEMS], items, count * lw_builder_item_bytes(builder)));
  if (plan->timed)
    LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_TIMES], times, count * (int64_t)sizeof *times));
  last(builder)->items += count;
done:
  return status;
}

/* ---- the end ---- */

/* What comes behind a series is to be predicted, too: it is not known, but has its place, and its
   times, if the typical gap goes on. */
static lw_status add_future(lw_builder *builder, lw_record *record)
{
  const lw_builder_plan *plan = &builder->plan;
  float *none = NULL; /* [channels] */
  lw_status status = LW_OK;
  if (!plan->like || plan->horizon == 0 || plan->stored != LW_H5_F32) return LW_OK;
  LW_TRY(LW_TAKE(&none, plan->channels));
  for (int64_t c = 0; c < plan->channels; c++) none[c] = NAN;
  for (int64_t t = 0; t < plan->horizon; t++) {
    LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_ITEMS], none, lw_builder_item_bytes(builder)));
    const double time = builder->last_time + (double)(t + 1) * plan->like->time_scale;
    if (plan->timed) LW_TRY(lw_spool_add(&builder->spool[LW_SPOOL_TIMES], &time, sizeof time));
  }
  record->items += plan->horizon;
done:
  lw_mem_give(none);
  return status;
}

lw_status lw_builder_end(lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_record *record = last(builder);
  lw_status status = LW_OK;
  if (record->items < 1) return lw_builder_refuse(builder, "it has no step; leave it out");
  if (plan->documents > 1 && (record->second < 1 || record->second >= record->items))
    return lw_builder_refuse(builder, "one of its two documents is empty; leave it out");
  LW_TRY(add_future(builder, record));
  if (plan->windows.length == 0 && record->items <= plan->horizon)
    return lw_builder_refuse(builder,
                             "it has %lld steps, and the last %lld are asked for: none is left to "
                             "predict them from; leave it out, or lower the horizon",
                             (long long)record->items, (long long)plan->horizon);
  if (plan->target->by_row && !plan->target->next) LW_TRY(lw_builder_end_steps(builder, record));
  builder->count++;
done:
  return status;
}
