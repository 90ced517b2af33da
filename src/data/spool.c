#define _POSIX_C_SOURCE 200809L
#include "spool.h"
#include "longwave/base/aside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { HELD_MOST = 1 << 18, NEAR_MOST = 1 << 16 };

lw_status lw_spool_open(const char *path, lw_spool *out)
{
  lw_spool own = LW_SPOOL_NONE;
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_copy(path, &own.path));
  LW_TRY(LW_TAKE(&own.end, HELD_MOST));
  LW_TRY(lw_aside_open(path, &aside));
  own.file = aside.file;
  aside.file = -1; /* its name goes, the file stays */
  *out = own;
  own = LW_SPOOL_NONE;
done:
  lw_aside_done(&aside);
  lw_spool_done(&own);
  return status;
}

static lw_status put(const lw_spool *spool, const char *data, int64_t bytes)
{
  while (bytes > 0) {
    const ssize_t written = write(spool->file, data, (size_t)bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return lw_fail(LW_ERROR_FILE,
                     "cannot write a temporary file beside '%s': %s; twice the space of the data "
                     "set is needed there while it is made",
                     spool->path, lw_reason(written < 0 ? errno : ENOSPC));
    data += written;
    bytes -= written;
  }
  return LW_OK;
}

static lw_status flush(lw_spool *spool)
{
  lw_status status = put(spool, spool->end, spool->held);
  spool->held = 0;
  return status;
}

lw_status lw_spool_add(lw_spool *spool, const void *data, int64_t bytes)
{
  lw_status status = LW_OK;
  if (spool->held + bytes > HELD_MOST) LW_TRY(flush(spool));
  if (bytes > HELD_MOST) {
    LW_TRY(put(spool, data, bytes));
  } else if (bytes > 0) {
    memcpy(spool->end + spool->held, data, (size_t)bytes);
    spool->held += bytes;
  }
  spool->bytes += bytes;
done:
  return status;
}

static lw_status get(const lw_spool *spool, int64_t first, int64_t bytes, char *to)
{
  while (bytes > 0) {
    const ssize_t taken = pread(spool->file, to, (size_t)bytes, first);
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0)
      return lw_fail(LW_ERROR_FILE, "cannot read a temporary file beside '%s': %s", spool->path,
                     taken < 0 ? lw_reason(errno) : "it is shorter than what was written");
    to += taken;
    first += taken;
    bytes -= taken;
  }
  return LW_OK;
}

lw_status lw_spool_read(lw_spool *spool, int64_t first, int64_t bytes, void *out)
{
  lw_status status = LW_OK;
  assert(first >= 0 && bytes >= 0 && first + bytes <= spool->bytes);
  if (spool->held) LW_TRY(flush(spool));
  if (bytes > NEAR_MOST) return get(spool, first, bytes, out);
  if (!spool->near) LW_TRY(LW_TAKE(&spool->near, NEAR_MOST));
  if (first < spool->near_first || first + bytes > spool->near_first + spool->near_bytes) {
    spool->near_first = first;
    spool->near_bytes = lw_smaller(NEAR_MOST, spool->bytes - first);
    status = get(spool, first, spool->near_bytes, spool->near);
    if (status != LW_OK) spool->near_bytes = 0;
  }
  if (status == LW_OK && bytes)
    memcpy(out, spool->near + (first - spool->near_first), (size_t)bytes);
done:
  return status;
}

void lw_spool_done(lw_spool *spool)
{
  if (spool->file >= 0) close(spool->file);
  lw_mem_give(spool->path);
  lw_mem_give(spool->end);
  lw_mem_give(spool->near);
  *spool = LW_SPOOL_NONE;
}
