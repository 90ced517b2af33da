/* Reading attributes and texts. Texts of a fixed length (ours) and of a variable length (h5py's)
 * are both taken. */
#define _POSIX_C_SOURCE 200809L
#include "h5_private.h"
#include "longwave/base/mem.h"
#include <string.h>

/* A text that HDF5 has handed over: `bytes` without an end, or whole in HDF5's own memory. */
typedef struct found_text {
  char *fixed;    /* ours */
  char *variable; /* HDF5's */
  int64_t length;
} found_text;

static void text_done(found_text *text)
{
  lw_mem_give(text->fixed);
  if (text->variable) H5free_memory(text->variable);
  *text = (found_text){0};
}

/* How a text is fetched: from an attribute, or entry `index` of an array. */
typedef struct text_place {
  hid_t id;
  bool attribute;
  hid_t memory, space; /* arrays only */
} text_place;

static herr_t fetch(const text_place *from, hid_t type, void *out)
{
  if (from->attribute) return H5Aread(from->id, type, out);
  return H5Dread(from->id, type, from->memory, from->space, H5P_DEFAULT, out);
}

/* most: a valid text is not longer than its file. */
static lw_status text_get(const text_place *from, hid_t type, int64_t most, found_text *out)
{
  found_text text = {0};
  lw_status status = LW_OK;
  if (H5Tget_class(type) != H5T_STRING) return lw_fail(LW_ERROR_FORMAT, "is not a text");
  if (H5Tis_variable_str(type) > 0) {
    if (fetch(from, type, &text.variable) < 0)
      return lw_fail(LW_ERROR_FORMAT, "cannot be read (%s)", lw_h5_reason());
    text.length = text.variable ? (int64_t)strlen(text.variable) : 0;
  } else {
    int64_t size = (int64_t)H5Tget_size(type);
    if (size > most) return lw_fail(LW_ERROR_FORMAT, "claims %lld bytes", (long long)size);
    LW_TRY(LW_TAKE(&text.fixed, size + 1));
    if (fetch(from, type, text.fixed) < 0)
      LW_TRY(lw_fail(LW_ERROR_FORMAT, "cannot be read (%s)", lw_h5_reason()));
    text.length = (int64_t)strlen(text.fixed);
  }
  *out = text;
  text = (found_text){0};
done:
  text_done(&text);
  return status;
}

static lw_status text_hand_over(const found_text *found, char *text, int64_t room)
{
  if (found->length >= room)
    return lw_fail(LW_ERROR_FORMAT,
                   "has %lld bytes, but at most %lld are supported; write a shorter one",
                   (long long)found->length, (long long)room - 1);
  const char *from = found->fixed ? found->fixed : found->variable;
  if (found->length) memcpy(text, from, (size_t)found->length);
  text[found->length] = 0;
  return LW_OK;
}

/* The function that failed said what is wrong; this adds where. */
static lw_status with_place(lw_status status, const lw_h5 *file, const char *object,
                            const char *name)
{
  status = lw_h5_judge(lw_h5_path(file), status);
  if (status != LW_ERROR_FORMAT) return status;
  char what[512];
  size_t length = strlen(lw_fail_message());
  if (length >= sizeof what) length = sizeof what - 1;
  memcpy(what, lw_fail_message(), length);
  what[length] = 0;
  return lw_fail(status, "'%s': %s'%s' of '%s' %s", lw_h5_path(file), name ? "attribute " : "",
                 name ? name : "text", object, what);
}

/* ---- attributes ---- */

bool lw_h5_has_attribute(const lw_h5 *file, const char *object, const char *name)
{
  return lw_h5_has(file, object) &&
         H5Aexists_by_name(lw_h5_id(file), object, name, H5P_DEFAULT) > 0;
}

static hid_t attribute_open(const lw_h5 *file, const char *object, const char *name)
{
  hid_t id = lw_h5_id(file);
  if (!lw_h5_has_attribute(file, object, name)) return H5I_INVALID_HID;
  return H5Aopen_by_name(id, object, name, H5P_DEFAULT, H5P_DEFAULT);
}

static bool one_item(hid_t attribute)
{
  hid_t space = H5Aget_space(attribute);
  hssize_t items = H5Sget_simple_extent_npoints(space);
  H5Sclose(space);
  return items == 1;
}

static lw_status attribute_text(const lw_h5 *file, const char *object, const char *name,
                                found_text *out)
{
  hid_t attribute = attribute_open(file, object, name);
  if (attribute < 0) return lw_fail(LW_ERROR_FORMAT, "is missing");
  lw_status status = LW_OK;
  hid_t type = H5Aget_type(attribute);
  text_place from = {.id = attribute, .attribute = true};
  if (!one_item(attribute))
    status = lw_fail(LW_ERROR_FORMAT, "must be one text");
  else
    status = text_get(&from, type, lw_h5_bytes(file), out);
  H5Tclose(type);
  H5Aclose(attribute);
  return status;
}

lw_status lw_h5_get_text(const lw_h5 *file, const char *object, const char *name, char *text,
                         int64_t room)
{
  found_text found = {0};
  lw_status status = attribute_text(file, object, name, &found);
  if (status == LW_OK) status = text_hand_over(&found, text, room);
  text_done(&found);
  return with_place(status, file, object, name);
}

int64_t lw_h5_text_room(const lw_h5 *file, const char *object, const char *name)
{
  found_text found = {0};
  int64_t room = -1;
  if (attribute_text(file, object, name, &found) == LW_OK) room = found.length + 1;
  text_done(&found);
  return room;
}

/* One number of a family of types, converted by HDF5. */
static lw_status attribute_number(const lw_h5 *file, const char *object, const char *name,
                                  bool whole, void *value)
{
  hid_t attribute = attribute_open(file, object, name);
  if (attribute < 0) return with_place(lw_fail(LW_ERROR_FORMAT, "is missing"), file, object, name);
  hid_t type = H5Aget_type(attribute);
  H5T_class_t family = H5Tget_class(type);
  H5Tclose(type);
  lw_status status = LW_OK;
  if (!one_item(attribute) || (family != H5T_INTEGER && (whole || family != H5T_FLOAT)))
    status = lw_fail(LW_ERROR_FORMAT, "must be one %s number", whole ? "whole" : "real");
  else if (H5Aread(attribute, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, value) < 0)
    status = lw_fail(LW_ERROR_FORMAT, "cannot be read (%s)", lw_h5_reason());
  H5Aclose(attribute);
  return with_place(status, file, object, name);
}

lw_status lw_h5_get_integer(const lw_h5 *file, const char *object, const char *name, int64_t *value)
{
  int64_t read = 0;
  lw_status status = attribute_number(file, object, name, true, &read);
  if (status == LW_OK) *value = read;
  return status;
}

lw_status lw_h5_get_real(const lw_h5 *file, const char *object, const char *name, double *value)
{
  double read = 0;
  lw_status status = attribute_number(file, object, name, false, &read);
  if (status == LW_OK) *value = read;
  return status;
}

/* ---- arrays of texts ---- */

int64_t lw_h5_texts_count(const lw_h5 *file, const char *name)
{
  if (!lw_h5_has(file, name)) return -1;
  hid_t set = H5Dopen2(lw_h5_id(file), name, H5P_DEFAULT);
  if (set < 0) return -1;
  hid_t type = H5Dget_type(set), space = H5Dget_space(set);
  hsize_t count = 0;
  size_t size = H5Tget_size(type); /* a damaged type may have 0 */
  bool fits = H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_ndims(space) == 1 &&
              H5Sget_simple_extent_dims(space, &count, NULL) == 1 && size > 0 &&
              count <= (hsize_t)lw_h5_bytes(file) / size;
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(set);
  return fits ? (int64_t)count : -1;
}

lw_status lw_h5_read_text(const lw_h5 *file, const char *name, int64_t index, char *text,
                          int64_t room)
{
  int64_t count = lw_h5_texts_count(file, name);
  if (index < 0 || index >= count) {
    lw_status none = lw_fail(LW_ERROR_FORMAT, "'%s': there is no text %lld in array '%s'",
                             lw_h5_path(file), (long long)index, name);
    return lw_h5_judge(lw_h5_path(file), none);
  }
  hsize_t start = (hsize_t)index, one = 1;
  found_text found = {0};
  text_place from = {.id = H5Dopen2(lw_h5_id(file), name, H5P_DEFAULT)};
  hid_t type = H5Dget_type(from.id);
  from.space = H5Dget_space(from.id);
  from.memory = H5Screate_simple(1, &one, NULL);
  H5Sselect_hyperslab(from.space, H5S_SELECT_SET, &start, NULL, &one, NULL);
  lw_status status = text_get(&from, type, lw_h5_bytes(file), &found);
  if (status == LW_OK) status = text_hand_over(&found, text, room);
  text_done(&found);
  H5Sclose(from.memory);
  H5Sclose(from.space);
  H5Tclose(type);
  H5Dclose(from.id);
  return with_place(status, file, name, NULL);
}

static lw_status read_texts(const lw_h5 *file, const char *name, int64_t count, char **bytes,
                            int64_t *width)
{
  char *found = NULL;
  lw_status status = LW_OK;
  if (lw_h5_texts_count(file, name) != count)
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' does not hold %lld texts", lw_h5_path(file),
                   name, (long long)count);
  hid_t set = H5Dopen2(lw_h5_id(file), name, H5P_DEFAULT);
  hid_t type = H5Dget_type(set), memory = H5Tcopy(H5T_C_S1);
  const int64_t size = (int64_t)H5Tget_size(type) + 1;
  if (H5Tis_variable_str(type) != 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': texts of array '%s' have no fixed length",
                   lw_h5_path(file), name));
  LW_TRY(LW_TAKE(&found, count * size));
  H5Tset_size(memory, (size_t)size);
  H5Tset_strpad(memory, H5T_STR_NULLTERM);
  H5Tset_cset(memory, H5Tget_cset(type));
  if (H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) < 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' cannot be read (%s)", lw_h5_path(file), name,
                   lw_h5_reason()));
  *bytes = found;
  *width = size;
  found = NULL;
done:
  H5Tclose(memory);
  H5Tclose(type);
  H5Dclose(set);
  lw_mem_give(found);
  return status;
}

lw_status lw_h5_read_texts(const lw_h5 *file, const char *name, int64_t count, char **bytes,
                           int64_t *width)
{
  return lw_h5_judge(lw_h5_path(file), read_texts(file, name, count, bytes, width));
}
