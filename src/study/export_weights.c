#include "longwave/base/mem.h"
#include "longwave/base/version.h"
#include "longwave/io/h5.h"
#include "longwave/io/safetensors.h"
#include "longwave/study/export.h"
#include "longwave/train/checkpoint.h"
#include <stdio.h>
#include <string.h>

enum { GROUPS = 2 };
static const char *const groups[GROUPS] = {"/parameters", "/statistics"};

typedef struct one_array {
  char path[LW_H5_NAME_MAX]; /* in the checkpoint */
} one_array;

typedef struct weights {
  lw_h5 *file;
  const char *group;
  one_array *arrays; /* [count] */
  const char **names;
  int *rank;
  int64_t (*dims)[2];
  int64_t count, numbers, room[4];
} weights;

static lw_status make_room(weights *w)
{
  const int64_t used = w->count, count = used + 1;
  lw_status status = LW_EXTEND(&w->arrays, &w->room[0], used, count);
  if (status == LW_OK) status = LW_EXTEND(&w->names, &w->room[1], used, count);
  if (status == LW_OK) status = LW_EXTEND(&w->rank, &w->room[2], used, count);
  if (status == LW_OK) status = LW_EXTEND(&w->dims, &w->room[3], used, count);
  return status;
}

static lw_status note_array(const char *name, void *context)
{
  weights *w = context;
  lw_h5_shape shape;
  lw_status status = LW_OK;
  LW_TRY(make_room(w));
  char *path = w->arrays[w->count].path;
  snprintf(path, LW_H5_NAME_MAX, "%s/%s", w->group, name);
  LW_TRY(lw_h5_array_shape(w->file, path, &shape));
  if (shape.rank < 1 || shape.rank > 2)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "%s: %s has %d dimensions: the file is damaged",
                   lw_h5_path(w->file), path, shape.rank));
  w->rank[w->count] = shape.rank;
  w->dims[w->count][0] = shape.dims[0];
  w->dims[w->count][1] = shape.rank > 1 ? shape.dims[1] : 1;
  w->numbers += shape.items;
  w->count++;
done:
  return status;
}

static lw_status list_arrays(weights *w)
{
  lw_status status = LW_OK;
  for (int i = 0; i < GROUPS; i++) {
    w->group = groups[i];
    if (lw_h5_has(w->file, w->group)) LW_TRY(lw_h5_each(w->file, w->group, note_array, w));
  }
  LW_TRY(lw_h5_sound(w->file));
  for (int64_t i = 0; i < w->count; i++) w->names[i] = strchr(w->arrays[i].path + 1, '/') + 1;
done:
  return status;
}

static lw_status fill(int64_t index, float *data, void *context)
{
  const weights *w = context;
  const char *path = w->arrays[index].path;
  const int64_t *dims = w->dims[index];
  int64_t stored = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_read(w->file, path, LW_H5_F32, 0, dims[0], data));
  LW_TRY(lw_h5_get_integer(w->file, path, "crc32", &stored));
  const uint32_t made = lw_crc32(0, data, dims[0] * dims[1] * (int64_t)sizeof *data);
  if (made != (uint32_t)stored)
    status = lw_fail(LW_ERROR_FORMAT,
                     "%s: the checksum of %s is %08x, not the stored %08x: the file is damaged",
                     lw_h5_path(w->file), path, made, (uint32_t)stored);
done:
  return status;
}

static lw_status write_all(weights *w, const lw_checkpoint_info *info, const char *path)
{
  char step[24], class_names[24], token_names[24];
  snprintf(step, sizeof step, "%lld", (long long)info->progress.step);
  snprintf(class_names, sizeof class_names, "%lld", (long long)info->mark.class_names);
  snprintf(token_names, sizeof token_names, "%lld", (long long)info->mark.token_names);
  const char *const texts[] = {LW_SAFETENSORS_OURS,
                               LW_VERSION,
                               "format",
                               "pt",
                               "step",
                               step,
                               "task",
                               info->task,
                               "kind",
                               lw_checkpoint_kind(&info->data),
                               "class_names",
                               class_names,
                               "token_names",
                               token_names,
                               "job",
                               info->job,
                               NULL};
  const lw_safetensors_content content = {.texts = texts,
                                          .names = w->names,
                                          .rank = w->rank,
                                          .dims = (const int64_t(*)[2])w->dims,
                                          .count = w->count,
                                          .fill = fill,
                                          .context = w};
  return lw_safetensors_write(path, &content);
}

lw_status lw_export_weights(const char *checkpoint, const char *path, FILE *told)
{
  weights w = {.file = NULL};
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_checkpoint_read_info(checkpoint, info));
  LW_TRY(lw_h5_open(checkpoint, &w.file));
  LW_TRY(list_arrays(&w));
  LW_TRY(write_all(&w, info, path));
  if (told)
    fprintf(told, "%s: %lld arrays, %lld numbers, of step %lld\n", path, (long long)w.count,
            (long long)w.numbers, (long long)info->progress.step);
done:
  lw_h5_close(&w.file);
  lw_mem_give(w.arrays);
  lw_mem_give(w.names);
  lw_mem_give(w.rank);
  lw_mem_give(w.dims);
  lw_mem_give(info);
  return status;
}
