/* The checkpoint format, version 3. HDF5, little-endian; h5py reads it without our code.

     /                      attributes: format "longwave-checkpoint", version 3, longwave (the
                            program's version), job (the full resolved job as YAML), task, kind
                            ("tokens", "values", "next token"), vocabulary, classes, most_positions,
                            data_checksum, step, epoch, cursor (samples taken), tokens, seconds,
                            seed, best_loss, best_accuracy, best_step, evaluations_worse,
                            plateau_scale, plateau_worse; of the data scale, shift,
                            train_samples, validation_samples, test_samples, train_content,
                            validation_content, test_content (checksums: lw_dataset_info.content),
                            class_names and token_names (checksums, 0 when there are no names);
                            evaluation_due: 1, only in a step saved before its evaluation;
                            checksum: CRC-32 over the crc32 values below, in the order below, each
                            as 4 bytes;
                            head: CRC-32 over job, task and kind with their ending 0, then over the
                            numbers in the order of the table `numbers` below, 8 bytes each, then
                            data_checksum and checksum, 4 bytes each.
                            (HDF5 guards attributes too, but not those above 4 KiB.)
     /data/class_names      fixed-length texts [classes], unless the next token is asked for
     /data/token_names      fixed-length texts [vocabulary], if the data set names its tokens
     /parameters/NAME       float32, whole arrays, shapes as in docs/pytorch.md; where there is
                            head.hidden.0.weight, the model takes pairs of documents (never
                            together with kind "next token")
     /statistics/NAME       float32, running means and variances of batch norm
     /optimizer/first/NAME  float32, AdamW's moments, one a parameter
     /optimizer/second/NAME
   Every array has the attribute crc32: CRC-32 (zlib's) of its bytes. Each rank writes the
   rows that it owns (train/shard.h); nothing in the file depends on the ranks. Of texts the crc32
   is over all texts with a zero byte after each.

   Version 2 is read as well: it has no /data and none of the attributes from scale on. */
#include "longwave/train/checkpoint.h"
#include "checkpoint_inside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/version.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/h5.h"
#include <stddef.h>
#include <string.h>

/* PASSAGE: floats of an array that are in memory at a time when only a part of it is kept. */
enum { OLDEST = 2, VERSION = 3, GROUPS = 4, PASSAGE = 1 << 20 };

/* One array of the file, and the rows of it that this rank holds: all, or those of its shard. */
typedef struct array {
  char name[LW_H5_NAME_MAX];
  const lw_param *param;
  int64_t row, rows;
  float *data; /* [rows, param->dims[1]] */
} array;

typedef struct array_list {
  array *list;
  int64_t count;
} array_list;

/* All arrays in the order of the file. */
static lw_status list_arrays(const lw_checkpoint_state *state, array_list *out)
{
  const lw_model *model = state->model;
  const lw_optimizer *optimizer = state->optimizer;
  const lw_shard_part *parts = optimizer ? optimizer->shard.parts : NULL;
  const struct {
    const char *group;
    const lw_params *params;
    const lw_shard_part *parts; /* NULL: whole arrays */
    float *base;
  } groups[GROUPS] = {
      {"/parameters", &model->params, NULL, model->params.value},
      {"/statistics", &model->statistics, NULL, model->statistics.value},
      {"/optimizer/first", &model->params, parts, optimizer ? optimizer->first : NULL},
      {"/optimizer/second", &model->params, parts, optimizer ? optimizer->second : NULL}};
  lw_status status = LW_TAKE(&out->list, 3 * model->params.count + model->statistics.count);
  out->count = 0;
  for (int g = 0; status == LW_OK && g < GROUPS; g++)
    for (int64_t i = 0; groups[g].base && i < groups[g].params->count; i++) {
      array *a = &out->list[out->count++];
      const lw_shard_part *part = groups[g].parts ? &groups[g].parts[i] : NULL;
      a->param = &groups[g].params->table[i];
      a->row = part ? part->row : a->param->held.row;
      a->rows = part ? part->rows : a->param->held.rows;
      a->data = groups[g].base + (part ? part->place : a->param->first);
      snprintf(a->name, sizeof a->name, "%s/%s", groups[g].group, a->param->name);
    }
  return status;
}

/* The rows of an array that a rank writes; data of the own rank only. */
typedef struct share {
  int64_t first, rows, bytes;
  const float *data;
} share;

static share share_of(const array *a, const lw_world *world, int rank)
{
  lw_param_rows own = lw_shard_rows(a->param, world->size, rank);
  int64_t columns = a->param->dims[1];
  const float *data = rank == world->rank ? a->data + (own.row - a->row) * columns : NULL;
  return (share){own.row, own.rows, own.rows * columns * (int64_t)sizeof(float), data};
}

/* crc[i] of every whole array: each rank its rows, put together in their order. */
static lw_status checksums(const array_list *arrays, const lw_world *world, uint32_t *crc)
{
  int64_t *parts = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&parts, arrays->count * world->size));
  for (int64_t i = 0; i < arrays->count; i++) {
    share own = share_of(&arrays->list[i], world, world->rank);
    parts[i * world->size + world->rank] = lw_crc32(0, own.data, own.bytes);
  }
  lw_reduce_sum_integers(world, parts, arrays->count * world->size);
  for (int64_t i = 0; i < arrays->count; i++) {
    crc[i] = 0;
    for (int place = 0; place < world->size; place++) {
      int rank = lw_shard_owner(arrays->list[i].param, world->size, place);
      crc[i] = lw_crc32_combine(crc[i], (uint32_t)parts[i * world->size + rank],
                                share_of(&arrays->list[i], world, rank).bytes);
    }
  }
done:
  lw_mem_give(parts);
  return status;
}

static int64_t items_of(const lw_param *param)
{
  return param->dims[0] * param->dims[1];
}

static uint32_t whole_checksum(const uint32_t *crc, int64_t count)
{
  return lw_crc32(0, crc, count * (int64_t)sizeof *crc);
}

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

static lw_status define_attributes(lw_h5_writer *writer, const lw_checkpoint_info *info,
                                   int64_t seed)
{
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-checkpoint"));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", VERSION));
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

static lw_status define(lw_h5_writer *writer, const lw_checkpoint_info *info,
                        const lw_checkpoint_state *state, const array_list *arrays,
                        const uint32_t *crc)
{
  lw_status status = LW_OK;
  LW_TRY(define_attributes(writer, info, (int64_t)state->model->seed));
  LW_TRY(lw_checkpoint_define_names(writer, &info->mark, state->dataset));
  for (int64_t i = 0; i < arrays->count; i++) {
    const array *a = &arrays->list[i];
    LW_TRY(lw_h5_writer_array(writer, a->name, LW_H5_F32, a->param->rank, a->param->dims));
    LW_TRY(lw_h5_writer_integer(writer, a->name, "crc32", crc[i]));
  }
done:
  return status;
}

/* Independent writes, of which the ranks speak once: hundreds of arrays are small. */
static lw_status write_rows(lw_h5_writer *writer, const array_list *arrays, const lw_world *world)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < arrays->count && status == LW_OK; i++) {
    share own = share_of(&arrays->list[i], world, world->rank);
    status = lw_h5_writer_put_own(writer, arrays->list[i].name, own.first, own.rows, own.data);
  }
  return status;
}

static int64_t bytes_of(const array_list *arrays)
{
  int64_t bytes = 0;
  for (int64_t i = 0; i < arrays->count; i++)
    bytes += (int64_t)sizeof(float) * items_of(arrays->list[i].param);
  return bytes;
}

/* Rows of an array that pass through memory at a time. */
static int64_t rows_at_a_time(const array *a)
{
  const int64_t columns = a->param->dims[1];
  return columns < PASSAGE ? (PASSAGE + columns - 1) / columns : 1;
}

static lw_status verify_share(const lw_h5 *file, const array *a, const share *own, float *back)
{
  const int64_t columns = a->param->dims[1], most = rows_at_a_time(a);
  for (int64_t row = 0; row < own->rows; row += most) {
    const int64_t rows = own->rows - row < most ? own->rows - row : most;
    lw_status status = lw_h5_read(file, a->name, LW_H5_F32, own->first + row, rows, back);
    if (status != LW_OK) return status;
    if (memcmp(back, own->data + row * columns, (size_t)(rows * columns) * sizeof *back) != 0)
      return lw_fail(LW_ERROR_FORMAT, "%s: %s reads back differently from what was written"
                                      "; look at the disk and the memory of the nodes",
                     lw_h5_path(file), a->name);
  }
  return LW_OK;
}

/* Read this rank's rows back from the closed file: what the disk gives must be what memory
   holds. */
static lw_status verify_rows(const char *path, const array_list *arrays, const lw_world *world)
{
  lw_h5 *file = NULL;
  float *back = NULL;
  int64_t room = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  for (int64_t i = 0; i < arrays->count; i++) {
    const array *a = &arrays->list[i];
    const share own = share_of(a, world, world->rank);
    const int64_t most = rows_at_a_time(a), rows = own.rows < most ? own.rows : most;
    LW_TRY(lw_mem_grow((void **)&back, &room, rows * a->param->dims[1], sizeof(float)));
    LW_TRY(verify_share(file, a, &own, back));
  }
done:
  lw_mem_give(back);
  lw_h5_close(&file);
  return status;
}

static double lap(double *time)
{
  const double before = *time;
  *time = lw_clock();
  return *time - before;
}

lw_status lw_checkpoint_save(const char *path, const lw_world *world, lw_checkpoint_info *info,
                             const lw_checkpoint_state *state, lw_checkpoint_saved *saved)
{
  array_list arrays = {0};
  uint32_t *crc = NULL;
  lw_h5_writer *writer = NULL;
  lw_status status = LW_OK;
  double time = lw_clock();
  *saved = (lw_checkpoint_saved){0};
  info->format = VERSION;
  info->mark = lw_checkpoint_mark(state->dataset);
  lw_input_forget(path); /* a run may save again what it resumed from */
  LW_TRY_TOGETHER(world, list_arrays(state, &arrays));
  saved->bytes = bytes_of(&arrays);
  LW_TRY_TOGETHER(world, LW_TAKE(&crc, arrays.count));
  LW_TRY(checksums(&arrays, world, crc));
  saved->checksum = info->checksum = whole_checksum(crc, arrays.count);
  saved->checksum_s = lap(&time);
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, define(writer, info, state, &arrays, crc));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY_TOGETHER(world, write_rows(writer, &arrays, world));
  LW_TRY(lw_h5_writer_finish(writer));
  saved->write_s = lap(&time);
  LW_TRY_TOGETHER(world, verify_rows(lw_h5_writer_temporary(writer), &arrays, world));
  LW_TRY(lw_h5_writer_publish(writer));
  saved->compare_s = lap(&time);
done:
  lw_h5_writer_destroy(&writer);
  lw_mem_give(crc);
  lw_mem_give(arrays.list);
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
  if (status == LW_OK && (*version < OLDEST || *version > VERSION))
    return lw_fail(LW_ERROR_FOREIGN,
                   "%s has checkpoint version %lld; this program reads versions %d to %d: take the "
                   "program that wrote it",
                   lw_h5_path(file), (long long)*version, OLDEST, VERSION);
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
    return lw_fail(LW_ERROR_FORMAT, "%s: an attribute is out of range: the file is damaged"
                                    "; take the checkpoint before it, or copy it again", path);
  if (data->pairs && data->target == LW_TARGET_NEXT_TOKEN)
    return lw_fail(LW_ERROR_FORMAT,
                   "%s: a head for pairs of documents cannot ask for the next token: the file is "
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

/* Rows pass through here when not all of them are kept. */
typedef struct passage {
  float *rows;
  int64_t room;
} passage;

/* Those of `rows` rows from `first` on that are held here. */
static void keep_held(const array *a, int64_t first, int64_t rows, const float *from)
{
  int64_t columns = a->param->dims[1];
  int64_t begin = first > a->row ? first : a->row;
  int64_t end = first + rows < a->row + a->rows ? first + rows : a->row + a->rows;
  if (begin < end)
    memcpy(a->data + (begin - a->row) * columns, from + (begin - first) * columns,
           (size_t)((end - begin) * columns) * sizeof *from);
}

/* All rows in turn, because the checksum needs all. */
static lw_status load_rows(const lw_h5 *file, const array *a, passage *through, uint32_t *crc)
{
  int64_t columns = a->param->dims[1], all = a->param->dims[0];
  bool whole = a->rows == all;
  int64_t piece = whole || rows_at_a_time(a) > all ? all : rows_at_a_time(a);
  lw_status status = LW_OK;
  if (!whole)
    LW_TRY(lw_mem_grow((void **)&through->rows, &through->room, piece * columns, sizeof(float)));
  *crc = 0;
  for (int64_t first = 0; first < all; first += piece) {
    int64_t rows = all - first < piece ? all - first : piece;
    float *to = whole ? a->data : through->rows;
    LW_TRY(lw_h5_read(file, a->name, LW_H5_F32, first, rows, to));
    *crc = lw_crc32(*crc, to, rows * columns * (int64_t)sizeof *to);
    if (!whole) keep_held(a, first, rows, to);
  }
done:
  return status;
}

static lw_status check_shape(const lw_h5 *file, const char *name, const lw_param *param)
{
  lw_h5_shape shape;
  lw_status status = lw_h5_array_shape(file, name, &shape);
  if (status != LW_OK) return status;
  const int64_t items = items_of(param);
  if (shape.items == items && shape.dims[0] == param->dims[0]) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT, "%s: %s has %lld numbers, but the job's model needs %lld"
                                  "; take a checkpoint of the same model",
                 lw_h5_path(file), name, (long long)shape.items, (long long)items);
}

/* Of a model without memory yet: sizes that a damaged file names must be those of its arrays, or
   memory would be taken that no file fills. */
static lw_status check_parameters(const char *path, const lw_params *params)
{
  lw_h5 *file = NULL;
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  for (int64_t i = 0; i < params->count; i++) {
    snprintf(name, sizeof name, "/parameters/%s", params->table[i].name);
    LW_TRY(check_shape(file, name, &params->table[i]));
  }
done:
  lw_h5_close(&file);
  return status;
}

static lw_status load_array(const lw_h5 *file, const array *a, bool unverified, passage *through,
                            uint32_t *crc)
{
  int64_t stored = 0;
  lw_status status = LW_OK;
  LW_TRY(check_shape(file, a->name, a->param));
  LW_TRY(load_rows(file, a, through, crc));
  if (unverified) goto done;
  LW_TRY(lw_h5_get_integer(file, a->name, "crc32", &stored));
  if ((uint32_t)stored != *crc)
    status = lw_fail(LW_ERROR_FORMAT,
                     "%s: the checksum of %s is %08x, not the stored %08x: the file is damaged "
                     "(evaluate --unverified takes one that was changed on purpose)",
                     lw_h5_path(file), a->name, *crc, (uint32_t)stored);
done:
  return status;
}

lw_status lw_checkpoint_load(const char *path, const lw_checkpoint_state *state)
{
  array_list arrays = {0};
  uint32_t *crc = NULL;
  int64_t stored = 0;
  lw_h5 *file = NULL;
  passage through = {0};
  lw_status status = LW_OK;
  LW_TRY(list_arrays(state, &arrays));
  LW_TRY(LW_TAKE(&crc, arrays.count));
  LW_TRY(lw_h5_open(path, &file));
  for (int64_t i = 0; i < arrays.count; i++)
    LW_TRY(load_array(file, &arrays.list[i], state->unverified, &through, &crc[i]));
  LW_TRY(lw_h5_get_integer(file, "/", "checksum", &stored));
  if (state->optimizer && !state->unverified &&
      (uint32_t)stored != whole_checksum(crc, arrays.count))
    status =
        lw_fail(LW_ERROR_FORMAT, "%s: the checksums of its arrays are not the file's own"
                                 "; take the checkpoint before it, or copy it again", path);
done:
  lw_h5_close(&file);
  lw_mem_give(through.rows);
  lw_mem_give(crc);
  lw_mem_give(arrays.list);
  return status;
}

lw_status lw_checkpoint_model(const char *path, const lw_world *world, bool unverified,
                              lw_checkpoint_info *info, lw_job *job, lw_model **model)
{
  lw_model *fresh = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_checkpoint_read_info(path, info));
  LW_TRY_TOGETHER(world, lw_job_from_text(job, info->job, path));
  LW_TRY(lw_model_outline(&job->model, &job->attention, &info->data, (uint64_t)job->train.seed,
                          world, &fresh));
  LW_TRY_TOGETHER(world, check_parameters(path, &fresh->params));
  LW_TRY(lw_model_allocate(fresh));
  lw_checkpoint_state state = {.model = fresh, .unverified = unverified};
  LW_TRY_TOGETHER(world, lw_checkpoint_load(path, &state));
  *model = fresh;
  fresh = NULL;
done:
  lw_model_destroy(&fresh);
  return status;
}
