#include "array_source.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/parse/npy.h"
#include <inttypes.h>
#include <string.h>

struct lw_array {
  lw_npy *npy; /* or */
  lw_h5 *h5;
  char *name, *file;  /* as given; without what stands behind the ':' */
  const char *inside; /* what stands there, or NULL */
  lw_array_shape shape;
  int64_t read; /* rows so far */
};

static lw_h5_type stored_of(bool whole, bool negative, int64_t bytes)
{
  if (whole && bytes == 1 && !negative) return LW_H5_U8;
  return whole && (bytes == 1 || (bytes == 2 && negative)) ? LW_H5_I16 : LW_H5_F32;
}

static lw_status open_npy(lw_array *array)
{
  lw_status status = lw_npy_open(array->file, array->inside, &array->npy);
  if (status != LW_OK) return status;
  const lw_npy_info *info = lw_npy_describe(array->npy);
  array->shape.dims = info->dims;
  memcpy(array->shape.size, info->shape, sizeof info->shape);
  array->shape.stored = stored_of(info->kind != 'f', info->kind == 'i', info->bytes);
  return LW_OK;
}

static lw_status open_h5(lw_array *array)
{
  lw_h5_shape shape;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(array->file, &array->h5));
  LW_TRY(lw_h5_array_shape(array->h5, array->inside, &shape));
  const bool negative = shape.type == LW_H5_I8 || shape.type == LW_H5_I16 ||
                        shape.type == LW_H5_I32 || shape.type == LW_H5_I64;
  array->shape.dims = shape.rank;
  for (int i = 0; i < shape.rank; i++) array->shape.size[i] = shape.dims[i];
  array->shape.stored =
      stored_of(lw_h5_type_whole(shape.type), negative, lw_h5_type_size(shape.type));
done:
  return status;
}

/* The ':' before the path in an HDF5 file, or before the name of a member; a file may have one in
   its own name only if it has another one there. */
static lw_status split_name(lw_array *array, const char *name, bool *h5)
{
  lw_status status = LW_OK;
  LW_TRY(lw_mem_copy(name, &array->name));
  LW_TRY(lw_mem_copy(name, &array->file));
  char *path = strstr(array->file, ":/"), *colon = strrchr(array->file, ':');
  *h5 = path != NULL;
  if (*h5) colon = path;
  if (colon) *colon = 0;
  array->inside = colon ? colon + 1 : NULL;
done:
  return status;
}

lw_status lw_array_open(const char *name, lw_array **out)
{
  lw_array *array = NULL;
  bool h5 = false;
  lw_status status = LW_TAKE(&array, 1);
  if (status != LW_OK) return status;
  LW_TRY(split_name(array, name, &h5));
  LW_TRY(h5 ? open_h5(array) : open_npy(array));
  lw_array_shape *shape = &array->shape;
  if (!shape->dims || !shape->size[0])
    LW_TRY(
        lw_fail(LW_ERROR_FORMAT, "'%s' is empty; an array with a number in it was expected", name));
  shape->row = 1;
  for (int i = 1; i < shape->dims; i++) shape->row *= shape->size[i];
  if (!shape->row) LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' has rows without a number", name));
  *out = array;
  array = NULL;
done:
  lw_array_close(&array);
  return status;
}

void lw_array_close(lw_array **array)
{
  if (!*array) return;
  lw_npy_close(&(*array)->npy);
  lw_h5_close(&(*array)->h5);
  lw_mem_give((*array)->file);
  lw_mem_give((*array)->name);
  lw_mem_give(*array);
  *array = NULL;
}

const lw_array_shape *lw_array_describe(const lw_array *array)
{
  return &array->shape;
}

const char *lw_array_name(const lw_array *array)
{
  return array->name;
}

const char *lw_array_show(const lw_array *array, char *text, int64_t room)
{
  lw_text to = lw_text_in(text, (size_t)room);
  for (int i = 0; i < array->shape.dims; i++)
    lw_text_add(&to, "%s%" PRId64, i ? ", " : "[", array->shape.size[i]);
  lw_text_add(&to, "]");
  return text;
}

lw_status lw_array_read(lw_array *array, double *numbers, int64_t rows)
{
  lw_status status =
      array->npy ? lw_npy_read(array->npy, numbers, rows * array->shape.row)
                 : lw_h5_read(array->h5, array->inside, LW_H5_F64, array->read, rows, numbers);
  array->read += rows;
  return status;
}
