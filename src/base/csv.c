#define _POSIX_C_SOURCE 200809L
#include "longwave/base/csv.h"
#include "longwave/base/aside.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lw_status fail(const char *what, const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot %s %s: %s", what, path, lw_reason(errno));
}

/* ---- reading ---- */

/* The whole file with a 0 at its end. */
static lw_status read_text(const char *path, char **text)
{
  char *own = NULL;
  lw_status status = LW_OK;
  FILE *file = fopen(path, "rb");
  if (!file) return fail("open", path);
  if (fseek(file, 0, SEEK_END)) LW_TRY(fail("read", path));
  const long bytes = ftell(file);
  if (bytes < 0 || fseek(file, 0, SEEK_SET)) LW_TRY(fail("read", path));
  if (bytes == LONG_MAX) /* the length of a folder */
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read %s: it is not a regular file; give a file", path));
  LW_TRY(LW_TAKE(&own, bytes + 1));
  own[fread(own, 1, (size_t)bytes, file)] = 0;
  if (ferror(file)) LW_TRY(fail("read", path));
  *text = own;
  own = NULL;
done:
  lw_mem_give(own);
  fclose(file);
  return status;
}

/* The cell at *cursor becomes a text of its own; *cursor goes behind its comma, or NULL at the end
   of the line. */
static char *take_cell(char **cursor)
{
  char *read = *cursor, *write = read, *cell = read;
  bool quoted = false;
  for (; *read && (quoted || *read != ','); read++) {
    if (*read != '"')
      *write++ = *read;
    else if (quoted && read[1] == '"')
      *write++ = *read++;
    else
      quoted = !quoted;
  }
  *cursor = *read ? read + 1 : NULL;
  *write = 0;
  return cell;
}

static int64_t count_columns(const char *text)
{
  int64_t columns = 1;
  bool quoted = false;
  for (; *text && *text != '\n'; text++) {
    if (*text == '"') quoted = !quoted;
    columns += *text == ',' && !quoted;
  }
  return columns;
}

static int64_t count_lines(const char *text)
{
  int64_t lines = 0;
  while ((text = strchr(text, '\n'))) lines++, text++;
  return lines;
}

lw_status lw_csv_read(lw_csv *csv, const char *path)
{
  lw_csv own = {0};
  lw_status status = LW_OK;
  LW_TRY(read_text(path, &own.text));
  assert(own.text);
  const int64_t lines = count_lines(own.text);
  if (lines == 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT,
                   "%s holds no table: it is empty"
                   "; remove it, or copy it again",
                   path));
  own.columns = count_columns(own.text);
  own.rows = lines - 1;
  LW_TRY(LW_TAKE(&own.cells, lines * own.columns));
  char *line = own.text;
  for (int64_t i = 0; i < lines; i++) {
    char *end = strchr(line, '\n'), *cursor = line;
    *end = 0;
    for (int64_t k = 0; k < own.columns && cursor; k++)
      own.cells[i * own.columns + k] = take_cell(&cursor);
    line = end + 1;
  }
  *csv = own;
  own = (lw_csv){0};
done:
  lw_csv_done(&own);
  return status;
}

void lw_csv_done(lw_csv *csv)
{
  lw_mem_give(csv->text);
  lw_mem_give(csv->cells);
  *csv = (lw_csv){0};
}

int64_t lw_csv_column(const lw_csv *csv, const char *name)
{
  for (int64_t k = 0; k < csv->columns; k++)
    if (csv->cells[k] && !strcmp(csv->cells[k], name)) return k;
  return -1;
}

const char *lw_csv_text(const lw_csv *csv, int64_t row, int64_t column)
{
  if (row < 0 || row >= csv->rows || column < 0) return "";
  const char *cell = csv->cells[(row + 1) * csv->columns + column];
  return cell ? cell : "";
}

double lw_csv_number(const lw_csv *csv, int64_t row, int64_t column)
{
  const char *text = lw_csv_text(csv, row, column);
  char *end;
  const double number = strtod(text, &end);
  return end == text || *end ? (double)NAN : number;
}

/* ---- lines of a file ---- */

/* Copy the lines of steps up to `step`. */
static void copy_lines(FILE *from, FILE *to, int64_t step)
{
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, from)) > 0) {
    char *end;
    long long own = strtoll(line, &end, 10);
    if (end != line && *end == ',' && own <= step && line[length - 1] == '\n') fputs(line, to);
  }
  free(line);
}

/* Rewritten aside and renamed, so that a kill in between loses nothing. */
lw_status lw_csv_trim(const char *path, const char *header, int64_t step)
{
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = lw_aside_open_text(path, &aside);
  if (status != LW_OK) return status;
  fputs(header, aside.stream);
  FILE *from = fopen(path, "r");
  bool bad = !from && errno != ENOENT;
  if (from) {
    copy_lines(from, aside.stream, step);
    bad = ferror(from);
    fclose(from);
  }
  return lw_aside_end(&aside, bad ? fail("read", path) : LW_OK);
}

lw_status lw_csv_append(const char *path, const char *line)
{
  FILE *file = fopen(path, "a");
  if (!file) return fail("write", path);
  const long before = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
  int bad = fputs(line, file) < 0;
  bad = fclose(file) || bad;
  /* Half a line would spoil the next one. Only when closed: nothing is left to be written then. */
  if (bad && before >= 0 && truncate(path, before)) return fail("write", path);
  return bad ? fail("write", path) : LW_OK;
}
