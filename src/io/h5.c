/* Reading. A file is data of somebody else: every size is compared with the file before memory is
 * taken for it, and what HDF5 reports is passed on with the path and the name of the array. */
#define _POSIX_C_SOURCE 200809L
#include "h5_private.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Opening an array costs more than reading a sample of it, so the last few stay open. */
enum { KEPT = 16 };

typedef struct open_array {
  char name[LW_H5_NAME_MAX]; /* "" when free */
  hid_t set, space;
  lw_h5_shape shape;
} open_array;

typedef struct kept_arrays {
  open_array array[KEPT];
  int next; /* the one to be replaced */
} kept_arrays;

struct lw_h5 {
  char *path;
  hid_t id;
  int64_t bytes;     /* size of the file */
  kept_arrays *kept; /* a cache, which reading may change */
};

/* ---- shared with h5_write.c ---- */

static char reason[256] = "HDF5 gives no reason";

/* The system's error number of the last call that failed because of the system; 0: none, or it was
   reported. */
static int system_error;

/* When the system refuses something, HDF5 gives the error number: "file read failed: ..., errno =
   5, ...". A path stands before it, which may hold anything. */
static int error_number(const char *text)
{
  static const char mark[] = "errno = ";
  const char *last = NULL;
  for (const char *next = text; (next = strstr(next, mark)); next++) last = next;
  return last ? (int)strtol(last + strlen(mark), NULL, 10) : 0;
}

static herr_t take_first(unsigned depth, const H5E_error2_t *error, void *unused)
{
  (void)unused;
  const int number = error_number(error->desc);
  if (depth == 0) snprintf(reason, sizeof reason, "%s", error->desc);
  if (number == 0) return 0;
  system_error = number;
  snprintf(reason, sizeof reason, "%s", lw_reason(number));
  return 1;
}

/* HDF5 calls this when a call of ours fails. Its own record is gone with the next call, which often
 * closes something before the failure is reported. */
static herr_t remember(hid_t errors, void *unused)
{
  return H5Ewalk2(errors, H5E_WALK_UPWARD, take_first, unused) < 0 ? -1 : 0;
}

void lw_h5_quiet(void)
{
  H5Eset_auto2(H5E_DEFAULT, remember, NULL);
}

const char *lw_h5_reason(void)
{
  return reason;
}

lw_status lw_h5_judge(const char *path, lw_status status)
{
  const int number = system_error;
  system_error = 0;
  if (number == 0 || (status != LW_OK && status != LW_ERROR_FORMAT)) return status;
  return lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", path, lw_reason(number));
}

void lw_h5_version(int *major, int *minor, int *release)
{
  unsigned a = 0, b = 0, c = 0;
  H5get_libversion(&a, &b, &c);
  *major = (int)a;
  *minor = (int)b;
  *release = (int)c;
}

uint32_t lw_crc32(uint32_t crc, const void *data, int64_t bytes)
{
  return (uint32_t)crc32_z(crc, data, (z_size_t)bytes);
}

uint32_t lw_crc32_combine(uint32_t a, uint32_t b, int64_t bytes_of_b)
{
  return (uint32_t)crc32_combine(a, b, (z_off_t)bytes_of_b);
}

/* ---- the file ---- */

static lw_status file_size(const char *path, int64_t *bytes)
{
  struct stat about;
  int handle = open(path, O_RDONLY | O_NONBLOCK); /* a pipe must not keep us waiting */
  if (handle < 0) return lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", path, lw_reason(errno));
  int failed = fstat(handle, &about), code = errno;
  close(handle);
  if (failed) return lw_fail(LW_ERROR_FILE, "cannot look at '%s': %s", path, lw_reason(code));
  if (S_ISDIR(about.st_mode))
    return lw_fail(LW_ERROR_FILE, "'%s' is a folder, not a plain file; name a file in it", path);
  if (!S_ISREG(about.st_mode))
    return lw_fail(LW_ERROR_FILE, "'%s' is not a regular file; give a file", path);
  if (about.st_size == 0)
    return lw_fail(LW_ERROR_FORMAT, "'%s' is an empty file; make or copy it again", path);
  *bytes = about.st_size;
  return LW_OK;
}

static lw_status open_file(lw_h5 *file)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  /* A published file never changes, so readers need no lock; many shared file systems offer none.
   */
  H5Pset_file_locking(access, false, true);
  /* What HDF5 itself leaves open of a damaged array must not keep the file. */
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  file->id = H5Fopen(file->path, H5F_ACC_RDONLY, access);
  H5Pclose(access);
  if (file->id >= 0) return LW_OK;
  lw_status status =
      lw_fail(LW_ERROR_FORMAT,
              "'%s' is a damaged or truncated HDF5 file of %lld bytes (%s); make or copy it again",
              file->path, (long long)file->bytes, lw_h5_reason());
  if (H5Fis_hdf5(file->path) > 0) return status;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is not an HDF5 file; give a data set or a checkpoint of Longwave",
                 file->path);
}

lw_status lw_h5_open(const char *path, lw_h5 **out)
{
  lw_h5 *file = NULL;
  lw_status status = LW_TAKE(&file, 1);
  if (status != LW_OK) return status;
  file->id = H5I_INVALID_HID;
  lw_h5_quiet();
  system_error = 0;
  LW_TRY(lw_mem_copy(path, &file->path));
  LW_TRY(LW_TAKE(&file->kept, 1));
  LW_TRY(file_size(path, &file->bytes));
  LW_TRY(lw_h5_judge(path, open_file(file)));
  lw_input_note(path);
  *out = file;
  file = NULL;
done:
  lw_h5_close(&file);
  return status;
}

static void array_close(open_array *array)
{
  if (!array->name[0]) return;
  H5Sclose(array->space);
  H5Dclose(array->set);
  array->name[0] = 0;
}

void lw_h5_close(lw_h5 **file)
{
  if (!*file) return;
  if ((*file)->kept)
    for (int i = 0; i < KEPT; i++) array_close(&(*file)->kept->array[i]);
  if ((*file)->id >= 0) H5Fclose((*file)->id);
  lw_mem_give((*file)->kept);
  lw_mem_give((*file)->path);
  lw_mem_give(*file);
  *file = NULL;
}

const char *lw_h5_path(const lw_h5 *file)
{
  return file->path;
}

lw_status lw_h5_sound(const lw_h5 *file)
{
  return lw_h5_judge(file->path, LW_OK);
}

hid_t lw_h5_id(const lw_h5 *file)
{
  return file->id;
}

int64_t lw_h5_bytes(const lw_h5 *file)
{
  return file->bytes;
}

bool lw_h5_has(const lw_h5 *file, const char *name)
{
  if (!strcmp(name, "/")) return true;
  char part[LW_H5_NAME_MAX];
  size_t length = strlen(name);
  if (!length || length >= sizeof part) return false;
  /* HDF5 requires a question of its own for every step of the path. */
  for (size_t end = 1; end <= length; end++) {
    if (name[end] != '/' && name[end]) continue;
    memcpy(part, name, end);
    part[end] = 0;
    H5L_info_t link;
    if (H5Lexists(file->id, part, H5P_DEFAULT) <= 0 ||
        H5Lget_info(file->id, part, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
      return false;
  }
  return true;
}

/* ---- arrays ---- */

/* The most bytes an array of this layout can have, by what the file holds of it: deflate packs at
 * most 1032 to 1. 0 for layouts whose data stand elsewhere, and where nothing has been written. */
static int64_t most_bytes(const lw_h5 *file, hid_t set)
{
  hid_t made = H5Dget_create_plist(set);
  H5D_layout_t layout = H5Pget_layout(made);
  bool elsewhere = layout == H5D_VIRTUAL || layout < 0 || H5Pget_external_count(made) != 0;
  bool packed = H5Pget_nfilters(made) > 0;
  H5Pclose(made);
  if (elsewhere) return 0;
  hsize_t claimed = H5Dget_storage_size(set);
  int64_t stored = claimed < (hsize_t)file->bytes ? (int64_t)claimed : file->bytes;
  return packed && stored < INT64_MAX / 1032 ? stored * 1032 : stored;
}

static lw_status describe_extent(const lw_h5 *file, const char *name, open_array *array,
                                 int64_t item_bytes)
{
  lw_h5_shape *shape = &array->shape;
  hsize_t dims[H5S_MAX_RANK];
  shape->rank = H5Sget_simple_extent_ndims(array->space);
  if (shape->rank < 0 || shape->rank > LW_H5_RANK_MAX)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' has %d dimensions, but at most %d are supported; make it "
                   "again with fewer",
                   file->path, name, shape->rank, LW_H5_RANK_MAX);
  H5Sget_simple_extent_dims(array->space, dims, NULL);
  int64_t most = most_bytes(file, array->set) / item_bytes;
  shape->items = 1;
  for (int i = 0; i < shape->rank; i++) {
    if (dims[i] > (hsize_t)INT64_MAX || (dims[i] && shape->items > most / (int64_t)dims[i]))
      return lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' claims more items than the file of %lld bytes can hold"
                     "; make or copy it again",
                     file->path, name, (long long)file->bytes);
    shape->dims[i] = (int64_t)dims[i];
    shape->items *= shape->dims[i];
  }
  return LW_OK;
}

static lw_status find_known(const lw_h5 *file, const char *name, open_array **out)
{
  kept_arrays *kept = file->kept;
  for (int i = 0; i < KEPT; i++)
    if (!strcmp(kept->array[i].name, name) && name[0]) {
      *out = &kept->array[i];
      return LW_OK;
    }
  if (strlen(name) >= LW_H5_NAME_MAX || !lw_h5_has(file, name))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has no array '%s'"
                   "; 'longwave inspect' and h5dump show what it is",
                   file->path, name);
  open_array array = {.set = H5Dopen2(file->id, name, H5P_DEFAULT)};
  if (array.set < 0)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': '%s' cannot be opened as an array (%s)"
                   "; make or copy it again",
                   file->path, name, lw_h5_reason());
  array.space = H5Dget_space(array.set);
  snprintf(array.name, sizeof array.name, "%s", name);
  lw_status status = lw_h5_type_read(file->path, name, array.set, &array.shape);
  if (status == LW_OK)
    status = describe_extent(file, name, &array, lw_h5_type_size(array.shape.type));
  if (status != LW_OK) {
    array_close(&array);
    return status;
  }
  open_array *slot = &kept->array[kept->next];
  kept->next = (kept->next + 1) % KEPT;
  array_close(slot);
  *slot = array;
  *out = slot;
  return LW_OK;
}

static lw_status open_known(const lw_h5 *file, const char *name, open_array **out)
{
  return lw_h5_judge(file->path, find_known(file, name, out));
}

lw_status lw_h5_array_shape(const lw_h5 *file, const char *name, lw_h5_shape *shape)
{
  open_array *array;
  lw_status status = open_known(file, name, &array);
  if (status == LW_OK) *shape = array->shape;
  return status;
}

/* HDF5 reads zeros behind the end of a file that has shrunk since it was opened. */
static lw_status check_whole(const lw_h5 *file)
{
  struct stat about;
  void *handle = NULL;
  if (H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) < 0 || fstat(*(int *)handle, &about))
    return lw_fail(LW_ERROR_FILE, "cannot look at '%s': %s", file->path, lw_reason(errno));
  if (about.st_size >= file->bytes) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' had %lld bytes and now has %lld: does another program change it?",
                 file->path, (long long)file->bytes, (long long)about.st_size);
}

lw_status lw_h5_read(const lw_h5 *file, const char *name, lw_h5_type type, int64_t first,
                     int64_t rows, void *data)
{
  open_array *array;
  lw_status status = open_known(file, name, &array);
  if (status != LW_OK) return status;
  const lw_h5_shape *shape = &array->shape;
  int64_t there = shape->rank ? shape->dims[0] : 1;
  if (first < 0 || rows < 0 || first > there || rows > there - first)
    return lw_fail(LW_ERROR_FORMAT, "'%s': rows %lld to %lld of array '%s', which has %lld",
                   file->path, (long long)first, (long long)(first + rows), name, (long long)there);
  if (!rows || !shape->items) return LW_OK;

  hsize_t start[LW_H5_RANK_MAX] = {(hsize_t)first}, count[LW_H5_RANK_MAX] = {(hsize_t)rows};
  hsize_t items = (hsize_t)(shape->items / there * rows);
  for (int i = 1; i < shape->rank; i++) count[i] = (hsize_t)shape->dims[i];
  hid_t memory = H5Screate_simple(1, &items, NULL);
  herr_t failed = 0;
  if (shape->rank)
    failed = H5Sselect_hyperslab(array->space, H5S_SELECT_SET, start, NULL, count, NULL);
  if (failed >= 0)
    failed = H5Dread(array->set, lw_h5_native(type), memory, array->space, H5P_DEFAULT, data);
  H5Sclose(memory);
  if (failed < 0) {
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s': rows %lld to %lld of array '%s' cannot be read (%s)"
                     "; make or copy it again",
                     file->path, (long long)first, (long long)(first + rows), name, lw_h5_reason());
    return lw_h5_judge(file->path, status);
  }
  return check_whole(file);
}

lw_status lw_h5_each(const lw_h5 *file, const char *group,
                     lw_status (*visit)(const char *name, void *context), void *context)
{
  if (!lw_h5_has(file, group))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has no group '%s'"
                   "; 'longwave inspect' and h5dump show what it is",
                   file->path, group);
  hid_t id = H5Gopen2(file->id, group, H5P_DEFAULT);
  H5G_info_t about;
  if (id < 0 || H5Gget_info(id, &about) < 0) {
    if (id >= 0) H5Gclose(id);
    return lw_fail(LW_ERROR_FORMAT, "'%s': '%s' is not a group", file->path, group);
  }
  lw_status status = LW_OK;
  for (hsize_t i = 0; i < about.nlinks && status == LW_OK; i++) {
    char name[LW_H5_NAME_MAX];
    ssize_t length =
        H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
    if (length < 0 || length >= (ssize_t)sizeof name)
      status = lw_fail(LW_ERROR_FORMAT, "'%s': member %llu of '%s' has no readable name",
                       file->path, (unsigned long long)i, group);
    else
      status = visit(name, context);
  }
  H5Gclose(id);
  return lw_h5_judge(file->path, status);
}
