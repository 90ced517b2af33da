#define _POSIX_C_SOURCE 200809L
#include "longwave/parse/source.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Small: a folder has many small files, and memory is cleared for each. */
enum { BUFFER_BYTES = 1 << 14, LINE_BYTES_MAX = 1 << 26 };

struct lw_source {
  FILE *file;
  char *path;
  int64_t offset;    /* of the next byte to be taken, in the unpacked content */
  int64_t next, end; /* what is waiting in the buffer */
  char *buffer;      /* [BUFFER_BYTES] */
  char *line;        /* [line_room] */
  int64_t line_room;
  lw_cleaned cleaned;
  uint8_t *stored;     /* [BUFFER_BYTES] bytes of the file */
  int64_t stored_read; /* so far */
  z_stream unpack;     /* what waits in `stored`, plain files, too */
  int members;         /* of a gzip file, begun so far; 0: plain */
  bool begun, in_member;
  lw_work work; /* open while a file of some size is read */
};

/* Progress of one large file. That of many small files is shown by their reader. */
static void begin_work(lw_source *source)
{
  enum { LARGE = 1 << 20 };
  const char *slash = strrchr(source->path, '/');
  struct stat about;
  char name[64];
  assert(source->file);
  if (fstat(fileno(source->file), &about) || (S_ISREG(about.st_mode) && about.st_size < LARGE))
    return;
  snprintf(name, sizeof name, "reading %s", slash ? slash + 1 : source->path);
  lw_work_begin(&source->work, name, "bytes", S_ISREG(about.st_mode) ? about.st_size : 0);
}

lw_status lw_source_open(const char *path, lw_source **out)
{
  lw_source *source = NULL;
  lw_status status = LW_TAKE(&source, 1);
  if (status != LW_OK) return status;
  LW_TRY(lw_mem_copy(path, &source->path));
  LW_TRY(LW_TAKE(&source->buffer, BUFFER_BYTES));
  LW_TRY(LW_TAKE(&source->stored, BUFFER_BYTES));
  source->file = fopen(path, "rb");
  if (!source->file) LW_TRY(lw_fail(LW_ERROR_FILE, "cannot open '%s': %s", path, lw_reason(errno)));
  lw_input_note(path);
  begin_work(source);
  *out = source;
  source = NULL;
done:
  lw_source_close(&source);
  return status;
}

void lw_source_close(lw_source **source)
{
  if (!*source) return;
  lw_work_end(&(*source)->work);
  if ((*source)->members) inflateEnd(&(*source)->unpack);
  if ((*source)->file) fclose((*source)->file);
  lw_mem_give((*source)->line);
  lw_mem_give((*source)->stored);
  lw_mem_give((*source)->buffer);
  lw_mem_give((*source)->path);
  lw_mem_give(*source);
  *source = NULL;
}

const char *lw_source_path(const lw_source *source)
{
  return source->path;
}

int64_t lw_source_size(const lw_source *source)
{
  struct stat about;
  const bool known = !source->members && !fstat(fileno(source->file), &about);
  return known && S_ISREG(about.st_mode) ? (int64_t)about.st_size : -1;
}

int64_t lw_source_offset(const lw_source *source)
{
  return source->offset;
}

void lw_source_cleaned(const lw_source *source, lw_cleaned *sum)
{
  sum->marks += source->cleaned.marks;
  sum->returns += source->cleaned.returns;
}

/* ---- from the file to the buffer ---- */

/* Read bytes of the file to `stored` if it is empty; afterwards it is empty only at the end of the
   file. */
static lw_status read_stored(lw_source *source)
{
  if (source->unpack.avail_in) return LW_OK;
  const size_t got = fread(source->stored, 1, BUFFER_BYTES, source->file);
  if (!got && ferror(source->file))
    return lw_fail(LW_ERROR_FILE, "cannot read '%s' after byte %" PRId64 ": %s", source->path,
                   source->stored_read, lw_reason(errno));
  source->unpack.next_in = source->stored;
  source->unpack.avail_in = (uInt)got;
  source->stored_read += (int64_t)got;
  lw_work_show(&source->work, source->stored_read);
  return LW_OK;
}

/* The beginning of the file tells whether it is packed. */
static lw_status begin(lw_source *source)
{
  lw_status status = read_stored(source);
  source->begun = true;
  if (status != LW_OK || source->unpack.avail_in < 2) return status;
  if (source->stored[0] != 0x1f || source->stored[1] != 0x8b) return LW_OK;
  const int only_gzip = 16;
  if (inflateInit2(&source->unpack, MAX_WBITS + only_gzip) != Z_OK)
    return lw_fail(LW_ERROR_MEMORY,
                   "out of memory to unpack '%s'"
                   "; unpack it by gunzip first",
                   source->path);
  source->members = 1;
  source->in_member = true;
  return LW_OK;
}

/* inflate has refused its input. */
static lw_status refuse_packed(const lw_source *source)
{
  const z_stream *z = &source->unpack;
  if (source->members > 1 && !z->total_out && z->total_in <= 2)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has bytes after the end of its gzip data that are not gzip data, before "
                   "byte %" PRId64
                   " of the file: is it damaged, or joined with another file? Pack it again",
                   source->path, source->stored_read - (int64_t)z->avail_in);
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is a damaged gzip file after %" PRId64 " unpacked bytes: %s", source->path,
                 source->offset + BUFFER_BYTES - (int64_t)z->avail_out,
                 z->msg ? z->msg : "it ends too early");
}

/* Members of a gzip file follow one another (as `cat a.gz b.gz` makes them). */
static lw_status unpack(lw_source *source)
{
  z_stream *z = &source->unpack;
  z->next_out = (Bytef *)source->buffer;
  z->avail_out = BUFFER_BYTES;
  while (z->avail_out) {
    lw_status status = read_stored(source);
    if (status != LW_OK) return status;
    if (!z->avail_in && !source->in_member) break;
    if (!z->avail_in) return refuse_packed(source);
    if (!source->in_member) {
      inflateReset(z);
      source->members++;
      source->in_member = true;
    }
    const int code = inflate(z, Z_NO_FLUSH);
    if (code == Z_STREAM_END)
      source->in_member = false;
    else if (code != Z_OK)
      return refuse_packed(source);
  }
  source->end = BUFFER_BYTES - (int64_t)z->avail_out;
  return LW_OK;
}

/* Fill the empty buffer with some bytes; afterwards next == end only at the end of the file. */
static lw_status fill(lw_source *source)
{
  lw_status status = source->begun ? LW_OK : begin(source);
  source->next = source->end = 0;
  if (status != LW_OK) return status;
  if (source->members) return unpack(source);
  status = read_stored(source);
  if (status != LW_OK) return status;
  source->end = (int64_t)source->unpack.avail_in;
  memcpy(source->buffer, source->unpack.next_in, (size_t)source->end);
  source->unpack.avail_in = 0;
  return LW_OK;
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
                     " were found; download or copy it again",
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

/* Room for `count` bytes of a line, or of a whole text, with what it has so far. */
static lw_status extend_line(lw_source *source, int64_t used, int64_t count)
{
  if (count > LINE_BYTES_MAX)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has a line or a text longer than %d bytes before byte %" PRId64,
                   source->path, LINE_BYTES_MAX, source->offset);
  return LW_EXTEND(&source->line, &source->line_room, used, count);
}

/* A byte order mark at the very beginning is passed over. */
static lw_status skip_mark(lw_source *source)
{
  bool more = false;
  lw_status status = source->offset ? LW_OK : lw_source_more(source, &more);
  if (status != LW_OK || !more || source->end - source->next < 3) return status;
  if (memcmp(source->buffer + source->next, "\xef\xbb\xbf", 3) != 0) return LW_OK;
  source->next += 3;
  source->offset += 3;
  source->cleaned.marks++;
  return LW_OK;
}

lw_status lw_source_line(lw_source *source, char **line, int64_t *length)
{
  int64_t used = 0;
  bool more = false, ended = false;
  lw_status status = LW_OK;
  LW_TRY(skip_mark(source));
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
  if (used && source->line[used - 1] == '\r') {
    used--;
    source->cleaned.returns++;
  }
  source->line[used] = 0;
  *line = source->line;
  *length = used;
done:
  return status;
}

lw_status lw_source_text(lw_source *source, char *text, int64_t room, int64_t *count)
{
  int64_t used = 0;
  bool more = false;
  lw_status status = LW_OK;
  LW_TRY(skip_mark(source));
  while (used < room) {
    LW_TRY(lw_source_more(source, &more));
    if (!more) break;
    char byte = source->buffer[source->next++];
    source->offset++;
    if (byte == '\r') {
      LW_TRY(lw_source_more(source, &more));
      if (more && source->buffer[source->next] == '\n') {
        byte = source->buffer[source->next++];
        source->offset++;
        source->cleaned.returns++;
      }
    }
    text[used++] = byte;
  }
  *count = used;
done:
  return status;
}

lw_status lw_source_some(lw_source *source, void *data, int64_t room, int64_t *count)
{
  bool more = true;
  int64_t used = 0;
  lw_status status = LW_OK;
  while (used < room) {
    LW_TRY(lw_source_more(source, &more));
    if (!more) break;
    int64_t now = source->end - source->next;
    if (now > room - used) now = room - used;
    LW_TRY(lw_source_take(source, (char *)data + used, now));
    used += now;
  }
  *count = used;
done:
  return status;
}

lw_status lw_source_rest(lw_source *source, char **text, int64_t *length)
{
  int64_t used = 0, got = 0;
  lw_status status = LW_OK;
  do {
    LW_TRY(extend_line(source, used, used + BUFFER_BYTES + 1));
    LW_TRY(lw_source_text(source, source->line + used, BUFFER_BYTES, &got));
    used += got;
  } while (got);
  source->line[used] = 0;
  *text = source->line;
  *length = used;
done:
  return status;
}
