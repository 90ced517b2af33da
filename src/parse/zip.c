#define _POSIX_C_SOURCE 200809L
#include "zip.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "zip_list.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum { BUFFER = 1 << 16, LOCAL = 30, STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

struct lw_zip {
  FILE *file;
  char *path;
  lw_zip_member *member; /* [count] */
  int64_t count;
  const lw_zip_member *now; /* the member that is read, or NULL */
  int64_t left;             /* packed bytes of it that were not read from the file */
  int64_t taken;            /* unpacked bytes of it */
  uLong sum;
  z_stream unpack;
  bool unpacking;
  uint8_t *buffer; /* [BUFFER] packed bytes */
};

bool lw_zip_is(const char *path)
{
  char begin[4] = "";
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  const bool is = fread(begin, 1, 4, file) == 4 && begin[0] == 'P' && begin[1] == 'K' &&
                  begin[2] < 8 && begin[3] < 8;
  fclose(file);
  return is;
}

lw_status lw_zip_open(const char *path, lw_zip **out)
{
  lw_zip *zip = NULL;
  lw_status status = LW_TAKE(&zip, 1);
  if (status != LW_OK) return status;
  LW_TRY(lw_mem_copy(path, &zip->path));
  LW_TRY(LW_TAKE(&zip->buffer, BUFFER));
  zip->file = fopen(path, "rb");
  if (!zip->file) LW_TRY(lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", path, lw_reason(errno)));
  lw_input_note(path);
  LW_TRY(lw_zip_list(path, zip->file, &zip->member, &zip->count));
  *out = zip;
  zip = NULL;
done:
  lw_zip_close(&zip);
  return status;
}

void lw_zip_close(lw_zip **zip)
{
  if (!*zip) return;
  if ((*zip)->unpacking) inflateEnd(&(*zip)->unpack);
  for (int64_t i = 0; i < (*zip)->count; i++) lw_mem_give((*zip)->member[i].name);
  lw_mem_give((*zip)->member);
  if ((*zip)->file) fclose((*zip)->file);
  lw_mem_give((*zip)->buffer);
  lw_mem_give((*zip)->path);
  lw_mem_give(*zip);
  *zip = NULL;
}

int64_t lw_zip_count(const lw_zip *zip)
{
  return zip->count;
}

const char *lw_zip_name(const lw_zip *zip, int64_t member)
{
  return zip->member[member].name;
}

static lw_status refuse(const lw_zip *zip, const char *what)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s': the member '%s' %s", zip->path, zip->now->name, what);
}

static lw_status begin_unpacking(lw_zip *zip)
{
  if (zip->unpacking) inflateEnd(&zip->unpack);
  zip->unpack = (z_stream){0};
  zip->unpacking = inflateInit2(&zip->unpack, -MAX_WBITS) == Z_OK;
  return zip->unpacking ? LW_OK
                        : lw_fail(LW_ERROR_MEMORY, "out of memory to unpack '%s'", zip->path);
}

lw_status lw_zip_enter(lw_zip *zip, int64_t member)
{
  uint8_t head[LOCAL];
  lw_status status = LW_OK;
  zip->now = &zip->member[member];
  if (zip->now->flags & ENCRYPTED) LW_TRY(refuse(zip, "is encrypted; unpack it and save it plain"));
  if (zip->now->method != STORED && zip->now->method != DEFLATED)
    LW_TRY(refuse(zip, "is packed by a method other than deflate; save it by numpy.savez"));
  LW_TRY(lw_zip_bytes(zip->path, zip->file, zip->now->at, head, LOCAL));
  if (memcmp(head, "PK\3\4", 4) != 0) LW_TRY(refuse(zip, "is damaged; make it again"));
  const int64_t skip = (int64_t)(lw_zip_number(head + 26, 2) + lw_zip_number(head + 28, 2));
  if (fseeko(zip->file, (off_t)skip, SEEK_CUR))
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", zip->path, lw_reason(errno)));
  zip->left = zip->now->packed;
  zip->taken = 0;
  zip->sum = crc32(0, NULL, 0);
  LW_TRY(begin_unpacking(zip));
done:
  return status;
}

/* Packed bytes to the empty buffer. */
static lw_status fill(lw_zip *zip)
{
  const int64_t count = lw_smaller(BUFFER, zip->left);
  if (!count) return refuse(zip, "is damaged: it ends too early; make or download it again");
  if (fread(zip->buffer, 1, (size_t)count, zip->file) != (size_t)count)
    return refuse(zip, "is cut short; make or download it again");
  zip->left -= count;
  zip->unpack.next_in = zip->buffer;
  zip->unpack.avail_in = (uInt)count;
  return LW_OK;
}

/* Some of the next `room` bytes, which are left. *count out */
static lw_status take_some(lw_zip *zip, uint8_t *data, int64_t room, int64_t *count)
{
  z_stream *z = &zip->unpack;
  lw_status status = z->avail_in ? LW_OK : fill(zip);
  if (status != LW_OK) return status;
  if (zip->now->method == STORED) {
    *count = lw_smaller(room, (int64_t)z->avail_in);
    memcpy(data, z->next_in, (size_t)*count);
    z->next_in += *count;
    z->avail_in -= (uInt)*count;
    return LW_OK;
  }
  const uInt most = (uInt)lw_smaller(room, 1 << 30);
  z->next_out = data;
  z->avail_out = most;
  const int code = inflate(z, Z_NO_FLUSH);
  *count = most - z->avail_out;
  if (code == Z_OK || (code == Z_STREAM_END && *count) || (code == Z_BUF_ERROR && !z->avail_in))
    return LW_OK;
  return refuse(zip, "is damaged: it cannot be unpacked; make or download it again");
}

lw_status lw_zip_take(lw_zip *zip, void *data, int64_t count)
{
  uint8_t *to = data;
  lw_status status = LW_OK;
  if (count > zip->now->size - zip->taken)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': the member '%s' is cut short: at least %" PRId64
                   " bytes were expected, it has %" PRId64 "; make or download it again",
                   zip->path, zip->now->name, zip->taken + count, zip->now->size);
  while (count > 0) {
    int64_t now = 0;
    LW_TRY(take_some(zip, to, count, &now));
    zip->sum = crc32_z(zip->sum, to, (z_size_t)now);
    to += now;
    zip->taken += now;
    count -= now;
  }
done:
  return status;
}

lw_status lw_zip_expect_end(lw_zip *zip)
{
  if (zip->taken != zip->now->size)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': the member '%s' has %" PRId64 " bytes after the end of its array",
                   zip->path, zip->now->name, zip->now->size - zip->taken);
  return (uint32_t)zip->sum == zip->now->sum
             ? LW_OK
             : refuse(zip, "is damaged: its checksum is wrong; make or download it again");
}
