/* What a data set of version 2 has besides the arrays of its splits. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include <stdio.h>
#include <string.h>

/* ---- texts ---- */

/* Texts with their checksum. */
static lw_status define_texts(lw_h5_writer *writer, const char *array, const char *const *texts,
                              int64_t count)
{
  uint32_t sum = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) sum = lw_crc32(sum, texts[i], (int64_t)strlen(texts[i]) + 1);
  LW_TRY(lw_h5_writer_texts(writer, array, texts, count));
  LW_TRY(lw_h5_writer_integer(writer, array, "crc32", sum));
done:
  return status;
}

/* Only if one of them says something. */
static lw_status define_some(lw_h5_writer *writer, const char *array, const char *const *texts,
                             int64_t count)
{
  for (int64_t i = 0; i < count; i++)
    if (*texts[i]) return define_texts(writer, array, texts, count);
  return LW_OK;
}

static lw_status define_classes(const lw_builder *builder, lw_h5_writer *writer)
{
  const char **names = NULL;
  lw_status status = LW_OK;
  if (builder->class_count == 0) return LW_OK;
  LW_TRY(LW_TAKE(&names, builder->class_count));
  for (int64_t k = 0; k < builder->class_count; k++) names[k] = lw_builder_class_name(builder, k);
  status = define_texts(writer, "/answers/names", names, builder->class_count);
done:
  lw_mem_give(names);
  return status;
}

static lw_status define_channel_texts(const lw_builder *builder, lw_h5_writer *writer)
{
  const int64_t C = builder->plan.channels;
  const char **texts = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&texts, C));
  for (int64_t c = 0; c < C; c++) texts[c] = builder->channel[c].name;
  LW_TRY(define_some(writer, "/channels/names", texts, C));
  for (int64_t c = 0; c < C; c++) texts[c] = builder->channel[c].unit;
  LW_TRY(define_some(writer, "/channels/units", texts, C));
done:
  lw_mem_give(texts);
  return status;
}

static lw_status define_number_texts(const lw_builder *builder, lw_h5_writer *writer)
{
  const int64_t K = builder->plan.numbers;
  const char **texts = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&texts, K));
  for (int64_t k = 0; k < K; k++) texts[k] = builder->number[k].name;
  LW_TRY(define_some(writer, "/answers/names", texts, K));
  for (int64_t k = 0; k < K; k++) texts[k] = builder->number[k].unit;
  LW_TRY(define_some(writer, "/answers/units", texts, K));
done:
  lw_mem_give(texts);
  return status;
}

/* ---- attributes ---- */

static lw_status define_text_attributes(const lw_builder *builder, lw_h5_writer *writer,
                                        const char *origin, const char *settings)
{
  const lw_builder_plan *plan = &builder->plan;
  char created_by[96];
  int major, minor, release;
  lw_status status = LW_OK;
  lw_h5_version(&major, &minor, &release);
  snprintf(created_by, sizeof created_by, "longwave prepare, HDF5 %d.%d.%d", major, minor, release);
  const struct {
    const char *name, *text;
  } texts[] = {{"format", LW_DATASET_FORMAT},
               {"task", plan->task},
               {"kind", plan->input->name},
               {"target", plan->target->name},
               {"origin", origin},
               {"settings", settings},
               {"created_by", created_by},
               {"time_unit", plan->time_unit}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].text != plan->time_unit || *plan->time_unit)
      LW_TRY(lw_h5_writer_text(writer, "/", texts[i].name, texts[i].text));
done:
  return status;
}

static lw_status define_numbers(const lw_builder *builder, lw_h5_writer *writer)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", 2));
  LW_TRY(lw_h5_writer_integer(writer, "/", "vocabulary", plan->vocabulary));
  if (plan->horizon > 0) LW_TRY(lw_h5_writer_integer(writer, "/", "horizon", plan->horizon));
  if (!plan->input->ids)
    LW_TRY(lw_h5_writer_integer(writer, "/", "missing", builder->some_missing));
  if (plan->has_code && builder->some_missing)
    LW_TRY(lw_h5_writer_real(writer, "/", "missing_code", plan->missing_code));
  if (plan->rate > 0.0) LW_TRY(lw_h5_writer_real(writer, "/", "rate", plan->rate));
  if (plan->timed) LW_TRY(lw_h5_writer_real(writer, "/", "time_scale", builder->time_scale));
done:
  return status;
}

/* ---- arrays of the root ---- */

typedef enum head_array {
  CHANNEL_SCALE,
  CHANNEL_SHIFT,
  UNIT_SCALE,
  UNIT_SHIFT,
  NUMBER_SCALE,
  NUMBER_SHIFT,
  ASKED,
  HEAD_ARRAYS
} head_array;

static const char *const array_names[HEAD_ARRAYS] = {
    [CHANNEL_SCALE] = "/channels/scale",   [CHANNEL_SHIFT] = "/channels/shift",
    [UNIT_SCALE] = "/channels/unit_scale", [UNIT_SHIFT] = "/channels/unit_shift",
    [NUMBER_SCALE] = "/answers/scale",     [NUMBER_SHIFT] = "/answers/shift",
    [ASKED] = "/answers/channels"};

static bool is_there(const lw_builder *builder, head_array array)
{
  const lw_builder_plan *plan = &builder->plan;
  const bool values = !plan->input->ids, numbers = plan->target->kind == LW_ANSWER_NUMBERS;
  bool units = false;
  for (int64_t c = 0; c < plan->channels; c++)
    units |= builder->channel[c].unit_scale != 1.0 || builder->channel[c].unit_shift != 0.0;
  if (array == ASKED) return numbers && plan->target->next;
  if (array >= NUMBER_SCALE) return numbers && !plan->target->next;
  return values && (array < UNIT_SCALE || units);
}

static int64_t count_of(const lw_builder *builder, head_array array)
{
  return array >= NUMBER_SCALE ? builder->plan.numbers : builder->plan.channels;
}

/* numbers [count_of] of 8 bytes each, out */
static void fill_array(const lw_builder *builder, head_array array, double *numbers)
{
  for (int64_t i = 0; i < count_of(builder, array); i++) {
    if (array >= NUMBER_SCALE) {
      const lw_number *number = &builder->number[i];
      numbers[i] = array == NUMBER_SCALE ? number->scale : number->shift;
    } else {
      const lw_channel *channel = &builder->channel[i];
      const double all[] = {channel->scale, channel->shift, channel->unit_scale,
                            channel->unit_shift};
      numbers[i] = all[array];
    }
    if (array == ASKED) memcpy(&numbers[i], &builder->asked[i], sizeof *numbers);
  }
}

static lw_status define_array(const lw_builder *builder, lw_h5_writer *writer, head_array array)
{
  const int64_t count = count_of(builder, array);
  double *numbers = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&numbers, count));
  fill_array(builder, array, numbers);
  LW_TRY(lw_h5_writer_array(writer, array_names[array], array == ASKED ? LW_H5_I64 : LW_H5_F64, 1,
                            &count));
  LW_TRY(lw_h5_writer_integer(writer, array_names[array], "crc32",
                              lw_crc32(0, numbers, count * (int64_t)sizeof *numbers)));
done:
  lw_mem_give(numbers);
  return status;
}

static lw_status put_array(const lw_builder *builder, lw_h5_writer *writer, head_array array)
{
  const int64_t count = count_of(builder, array);
  double *numbers = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&numbers, count));
  fill_array(builder, array, numbers);
  status = lw_h5_writer_put_own(writer, array_names[array], 0, count, numbers);
done:
  lw_mem_give(numbers);
  return status;
}

lw_status lw_builder_define_head(const lw_builder *builder, lw_h5_writer *writer,
                                 const char *origin, const char *settings)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  LW_TRY(define_text_attributes(builder, writer, origin ? origin : "", settings ? settings : ""));
  LW_TRY(define_numbers(builder, writer));
  if (plan->token_names)
    LW_TRY(define_texts(writer, "/token_names", plan->token_names, plan->vocabulary));
  if (!plan->input->ids) LW_TRY(define_channel_texts(builder, writer));
  LW_TRY(define_classes(builder, writer));
  if (plan->target->kind == LW_ANSWER_NUMBERS && !plan->target->next)
    LW_TRY(define_number_texts(builder, writer));
  for (int array = 0; array < HEAD_ARRAYS; array++)
    if (is_there(builder, (head_array)array))
      LW_TRY(define_array(builder, writer, (head_array)array));
done:
  return status;
}

lw_status lw_builder_put_head(const lw_builder *builder, lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  for (int array = 0; status == LW_OK && array < HEAD_ARRAYS; array++)
    if (is_there(builder, (head_array)array))
      status = put_array(builder, writer, (head_array)array);
  return status;
}
