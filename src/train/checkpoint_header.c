/* What a checkpoint says of itself before its arrays: the attributes of the root, as the top of
   checkpoint.c lists them. */
#include "checkpoint_inside.h"
#include "longwave/base/text.h"
#include "longwave/base/version.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <stddef.h>
#include <string.h>

/* The numbers among the attributes of the root: one table for writing and reading. */
typedef struct number {
  const char *name; /* NULL: of the objective's figures, as many as are stored or tallied */
  bool real;
  size_t offset; /* in lw_checkpoint_info */
} number;
#define AT(member) offsetof(lw_checkpoint_info, member)
static const number table[] = {
    {"step", false, AT(progress.step)},
    {"epoch", true, AT(epoch)},
    {"cursor", false, AT(progress.cursor)},
    {"tokens", false, AT(progress.tokens)},
    {"seconds", true, AT(progress.seconds)},
    {NULL, true, AT(progress.best)}, /* "best_loss", "best_accuracy" */
    {"best_step", false, AT(progress.best_step)},
    {"evaluations_worse", false, AT(progress.evaluations_worse)},
    {"plateau_scale", true, AT(progress.plateau_scale)},
    {"plateau_worse", false, AT(progress.plateau_worse)},
    {"vocabulary", false, AT(data.vocabulary)},
    {"classes", false, AT(data.outputs)},
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
    /* from version 4 on */
    {"inputs", false, AT(data.inputs)},
    {"channels", false, AT(mark.channels)},
    {"numbers", false, AT(mark.numbers)},
    {"horizon", false, AT(mark.horizon)},
    {"meaning", false, AT(mark.meaning)},
};
enum {
  ROWS = sizeof table / sizeof *table,
  ROWS_OF_2 = 13,
  ROWS_OF_3 = 23,
  NUMBERS = ROWS + LW_FIGURES
};

/* The table with a row for each of the best evaluation's figures. */
typedef struct number_list {
  int count;
  number list[NUMBERS];
  char names[LW_FIGURES][64];
} number_list;

/* file: of tallied figures those that it has; NULL: all. */
static void add_figures(number_list *numbers, const lw_objective *objective, const lw_h5 *file,
                        size_t offset)
{
  for (int k = 0; k < objective->figures; k++) {
    const lw_figure *figure = &objective->figure[k];
    double value;
    if (!figure->stored && !figure->tallied) continue;
    snprintf(numbers->names[k], sizeof numbers->names[k], "best_%s", figure->column);
    if (file && figure->tallied &&
        lw_h5_get_real(file, "/", numbers->names[k], &value) == LW_ERROR_FORMAT)
      continue;
    numbers->list[numbers->count++] =
        (number){numbers->names[k], true, offset + (size_t)k * sizeof(double)};
  }
}

/* Those that a file has; file NULL: one that is written now. */
static void list_numbers(const lw_checkpoint_info *info, const lw_h5 *file, number_list *out)
{
  const int64_t version = file ? info->format : LW_CHECKPOINT_VERSION;
  const int rows = version < LW_CHECKPOINT_MARKED     ? ROWS_OF_2
                   : version < LW_CHECKPOINT_CHANNELS ? ROWS_OF_3
                                                      : ROWS;
  out->count = 0;
  for (int i = 0; i < rows; i++)
    if (table[i].name)
      out->list[out->count++] = table[i];
    else
      add_figures(out, info->data.objective, file, table[i].offset);
}

/* What goes in, or, of another target than the class, what is asked. */
const char *lw_checkpoint_kind(const lw_model_data *data)
{
  const lw_target *target = data->objective->target;
  return target == lw_targets[0] ? data->input->name : target->name;
}

/* Whether the kind alone does not tell the input. */
static bool names_input(const lw_model_data *data)
{
  return data->objective->target != lw_targets[0] && !data->objective->target->ids_only;
}

/* Of what the attributes of the root say. */
static uint32_t head_checksum(const lw_checkpoint_info *info, const number_list *numbers)
{
  const char *const texts[] = {info->job, info->task, lw_checkpoint_kind(&info->data)};
  uint32_t crc = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    crc = lw_crc32(crc, texts[i], (int64_t)strlen(texts[i]) + 1);
  for (int i = 0; i < numbers->count; i++)
    crc = lw_crc32(crc, (const char *)info + numbers->list[i].offset, (int64_t)sizeof(int64_t));
  crc = lw_crc32(crc, &info->data_checksum, (int64_t)sizeof info->data_checksum);
  return lw_crc32(crc, &info->checksum, (int64_t)sizeof info->checksum);
}

lw_status lw_checkpoint_define_head(lw_h5_writer *writer, const lw_checkpoint_info *info,
                                    int64_t seed)
{
  number_list numbers;
  lw_status status = LW_OK;
  list_numbers(info, NULL, &numbers);
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-checkpoint"));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", LW_CHECKPOINT_VERSION));
  LW_TRY(lw_h5_writer_text(writer, "/", "longwave", LW_VERSION));
  LW_TRY(lw_h5_writer_text(writer, "/", "job", info->job));
  LW_TRY(lw_h5_writer_text(writer, "/", "task", info->task));
  LW_TRY(lw_h5_writer_text(writer, "/", "kind", lw_checkpoint_kind(&info->data)));
  LW_TRY(lw_h5_writer_integer(writer, "/", "data_checksum", info->data_checksum));
  LW_TRY(lw_h5_writer_integer(writer, "/", "seed", seed));
  LW_TRY(lw_h5_writer_integer(writer, "/", "checksum", info->checksum));
  LW_TRY(lw_h5_writer_integer(writer, "/", "head", head_checksum(info, &numbers)));
  if (info->progress.evaluation_due) LW_TRY(lw_h5_writer_integer(writer, "/", "evaluation_due", 1));
  if (names_input(&info->data))
    LW_TRY(lw_h5_writer_text(writer, "/", "input", info->data.input->name));
  for (int i = 0; i < numbers.count; i++) {
    const char *member = (const char *)info + numbers.list[i].offset;
    if (numbers.list[i].real)
      LW_TRY(lw_h5_writer_real(writer, "/", numbers.list[i].name, *(const double *)member));
    else
      LW_TRY(lw_h5_writer_integer(writer, "/", numbers.list[i].name, *(const int64_t *)member));
  }
done:
  return status;
}

static lw_status refuse_kind(const lw_h5 *file, const char *kind)
{
  char known[512];
  lw_text list = LW_TEXT_IN(known);
  for (int i = 0; lw_inputs[i]; i++) lw_text_item(&list, ", ", "%s", lw_inputs[i]->name);
  for (int i = 1; lw_targets[i]; i++)
    lw_text_item(&list, lw_targets[i + 1] ? ", " : " or ", "%s", lw_targets[i]->name);
  return lw_fail(LW_ERROR_FORMAT, "%s: attribute kind is '%s', not %s", lw_h5_path(file), kind,
                 known);
}

static lw_status read_kind(const lw_h5 *file, lw_model_data *data)
{
  char text[32], input[32];
  lw_status status = lw_h5_get_text(file, "/", "kind", text, sizeof text);
  if (status != LW_OK) return status;
  const int64_t documents = lw_h5_has(file, "/parameters/" LW_PAIR_HEAD_MARK) ? 2 : 1;
  const lw_target *asked = lw_target_find(text);
  const lw_target *target = asked && asked != lw_targets[0] ? asked : lw_targets[0];
  snprintf(input, sizeof input, "%s", target == lw_targets[0] ? text : lw_input_tokens.name);
  if (target != lw_targets[0] && !target->ids_only)
    status = lw_h5_get_text(file, "/", "input", input, sizeof input);
  if (status != LW_OK) return status;
  data->input = lw_input_find(input);
  if (!data->input) return refuse_kind(file, text);
  data->objective = lw_objective_find(target, documents);
  if (data->objective) return lw_h5_sound(file);
  return lw_fail(LW_ERROR_FORMAT,
                 "%s: a head for pairs of documents cannot predict %s: the file is damaged",
                 lw_h5_path(file), target->wanted);
}

/* Classes of steps of a model that learns them beside its answers. */
static lw_status read_step_outputs(const lw_h5 *file, lw_model_data *data)
{
  lw_h5_shape shape;
  data->step_outputs = 0;
  if (!lw_h5_has(file, "/parameters/" LW_STEP_HEAD_MARK)) return lw_h5_sound(file);
  lw_status status = lw_h5_array_shape(file, "/parameters/" LW_STEP_HEAD_MARK, &shape);
  if (status == LW_OK) data->step_outputs = shape.dims[0];
  return status;
}

static lw_status read_format(const lw_h5 *file, int64_t *version)
{
  char format[64] = "";
  lw_status status = lw_h5_get_text(file, "/", "format", format, sizeof format);
  if (status != LW_OK && status != LW_ERROR_FORMAT) return status;
  if (status != LW_OK || strcmp(format, "longwave-checkpoint") != 0)
    return lw_fail(status == LW_OK ? LW_ERROR_FOREIGN : status,
                   "%s is not a Longwave checkpoint, or its head is damaged"
                   "; take another checkpoint, or copy it again",
                   lw_h5_path(file));
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
static lw_status check_head(const lw_checkpoint_info *info, const number_list *numbers,
                            uint32_t stored, const char *path)
{
  const uint32_t made = head_checksum(info, numbers);
  if (made != stored)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: the checksum of its attributes is %08x, not the stored %08x: the file is "
                   "damaged",
                   path, made, stored);
  const int64_t most = 1 << 30;
  const lw_model_data *data = &info->data;
  if (data->vocabulary < 0 || data->vocabulary > most || data->outputs < 1 ||
      data->outputs > most || data->most_positions < 0 || data->most_positions > most ||
      data->inputs < 1 || data->inputs > most || data->step_outputs < 0 ||
      data->step_outputs > most || info->progress.step < 0 || info->progress.cursor < 0)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: an attribute is out of range: the file is damaged"
                   "; use the previous checkpoint, or copy it again",
                   path);
  return LW_OK;
}

lw_status lw_checkpoint_read_info(const char *path, lw_checkpoint_info *info)
{
  lw_h5 *file = NULL;
  number_list numbers;
  int64_t whole = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  LW_TRY(read_format(file, &info->format));
  info->mark = (lw_data_mark){.channels = 1};
  info->data.inputs = 1;
  LW_TRY(lw_h5_get_text(file, "/", "job", info->job, sizeof info->job));
  LW_TRY(lw_h5_get_text(file, "/", "task", info->task, sizeof info->task));
  LW_TRY(lw_h5_get_text(file, "/", "longwave", info->version, sizeof info->version));
  LW_TRY(read_kind(file, &info->data));
  LW_TRY(read_step_outputs(file, &info->data));
  info->progress.best = lw_objective_unknown(info->data.objective);
  list_numbers(info, file, &numbers);
  for (int i = 0; i < numbers.count; i++) {
    char *member = (char *)info + numbers.list[i].offset;
    if (numbers.list[i].real)
      LW_TRY(lw_h5_get_real(file, "/", numbers.list[i].name, (double *)member));
    else
      LW_TRY(lw_h5_get_integer(file, "/", numbers.list[i].name, (int64_t *)member));
  }
  lw_score_complete(info->data.objective, &info->progress.best);
  LW_TRY(lw_h5_get_integer(file, "/", "data_checksum", &whole));
  info->data_checksum = (uint32_t)whole;
  LW_TRY(lw_h5_get_integer(file, "/", "checksum", &whole));
  info->checksum = (uint32_t)whole;
  LW_TRY(lw_h5_get_integer(file, "/", "head", &whole));
  LW_TRY(check_head(info, &numbers, (uint32_t)whole, path));
  info->progress.evaluation_due =
      lw_h5_get_integer(file, "/", "evaluation_due", &whole) == LW_OK && whole == 1;
  LW_TRY(lw_checkpoint_verify_names(file, info));
done:
  lw_h5_close(&file);
  return status;
}
