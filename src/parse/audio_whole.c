/* RIFF: "RIFF", size, "WAVE", then chunks of a name, a size (little endian) and so many bytes, an
 * odd size with a byte more. OGG: pages of "OggS", version, flags (4: the last page), 20 bytes,
 * the number of segments, the size of each, their bytes. */
#define _POSIX_C_SOURCE 200809L
#include "audio_whole.h"
#include "longwave/base/mem.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8, PAGE_HEAD = 27, PAGE_MOST = PAGE_HEAD + 255 + 255 * 255 };

static uint32_t number_at(const uint8_t *bytes)
{
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static lw_status say_short(const char *path, int64_t expected, int64_t found)
{
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is cut short: its sound should end at byte %" PRId64 ", the file at %" PRId64
                 "; download or copy it again",
                 path, expected, found);
}

static lw_status check_wave(const char *path, FILE *file, int64_t size)
{
  const uint32_t unknown = 0x7fffff00; /* what programs write that cannot go back, or more */
  uint8_t head[CHUNK_HEAD];
  int64_t at = RIFF_HEAD;
  while (at + CHUNK_HEAD <= size && !fseeko(file, (off_t)at, SEEK_SET) &&
         fread(head, 1, CHUNK_HEAD, file) == CHUNK_HEAD) {
    const uint32_t bytes = number_at(head + 4);
    const int64_t end = at + CHUNK_HEAD + bytes;
    if (!memcmp(head, "data", 4))
      return bytes < unknown && end > size ? say_short(path, end, size) : LW_OK;
    at = end + (bytes & 1);
  }
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is cut short: it is a WAV file of %" PRId64
                 " bytes without sound (a chunk 'data'); download or copy it again",
                 path, size);
}

/* The last page is within the last PAGE_MOST bytes. */
static lw_status check_pages(const char *path, FILE *file, int64_t size)
{
  uint8_t *bytes = NULL;
  const int64_t count = size < PAGE_MOST ? size : PAGE_MOST;
  bool ended = false;
  lw_status status = LW_TAKE(&bytes, count + PAGE_HEAD + 255);
  if (status != LW_OK) return status;
  if (!fseeko(file, (off_t)(size - count), SEEK_SET) &&
      fread(bytes, 1, (size_t)count, file) == (size_t)count)
    for (int64_t at = 0; at + PAGE_HEAD <= count && !ended; at++) {
      if (memcmp(bytes + at, "OggS", 4) != 0) continue;
      int64_t end = at + PAGE_HEAD + bytes[at + PAGE_HEAD - 1];
      for (int i = 0; i < bytes[at + PAGE_HEAD - 1]; i++) end += bytes[at + PAGE_HEAD + i];
      ended = (bytes[at + 5] & 4) && end <= count;
    }
  if (!ended)
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s' is cut short: its last page is missing after byte %" PRId64
                     "; download or copy it again",
                     path, size);
  lw_mem_give(bytes);
  return status;
}

lw_status lw_audio_check_whole(const char *path)
{
  uint8_t head[RIFF_HEAD] = {0};
  struct stat about;
  FILE *file = fopen(path, "rb");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", path, lw_reason(errno));
  lw_status status = LW_OK;
  errno = 0;
  const size_t got = fread(head, 1, RIFF_HEAD, file);
  if (fstat(fileno(file), &about) || ferror(file))
    status = lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", path, lw_reason(errno));
  else if (!got)
    status = lw_fail(LW_ERROR_FORMAT, "'%s' is empty; download or copy it again", path);
  else if (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4))
    status = check_wave(path, file, (int64_t)about.st_size);
  else if (!memcmp(head, "OggS", 4))
    status = check_pages(path, file, (int64_t)about.st_size);
  fclose(file);
  return status;
}
