#include "screen.h"
#include "longwave/base/columns.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void new_row(screen *s)
{
  s->column = 0;
  if (s->row + 1 < SCREEN_ROWS) s->row++;
  if (s->row > s->last_row) s->last_row = s->row;
}

static void erase(screen *s, int row, int first)
{
  for (int i = first; i < SCREEN_COLUMNS; i++) s->cell[row][i][0] = 0;
  s->wrapped[row] = false;
}

static void put(screen *s, const char *text)
{
  const int width = lw_columns(text, 2, NULL);
  if (width == 0) return; /* a mark above the last letter */
  if (s->column + width > s->columns && s->no_wrap) s->column = s->columns - width;
  if (s->column + width > s->columns) {
    s->wrapped[s->row] = true;
    new_row(s);
  }
  snprintf(s->cell[s->row][s->column], 8, "%s", text);
  if (width == 2) snprintf(s->cell[s->row][s->column + 1], 8, "\t");
  s->column += width;
}

static void obey(screen *s, const char *sequence)
{
  const int column = s->column < s->columns ? s->column : s->columns - 1;
  const bool below = !strcmp(sequence, "\033[J");
  if (below || !strcmp(sequence, "\033[K")) erase(s, s->row, column);
  for (int row = s->row + 1; below && row <= s->last_row; row++) erase(s, row, 0);
  if (below) s->last_row = s->row;
  if (!strcmp(sequence, "\033[?7l")) s->no_wrap = true;
  if (!strcmp(sequence, "\033[?7h")) s->no_wrap = false;
}

/* Whether what is held is whole: a character, or a sequence with its letter. */
static bool is_whole(const screen *s)
{
  const unsigned char lead = (unsigned char)s->held[0];
  const char last = s->held[s->held_count - 1];
  if (lead == '\033')
    return s->held_count > 2 && ((last >= 'A' && last <= 'Z') || (last >= 'a' && last <= 'z'));
  return s->held_count == (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
}

void screen_feed(screen *s, const char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    s->held[s->held_count++] = bytes[i];
    s->held[s->held_count] = 0;
    if (!is_whole(s) && s->held_count < 15) continue;
    s->held_count = 0;
    if (s->held[0] == '\033')
      obey(s, s->held);
    else if (s->held[0] == '\r')
      s->column = 0;
    else if (s->held[0] == '\n')
      new_row(s);
    else
      put(s, s->held);
  }
}

static int length_of(const screen *s, int row)
{
  int length = 0;
  for (int i = 0; i < s->columns; i++)
    if (s->cell[row][i][0]) length = i + 1;
  return length;
}

/* All lines are written anew, with the cursor where it stood in its line. */
static void reflow(screen *s, const screen *old)
{
  int row = -1, column = 0;
  for (int from = 0; from <= old->last_row; from++) {
    const bool here = from == old->row;
    const int all = length_of(old, from), length = here && all < old->column ? old->column : all;
    for (int i = 0; i <= length; i++) {
      if (here && i == old->column) row = s->row, column = s->column;
      if (i < length && strcmp(old->cell[from][i], "\t") != 0)
        put(s, old->cell[from][i][0] ? old->cell[from][i] : " ");
    }
    if (!old->wrapped[from] && from < old->last_row) new_row(s);
  }
  if (row >= 0) s->row = row, s->column = column;
}

void screen_resize(screen *s, int columns)
{
  screen *old = malloc(sizeof *old);
  if (!old) return;
  *old = *s;
  s->columns = columns;
  if (s->reflows) {
    *s = (screen){.columns = columns, .reflows = true};
    reflow(s, old);
    s->no_wrap = old->no_wrap;
  } else {
    for (int row = 0; row <= s->last_row; row++) erase(s, row, columns);
    if (s->column >= columns) s->column = columns - 1;
  }
  free(old);
}

const char *screen_row(const screen *s, int row)
{
  static char text[4][SCREEN_COLUMNS * 8];
  static int turn;
  char *own = text[turn++ % 4];
  size_t used = 0;
  const int length = length_of(s, row);
  own[0] = 0;
  for (int i = 0; i < length; i++) {
    const char *cell = s->cell[row][i];
    if (strcmp(cell, "\t") != 0)
      used += (size_t)snprintf(own + used, sizeof text[0] - used, "%s", *cell ? cell : " ");
  }
  return own;
}

int screen_count(const screen *s, const char *part)
{
  int count = 0;
  for (int row = 0; row <= s->last_row; row++) count += strstr(screen_row(s, row), part) != NULL;
  return count;
}

const char *screen_text(const screen *s)
{
  static char text[1 << 16];
  size_t used = 0;
  text[0] = 0;
  for (int row = 0; row <= s->last_row && used < sizeof text - 1; row++)
    used += (size_t)snprintf(text + used, sizeof text - used, "|%s\n", screen_row(s, row));
  return text;
}
