/* Writing. HDF5 must never meet a failing disk: it then hangs in H5Fclose, or dies in MPI_Finalize
 * of what it could not close. So it only makes the head, in memory (h5_header.c), and tells where
 * the arrays lie:
 *   1. the root asks whether there is room for all arrays and a margin;
 *   2. it makes the head, then the temporary file in its full size with every block reserved: a
 *   full disk shows here, as a plain error; then it writes the head there;
 *   3. all ranks open the file through MPI-IO and write their rows, into blocks that are there;
 *   4. each rank syncs what it wrote; the root renames.
 * Each rank writes its own contiguous rows, so independent writes do what collective ones would,
 * without waiting. Equal content gives equal bytes on any rank count. */
#define _POSIX_C_SOURCE 200809L
#include "h5_memory.h"
#include "h5_writer.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/output.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are written as they lie in memory, and the file's are little-endian"
#endif

/* Room for HDF5's own structures. */
enum { MARGIN_BYTES = 4 << 20, MARGIN_PER_ENTRY = 4096 };

typedef lw_h5_entry entry;

lw_status lw_h5_writer_create(const lw_world *world, const char *path, lw_h5_writer **out)
{
  lw_h5_writer *writer = NULL;
  lw_status status = LW_TAKE(&writer, 1);
  if (status != LW_OK) return status;
  writer->world = world;
  writer->own = -1;
  writer->aside = LW_ASIDE_NONE;
  lw_h5_quiet();
  LW_TRY(lw_mem_copy(path, &writer->path));
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

static double bytes_needed(const lw_h5_writer *writer)
{
  double bytes = MARGIN_BYTES;
  for (int64_t i = 0; i < writer->count; i++) {
    const entry *e = &writer->entries[i];
    bytes += MARGIN_PER_ENTRY;
    if (e->kind == ENTRY_ARRAY) bytes += (double)e->dims[0] * (double)lw_h5_row_bytes(e);
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
                   lw_reason(errno));
  const double left = (double)about.f_bavail * (double)about.f_frsize;
  if (left >= needed) return LW_OK;
  return lw_fail(LW_ERROR_FILE,
                 "cannot write '%s': %.1f MiB are needed in '%s' and %.1f MiB are free"
                 "; free some space there, or write to another place",
                 path, needed / mib, folder, left / mib);
}

lw_status lw_h5_check_place(const char *path, const char *format, double bytes)
{
  char *copy = NULL;
  struct stat about;
  lw_status status = lw_output_check(path, lw_output_kind_of(format));
  if (status == LW_OK) status = lw_mem_copy(path, &copy);
  if (status != LW_OK) return status;
  const char *folder = dirname(copy);
  if (!stat(folder, &about) && !S_ISDIR(about.st_mode))
    status = lw_fail(LW_ERROR_FILE, "cannot write '%s': '%s' is not a folder; choose another path",
                     path, folder);
  else if (access(folder, W_OK | X_OK))
    status = lw_fail(LW_ERROR_FILE, "cannot write '%s': folder '%s': %s", path, folder,
                     lw_reason(errno));
  else
    status = check_free(path, folder, bytes);
  lw_mem_give(copy);
  return status;
}

static lw_status check_room(const lw_h5_writer *writer)
{
  char *copy = NULL;
  lw_status status = lw_mem_copy(writer->path, &copy);
  if (status != LW_OK) return status;
  status = check_free(writer->path, dirname(copy), bytes_needed(writer));
  lw_mem_give(copy);
  return status;
}

/* The file's attribute `format` decides what it may replace. */
static lw_status check_target(const lw_h5_writer *writer)
{
  const lw_output_kind *kind = NULL;
  for (int64_t i = 0; i < writer->count && !kind; i++) {
    const entry *e = &writer->entries[i];
    if (e->kind == ENTRY_TEXT && !strcmp(e->object, "/") && !strcmp(e->name, "format"))
      kind = lw_output_kind_of(e->bytes);
  }
  return kind ? lw_output_check(writer->path, kind) : LW_OK;
}

/* The root's part of the start. */
static lw_status make_file(lw_h5_writer *writer)
{
  lw_h5_memory *memory = NULL;
  lw_status status = LW_OK;
  LW_TRY(check_target(writer));
  LW_TRY(check_room(writer));
  LW_TRY(lw_h5_memory_create(&memory));
  LW_TRY(lw_h5_make_head(writer, memory));
  LW_TRY(lw_aside_open(writer->path, &writer->aside));
  LW_TRY(lw_aside_reserve(&writer->aside, lw_h5_memory_bytes(memory)));
  LW_TRY(lw_h5_memory_save(memory, writer->aside.file, writer->path));
  LW_TRY(lw_aside_close(&writer->aside));
done:
  lw_h5_memory_destroy(&memory);
  return status;
}

/* ---- all ranks write ---- */

/* All learn the temporary name and where the arrays begin. Definitions other than arrays may be the
 * root's alone. */
static lw_status share_places(lw_h5_writer *writer)
{
  const lw_world *world = writer->world;
  int64_t *offsets = NULL, arrays = 0, bytes = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < writer->count; i++) arrays += writer->entries[i].kind == ENTRY_ARRAY;
  if (!world->rank) bytes = (int64_t)strlen(writer->aside.temporary) + 1;
  lw_broadcast(world, &bytes, (int64_t)sizeof bytes);
  status = LW_TAKE(&offsets, arrays);
  if (status == LW_OK) status = LW_TAKE(&writer->temporary, bytes);
  LW_TRY_TOGETHER(world, status);
  if (!world->rank) memcpy(writer->temporary, writer->aside.temporary, (size_t)bytes);
  lw_broadcast(world, writer->temporary, bytes);
  for (int64_t i = 0, k = 0; i < writer->count; i++)
    if (writer->entries[i].kind == ENTRY_ARRAY) offsets[k++] = writer->entries[i].offset;
  lw_broadcast(world, offsets, arrays * (int64_t)sizeof *offsets);
  for (int64_t i = 0, k = 0; i < writer->count; i++)
    if (writer->entries[i].kind == ENTRY_ARRAY) writer->entries[i].offset = offsets[k++];
done:
  lw_mem_give(offsets);
  return status;
}

/* The rank's own handle, for the sync at the end. A folder that exists on one node only is noticed
   here, before the collective open, which would leave some ranks with an open file that they
   cannot close without the others. */
static lw_status see_file(lw_h5_writer *writer)
{
  writer->own = open(writer->temporary, O_RDWR | O_CLOEXEC);
  if (writer->own >= 0) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "rank %d cannot open '%s' (%s); is its folder shared by all nodes?",
                 writer->world->rank, writer->temporary, lw_reason(errno));
}

lw_status lw_h5_writer_start(lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(writer->world, make_file(writer));
  LW_TRY(share_places(writer));
  LW_TRY_TOGETHER(writer->world, see_file(writer));
  LW_TRY(lw_file_open(writer->world, writer->temporary, &writer->file));
done:
  return status;
}

static lw_status write_rows(const lw_h5_writer *writer, const entry *e, int64_t first, int64_t rows,
                            const void *data)
{
  const int64_t row_bytes = lw_h5_row_bytes(e);
  if (!rows || !row_bytes) return LW_OK;
  return lw_file_write(writer->file, e->offset + first * row_bytes, data, rows * row_bytes);
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
    return write_rows(writer, e, first, rows, data);
  }
  return lw_fail(LW_ERROR_INPUT, "'%s': array '%s' has not been defined", writer->path, name);
}

lw_status lw_h5_writer_put(lw_h5_writer *writer, const char *name, int64_t first, int64_t rows,
                           const void *data)
{
  return lw_agree(writer->world, lw_h5_writer_put_own(writer, name, first, rows, data));
}

/* After this, the rank's part of the file is on the disk, as far as the system knows. */
static lw_status sync_own(lw_h5_writer *writer)
{
  lw_status status = lw_file_sync(writer->own, writer->temporary);
  const bool failed = close(writer->own) != 0;
  writer->own = -1;
  if (failed && status == LW_OK)
    status = lw_fail(LW_ERROR_FILE, "cannot close '%s': %s", writer->temporary, lw_reason(errno));
  return status;
}

lw_status lw_h5_writer_finish(lw_h5_writer *writer)
{
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(writer->world, lw_file_close(&writer->file));
  LW_TRY_TOGETHER(writer->world, sync_own(writer));
done:
  return status;
}

static lw_status publish(lw_h5_writer *writer)
{
  lw_status status = check_target(writer);
  return status == LW_OK ? lw_aside_publish(&writer->aside) : status;
}

lw_status lw_h5_writer_publish(lw_h5_writer *writer)
{
  return lw_agree(writer->world, writer->world->rank ? LW_OK : publish(writer));
}

void lw_h5_writer_destroy(lw_h5_writer **out)
{
  lw_h5_writer *writer = *out;
  if (!writer) return;
  lw_status status = lw_file_close(&writer->file);
  (void)status; /* this is the way out after a failure that has been reported */
  if (writer->own >= 0) close(writer->own);
  lw_aside_done(&writer->aside);
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
