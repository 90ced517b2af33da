/* Reading the arrays of a checkpoint. */
#include "checkpoint_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include <stdio.h>
#include <string.h>

/* Those of `rows` rows from `first` on that are held here. */
static void keep_held(const lw_state_array *a, int64_t first, int64_t rows, const float *from)
{
  int64_t columns = a->param->dims[1];
  const lw_param_rows held = a->held;
  int64_t begin = first > held.row ? first : held.row;
  int64_t end = first + rows < held.row + held.rows ? first + rows : held.row + held.rows;
  if (begin < end)
    memcpy(a->data + (begin - held.row) * columns, from + (begin - first) * columns,
           (size_t)((end - begin) * columns) * sizeof *from);
}

/* All rows in turn, because the checksum needs all. */
static lw_status load_rows(const lw_h5 *file, const lw_state_array *a, int64_t all,
                           lw_passage *through, uint32_t *crc)
{
  int64_t columns = a->param->dims[1];
  bool whole = a->held.rows == all && a->param->dims[0] == all;
  int64_t piece = whole || lw_state_passage(a) > all ? all : lw_state_passage(a);
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
  const int64_t items = lw_state_items(param);
  if (shape.items == items && shape.dims[0] == param->dims[0]) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "%s: %s has %lld numbers, but the job's model needs %lld"
                 "; take a checkpoint of the same model",
                 lw_h5_path(file), name, (long long)shape.items, (long long)items);
}

lw_status lw_checkpoint_check_shapes(const char *path, const lw_params *params)
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

lw_status lw_state_load(const lw_h5 *file, const lw_state_array *a, int64_t rows, bool unverified,
                        lw_passage *passage, uint32_t *crc)
{
  int64_t stored = 0;
  lw_status status = LW_OK;
  LW_TRY(load_rows(file, a, rows, passage, crc));
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

static lw_status load_array(const lw_h5 *file, const lw_state_array *a, bool unverified,
                            lw_passage *passage, uint32_t *crc)
{
  const lw_status status = check_shape(file, a->name, a->param);
  return status == LW_OK ? lw_state_load(file, a, a->param->dims[0], unverified, passage, crc)
                         : status;
}

lw_status lw_checkpoint_load(const char *path, const lw_checkpoint_state *state)
{
  lw_state_arrays arrays = {0};
  uint32_t *crc = NULL;
  int64_t stored = 0;
  lw_h5 *file = NULL;
  lw_passage through = {0};
  lw_work work = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_state_list(state, &arrays));
  lw_work_begin(&work, "reading the checkpoint", "arrays", arrays.count);
  LW_TRY(LW_TAKE(&crc, arrays.count));
  LW_TRY(lw_h5_open(path, &file));
  for (int64_t i = 0; i < arrays.count; lw_work_show(&work, ++i))
    LW_TRY(load_array(file, &arrays.list[i], state->unverified, &through, &crc[i]));
  LW_TRY(lw_h5_get_integer(file, "/", "checksum", &stored));
  if (state->optimizer && !state->unverified && (uint32_t)stored != lw_state_sum(crc, arrays.count))
    status = lw_fail(LW_ERROR_FORMAT,
                     "%s: the checksums of its arrays are not the file's own"
                     "; use the previous checkpoint, or copy it again",
                     path);
done:
  lw_work_end(&work);
  lw_h5_close(&file);
  lw_mem_give(through.rows);
  lw_mem_give(crc);
  lw_mem_give(arrays.list);
  return status;
}
