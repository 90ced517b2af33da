#define _POSIX_C_SOURCE 200809L
#include "source.h"
#include "longwave/base/mem.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum { BUFFER_BYTES = 1 << 16, LINE_BYTES_MAX = 1 << 26 };

struct lw_source {
  gzFile file;
  char *path;
  int64_t offset;    /* of the next byte to be taken */
  int64_t next, end; /* what is waiting in the buffer */
  char *buffer;      /* [BUFFER_BYTES] */
  char *line;        /* [line_room] */
  int64_t line_room;
};

lw_status lw_source_open(const char *path, lw_source **out)
{
  lw_source *source = NULL;
  lw_status status = LW_TAKE(&source, 1);
  if (status != LW_OK) return status;
  LW_TRY(LW_TAKE(&source->path, (int64_t)strlen(path) + 1));
  memcpy(source->path, path, strlen(path));
  LW_TRY(LW_TAKE(&source->buffer, BUFFER_BYTES));
  errno = 0;
  source->file = gzopen(path, "rb");
  if (!source->file)
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", path,
                   errno ? strerror(errno) : "out of memory"));
  *out = source;
  source = NULL;
done:
  lw_source_close(&source);
  return status;
}

void lw_source_close(lw_source **source)
{
  if (!*source) return;
  if ((*source)->file) gzclose((*source)->file);
  lw_mem_give((*source)->line);
  lw_mem_give((*source)->buffer);
  lw_mem_give((*source)->path);
  lw_mem_give(*source);
  *source = NULL;
}

const char *lw_source_path(const lw_source *source)
{
  return source->path;
}

int64_t lw_source_offset(const lw_source *source)
{
  return source->offset;
}

/* Some bytes into the empty buffer; next == end afterwards only at the end of the file. */
static lw_status fill(lw_source *source)
{
  int got = gzread(source->file, source->buffer, BUFFER_BYTES), code = Z_OK;
  const char *reason = gzerror(source->file, &code);
  const size_t path_length = strlen(source->path);
  source->next = 0;
  source->end = got > 0 ? got : 0;
  /* zlib tells of a gzip file that was cut off by Z_BUF_ERROR, with what could be unpacked. */
  if (got >= 0 && (code == Z_OK || code == Z_STREAM_END || got > 0)) return LW_OK;
  if (code == Z_ERRNO)
    return lw_fail(LW_ERROR_FILE, "cannot read '%s' after byte %" PRId64 ": %s", source->path,
                   source->offset, strerror(errno));
  if (!strncmp(reason, source->path, path_length) && !strncmp(reason + path_length, ": ", 2))
    reason += path_length + 2; /* zlib begins with the path, too */
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is a damaged gzip file after %" PRId64 " unpacked bytes: %s", source->path,
                 source->offset, reason);
}

lw_status lw_source_more(lw_source *source, bool *more)
{
  lw_status status = source->next == source->end ? fill(source) : LW_OK;
  if (status == LW_OK) *more = source->next < source->end;
  return status;
}

lw_status lw_source_take(lw_source *source, void *data, int64_t count)
{
  int64_t start = source->offset;
  for (int64_t got = 0; got < count;) {
    bool more = false;
    lw_status status = lw_source_more(source, &more);
    if (status != LW_OK) return status;
    if (!more)
      return lw_fail(LW_ERROR_FORMAT,
                     "'%s' is truncated: at least %" PRId64 " bytes were expected, %" PRId64
                     " were found",
                     source->path, start + count, source->offset);
    int64_t now = source->end - source->next;
    if (now > count - got) now = count - got;
    memcpy((char *)data + got, source->buffer + source->next, (size_t)now);
    source->next += now;
    source->offset += now;
    got += now;
  }
  return LW_OK;
}

lw_status lw_source_expect_end(lw_source *source)
{
  bool more = false;
  lw_status status = lw_source_more(source, &more);
  if (status == LW_OK && more)
    status = lw_fail(LW_ERROR_FORMAT, "'%s' has bytes after its end at byte %" PRId64, source->path,
                     source->offset);
  return status;
}

/* Room for `count` bytes of a line with what it has so far. */
static lw_status extend_line(lw_source *source, int64_t used, int64_t count)
{
  if (count > LINE_BYTES_MAX)
    return lw_fail(LW_ERROR_FORMAT, "'%s' has a line longer than %d bytes before byte %" PRId64,
                   source->path, LINE_BYTES_MAX, source->offset);
  return LW_EXTEND(&source->line, &source->line_room, used, count);
}

lw_status lw_source_line(lw_source *source, char **line, int64_t *length)
{
  const bool first = source->offset == 0;
  int64_t used = 0, mark = 0;
  bool more = false, ended = false;
  lw_status status = LW_OK;
  LW_TRY(lw_source_more(source, &more));
  if (!more) {
    *line = NULL;
    *length = 0;
    goto done;
  }
  while (more && !ended) {
    const char *from = source->buffer + source->next;
    int64_t there = source->end - source->next;
    const char *stop = memchr(from, '\n', (size_t)there);
    int64_t take = stop ? stop - from : there;
    ended = stop != NULL;
    LW_TRY(extend_line(source, used, used + take + 1));
    memcpy(source->line + used, from, (size_t)take);
    used += take;
    source->next += take + ended;
    source->offset += take + ended;
    if (!ended) LW_TRY(lw_source_more(source, &more));
  }
  if (used && source->line[used - 1] == '\r') used--;
  if (first && used >= 3 && !memcmp(source->line, "\xef\xbb\xbf", 3)) mark = 3;
  source->line[used] = 0;
  *line = source->line + mark;
  *length = used - mark;
done:
  return status;
}

lw_status lw_source_rest(lw_source *source, char **text, int64_t *length)
{
  int64_t used = 0;
  lw_status status = LW_OK;
  LW_TRY(extend_line(source, 0, 1));
  for (;;) {
    bool more = false;
    LW_TRY(lw_source_more(source, &more));
    if (!more) break;
    const int64_t take = source->end - source->next;
    LW_TRY(extend_line(source, used, used + take + 1));
    memcpy(source->line + used, source->buffer + source->next, (size_t)take);
    used += take;
    source->next += take;
    source->offset += take;
  }
  source->line[used] = 0;
  *text = source->line;
  *length = used;
done:
  return status;
}
