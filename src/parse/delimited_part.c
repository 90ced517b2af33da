#include "delimited_inside.h"
#include "longwave/base/whole.h"

/* Line feeds and double quotes; in short pieces, so that the compiler counts many bytes at once. */
static void count_marks(const char *bytes, int64_t count, int64_t *lines, int64_t *quotes)
{
  enum { PIECE = 128 };
  for (int64_t first = 0; first < count; first += PIECE) {
    const int64_t end = lw_smaller(first + PIECE, count);
    uint8_t feeds = 0, doubles = 0;
    for (int64_t i = first; i < end; i++) {
      feeds = (uint8_t)(feeds + (bytes[i] == '\n'));
      doubles = (uint8_t)(doubles + (bytes[i] == '"'));
    }
    *lines += feeds;
    *quotes += doubles;
  }
}

/* The next record becomes the first one that begins at `from` or behind it. */
static lw_status skip(lw_delimited *table, int64_t from)
{
  int64_t quotes = 0;
  bool more = true, found = false;
  table->begin += table->used;
  table->used = 0;
  while (more && !found && table->base + table->begin < from) {
    if (table->begin == table->end) {
      lw_status status = lw_delimited_fill(table, &more);
      if (status != LW_OK) return status;
      continue;
    }
    /* all but the byte before `from`, then one byte at a time */
    const int64_t far = lw_smaller(from - 1 - table->base, table->end) - table->begin;
    const int64_t count = far > 0 ? far : 1;
    const char *bytes = table->bytes + table->begin;
    count_marks(bytes, count, &table->next_line, &quotes);
    table->begin += count;
    const bool inside = quotes % 2 && !table->format.unquoted;
    found = far <= 0 && bytes[0] == '\n' && !inside;
    if (far <= 0 && !found) from = table->base + table->begin + 1;
  }
  return LW_OK;
}

/* Where the share of a part begins. */
static int64_t share(int64_t size, int64_t part, int64_t parts)
{
  return size / parts * part + size % parts * part / parts;
}

lw_status lw_delimited_take_part(lw_delimited *table, int part, int parts)
{
  const int64_t size = lw_source_size(table->source), first = table->base + table->begin;
  const bool shared = size >= 0 && (table->format.unquoted || !table->format.comment);
  const int64_t all = shared ? size : 0; /* else what is before the part does not matter */
  const int64_t from = share(all, part, parts);
  table->to = shared && part < parts - 1 ? share(all, part + 1, parts) : INT64_MAX;
  if (!shared && part) table->to = 0;
  table->held = table->held && first >= from && first < table->to;
  return first < from ? skip(table, from) : LW_OK;
}
