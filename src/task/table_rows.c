/* Rows one after the other: which sample and time they are of. */
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "table_inside.h"
#include <string.h>

lw_status lw_table_open(const lw_table_settings *own, const char *path, lw_delimited **out)
{
  static const char separators[] = {0, ',', ';', '\t', '|', ' '};
  const lw_delimited_format format = {.separator = separators[own->separator],
                                      .unquoted = !own->quotes,
                                      .headless = !own->header,
                                      .decimal_comma = own->decimal_comma,
                                      .comment = own->comment[0],
                                      .missing = own->missing_marks};
  return lw_delimited_open(path, &format, out);
}

lw_status lw_table_next(lw_table_reader *reader, bool *more)
{
  *more = reader->left > 0;
  if (!*more) return LW_OK;
  const lw_status status = lw_delimited_next(reader->table, more);
  if (status != LW_OK || !*more) return status;
  reader->left--;
  reader->counts.rows++;
  return LW_OK;
}

lw_status lw_table_time(lw_table_reader *reader, double *seconds)
{
  const lw_cell cell = lw_delimited_word(reader->table, reader->at.time);
  if (lw_moment_read(cell.text, cell.length, &reader->form, seconds)) return LW_OK;
  return lw_delimited_refuse(reader->table, reader->at.time, "the time '%.*s' is not %s",
                             (int)lw_smaller(cell.length, 40), cell.text,
                             lw_moment_rule(reader->form));
}

lw_status lw_table_same_id(const lw_table_reader *reader, lw_table_id *ids, bool *same)
{
  const lw_cell id = lw_table_id_of(reader);
  bool again = false;
  lw_status status = LW_OK;
  *same = ids->any && id.length == ids->length && !memcmp(id.text, ids->id, (size_t)id.length);
  if (*same) return LW_OK;
  if (!id.length && reader->at.id >= 0)
    return lw_delimited_refuse(reader->table, reader->at.id, "the id is empty");
  LW_TRY(lw_seen_add(&ids->seen, id.text, id.length, &again));
  if (again)
    return lw_delimited_refuse(reader->table, reader->at.id,
                               "'%.*s' comes again behind rows of others; sort the file so that "
                               "the rows of a sample stand together",
                               (int)lw_smaller(id.length, 40), id.text);
  LW_TRY(LW_EXTEND(&ids->id, &ids->room, 0, id.length));
  memcpy(ids->id, id.text, (size_t)id.length);
  ids->length = id.length;
  ids->any = true;
done:
  return status;
}

void lw_table_id_done(lw_table_id *ids)
{
  lw_seen_done(&ids->seen);
  lw_mem_give(ids->id);
  *ids = (lw_table_id){0};
}

lw_cell lw_table_id_of(const lw_table_reader *reader)
{
  return reader->at.id < 0 ? (lw_cell){"", 0} : lw_delimited_word(reader->table, reader->at.id);
}
