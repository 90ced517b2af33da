/* The head of a file: groups, arrays whose blocks are laid out at once, attributes, links and
 * texts, made by HDF5 in memory (h5_memory.h). No times are stored: equal content gives equal
 * bytes. */
#include "h5_memory.h"
#include "h5_writer.h"
#include <stdio.h>
#include <string.h>

typedef lw_h5_entry entry;

/* The groups on the way to `name`, without the times that HDF5 would give them by itself. */
static bool make_groups(hid_t file, const char *name)
{
  char part[LW_H5_NAME_MAX];
  hid_t how = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_obj_track_times(how, false);
  bool fine = true;
  for (const char *end = strchr(name + 1, '/'); end && fine; end = strchr(end + 1, '/')) {
    snprintf(part, sizeof part, "%.*s", (int)(end - name), name);
    if (H5Lexists(file, part, H5P_DEFAULT) > 0) continue;
    hid_t group = H5Gcreate2(file, part, H5P_DEFAULT, how, H5P_DEFAULT);
    fine = group >= 0 && H5Gclose(group) >= 0;
  }
  H5Pclose(how);
  return fine;
}

/* An array of `type` and `dims`, its blocks allocated. */
static hid_t make_array(hid_t file, const char *name, hid_t type, int rank, const int64_t *dims)
{
  hsize_t size[LW_H5_RANK_MAX];
  for (int i = 0; i < rank; i++) size[i] = (hsize_t)dims[i];
  hid_t space = H5Screate_simple(rank, size, NULL);
  hid_t how = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(how, H5D_FILL_TIME_NEVER);
  H5Pset_obj_track_times(how, false);
  hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
  H5Pclose(how);
  H5Sclose(space);
  return set;
}

static bool make_attribute(hid_t file, const entry *e, hid_t stored, hid_t native,
                           const void *value)
{
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute = H5Acreate_by_name(file, e->object, e->name, stored, space, H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT);
  bool fine = attribute >= 0 && H5Awrite(attribute, native, value) >= 0;
  if (attribute >= 0) fine = H5Aclose(attribute) >= 0 && fine;
  H5Sclose(space);
  return fine;
}

static hid_t text_type(int64_t width)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, (size_t)width);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

static bool make_texts(hid_t file, const entry *e)
{
  hid_t type = text_type(e->width);
  hid_t set = make_array(file, e->name, type, 1, &e->count);
  bool fine = set >= 0;
  if (fine && e->count) fine = H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, e->bytes) >= 0;
  if (set >= 0) fine = H5Dclose(set) >= 0 && fine;
  H5Tclose(type);
  return fine;
}

static bool make_text(hid_t file, const entry *e)
{
  hid_t type = text_type(e->width);
  bool fine = make_attribute(file, e, type, type, e->bytes);
  H5Tclose(type);
  return fine;
}

/* Arrays without items have no bytes in the file. */
static bool place_array(hid_t file, entry *e)
{
  const hid_t texts = e->width ? text_type(e->width) : -1;
  hid_t set = make_array(file, e->name, e->width ? texts : lw_h5_stored(e->type), e->rank, e->dims);
  if (e->width) H5Tclose(texts);
  if (set < 0) return false;
  const haddr_t offset = H5Dget_offset(set);
  e->offset = offset == HADDR_UNDEF ? -1 : (int64_t)offset;
  return H5Dclose(set) >= 0;
}

/* Those that an entry needs: on the way to its name, or, of an attribute, its object, unless that
 * is an array. */
static bool make_way(hid_t file, const entry *e)
{
  char object[LW_H5_NAME_MAX + 1];
  if (lw_h5_makes_name(e)) return make_groups(file, e->name);
  snprintf(object, sizeof object, "%s/", e->object);
  return !strcmp(e->object, "/") || make_groups(file, object);
}

static bool make_entry(hid_t file, entry *e)
{
  if (!make_way(file, e)) return false;
  switch (e->kind) {
  case ENTRY_ARRAY:
    return place_array(file, e);
  case ENTRY_TEXTS:
    return make_texts(file, e);
  case ENTRY_TEXT:
    return make_text(file, e);
  case ENTRY_INTEGER:
    return make_attribute(file, e, H5T_STD_I64LE, H5T_NATIVE_INT64, &e->integer);
  case ENTRY_REAL:
    return make_attribute(file, e, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &e->real);
  case ENTRY_LINK:
    return H5Lcreate_hard(file, e->object, file, e->name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
  }
  return false;
}

lw_status lw_h5_make_head(lw_h5_writer *writer, lw_h5_memory *memory)
{
  hid_t how = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_obj_track_times(how, false);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  lw_h5_memory_use(access, memory);
  hid_t file = H5Fcreate(writer->path, H5F_ACC_TRUNC, how, access);
  H5Pclose(access);
  H5Pclose(how);
  if (file < 0)
    return lw_fail(LW_ERROR_FILE, "cannot make the head of '%s' (%s)", writer->path,
                   lw_h5_reason());
  lw_status status = LW_OK;
  for (int64_t i = 0; i < writer->count && status == LW_OK; i++) {
    entry *e = &writer->entries[i];
    if (!make_entry(file, e))
      status = lw_fail(LW_ERROR_FILE, "'%s': cannot make '%s'%s%s (%s)", writer->path, e->name,
                       e->object ? " of " : "", e->object ? e->object : "", lw_h5_reason());
  }
  if (H5Fclose(file) < 0 && status == LW_OK)
    status =
        lw_fail(LW_ERROR_FILE, "cannot finish the head of '%s' (%s)", writer->path, lw_h5_reason());
  return status;
}
