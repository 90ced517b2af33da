#include "longwave/base/columns.h"
#include "longwave/base/utf8.h"
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 64 };

/* The first and the last code of a range that does not take one column; ascending. */
typedef struct range {
  uint32_t first, last;
  int columns;
} range;

static const range ranges[] = {
    {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
    {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x200b, 0x200f, 0},
    {0x20d0, 0x20ff, 0},   {0x231a, 0x231b, 2},   {0x23e9, 0x23f3, 2},   {0x25fd, 0x25fe, 2},
    {0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},   {0x26a1, 0x26ce, 2},   {0x2705, 0x2728, 2},
    {0x274c, 0x2757, 2},   {0x2b1b, 0x2b55, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0x33ff, 2},
    {0x3400, 0x4dbf, 2},   {0x4e00, 0xa4cf, 2},   {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},
    {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
    {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f000, 0x1f02f, 2}, {0x1f18e, 0x1f19a, 2},
    {0x1f200, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f7e0, 0x1f7eb, 2}, {0x1f900, 0x1faff, 2},
    {0x20000, 0x3fffd, 2},
};

static int columns_of(uint32_t code)
{
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges && code >= ranges[i].first; i++)
    if (code <= ranges[i].last) return ranges[i].columns;
  return 1;
}

/* The next character: its bytes and columns. What cannot be shown takes one column; a byte that is
   not UTF-8 is taken alone. */
static int step(const char *text, int *columns, bool *shown)
{
  uint32_t code = 0;
  const int bytes = lw_utf8_read(text, LW_UTF8_BYTES, &code);
  *shown = bytes > 0 && code >= ' ' && (code < 0x7f || code > 0x9f);
  *columns = *shown ? columns_of(code) : 1;
  return bytes > 0 ? bytes : 1;
}

int lw_columns(const char *text, int most, int *bytes)
{
  int used = 0, width = 0, columns;
  bool shown;
  while (text[used]) {
    const int next = step(text + used, &columns, &shown);
    if (width + columns > most) break;
    used += next;
    width += columns;
  }
  if (bytes) *bytes = used;
  return width;
}

void lw_columns_copy(const char *text, char *copy, size_t room)
{
  size_t used = 0;
  int columns;
  bool shown;
  while (*text) {
    const int bytes = step(text, &columns, &shown);
    const size_t taken = shown ? (size_t)bytes : 1;
    if (used + taken >= room) break;
    memcpy(copy + used, shown ? text : "?", taken);
    used += taken;
    text += bytes;
  }
  copy[used] = 0;
}

void lw_columns_pad(lw_text *to, const char *text, int width)
{
  const int blanks = abs(width) - lw_columns(text, INT_MAX, NULL);
  const int before = width > 0 && blanks > 0 ? blanks : 0;
  const int behind = width < 0 && blanks > 0 ? blanks : 0;
  lw_text_add(to, "%*s%s%*s", before, "", text, behind, "");
}

void lw_columns_add(lw_text *to, const lw_column *columns, const char *const *texts,
                    const double *numbers)
{
  const bool titles = !texts && !numbers;
  for (const lw_column *column = columns; column->title; column++) {
    char number[CELL] = "-";
    const bool is_number = !titles && column->number;
    if (is_number && !(column->optional && isnan(*numbers)))
      snprintf(number, sizeof number, column->number, *numbers);
    lw_text_add(to, "%*s", column->gap, "");
    assert(titles || is_number || texts);
    lw_columns_pad(to, titles ? column->title : is_number ? number : *texts, column->width);
    if (is_number)
      numbers++;
    else if (!titles)
      texts++;
  }
}

void lw_columns_print(FILE *out, const lw_column *columns, const char *const *texts,
                      const double *numbers)
{
  lw_text line = LW_TEXT_GROWS;
  lw_columns_add(&line, columns, texts, numbers);
  fprintf(out, "%s\n", line.text ? line.text : "");
  lw_text_done(&line);
}
