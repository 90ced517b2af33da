#include "longwave/data/dataset_head.h"
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <stdio.h>
#include <string.h>

typedef struct path {
  char text[LW_H5_NAME_MAX];
} path;

/* Where an array or, of name "", the head itself stands. */
static path under(const lw_dataset_head *head, const char *name)
{
  path all;
  snprintf(all.text, sizeof all.text, "%s%s", head->under, name);
  if (!*all.text) snprintf(all.text, sizeof all.text, "/");
  return all;
}

/* ---- texts ---- */

/* Texts with their checksum. */
static lw_status define_texts(const lw_dataset_head *head, lw_h5_writer *writer, const char *name,
                              const char *const *texts, int64_t count)
{
  const path array = under(head, name);
  uint32_t sum = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) sum = lw_crc32(sum, texts[i], (int64_t)strlen(texts[i]) + 1);
  LW_TRY(lw_h5_writer_texts(writer, array.text, texts, count));
  LW_TRY(lw_h5_writer_integer(writer, array.text, "crc32", sum));
done:
  return status;
}

/* Only if one of them says something. */
static lw_status define_some(const lw_dataset_head *head, lw_h5_writer *writer, const char *name,
                             const char *const *texts, int64_t count)
{
  for (int64_t i = 0; i < count; i++)
    if (*texts[i]) return define_texts(head, writer, name, texts, count);
  return LW_OK;
}

/* Names and units of channels or of numbers. texts [2, count]: first the names */
static lw_status define_both(const lw_dataset_head *head, lw_h5_writer *writer, bool channels,
                             const char *const *texts, int64_t count)
{
  lw_status status =
      define_some(head, writer, channels ? "/channels/names" : "/answers/names", texts, count);
  if (status != LW_OK) return status;
  return define_some(head, writer, channels ? "/channels/units" : "/answers/units", texts + count,
                     count);
}

static lw_status define_names(const lw_dataset_head *head, lw_h5_writer *writer, bool channels)
{
  const lw_dataset_info *info = head->info;
  const int64_t count = channels ? info->channels : info->numbers;
  const char **texts = NULL;
  lw_status status = LW_TAKE(&texts, 2 * count);
  for (int64_t i = 0; status == LW_OK && i < count; i++) {
    texts[i] = channels ? info->channel[i].name : info->number[i].name;
    texts[count + i] = channels ? info->channel[i].unit : info->number[i].unit;
  }
  if (status == LW_OK) status = define_both(head, writer, channels, texts, count);
  lw_mem_give(texts);
  return status;
}

/* ---- attributes ---- */

static lw_status define_text_attributes(const lw_dataset_head *head, lw_h5_writer *writer)
{
  const lw_dataset_info *info = head->info;
  char created_by[96];
  int major, minor, release;
  lw_status status = LW_OK;
  lw_h5_version(&major, &minor, &release);
  snprintf(created_by, sizeof created_by, "longwave prepare, HDF5 %d.%d.%d", major, minor, release);
  const struct {
    const char *name, *text;
  } texts[] = {{"format", LW_DATASET_FORMAT},
               {"task", info->task},
               {"kind", info->input->name},
               {"target", info->target->name},
               {"origin", head->origin ? head->origin : ""},
               {"settings", head->settings ? head->settings : ""},
               {"created_by", created_by},
               {"time_unit", info->time_unit}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].text != info->time_unit || *info->time_unit)
      LW_TRY(lw_h5_writer_text(writer, under(head, "").text, texts[i].name, texts[i].text));
done:
  return status;
}

static lw_status define_numbers(const lw_dataset_head *head, lw_h5_writer *writer)
{
  const lw_dataset_info *info = head->info;
  const path at = under(head, "");
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_integer(writer, at.text, "version", 2));
  LW_TRY(lw_h5_writer_integer(writer, at.text, "vocabulary", info->vocabulary));
  if (info->horizon > 0) LW_TRY(lw_h5_writer_integer(writer, at.text, "horizon", info->horizon));
  if (!info->input->ids) LW_TRY(lw_h5_writer_integer(writer, at.text, "missing", info->missing));
  if (info->has_code && info->missing)
    LW_TRY(lw_h5_writer_real(writer, at.text, "missing_code", info->missing_code));
  if (info->rate > 0.0) LW_TRY(lw_h5_writer_real(writer, at.text, "rate", info->rate));
  if (info->timed) LW_TRY(lw_h5_writer_real(writer, at.text, "time_scale", info->time_scale));
  if (*head->under) LW_TRY(lw_h5_writer_integer(writer, at.text, "documents", info->documents));
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

static bool is_there(const lw_dataset_head *head, head_array array)
{
  const lw_dataset_info *info = head->info;
  const bool values = !info->input->ids, numbers = info->target->kind == LW_ANSWER_NUMBERS;
  bool units = false;
  for (int64_t c = 0; c < info->channels; c++)
    units |= info->channel[c].unit_scale != 1.0 || info->channel[c].unit_shift != 0.0;
  if (array == ASKED) return numbers && info->target->next;
  if (array >= NUMBER_SCALE) return numbers && !info->target->next;
  return values && (array < UNIT_SCALE || units);
}

static int64_t count_of(const lw_dataset_head *head, head_array array)
{
  return array >= NUMBER_SCALE ? head->info->numbers : head->info->channels;
}

/* numbers [count_of] of 8 bytes each, out */
static void fill_array(const lw_dataset_head *head, head_array array, double *numbers)
{
  const lw_dataset_info *info = head->info;
  for (int64_t i = 0; i < count_of(head, array); i++) {
    if (array >= NUMBER_SCALE) {
      const lw_number *number = &info->number[i];
      numbers[i] = array == NUMBER_SCALE ? number->scale : number->shift;
    } else {
      const lw_channel *channel = &info->channel[i];
      const double all[] = {channel->scale, channel->shift, channel->unit_scale,
                            channel->unit_shift};
      numbers[i] = all[array];
    }
    if (array == ASKED) memcpy(&numbers[i], &info->asked[i], sizeof *numbers);
  }
}

static lw_status define_array(const lw_dataset_head *head, lw_h5_writer *writer, head_array array)
{
  const int64_t count = count_of(head, array);
  const path name = under(head, array_names[array]);
  double *numbers = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&numbers, count));
  fill_array(head, array, numbers);
  LW_TRY(lw_h5_writer_array(writer, name.text, array == ASKED ? LW_H5_I64 : LW_H5_F64, 1, &count));
  LW_TRY(lw_h5_writer_integer(writer, name.text, "crc32",
                              lw_crc32(0, numbers, count * (int64_t)sizeof *numbers)));
done:
  lw_mem_give(numbers);
  return status;
}

static lw_status put_array(const lw_dataset_head *head, lw_h5_writer *writer, head_array array)
{
  const int64_t count = count_of(head, array);
  double *numbers = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&numbers, count));
  fill_array(head, array, numbers);
  status = lw_h5_writer_put_own(writer, under(head, array_names[array]).text, 0, count, numbers);
done:
  lw_mem_give(numbers);
  return status;
}

lw_status lw_dataset_define_head(const lw_dataset_head *head, lw_h5_writer *writer)
{
  const lw_dataset_info *info = head->info;
  const bool numbers = info->target->kind == LW_ANSWER_NUMBERS;
  lw_status status = LW_OK;
  for (int array = 0; array < HEAD_ARRAYS; array++)
    if (is_there(head, (head_array)array)) LW_TRY(define_array(head, writer, (head_array)array));
  if (info->token_name && !*head->under)
    LW_TRY(define_texts(head, writer, "/token_names", info->token_name, info->vocabulary));
  if (!info->input->ids) LW_TRY(define_names(head, writer, true));
  if (!numbers && !info->target->next)
    LW_TRY(define_texts(head, writer, "/answers/names", info->class_name, info->classes));
  if (numbers && !info->target->next) LW_TRY(define_names(head, writer, false));
  LW_TRY(define_text_attributes(head, writer));
  LW_TRY(define_numbers(head, writer));
done:
  return status;
}

lw_status lw_dataset_put_head(const lw_dataset_head *head, lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  for (int array = 0; status == LW_OK && array < HEAD_ARRAYS; array++)
    if (is_there(head, (head_array)array)) status = put_array(head, writer, (head_array)array);
  return status;
}
