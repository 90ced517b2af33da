/* For files MPI returns errors instead of ending the job, so results are checked here. */
#include "longwave/comm/file.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <stdio.h>
#include <string.h>

/* The bytes of one call: its count is an int, so below 2 GiB. */
enum { PIECE = 256 << 20 };

struct lw_file {
  char *path;
  MPI_File handle;
};

static lw_status fail(const char *what, const char *path, int code)
{
  char reason[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  if (MPI_Error_string(code, reason, &length) != MPI_SUCCESS || length == 0)
    snprintf(reason, sizeof reason, "MPI-IO gives no reason");
  return lw_fail(LW_ERROR_FILE, "cannot %s '%s': %s", what, path, reason);
}

static int open_as(const lw_world *world, const char *path, MPI_File *handle)
{
  return MPI_File_open(world->all, path, MPI_MODE_RDWR, MPI_INFO_NULL, handle);
}

/* ROMIO reads a word before a colon as the kind of file system ("ufs:" is the usual one). For OMPIO
   it is a part of the name, so plain names are tried first. A file that only some ranks could open
   stays open: they cannot close it without the others. */
static lw_status open_handle(const lw_world *world, const char *path, MPI_File *handle)
{
  char *prefixed = NULL;
  const int64_t room = (int64_t)strlen(path) + 5;
  int code = open_as(world, path, handle);
  lw_status status = lw_agree(world, code == MPI_SUCCESS ? LW_OK : fail("open", path, code));
  if (status == LW_OK || !strchr(path, ':')) return status;
  LW_TRY_TOGETHER(world, LW_TAKE(&prefixed, room));
  snprintf(prefixed, (size_t)room, "ufs:%s", path);
  code = open_as(world, prefixed, handle);
  status = lw_agree(world, code == MPI_SUCCESS ? LW_OK : fail("open", path, code));
done:
  lw_mem_give(prefixed);
  return status;
}

lw_status lw_file_open(const lw_world *world, const char *path, lw_file **out)
{
  lw_file *file = NULL;
  lw_status status = LW_TAKE(&file, 1);
  if (status == LW_OK) status = lw_mem_copy(path, &file->path);
  LW_TRY_TOGETHER(world, status);
  LW_TRY(open_handle(world, path, &file->handle));
  *out = file;
  file = NULL;
done:
  if (file) lw_mem_give(file->path);
  lw_mem_give(file);
  return status;
}

/* A disk may write less than was asked for: the next call writes the rest. */
lw_status lw_file_write(lw_file *file, int64_t offset, const void *data, int64_t bytes)
{
  for (int64_t done = 0; done < bytes;) {
    const int64_t now = bytes - done < PIECE ? bytes - done : PIECE;
    MPI_Status about;
    int written = 0;
    const int code = MPI_File_write_at(file->handle, offset + done, (const char *)data + done,
                                       (int)now, MPI_BYTE, &about);
    if (code != MPI_SUCCESS) return fail("write", file->path, code);
    MPI_Get_count(&about, MPI_BYTE, &written);
    if (written <= 0)
      return lw_fail(LW_ERROR_FILE, "cannot write '%s': the disk is full", file->path);
    done += written;
  }
  return LW_OK;
}

lw_status lw_file_close(lw_file **file)
{
  if (!*file) return LW_OK;
  const int code = MPI_File_close(&(*file)->handle);
  lw_status status = code == MPI_SUCCESS ? LW_OK : fail("close", (*file)->path, code);
  lw_mem_give((*file)->path);
  lw_mem_give(*file);
  *file = NULL;
  return status;
}
