#define _POSIX_C_SOURCE 200809L
#include "entries_inside.h"
#include "longwave/base/mem.h"
#include "longwave/parse/source.h"
#include "name_pattern.h"
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { COLUMN_PATH, COLUMN_CLASS, COLUMN_SPLIT, COLUMN_GROUP, COLUMNS, CELLS_MOST = 64 };

typedef struct reading {
  lw_source *source;
  int64_t line;
  bool unlabelled;
  int column[COLUMNS]; /* the cell of each; -1: there is none */
  lw_entries *entries;
} reading;

static lw_status refuse(const reading *in, const char *what, lw_piece cell)
{
  return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 ": %s '%.*s'", lw_source_path(in->source),
                 in->line, what, (int)cell.length, cell.text ? cell.text : "");
}

/* Cells without blanks around them; returns how many. */
static int cells_of(const char *line, int64_t length, lw_piece cells[CELLS_MOST])
{
  const char border = memchr(line, '\t', (size_t)length) ? '\t' : ',', *end = line + length;
  int count = 0;
  while (line && count < CELLS_MOST) {
    const char *stop = memchr(line, border, (size_t)(end - line));
    const char *last = stop ? stop : end;
    while (line < last && (*line == ' ' || *line == '\t')) line++;
    const char *behind = last;
    while (behind > line && (behind[-1] == ' ' || behind[-1] == '\t')) behind--;
    cells[count++] = (lw_piece){line, behind - line};
    line = stop ? stop + 1 : NULL;
  }
  return count;
}

static bool take_titles(reading *in, const lw_piece *cells, int count)
{
  static const char *const titles[COLUMNS] = {"path", "class", "split", "group"};
  if (cells[0].length != 4 ||
      (strncasecmp(cells[0].text, titles[0], 4) != 0 && strncasecmp(cells[0].text, "name", 4) != 0))
    return false;
  for (int k = 0; k < COLUMNS; k++) {
    in->column[k] = -1;
    for (int i = 0; i < count; i++)
      if (cells[i].length == (int64_t)strlen(titles[k]) &&
          !strncasecmp(cells[i].text, titles[k], (size_t)cells[i].length))
        in->column[k] = i;
    if (k == COLUMN_PATH) in->column[k] = 0;
  }
  return true;
}

static lw_piece cell_of(const reading *in, const lw_piece *cells, int count, int column)
{
  const int at = in->column[column];
  return at >= 0 && at < count ? cells[at] : (lw_piece){0};
}

static lw_status take_entry(reading *in, const lw_piece *cells, int count, const char *folder)
{
  lw_entries *entries = in->entries;
  const lw_piece path = cell_of(in, cells, count, COLUMN_PATH);
  const lw_piece class = cell_of(in, cells, count, COLUMN_CLASS);
  const lw_piece word = cell_of(in, cells, count, COLUMN_SPLIT);
  const lw_piece group = cell_of(in, cells, count, COLUMN_GROUP);
  lw_split split = LW_SPLIT_TRAIN;
  char *name = NULL;
  lw_status status = LW_OK;
  if (!path.length) LW_TRY(refuse(in, "has no path:", cells[0]));
  if (!class.length && !in->unlabelled)
    LW_TRY(refuse(in, "has no class (path, class, split, group are expected) for", path));
  if (word.length && !lw_split_of(word.text, word.length, &split))
    LW_TRY(refuse(in, "the split must be train, validation or test, not", word));
  LW_TRY(lw_entry_set(&name, path.text, path.length));
  LW_TRY(lw_entries_add(entries, folder, name));
  lw_entry *entry = &entries->entry[entries->count - 1];
  LW_TRY(lw_entry_set(&entry->class, class.text, class.length));
  LW_TRY(lw_entry_set(&entry->group, group.text, group.length));
  if (word.length) lw_entry_put_in(entries, entry, split);
done:
  lw_mem_give(name);
  return status;
}

static lw_status read_lines(reading *in, const char *folder)
{
  lw_piece cells[CELLS_MOST];
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  for (in->line = 1;; in->line++) {
    LW_TRY(lw_source_line(in->source, &line, &length));
    if (!line) break;
    if (memchr(line, 0, (size_t)length)) LW_TRY(refuse(in, "holds a byte of 0", (lw_piece){0}));
    if (!line[strspn(line, " \t")]) continue;
    const int count = cells_of(line, length, cells);
    if (in->line == 1 && take_titles(in, cells, count)) continue;
    LW_TRY(take_entry(in, cells, count, folder));
  }
  if (!in->entries->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' names no files", lw_source_path(in->source)));
done:
  return status;
}

lw_status lw_entry_list_read(const char *list, const char *folder, bool unlabelled,
                             lw_entries *entries)
{
  reading in = {.unlabelled = unlabelled,
                .column = {COLUMN_PATH, COLUMN_CLASS, COLUMN_SPLIT, COLUMN_GROUP},
                .entries = entries};
  const char *slash = strrchr(list, '/');
  char *own = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_entry_set(&own, slash ? list : ".", slash ? slash - list + (slash == list) : 1));
  LW_TRY(lw_source_open(list, &in.source));
  LW_TRY(read_lines(&in, *folder ? folder : own));
done:
  lw_source_close(&in.source);
  lw_mem_give(own);
  return status;
}
