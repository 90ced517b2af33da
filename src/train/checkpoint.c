/* The checkpoint format, version 4. HDF5, little-endian; h5py reads it without our code.

     /                      attributes: format "longwave-checkpoint", version 4, longwave (the
                            program's version), job (the full resolved job as YAML), task, kind
                            (the input, "tokens" or "values", of the target "class", else the
                            target, "next token"), vocabulary, classes, most_positions,
                            data_checksum, step, epoch, cursor (samples taken), tokens, seconds,
                            seed, best_loss, best_accuracy (the stored figures of the objective,
                            model/objective.h, and the tallied ones, NAN where one is not known;
                            files from before there were any have none of these),
                            best_step, evaluations_worse, plateau_scale,
                            plateau_worse; of the data scale, shift,
                            train_samples, validation_samples, test_samples, train_content,
                            validation_content, test_content (checksums: lw_dataset_info.content),
                            class_names and token_names (checksums, 0 when there are no names),
                            inputs (numbers of a row of values that the model sees), channels,
                            numbers and horizon of the data, meaning (a checksum of the names,
                            scales and units of channels and numbers);
                            evaluation_due: 1, only in a step saved before its evaluation;
                            input: of a target that is asked of several inputs;
                            checksum: CRC-32 over the crc32 values below, in the order below, each
                            as 4 bytes;
                            head: CRC-32 over job, task and kind with their ending 0, then over the
                            numbers in the order of their table in checkpoint_header.c, 8 bytes
                            each, then data_checksum and checksum, 4 bytes each.
                            (HDF5 guards attributes too, but not those above 4 KiB.)
     /data                  the head of the data set (docs/data-format.md): attributes, channels and
                            answers, with documents (1 or 2) as an attribute more
     /data/class_names      fixed-length texts [classes], unless the next token is asked for
     /data/token_names      fixed-length texts [vocabulary], if the data set names its tokens
     /parameters/NAME       float32, whole arrays, shapes as in docs/pytorch.md; where there is
                            head.hidden.0.weight, the model takes pairs of documents (never
                            together with kind "next token")
     /statistics/NAME       float32, running means and variances of batch norm
     /optimizer/STATE/NAME  float32, what the optimizer keeps of each parameter, shaped like it: the
                            states of its row (train/optimizer.h)
   Every array has the attribute crc32: CRC-32 (zlib's) of its bytes. Each rank writes the
   rows that it owns (train/shard.h); nothing in the file depends on the ranks. Of texts the crc32
   is over all texts with a zero byte after each.

   Versions 2 and 3 are read as well: 3 has none of the attributes from inputs on, 2 has no /data
   and none from scale on. */
#include "longwave/train/checkpoint.h"
#include "checkpoint_inside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <stdio.h>
#include <string.h>

/* Floats of an array that are in memory at a time when only a part of it is kept. */
enum { PASSAGE = 1 << 20 };

/* ---- the arrays ---- */

static void list_array(lw_state_arrays *out, const char *group, lw_state_array array)
{
  snprintf(array.name, sizeof array.name, "%s/%s", group, array.param->name);
  out->list[out->count++] = array;
}

static void list_table(lw_state_arrays *out, const char *group, const lw_params *params)
{
  for (int64_t i = 0; i < params->count; i++)
    list_array(out, group,
               (lw_state_array){.param = &params->table[i],
                                .sole = LW_SHARD_DEALT,
                                .held = params->table[i].held,
                                .data = lw_param_value(params, i)});
}

/* The states in the order of the optimizer's row, each of all parameters that have it. */
static void list_optimizer(lw_state_arrays *out, const lw_optimizer *optimizer)
{
  char group[LW_H5_NAME_MAX - LW_PARAM_NAME_MAX - 1];
  const lw_params *params = optimizer->shard.params;
  for (int s = 0; optimizer->kind->states[s].name; s++) {
    snprintf(group, sizeof group, "/optimizer/%s", optimizer->kind->states[s].name);
    for (int64_t i = 0; i < params->count; i++) {
      const lw_shard_part *part = &optimizer->shard.parts[i];
      float *data = lw_optimizer_state_of(optimizer, i, s);
      if (data)
        list_array(out, group,
                   (lw_state_array){.param = &params->table[i],
                                    .sole = part->sole,
                                    .held = {part->row, part->rows},
                                    .data = data});
    }
  }
}

lw_status lw_state_list(const lw_checkpoint_state *state, lw_state_arrays *out)
{
  const lw_model *model = state->model;
  const int64_t most = (1 + LW_OPTIMIZER_STATES) * model->params.count + model->statistics.count;
  lw_status status = LW_TAKE(&out->list, most);
  if (status != LW_OK) return status;
  out->count = 0;
  list_table(out, "/parameters", &model->params);
  list_table(out, "/statistics", &model->statistics);
  if (state->optimizer) list_optimizer(out, state->optimizer);
  return LW_OK;
}

int64_t lw_state_items(const lw_param *param)
{
  return param->dims[0] * param->dims[1];
}

uint32_t lw_state_sum(const uint32_t *crc, int64_t count)
{
  return lw_crc32(0, crc, count * (int64_t)sizeof *crc);
}

/* Rows of an array that pass through memory at a time. */
int64_t lw_state_passage(const lw_state_array *a)
{
  const int64_t columns = a->param->dims[1];
  return columns < PASSAGE ? (PASSAGE + columns - 1) / columns : 1;
}

/* ---- writing ---- */

/* The rows of an array that a rank writes; data of the own rank only. */
typedef struct share {
  int64_t first, rows, bytes;
  const float *data;
} share;

static share share_of(const lw_state_array *a, const lw_world *world, int rank)
{
  lw_param_rows own = lw_shard_rows(a->param, a->sole, world->size, rank);
  int64_t columns = a->param->dims[1];
  const float *data = rank == world->rank ? a->data + (own.row - a->held.row) * columns : NULL;
  return (share){own.row, own.rows, own.rows * columns * (int64_t)sizeof(float), data};
}

/* crc[i] of every whole array: each rank its rows, put together in their order. */
static lw_status checksums(const lw_state_arrays *arrays, const lw_world *world, uint32_t *crc)
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
    for (int index = 0; index < world->size; index++) {
      int rank = lw_shard_owner(arrays->list[i].param, world->size, index);
      crc[i] = lw_crc32_combine(crc[i], (uint32_t)parts[i * world->size + rank],
                                share_of(&arrays->list[i], world, rank).bytes);
    }
  }
done:
  lw_mem_give(parts);
  return status;
}

static lw_status define(lw_h5_writer *writer, const lw_checkpoint_info *info,
                        const lw_checkpoint_state *state, const lw_state_arrays *arrays,
                        const uint32_t *crc)
{
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_define_head(writer, info, (int64_t)state->model->seed));
  LW_TRY(lw_checkpoint_define_names(writer, &info->mark, state->dataset));
  for (int64_t i = 0; i < arrays->count; i++) {
    const lw_state_array *a = &arrays->list[i];
    LW_TRY(lw_h5_writer_array(writer, a->name, LW_H5_F32, a->param->rank, a->param->dims));
    LW_TRY(lw_h5_writer_integer(writer, a->name, "crc32", crc[i]));
  }
done:
  return status;
}

/* Independent writes, of which the ranks speak once: hundreds of arrays are small. */
static lw_status write_rows(lw_h5_writer *writer, const lw_state_arrays *arrays,
                            const lw_world *world)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < arrays->count && status == LW_OK; i++) {
    share own = share_of(&arrays->list[i], world, world->rank);
    status = lw_h5_writer_put_own(writer, arrays->list[i].name, own.first, own.rows, own.data);
  }
  return status;
}

static int64_t bytes_of(const lw_state_arrays *arrays)
{
  int64_t bytes = 0;
  for (int64_t i = 0; i < arrays->count; i++)
    bytes += (int64_t)sizeof(float) * lw_state_items(arrays->list[i].param);
  return bytes;
}

static lw_status verify_share(const lw_h5 *file, const lw_state_array *a, const share *own,
                              float *back)
{
  const int64_t columns = a->param->dims[1], most = lw_state_passage(a);
  for (int64_t row = 0; row < own->rows; row += most) {
    const int64_t rows = own->rows - row < most ? own->rows - row : most;
    lw_status status = lw_h5_read(file, a->name, LW_H5_F32, own->first + row, rows, back);
    if (status != LW_OK) return status;
    if (memcmp(back, own->data + row * columns, (size_t)(rows * columns) * sizeof *back) != 0)
      return lw_fail(LW_ERROR_FORMAT,
                     "%s: %s reads back differently from what was written"
                     "; check the disk and the memory of the nodes",
                     lw_h5_path(file), a->name);
  }
  return LW_OK;
}

/* Read this rank's rows back from the closed file: what the disk gives must be what memory
   holds. */
static lw_status verify_rows(const char *path, const lw_state_arrays *arrays, const lw_world *world)
{
  lw_h5 *file = NULL;
  float *back = NULL;
  int64_t room = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  for (int64_t i = 0; i < arrays->count; i++) {
    const lw_state_array *a = &arrays->list[i];
    const share own = share_of(a, world, world->rank);
    const int64_t most = lw_state_passage(a), rows = own.rows < most ? own.rows : most;
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
  lw_state_arrays arrays = {0};
  uint32_t *crc = NULL;
  lw_h5_writer *writer = NULL;
  lw_status status = LW_OK;
  double time = lw_clock();
  *saved = (lw_checkpoint_saved){0};
  info->format = LW_CHECKPOINT_VERSION;
  info->mark = lw_checkpoint_mark(state->dataset);
  lw_input_forget(path); /* a run may save again what it resumed from */
  LW_TRY_TOGETHER(world, lw_state_list(state, &arrays));
  saved->bytes = bytes_of(&arrays);
  LW_TRY_TOGETHER(world, LW_TAKE(&crc, arrays.count));
  LW_TRY(checksums(&arrays, world, crc));
  saved->checksum = info->checksum = lw_state_sum(crc, arrays.count);
  saved->checksum_s = lap(&time);
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, define(writer, info, state, &arrays, crc));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY_TOGETHER(world, write_rows(writer, &arrays, world));
  LW_TRY_TOGETHER(world, world->rank == 0 && state->dataset
                             ? lw_checkpoint_put_head(writer, state->dataset)
                             : LW_OK);
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
