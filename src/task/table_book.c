/* Outcomes of samples in a file of their own, which are joined to them by the id. */
#include "longwave/base/mem.h"
#include "table_inside.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static lw_status add_text(lw_table_book *book, const char *before, lw_cell cell)
{
  const int64_t bytes = (int64_t)strlen(before) + cell.length + 1;
  const lw_status status = LW_EXTEND(&book->text, &book->text_room, book->used, book->used + bytes);
  if (status != LW_OK) return status;
  char *to = book->text + book->used;
  memcpy(to, before, strlen(before));
  memcpy(to + strlen(before), cell.text, (size_t)cell.length);
  to[bytes - 1] = 0;
  book->used += bytes;
  return LW_OK;
}

static lw_status add_outcome(lw_table_reader *reader, int64_t id)
{
  lw_table_book *book = &reader->book;
  const lw_delimited *table = book->table;
  const lw_cell name = lw_delimited_word(table, id);
  lw_status status = LW_OK;
  if (!name.length || memchr(name.text, 0, (size_t)name.length))
    return lw_delimited_refuse(table, id, "an outcome without an id");
  LW_TRY(LW_EXTEND(&book->outcome, &book->room, book->count, book->count + 1));
  book->outcome[book->count++] = (lw_table_outcome){book->used, lw_delimited_line(table), false};
  LW_TRY(add_text(book, "", name));
  for (int64_t i = 0; i < lw_table_fields(reader); i++) {
    const int64_t column = book->column[i];
    const bool missing = column < 0 || lw_table_field_missing(reader, table, i, column);
    const lw_cell cell = column < 0 ? (lw_cell){"", 0} : lw_delimited_word(table, column);
    LW_TRY(add_text(book, missing ? "?" : "=", cell));
  }
done:
  return status;
}

/* ---- order ---- */

typedef struct keyed {
  const char *id;
  lw_table_outcome outcome;
} keyed;

static int by_id(const void *left, const void *right)
{
  return strcmp(((const keyed *)left)->id, ((const keyed *)right)->id);
}

static lw_status sort(lw_table_book *book)
{
  keyed *list = NULL;
  lw_status status = LW_TAKE(&list, book->count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < book->count; i++)
    list[i] = (keyed){book->text + book->outcome[i].id, book->outcome[i]};
  qsort(list, (size_t)book->count, sizeof *list, by_id);
  for (int64_t i = 0; i < book->count; i++) {
    book->outcome[i] = list[i].outcome;
    if (i && !strcmp(list[i].id, list[i - 1].id) && status == LW_OK)
      status = lw_fail(LW_ERROR_INPUT,
                       "'%s' has the id '%.40s' more than once: lines %" PRId64 " and %" PRId64,
                       lw_delimited_path(book->table), list[i].id, list[i - 1].outcome.line,
                       list[i].outcome.line);
  }
  lw_mem_give(list);
  return status;
}

lw_table_outcome *lw_table_book_find(const lw_table_book *book, const char *id)
{
  int64_t low = 0, high = book->count;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    const int order = strcmp(book->text + book->outcome[middle].id, id);
    if (!order) return &book->outcome[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

/* ---- all of it ---- */

lw_status lw_table_book_read(lw_table_reader *reader)
{
  const lw_table_settings *own = reader->own;
  lw_table_book *book = &reader->book;
  const char *name = own->outcomes_id[0] ? own->outcomes_id : own->id;
  int64_t id = 0;
  bool more = false;
  lw_status status = LW_OK;
  if (!own->outcomes[0]) return LW_OK;
  LW_TRY(lw_table_open(own, own->outcomes, &book->table));
  LW_TRY(lw_delimited_find(book->table, name, &id));
  LW_TRY(LW_TAKE(&book->column, lw_table_fields(reader)));
  LW_TRY(lw_table_find_answers(reader, book->table, true, book->column));
  for (;;) {
    LW_TRY(lw_delimited_next(book->table, &more));
    if (!more) break;
    LW_TRY(add_outcome(reader, id));
  }
  status = sort(book);
done:
  return status;
}

int64_t lw_table_book_unused(const lw_table_book *book)
{
  int64_t count = 0;
  for (int64_t i = 0; i < book->count; i++) count += !book->outcome[i].used;
  return count;
}

void lw_table_book_done(lw_table_book *book)
{
  lw_delimited_close(&book->table);
  lw_mem_give(book->column);
  lw_mem_give(book->outcome);
  lw_mem_give(book->text);
  *book = (lw_table_book){0};
}
