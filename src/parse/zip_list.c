/* Numbers are little endian. At the end of the file stands a record of 22 bytes "PK\5\6" with the
 * number of members and the place of the directory, and a comment behind it. Where a number does
 * not fit, it is 2^16 - 1 or 2^32 - 1 there, and 20 bytes "PK\6\7" before it tell where 56 bytes
 * "PK\6\6" with the whole numbers are. The directory has 46 bytes "PK\1\2" for each member, its
 * name, more fields (of them, number 1 has the sizes and the place that did not fit), a comment. */
#define _POSIX_C_SOURCE 200809L
#include "zip_list.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { END = 22, PLACE = 20, END_64 = 56, ENTRY = 46, LARGEST_COMMENT = 65535 };

typedef struct directory {
  int64_t at, bytes, count;
} directory;

static lw_status say_damaged(const char *path, int64_t at)
{
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is a damaged ZIP file at byte %" PRId64
                 ", or cut short; make or download it "
                 "again",
                 path, at);
}

lw_status lw_zip_bytes(const char *path, FILE *file, int64_t at, void *bytes, int64_t count)
{
  errno = 0;
  if (at >= 0 && !fseeko(file, (off_t)at, SEEK_SET) &&
      fread(bytes, 1, (size_t)count, file) == (size_t)count)
    return LW_OK;
  if (ferror(file)) return lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", path, lw_reason(errno));
  return say_damaged(path, at);
}

static lw_status find_64(const char *path, FILE *file, int64_t end, directory *out)
{
  uint8_t b[END_64];
  lw_status status = LW_OK;
  if (end < PLACE) return LW_OK;
  LW_TRY(lw_zip_bytes(path, file, end - PLACE, b, PLACE));
  if (memcmp(b, "PK\6\7", 4) != 0) goto done;
  const int64_t at = (int64_t)lw_zip_number(b + 8, 8);
  LW_TRY(lw_zip_bytes(path, file, at, b, END_64));
  if (memcmp(b, "PK\6\6", 4) != 0) LW_TRY(say_damaged(path, at));
  *out = (directory){.count = (int64_t)lw_zip_number(b + 32, 8),
                     .bytes = (int64_t)lw_zip_number(b + 40, 8),
                     .at = (int64_t)lw_zip_number(b + 48, 8)};
done:
  return status;
}

/* The record at the end is looked for from behind. */
static lw_status find_directory(const char *path, FILE *file, int64_t size, directory *out)
{
  uint8_t *bytes = NULL;
  const int64_t count = lw_smaller(size, END + LARGEST_COMMENT);
  int64_t at = count - END;
  lw_status status = LW_TAKE(&bytes, count);
  if (status != LW_OK) return status;
  LW_TRY(lw_zip_bytes(path, file, size - count, bytes, count));
  while (at >= 0 && (memcmp(bytes + at, "PK\5\6", 4) != 0 ||
                     at + END + (int64_t)lw_zip_number(bytes + at + 20, 2) != count))
    at--;
  if (at < 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT,
                   "'%s' is no ZIP file or is cut short after byte %" PRId64
                   ": the directory at its end is missing; make or download it again",
                   path, size));
  *out = (directory){.count = (int64_t)lw_zip_number(bytes + at + 10, 2),
                     .bytes = (int64_t)lw_zip_number(bytes + at + 12, 4),
                     .at = (int64_t)lw_zip_number(bytes + at + 16, 4)};
  LW_TRY(find_64(path, file, size - count + at, out));
  if (out->at < 0 || out->bytes < 0 || out->at > size || out->bytes > size - out->at ||
      out->count < 0 || out->count > out->bytes / ENTRY)
    LW_TRY(say_damaged(path, size - count + at));
done:
  lw_mem_give(bytes);
  return status;
}

/* The numbers that are 2^32 - 1 in the entry, in their order. extra [length] */
static void take_64(lw_zip_member *member, const uint8_t *extra, int64_t length)
{
  int64_t *const number[] = {&member->size, &member->packed, &member->at};
  for (; length >= 4; extra += 4 + lw_zip_number(extra + 2, 2)) {
    const int64_t own = (int64_t)lw_zip_number(extra + 2, 2);
    length -= 4 + own;
    if (length < 0 || lw_zip_number(extra, 2) != 1) continue;
    for (int64_t i = 0, at = 0; i < 3; i++)
      if (*number[i] == UINT32_MAX && at + 8 <= own) {
        *number[i] = (int64_t)lw_zip_number(extra + 4 + at, 8);
        at += 8;
      }
  }
}

/* One entry of the directory. *used out: its bytes, of `left` */
static lw_status take_entry(const uint8_t *b, int64_t left, lw_zip_member *member, int64_t *used)
{
  if (left < ENTRY || memcmp(b, "PK\1\2", 4) != 0) return LW_OK;
  const int64_t name = (int64_t)lw_zip_number(b + 28, 2), extra = (int64_t)lw_zip_number(b + 30, 2);
  const int64_t all = ENTRY + name + extra + (int64_t)lw_zip_number(b + 32, 2);
  if (all > left) return LW_OK;
  *member = (lw_zip_member){.flags = (uint32_t)lw_zip_number(b + 8, 2),
                            .method = (uint32_t)lw_zip_number(b + 10, 2),
                            .sum = (uint32_t)lw_zip_number(b + 16, 4),
                            .packed = (int64_t)lw_zip_number(b + 20, 4),
                            .size = (int64_t)lw_zip_number(b + 24, 4),
                            .at = (int64_t)lw_zip_number(b + 42, 4)};
  take_64(member, b + ENTRY + name, extra);
  lw_status status = LW_TAKE(&member->name, name + 1);
  if (status != LW_OK) return status;
  memcpy(member->name, b + ENTRY, (size_t)name);
  *used = all;
  return LW_OK;
}

lw_status lw_zip_list(const char *path, FILE *file, lw_zip_member **member, int64_t *count)
{
  struct stat about;
  directory found = {0};
  uint8_t *bytes = NULL;
  lw_status status = LW_OK;
  if (fstat(fileno(file), &about))
    return lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", path, lw_reason(errno));
  LW_TRY(find_directory(path, file, (int64_t)about.st_size, &found));
  LW_TRY(LW_TAKE(&bytes, found.bytes));
  LW_TRY(lw_zip_bytes(path, file, found.at, bytes, found.bytes));
  LW_TRY(LW_TAKE(member, found.count));
  for (int64_t i = 0, at = 0; i < found.count; i++) {
    int64_t used = 0;
    LW_TRY(take_entry(bytes + at, found.bytes - at, &(*member)[i], &used));
    if (!used || (*member)[i].size < 0 || (*member)[i].packed < 0)
      LW_TRY(say_damaged(path, found.at + at));
    *count = i + 1;
    at += used;
  }
done:
  lw_mem_give(bytes);
  return status;
}
