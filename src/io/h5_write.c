/* Writing. HDF5 must never meet a full disk: it then hangs in H5Fclose or dies in MPI_Finalize. So
 *   1. the root asks whether there is room for all arrays and a margin;
 *   2. the root makes the temporary file with the serial driver: groups, contiguous arrays whose
 * blocks are allocated at once, attributes, links; and closes it;
 *   3. the root reserves every block (posix_fallocate): a full disk shows here, as a plain error;
 *   4. all ranks open the file through MPI-IO and write raw data only, into blocks that are there;
 *   5. the root syncs, renames, and syncs the folder.
 * Each rank writes its own contiguous rows, so independent writes do what collective ones would,
 * without waiting. No times are stored: equal content gives equal bytes on any rank count. */
#define _POSIX_C_SOURCE 200809L
#include "h5_writer.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Room for HDF5's own structures; one MPI-IO write stays below the 2 GiB that its counts can tell.
 */
enum { MARGIN_BYTES = 4 << 20, MARGIN_PER_ENTRY = 4096, PIECE_BYTES = 256 << 20 };

typedef lw_h5_entry entry;

lw_status lw_h5_writer_create(const lw_world *world, const char *path, lw_h5_writer **out)
{
  lw_h5_writer *writer = NULL;
  lw_status status = LW_TAKE(&writer, 1);
  if (status != LW_OK) return status;
  writer->world = world;
  writer->id = H5I_INVALID_HID;
  lw_h5_quiet();
  int64_t room = (int64_t)strlen(path) + (int64_t)sizeof ".tmp";
  LW_TRY(lw_h5_text_copy(path, &writer->path));
  LW_TRY(LW_TAKE(&writer->temporary, room));
  snprintf(writer->temporary, (size_t)room, "%s.tmp", path);
  *out = writer;
  writer = NULL;
done:
  lw_h5_writer_destroy(&writer);
  return status;
}

const char *lw_h5_writer_temporary(const lw_h5_writer *writer)
{
  return writer->temporary;
}

/* ---- the root makes the file ---- */

static int64_t items_of(const entry *e)
{
  int64_t items = 1;
  for (int i = 0; i < e->rank; i++) items *= e->dims[i];
  return items;
}

static double bytes_needed(const lw_h5_writer *writer)
{
  double bytes = MARGIN_BYTES;
  for (int64_t i = 0; i < writer->count; i++) {
    const entry *e = &writer->entries[i];
    bytes += MARGIN_PER_ENTRY;
    if (e->kind == ENTRY_ARRAY) bytes += (double)items_of(e) * (double)lw_h5_type_size(e->type);
    if (e->kind == ENTRY_TEXTS) bytes += (double)e->count * (double)e->width;
    if (e->kind == ENTRY_TEXT) bytes += (double)e->width;
  }
  return bytes;
}

/* Whether so many bytes are free in the folder of `path`. */
static lw_status check_free(const char *path, const char *folder, double needed)
{
  struct statvfs about;
  const double mib = 1048576.0;
  if (statvfs(folder, &about))
    return lw_fail(LW_ERROR_FILE, "cannot write '%s': folder '%s': %s", path, folder,
                   strerror(errno));
  const double left = (double)about.f_bavail * (double)about.f_frsize;
  if (left >= needed) return LW_OK;
  return lw_fail(LW_ERROR_FILE,
                 "cannot write '%s': %.1f MiB are needed in '%s' and %.1f MiB are free", path,
                 needed / mib, folder, left / mib);
}

lw_status lw_h5_check_place(const char *path, double bytes)
{
  char *copy = NULL;
  struct stat about;
  if (!stat(path, &about) && S_ISDIR(about.st_mode))
    return lw_fail(LW_ERROR_FILE, "cannot write '%s': it is a folder; name a file in it", path);
  lw_status status = lw_h5_text_copy(path, &copy);
  if (status != LW_OK) return status;
  const char *folder = dirname(copy);
  if (!stat(folder, &about) && !S_ISDIR(about.st_mode))
    status = lw_fail(LW_ERROR_FILE, "cannot write '%s': '%s' is no folder", path, folder);
  else if (access(folder, W_OK | X_OK))
    status =
        lw_fail(LW_ERROR_FILE, "cannot write '%s': folder '%s': %s", path, folder, strerror(errno));
  else
    status = check_free(path, folder, bytes);
  lw_mem_give(copy);
  return status;
}

static lw_status check_room(const lw_h5_writer *writer)
{
  char *copy = NULL;
  lw_status status = lw_h5_text_copy(writer->temporary, &copy);
  if (status != LW_OK) return status;
  status = check_free(writer->path, dirname(copy), bytes_needed(writer));
  lw_mem_give(copy);
  return status;
}

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

static bool make_entry(hid_t file, const entry *e)
{
  hid_t set;
  if (lw_h5_makes_name(e) && !make_groups(file, e->name)) return false;
  switch (e->kind) {
  case ENTRY_ARRAY:
    set = make_array(file, e->name, lw_h5_stored(e->type), e->rank, e->dims);
    return set >= 0 && H5Dclose(set) >= 0;
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

static lw_status make_file(lw_h5_writer *writer)
{
  hid_t how = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_obj_track_times(how, false);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_file_locking(access, false, true);
  hid_t file = H5Fcreate(writer->temporary, H5F_ACC_TRUNC, how, access);
  H5Pclose(access);
  H5Pclose(how);
  if (file < 0)
    return lw_fail(LW_ERROR_FILE, "cannot make '%s' (%s)", writer->temporary, lw_h5_reason());
  writer->made = true;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < writer->count && status == LW_OK; i++) {
    const entry *e = &writer->entries[i];
    if (!make_entry(file, e))
      status = lw_fail(LW_ERROR_FILE, "'%s': cannot make '%s'%s%s (%s)", writer->path, e->name,
                       e->object ? " of " : "", e->object ? e->object : "", lw_h5_reason());
  }
  if (H5Fclose(file) < 0 && status == LW_OK)
    status = lw_fail(LW_ERROR_FILE, "cannot close '%s' (%s)", writer->temporary, lw_h5_reason());
  return status;
}

static lw_status reserve(const lw_h5_writer *writer)
{
  struct stat about = {0};
  int file = open(writer->temporary, O_RDWR);
  int reason = file < 0 || fstat(file, &about) ? errno : posix_fallocate(file, 0, about.st_size);
  if (file >= 0) close(file);
  if (!reason) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write '%s': reserving %.1f MiB: %s", writer->path,
                 (double)about.st_size / 1048576.0, strerror(reason));
}

/* ---- all ranks write ---- */

/* A folder of one node alone: found out before the collective open, which would leave some ranks
 * with an open file that they cannot close without the others. */
static lw_status see_file(const lw_h5_writer *writer)
{
  if (access(writer->temporary, R_OK | W_OK) == 0) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "rank %d cannot open '%s' (%s); is its folder shared by all nodes?",
                 writer->world->rank, writer->temporary, strerror(errno));
}

static lw_status open_together(lw_h5_writer *writer)
{
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_mpio(list, writer->world->all, MPI_INFO_NULL);
  H5Pset_all_coll_metadata_ops(list, true);
  H5Pset_coll_metadata_write(list, true);
  H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110);
  writer->id = H5Fopen(writer->temporary, H5F_ACC_RDWR, list);
  H5Pclose(list);
  if (writer->id < 0)
    return lw_fail(LW_ERROR_FILE, "cannot open '%s' on all ranks (%s)", writer->temporary,
                   lw_h5_reason());
  return LW_OK;
}

static lw_status open_arrays(lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < writer->count; i++) {
    entry *e = &writer->entries[i];
    if (e->kind != ENTRY_ARRAY) continue;
    e->set = H5Dopen2(writer->id, e->name, H5P_DEFAULT);
    if (e->set < 0)
      status = lw_fail(LW_ERROR_FILE, "'%s': cannot open array '%s' (%s)", writer->temporary,
                       e->name, lw_h5_reason());
  }
  return status;
}

lw_status lw_h5_writer_start(lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  if (!writer->world->rank) {
    status = check_room(writer);
    if (status == LW_OK) status = make_file(writer);
    if (status == LW_OK) status = reserve(writer);
  }
  LW_TRY_TOGETHER(writer->world, status);
  LW_TRY_TOGETHER(writer->world, see_file(writer));
  LW_TRY_TOGETHER(writer->world, open_together(writer));
  LW_TRY_TOGETHER(writer->world, open_arrays(writer));
done:
  return status;
}

static lw_status write_rows(const entry *e, int64_t first, int64_t rows, const void *data)
{
  int64_t row_items = 1;
  for (int i = 1; i < e->rank; i++) row_items *= e->dims[i];
  int64_t row_bytes = row_items * lw_h5_type_size(e->type);
  if (!rows || !row_bytes) return LW_OK;
  int64_t piece = row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
  hid_t space = H5Dget_space(e->set);
  herr_t failed = 0;
  for (int64_t done = 0; done < rows && failed >= 0; done += piece) {
    int64_t now = rows - done < piece ? rows - done : piece;
    hsize_t start[LW_H5_RANK_MAX] = {(hsize_t)(first + done)};
    hsize_t count[LW_H5_RANK_MAX] = {(hsize_t)now}, items = (hsize_t)(now * row_items);
    for (int i = 1; i < e->rank; i++) count[i] = (hsize_t)e->dims[i];
    hid_t memory = H5Screate_simple(1, &items, NULL);
    failed = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    if (failed >= 0)
      failed = H5Dwrite(e->set, lw_h5_native(e->type), memory, space, H5P_DEFAULT,
                        (const char *)data + done * row_bytes);
    H5Sclose(memory);
  }
  H5Sclose(space);
  if (failed < 0)
    return lw_fail(LW_ERROR_FILE, "array '%s' cannot be written (%s)", e->name, lw_h5_reason());
  return LW_OK;
}

lw_status lw_h5_writer_put_own(lw_h5_writer *writer, const char *name, int64_t first, int64_t rows,
                               const void *data)
{
  for (int64_t i = 0; i < writer->count; i++) {
    const entry *e = &writer->entries[i];
    if (e->kind != ENTRY_ARRAY || strcmp(e->name, name) != 0) continue;
    if (first < 0 || rows < 0 || first > e->dims[0] || rows > e->dims[0] - first)
      return lw_fail(LW_ERROR_INPUT, "'%s': rows %lld to %lld of array '%s', which has %lld",
                     writer->path, (long long)first, (long long)(first + rows), name,
                     (long long)e->dims[0]);
    return write_rows(e, first, rows, data);
  }
  return lw_fail(LW_ERROR_INPUT, "'%s': array '%s' has not been defined", writer->path, name);
}

lw_status lw_h5_writer_put(lw_h5_writer *writer, const char *name, int64_t first, int64_t rows,
                           const void *data)
{
  return lw_agree(writer->world, lw_h5_writer_put_own(writer, name, first, rows, data));
}

/* Collective: every rank has the same arrays open. */
static lw_status close_together(lw_h5_writer *writer)
{
  herr_t failed = 0;
  for (int64_t i = 0; i < writer->count; i++) {
    entry *e = &writer->entries[i];
    if (e->set >= 0 && H5Dclose(e->set) < 0) failed = -1;
    e->set = H5I_INVALID_HID;
  }
  if (writer->id >= 0 && H5Fclose(writer->id) < 0) failed = -1;
  writer->id = H5I_INVALID_HID;
  if (failed < 0)
    return lw_fail(LW_ERROR_FILE, "cannot close '%s' (%s)", writer->temporary, lw_h5_reason());
  return LW_OK;
}

static lw_status sync_path(const char *path, int flags)
{
  int file = open(path, flags);
  int failed = file < 0 || fsync(file), reason = errno;
  if (file >= 0) close(file);
  if (!failed) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot bring '%s' to the disk: %s", path, strerror(reason));
}

lw_status lw_h5_writer_finish(lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(writer->world, close_together(writer));
  if (!writer->world->rank) status = sync_path(writer->temporary, O_RDWR);
  LW_TRY_TOGETHER(writer->world, status);
done:
  return status;
}

static lw_status publish(lw_h5_writer *writer)
{
  if (rename(writer->temporary, writer->path))
    return lw_fail(LW_ERROR_FILE, "cannot rename '%s' to '%s': %s", writer->temporary, writer->path,
                   strerror(errno));
  writer->published = true;
  char *copy = NULL;
  lw_status status = lw_h5_text_copy(writer->path, &copy);
  if (status != LW_OK) return status;
  status = sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
  lw_mem_give(copy);
  return status;
}

lw_status lw_h5_writer_publish(lw_h5_writer *writer)
{
  return lw_agree(writer->world, writer->world->rank ? LW_OK : publish(writer));
}

void lw_h5_writer_destroy(lw_h5_writer **out)
{
  lw_h5_writer *writer = *out;
  if (!writer) return;
  lw_status status = close_together(writer);
  (void)status; /* this is the way out after a failure that has been reported */
  if (writer->made && !writer->published) unlink(writer->temporary);
  for (int64_t i = 0; i < writer->count; i++) {
    lw_mem_give(writer->entries[i].name);
    lw_mem_give(writer->entries[i].object);
    lw_mem_give(writer->entries[i].bytes);
  }
  lw_mem_give(writer->entries);
  lw_mem_give(writer->temporary);
  lw_mem_give(writer->path);
  lw_mem_give(writer);
  *out = NULL;
}
