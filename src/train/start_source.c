#include "start_source.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/io/safetensors.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lw_start_source {
  lw_start_origin origin;
  lw_h5 *file;             /* a checkpoint, */
  lw_safetensors *tensors; /* or this */
  lw_passage passage;
};

static bool is_safetensors(const char *path)
{
  static const char end[] = ".safetensors";
  const size_t length = strlen(path), tail = sizeof end - 1;
  return length > tail && !strcmp(path + length - tail, end);
}

static const lw_tensor *find(const lw_start_source *source, const char *name)
{
  return lw_safetensors_find(source->tensors, strchr(name + 1, '/') + 1);
}

/* ---- what the file says ---- */

static void take_text(const lw_safetensors *tensors, const char *key, char *text, size_t room)
{
  const char *found = lw_safetensors_text(tensors, key);
  if (found && strlen(found) < room) snprintf(text, room, "%s", found);
}

static int64_t take_number(const lw_safetensors *tensors, const char *key)
{
  const char *found = lw_safetensors_text(tensors, key);
  return found ? strtoll(found, NULL, 10) : -1;
}

static lw_status open_safetensors(const char *path, lw_start_source *source)
{
  lw_start_origin *origin = &source->origin;
  const lw_status status = lw_safetensors_open(path, &source->tensors);
  *origin = (lw_start_origin){.step = -1, .class_names = -1, .token_names = -1};
  if (status != LW_OK || !lw_safetensors_text(source->tensors, LW_SAFETENSORS_OURS)) return status;
  origin->step = take_number(source->tensors, "step");
  origin->class_names = take_number(source->tensors, "class_names");
  origin->token_names = take_number(source->tensors, "token_names");
  take_text(source->tensors, "kind", origin->kind, sizeof origin->kind);
  take_text(source->tensors, "job", origin->job, sizeof origin->job);
  return LW_OK;
}

static lw_status open_checkpoint(const char *path, lw_start_source *source)
{
  lw_checkpoint_info *info = NULL;
  lw_start_origin *origin = &source->origin;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_checkpoint_read_info(path, info));
  origin->step = info->progress.step;
  origin->objective = info->data.objective;
  snprintf(origin->kind, sizeof origin->kind, "%s", lw_checkpoint_kind(&info->data));
  origin->class_names = info->mark.class_names;
  origin->token_names = info->mark.token_names;
  snprintf(origin->job, sizeof origin->job, "%s", info->job);
  status = lw_h5_open(path, &source->file);
done:
  lw_mem_give(info);
  return status;
}

lw_status lw_start_source_open(const char *path, lw_start_source **out)
{
  lw_start_source *source = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&source, 1));
  LW_TRY(is_safetensors(path) ? open_safetensors(path, source) : open_checkpoint(path, source));
  *out = source;
  source = NULL;
done:
  lw_start_source_close(&source);
  return status;
}

void lw_start_source_close(lw_start_source **source)
{
  lw_start_source *s = *source;
  if (!s) return;
  lw_h5_close(&s->file);
  lw_safetensors_close(&s->tensors);
  lw_mem_give(s->passage.rows);
  lw_mem_give(s);
  *source = NULL;
}

const lw_start_origin *lw_start_source_origin(const lw_start_source *source)
{
  return &source->origin;
}

/* ---- arrays ---- */

lw_status lw_start_source_size(const lw_start_source *source, const char *name, int64_t *rows,
                               int64_t *columns)
{
  lw_h5_shape shape = {0};
  *rows = -1;
  if (source->tensors) {
    const lw_tensor *tensor = find(source, name);
    if (!tensor) return LW_OK;
    shape.dims[0] = tensor->rank > 0 ? tensor->dims[0] : 1;
    shape.items = tensor->items;
  } else {
    if (!lw_h5_has(source->file, name)) return lw_h5_sound(source->file);
    const lw_status status = lw_h5_array_shape(source->file, name, &shape);
    if (status != LW_OK) return status;
  }
  *rows = shape.dims[0];
  *columns = *rows > 0 ? shape.items / *rows : 0;
  return LW_OK;
}

/* There is no checksum, so what is not held here is not read. */
static lw_status load_tensor(const lw_safetensors *tensors, const lw_tensor *tensor,
                             const lw_state_array *a, int64_t rows)
{
  const int64_t columns = a->param->dims[1];
  const int64_t end = lw_smaller(a->held.row + a->held.rows, rows);
  return lw_safetensors_read(tensors, tensor, a->held.row * columns,
                             lw_larger(end - a->held.row, 0) * columns, a->data);
}

lw_status lw_start_source_load(lw_start_source *source, const lw_state_array *a, int64_t rows)
{
  uint32_t crc;
  if (source->tensors) return load_tensor(source->tensors, find(source, a->name), a, rows);
  return lw_state_load(source->file, a, rows, false, &source->passage, &crc);
}

lw_status lw_start_source_each(const lw_start_source *source,
                               lw_status (*visit)(const char *name, void *context), void *context)
{
  int64_t count;
  if (!source->tensors) return lw_h5_each(source->file, "/parameters", visit, context);
  const lw_tensor *tensors = lw_safetensors_list(source->tensors, &count);
  for (int64_t i = 0; i < count; i++) {
    const lw_status status = visit(tensors[i].name, context);
    if (status != LW_OK) return status;
  }
  return LW_OK;
}
