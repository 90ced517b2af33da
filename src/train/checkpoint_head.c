/* What a checkpoint says of itself before its arrays: the attributes of the root, as the top of
   checkpoint.c lists them. */
#include "checkpoint_inside.h"
#include "longwave/base/version.h"
#include <stddef.h>
#include <string.h>

/* The numbers among the attributes of the root: one table for writing and reading. */
typedef struct number {
  const char *name;
  bool real;
  size_t place; /* in lw_checkpoint_info */
} number;
#define AT(member) offsetof(lw_checkpoint_info, member)
static const number numbers[] = {
    {"step", false, AT(progress.step)},
    {"epoch", true, AT(epoch)},
    {"cursor", false, AT(progress.cursor)},
    {"tokens", false, AT(progress.tokens)},
    {"seconds", true, AT(progress.seconds)},
    {"best_loss", true, AT(progress.best_loss)},
    {"best_accuracy", true, AT(progress.best_accuracy)},
    {"best_step", false, AT(progress.best_step)},
    {"evaluations_worse", false, AT(progress.evaluations_worse)},
    {"plateau_scale", true, AT(progress.plateau_scale)},
    {"plateau_worse", false, AT(progress.plateau_worse)},
    {"vocabulary", false, AT(data.vocabulary)},
    {"classes", false, AT(data.classes)},
    {"most_positions", false, AT(data.most_positions)},
    /* from version 3 on */
    {"scale", true, AT(mark.scale)},
    {"shift", true, AT(mark.shift)},
    {"train_samples", false, AT(mark.samples[LW_SPLIT_TRAIN])},
    {"validation_samples", false, AT(mark.samples[LW_SPLIT_VALIDATION])},
    {"test_samples", false, AT(mark.samples[LW_SPLIT_TEST])},
    {"train_content", false, AT(mark.content[LW_SPLIT_TRAIN])},
    {"validation_content", false, AT(mark.content[LW_SPLIT_VALIDATION])},
    {"test_content", false, AT(mark.content[LW_SPLIT_TEST])},
    {"class_names", false, AT(mark.class_names)},
    {"token_names", false, AT(mark.token_names)},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers, NUMBERS_OF_2 = 14 };

/* How many of them a file of this version has. */
static int numbers_of(int64_t version)
{
  return version < LW_CHECKPOINT_MARKED ? NUMBERS_OF_2 : NUMBERS;
}

/* What goes in, and, of tokens, what is asked. */
static const char *kind_of(const lw_model_data *data)
{
  return data->target == LW_TARGET_CLASS ? lw_kind_name(data->kind) : lw_target_name(data->target);
}

/* Of what the attributes of the root say. */
static uint32_t head_checksum(const lw_checkpoint_info *info)
{
  const char *const texts[] = {info->job, info->task, kind_of(&info->data)};
  uint32_t crc = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    crc = lw_crc32(crc, texts[i], (int64_t)strlen(texts[i]) + 1);
  for (int i = 0; i < numbers_of(info->format); i++)
    crc = lw_crc32(crc, (const char *)info + numbers[i].place, (int64_t)sizeof(int64_t));
  crc = lw_crc32(crc, &info->data_checksum, (int64_t)sizeof info->data_checksum);
  return lw_crc32(crc, &info->checksum, (int64_t)sizeof info->checksum);
}

lw_status lw_checkpoint_define_head(lw_h5_writer *writer, const lw_checkpoint_info *info,
                                   int64_t seed)
{
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-checkpoint"));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", LW_CHECKPOINT_VERSION));
  LW_TRY(lw_h5_writer_text(writer, "/", "longwave", LW_VERSION));
  LW_TRY(lw_h5_writer_text(writer, "/", "job", info->job));
  LW_TRY(lw_h5_writer_text(writer, "/", "task", info->task));
  LW_TRY(lw_h5_writer_text(writer, "/", "kind", kind_of(&info->data)));
  LW_TRY(lw_h5_writer_integer(writer, "/", "data_checksum", info->data_checksum));
  LW_TRY(lw_h5_writer_integer(writer, "/", "seed", seed));
  LW_TRY(lw_h5_writer_integer(writer, "/", "checksum", info->checksum));
  LW_TRY(lw_h5_writer_integer(writer, "/", "head", head_checksum(info)));
  if (info->progress.evaluation_due)
    LW_TRY(lw_h5_writer_integer(writer, "/", "evaluation_due", 1));
  for (int i = 0; i < NUMBERS; i++) {
    const char *place = (const char *)info + numbers[i].place;
    if (numbers[i].real)
      LW_TRY(lw_h5_writer_real(writer, "/", numbers[i].name, *(const double *)place));
    else
      LW_TRY(lw_h5_writer_integer(writer, "/", numbers[i].name, *(const int64_t *)place));
  }
done:
  return status;
}

static lw_status read_kind(const lw_h5 *file, lw_model_data *data)
{
  char text[16];
  lw_status status = lw_h5_get_text(file, "/", "kind", text, sizeof text);
  if (status != LW_OK) return status;
  const bool next = !strcmp(text, lw_target_name(LW_TARGET_NEXT_TOKEN));
  data->target = next ? LW_TARGET_NEXT_TOKEN : LW_TARGET_CLASS;
  if (lw_kind_find(next ? lw_kind_name(LW_KIND_TOKENS) : text, &data->kind)) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT, "%s: attribute kind is '%s', not tokens, values or next token",
                 lw_h5_path(file), text);
}

static lw_status read_format(const lw_h5 *file, int64_t *version)
{
  char format[64] = "";
  lw_status status = lw_h5_get_text(file, "/", "format", format, sizeof format);
  if (status != LW_OK && status != LW_ERROR_FORMAT) return status;
  if (status != LW_OK || strcmp(format, "longwave-checkpoint") != 0)
    return lw_fail(status == LW_OK ? LW_ERROR_FOREIGN : status,
                   "%s is not a Longwave checkpoint, or its head is damaged"
                   "; take another checkpoint, or copy it again", lw_h5_path(file));
  status = lw_h5_get_integer(file, "/", "version", version);
  if (status == LW_OK && (*version < LW_CHECKPOINT_OLDEST || *version > LW_CHECKPOINT_VERSION))
    return lw_fail(LW_ERROR_FOREIGN,
                   "%s has checkpoint version %lld; this program reads versions %d to %d: use the "
                   "program that wrote it",
                   lw_h5_path(file), (long long)*version, LW_CHECKPOINT_OLDEST,
                   LW_CHECKPOINT_VERSION);
  return status;
}

/* Sizes are used for allocation: even a file made on purpose must not ask for the impossible. */
static lw_status check_head(const lw_checkpoint_info *info, uint32_t stored, const char *path)
{
  if (head_checksum(info) != stored)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: the checksum of its attributes is %08x, not the stored %08x: the file is "
                   "damaged",
                   path, head_checksum(info), stored);
  const int64_t most = 1 << 30;
  const lw_model_data *data = &info->data;
  if (data->vocabulary < 0 || data->vocabulary > most || data->classes < 1 ||
      data->classes > most || data->most_positions < 0 || data->most_positions > most ||
      info->progress.step < 0 || info->progress.cursor < 0)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: an attribute is out of range: the file is damaged"
                   "; use the previous checkpoint, or copy it again",
                   path);
  if (data->pairs && data->target == LW_TARGET_NEXT_TOKEN)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: a head for pairs of documents cannot predict the next token: the file is "
                   "damaged",
                   path);
  return LW_OK;
}

lw_status lw_checkpoint_read_info(const char *path, lw_checkpoint_info *info)
{
  lw_h5 *file = NULL;
  int64_t whole = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  LW_TRY(read_format(file, &info->format));
  info->mark = (lw_data_mark){0};
  LW_TRY(lw_h5_get_text(file, "/", "job", info->job, sizeof info->job));
  LW_TRY(lw_h5_get_text(file, "/", "task", info->task, sizeof info->task));
  LW_TRY(lw_h5_get_text(file, "/", "longwave", info->version, sizeof info->version));
  LW_TRY(read_kind(file, &info->data));
  info->data.pairs = lw_h5_has(file, "/parameters/" LW_PAIR_HEAD_MARK);
  LW_TRY(lw_h5_sound(file));
  for (int i = 0; i < numbers_of(info->format); i++) {
    char *place = (char *)info + numbers[i].place;
    if (numbers[i].real)
      LW_TRY(lw_h5_get_real(file, "/", numbers[i].name, (double *)place));
    else
      LW_TRY(lw_h5_get_integer(file, "/", numbers[i].name, (int64_t *)place));
  }
  LW_TRY(lw_h5_get_integer(file, "/", "data_checksum", &whole));
  info->data_checksum = (uint32_t)whole;
  LW_TRY(lw_h5_get_integer(file, "/", "checksum", &whole));
  info->checksum = (uint32_t)whole;
  LW_TRY(lw_h5_get_integer(file, "/", "head", &whole));
  LW_TRY(check_head(info, (uint32_t)whole, path));
  info->progress.evaluation_due =
      lw_h5_get_integer(file, "/", "evaluation_due", &whole) == LW_OK && whole == 1;
  LW_TRY(lw_checkpoint_verify_names(file, info));
done:
  lw_h5_close(&file);
  return status;
}
