#include "delimited_inside.h"
#include "longwave/base/mem.h"
#include <string.h>

enum { STEP = 1 << 17, RECORD_BYTES_MAX = 1 << 28 };

lw_status lw_delimited_fill(lw_delimited *table, bool *more)
{
  int64_t got = 0;
  lw_status status = LW_OK;
  *more = false;
  if (table->ended) return LW_OK;
  if (table->begin) {
    table->end -= table->begin;
    table->base += table->begin;
    memmove(table->bytes, table->bytes + table->begin, (size_t)table->end);
    table->begin = 0;
  }
  if (table->end > RECORD_BYTES_MAX)
    return lw_delimited_refuse_record(table,
                                      "a record of more than %d bytes begins here; is a quote "
                                      "never closed?",
                                      RECORD_BYTES_MAX);
  LW_TRY(LW_EXTEND(&table->bytes, &table->room, table->end, table->end + STEP + 1));
  LW_TRY(
      lw_source_some(table->source, table->bytes + table->end, table->room - table->end - 1, &got));
  if (!table->opened && got >= 3 && !memcmp(table->bytes, "\xef\xbb\xbf", 3)) table->begin = 3;
  table->opened = true;
  table->end += got;
  table->bytes[table->end] = '\n';
  table->ended = got == 0;
  *more = got > 0;
done:
  return status;
}

/* The byte at this place of the record, or -1 at the end of the file. */
static inline lw_status look(lw_delimited *table, int64_t at, int *byte)
{
  while (table->begin + at >= table->end) {
    bool more = false;
    lw_status status = lw_delimited_fill(table, &more);
    if (status != LW_OK) return status;
    if (!more) {
      *byte = -1;
      return LW_OK;
    }
  }
  *byte = (unsigned char)table->bytes[table->begin + at];
  return LW_OK;
}

static lw_status add_cell(lw_delimited *table, int64_t begin, int64_t length)
{
  lw_status status = table->count < table->cell_room ? LW_OK
                                                     : LW_EXTEND(&table->cells, &table->cell_room,
                                                                 table->count, table->count + 1);
  if (status == LW_OK)
    table->cells[table->count++] = (lw_cell_place){(int32_t)begin, (int32_t)length};
  return status;
}

static lw_status refuse_byte(lw_delimited *table, int byte)
{
  if (!byte)
    return lw_delimited_refuse_record(table,
                                      "a zero byte: a text is expected, plain or gzip, in UTF-8");
  return lw_delimited_refuse_record(
      table,
      "a double quote inside of cell %lld, which does not begin with one; quote the whole cell and "
      "double the quotes in it, or read the file without quotes",
      (long long)table->count + 1);
}

/* A cell without quotes begins at *at; afterwards *at is the place of the byte that ends it. */
static lw_status scan_plain(lw_delimited *table, int64_t *at, int *stop)
{
  const int64_t begin = *at;
  lw_status status = LW_OK;
  do {
    const unsigned char *bytes = (const unsigned char *)table->bytes + table->begin;
    int64_t i = *at;
    while (!table->stops[bytes[i]]) i++;
    *at = i;
    LW_TRY(look(table, i, stop));
  } while (*stop >= 0 && !table->stops[*stop]);
  if (*stop == 0 || (*stop == '"' && !table->format.unquoted)) return refuse_byte(table, *stop);
  const bool returns =
      *at > begin && (*stop == '\n' || *stop < 0) && table->bytes[table->begin + *at - 1] == '\r';
  LW_TRY(add_cell(table, begin, *at - begin - returns));
done:
  return status;
}

/* The quote at *at has been closed: *stop becomes the byte that ends the cell. */
static lw_status end_quoted(lw_delimited *table, int64_t *at, int *stop)
{
  lw_status status = LW_OK;
  LW_TRY(look(table, *at, stop));
  if (*stop == '\r') {
    int behind = 0;
    LW_TRY(look(table, *at + 1, &behind));
    if (behind == '\n' || behind < 0) {
      ++*at;
      *stop = behind;
    }
  }
  if (*stop >= 0 && (!table->stops[*stop] || *stop == '"' || !*stop))
    status = lw_delimited_refuse_record(
        table,
        "text behind the closing quote of cell %lld; a separator is expected, and a quote "
        "inside of a cell is doubled",
        (long long)table->count + 1);
done:
  return status;
}

/* The same for a cell that begins with a quote, which loses its quotes in place. */
static lw_status scan_quoted(lw_delimited *table, int64_t *at, int *stop)
{
  const int64_t begin = ++*at;
  int64_t kept = begin;
  lw_status status = LW_OK;
  for (;; ++*at) {
    int byte = 0;
    LW_TRY(look(table, *at, &byte));
    if (byte == '"') {
      LW_TRY(look(table, ++*at, &byte));
      if (byte != '"') break;
    }
    if (byte < 0)
      return lw_delimited_refuse_record(table, "the quote of cell %lld is never closed",
                                        (long long)table->count + 1);
    if (!byte) return refuse_byte(table, byte);
    if (byte == '\n') table->next_line++;
    table->bytes[table->begin + kept++] = (char)byte;
  }
  LW_TRY(end_quoted(table, at, stop));
  LW_TRY(add_cell(table, begin, kept - begin));
done:
  return status;
}

static lw_status skip_blanks(lw_delimited *table, int64_t *at, int *byte)
{
  lw_status status = look(table, *at, byte);
  while (status == LW_OK && (*byte == ' ' || *byte == '\t')) status = look(table, ++*at, byte);
  return status;
}

/* Whether the record ends here, behind a run of blanks. */
static lw_status at_end(lw_delimited *table, int64_t at, int byte, bool *ends)
{
  int behind = byte;
  lw_status status = byte == '\r' ? look(table, at + 1, &behind) : LW_OK;
  *ends = behind == '\n' || behind < 0;
  return status;
}

static lw_status scan_cells(lw_delimited *table, int64_t *at, int *stop)
{
  const bool runs = table->format.separator == ' ';
  lw_status status = LW_OK;
  for (*stop = 0;; ++*at) {
    int byte = 0;
    bool ends = false;
    LW_TRY(runs ? skip_blanks(table, at, &byte) : look(table, *at, &byte));
    if (runs && table->count) LW_TRY(at_end(table, *at, byte, &ends));
    if (ends) {
      *at += byte == '\r';
      LW_TRY(look(table, *at, stop));
      break;
    }
    LW_TRY(byte == '"' && !table->format.unquoted ? scan_quoted(table, at, stop)
                                                  : scan_plain(table, at, stop));
    if (*stop == '\n' || *stop < 0) break;
  }
done:
  return status;
}

/* Pass over empty lines and comments: the record begins behind them. */
static lw_status skip_lines(lw_delimited *table, bool *more)
{
  for (;;) {
    int64_t at = 0;
    int byte = 0;
    bool empty = false;
    lw_status status = look(table, 0, &byte);
    if (status == LW_OK && table->format.separator == ' ') status = skip_blanks(table, &at, &byte);
    const bool comment = table->format.comment && byte == (unsigned char)table->format.comment;
    while (status == LW_OK && comment && byte >= 0 && byte != '\n')
      status = look(table, ++at, &byte);
    if (status == LW_OK) status = at_end(table, at, byte, &empty);
    if (status == LW_OK && byte == '\r') status = look(table, ++at, &byte);
    *more = !empty;
    if (status != LW_OK || !empty || byte < 0) return status;
    table->begin += at + 1;
    table->line = ++table->next_line;
  }
}

lw_status lw_delimited_scan(lw_delimited *table, bool *more)
{
  int64_t at = 0;
  int stop = 0;
  lw_status status = LW_OK;
  table->begin += table->used;
  table->used = 0;
  table->count = 0;
  table->line = table->next_line;
  LW_TRY(skip_lines(table, more));
  if (table->base + table->begin >= table->to) *more = false;
  if (!*more) goto done;
  LW_TRY(scan_cells(table, &at, &stop));
  table->used = at + (stop == '\n');
  table->next_line++;
done:
  return status;
}

lw_status lw_delimited_find_separator(lw_delimited *table)
{
  static const char candidates[] = "\t;,";
  const int64_t number = table->format.decimal_comma ? 2 : 3;
  int64_t count[3] = {0};
  bool more = false, inside = false;
  int byte = 0;
  lw_status status = LW_OK;
  if (table->format.separator) return LW_OK;
  LW_TRY(skip_lines(table, &more));
  for (int64_t at = 0; more && byte >= 0; at++) {
    LW_TRY(look(table, at, &byte));
    if (byte == '\n' && !inside) break;
    if (byte == '"' && !table->format.unquoted) inside = !inside;
    const char *found = byte > 0 && !inside ? strchr(candidates, byte) : NULL;
    if (found) count[found - candidates]++;
  }
  int64_t best = number - 1;
  for (int64_t i = number - 2; i >= 0; i--)
    if (count[i] > count[best]) best = i;
  table->format.separator = candidates[best];
done:
  return status;
}
