/* Reading. The file is from elsewhere: nothing in its head is believed before it is checked. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/io/safetensors.h"
#include "longwave/base/input.h"
#include "longwave/base/json_read.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8 };
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data are taken as they are");

struct lw_safetensors {
  char *path;
  int handle;
  int64_t data, bytes; /* of the data: where they begin, how many */
  lw_json_value head;
  lw_tensor *tensors; /* [count] */
  int64_t count;
};

static const struct {
  const char *name;
  int64_t bytes;
} types[] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
             {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};
enum { TYPES = sizeof types / sizeof *types };

/* ---- bytes ---- */

static lw_status read_at(const lw_safetensors *file, int64_t offset, int64_t bytes, void *data)
{
  for (int64_t done = 0; done < bytes;) {
    const ssize_t got =
        pread(file->handle, (char *)data + done, (size_t)(bytes - done), (off_t)(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", file->path, lw_reason(errno));
    if (got == 0)
      return lw_fail(LW_ERROR_FORMAT, "'%s' became shorter while it was read", file->path);
    done += got;
  }
  return LW_OK;
}

static lw_status open_bytes(lw_safetensors *file, int64_t *size)
{
  struct stat about;
  file->handle = open(file->path, O_RDONLY | O_CLOEXEC);
  if (file->handle < 0 || fstat(file->handle, &about))
    return lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", file->path, lw_reason(errno));
  if (!S_ISREG(about.st_mode))
    return lw_fail(LW_ERROR_INPUT, "'%s' is not a regular file", file->path);
  lw_input_note(file->path);
  *size = (int64_t)about.st_size;
  return LW_OK;
}

/* ---- one array ---- */

static lw_status bad(const lw_safetensors *file, const char *name, const char *what)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' is damaged, or no file of safetensors: '%.96s' %s",
                 file->path, name, what);
}

static lw_status take_shape(const lw_safetensors *file, lw_json_value value, lw_tensor *t)
{
  const lw_json_value shape = lw_json_member(value, "shape");
  const int64_t rank = lw_json_length(shape);
  if (rank < 0) return bad(file, t->name, "has no shape");
  if (rank > LW_TENSOR_RANK_MAX) return bad(file, t->name, "has more than 8 dimensions");
  t->rank = (int)rank;
  t->items = 1;
  for (int i = 0; i < t->rank; i++) {
    if (!lw_json_integer(shape, i, &t->dims[i]) || t->dims[i] < 0)
      return bad(file, t->name, "has a shape that is not of whole numbers from 0 on");
    if (t->dims[i] > 0 && t->items > file->bytes / t->dims[i])
      return bad(file, t->name, "has a shape of more numbers than the file has bytes");
    t->items *= t->dims[i];
  }
  return LW_OK;
}

static lw_status take_offsets(const lw_safetensors *file, lw_json_value value, lw_tensor *t)
{
  const lw_json_value offsets = lw_json_member(value, "data_offsets");
  if (lw_json_length(offsets) != 2 || !lw_json_integer(offsets, 0, &t->begin) ||
      !lw_json_integer(offsets, 1, &t->end))
    return bad(file, t->name, "has no data_offsets of two whole numbers");
  if (t->begin < 0 || t->begin > t->end || t->end > file->bytes)
    return bad(file, t->name, "has data_offsets outside of the file: was it truncated?");
  for (int i = 0; i < TYPES; i++)
    if (!strcmp(types[i].name, t->type) && t->items * types[i].bytes != t->end - t->begin)
      return bad(file, t->name, "has data_offsets that do not fit its shape");
  return LW_OK;
}

static lw_status take_tensor(const char *key, lw_json_value value, void *context)
{
  lw_safetensors *file = context;
  lw_tensor *t = &file->tensors[file->count];
  if (!strcmp(key, LW_SAFETENSORS_TEXTS)) return LW_OK;
  *t = (lw_tensor){.name = key};
  const char *type = lw_json_string(lw_json_member(value, "dtype"));
  if (!type || strlen(type) >= sizeof t->type) return bad(file, key, "has no dtype");
  snprintf(t->type, sizeof t->type, "%s", type);
  lw_status status = take_shape(file, value, t);
  if (status == LW_OK) status = take_offsets(file, value, t);
  file->count += status == LW_OK;
  return status;
}

/* ---- all of them ---- */

static int by_data(const void *a, const void *b)
{
  const lw_tensor *x = a, *y = b;
  return x->begin != y->begin ? LW_ORDER(x->begin, y->begin) : LW_ORDER(x->end, y->end);
}

static lw_status check_order(const lw_safetensors *file)
{
  int64_t behind = 0;
  for (int64_t i = 0; i < file->count; behind = file->tensors[i++].end) {
    if (file->tensors[i].begin < behind)
      return bad(file, file->tensors[i].name, "overlaps the array before it");
    if (file->tensors[i].begin > behind)
      return bad(file, file->tensors[i].name, "has bytes before it that belong to no array");
  }
  if (behind == file->bytes) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is damaged, or no file of safetensors: %lld bytes at its end belong to no "
                 "array",
                 file->path, (long long)(file->bytes - behind));
}

static lw_status check_text(const char *key, lw_json_value value, void *context)
{
  return lw_json_string(value) ? LW_OK : bad(context, key, "in __metadata__ is not a text");
}

static lw_status take_head(lw_safetensors *file)
{
  const lw_json_value texts = lw_json_member(file->head, LW_SAFETENSORS_TEXTS);
  lw_status status = LW_OK;
  if (texts.value && !lw_json_is_object(texts))
    LW_TRY(bad(file, LW_SAFETENSORS_TEXTS, "is not an object"));
  LW_TRY(lw_json_visit(texts, check_text, file));
  LW_TRY(LW_TAKE(&file->tensors, lw_json_members(file->head)));
  LW_TRY(lw_json_visit(file->head, take_tensor, file));
  qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, by_data);
  status = check_order(file);
done:
  return status;
}

static lw_status read_head(lw_safetensors *file, int64_t size)
{
  uint64_t length = 0;
  char *text = NULL, name[256];
  lw_status status = LW_OK;
  if (size < LENGTH_BYTES)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is too short for a file of safetensors", file->path));
  LW_TRY(read_at(file, 0, LENGTH_BYTES, &length));
  if (length > LW_SAFETENSORS_HEAD_MAX || (int64_t)length > size - LENGTH_BYTES)
    LW_TRY(lw_fail(LW_ERROR_FORMAT,
                   "'%s' is truncated, or no file of safetensors: its head claims %llu bytes, and "
                   "%lld follow (100000000 are the most)",
                   file->path, (unsigned long long)length, (long long)(size - LENGTH_BYTES)));
  LW_TRY(LW_TAKE(&text, (int64_t)length + 1));
  LW_TRY(read_at(file, LENGTH_BYTES, (int64_t)length, text));
  file->data = LENGTH_BYTES + (int64_t)length;
  file->bytes = size - file->data;
  snprintf(name, sizeof name, "the head of '%.200s'", file->path);
  LW_TRY(lw_json_parse(text, (int64_t)length, name, &file->head));
  status = take_head(file);
done:
  lw_mem_give(text);
  return status;
}

lw_status lw_safetensors_open(const char *path, lw_safetensors **out)
{
  lw_safetensors *file = NULL;
  int64_t size = 0;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&file, 1));
  file->handle = -1;
  LW_TRY(lw_mem_copy(path, &file->path));
  LW_TRY(open_bytes(file, &size));
  LW_TRY(read_head(file, size));
  *out = file;
  file = NULL;
done:
  lw_safetensors_close(&file);
  return status;
}

void lw_safetensors_close(lw_safetensors **file)
{
  lw_safetensors *f = *file;
  if (!f) return;
  if (f->handle >= 0) close(f->handle);
  lw_json_free(&f->head);
  lw_mem_give(f->tensors);
  lw_mem_give(f->path);
  lw_mem_give(f);
  *file = NULL;
}

const char *lw_safetensors_path(const lw_safetensors *file)
{
  return file->path;
}

const lw_tensor *lw_safetensors_list(const lw_safetensors *file, int64_t *count)
{
  *count = file->count;
  return file->tensors;
}

const lw_tensor *lw_safetensors_find(const lw_safetensors *file, const char *name)
{
  for (int64_t i = 0; i < file->count; i++)
    if (!strcmp(file->tensors[i].name, name)) return &file->tensors[i];
  return NULL;
}

const char *lw_safetensors_text(const lw_safetensors *file, const char *key)
{
  return lw_json_string(lw_json_member(lw_json_member(file->head, LW_SAFETENSORS_TEXTS), key));
}

lw_status lw_safetensors_read(const lw_safetensors *file, const lw_tensor *tensor, int64_t first,
                              int64_t count, float *data)
{
  if (strcmp(tensor->type, "F32") != 0)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': '%.96s' has the dtype %s, not F32; convert it before it is saved, such "
                   "as by tensor.float()",
                   file->path, tensor->name, tensor->type);
  if (first < 0 || count < 0 || count > tensor->items - first)
    return lw_fail(LW_ERROR_INPUT, "'%s': '%.96s' has %lld numbers, not %lld", file->path,
                   tensor->name, (long long)tensor->items, (long long)(first + count));
  const int64_t size = (int64_t)sizeof *data;
  return read_at(file, file->data + tensor->begin + first * size, count * size, data);
}
