/** What a terminal would show: takes what a program writes and keeps the rows. As high as need be;
 *  knows line ends, \r, \033[K, \033[J, \033[?7h and l, wide characters and wrapping. */
#ifndef TESTS_SUPPORT_SCREEN_H
#define TESTS_SUPPORT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum { SCREEN_ROWS = 600, SCREEN_COLUMNS = 256 };

typedef struct screen {
  int columns;
  bool reflows; /* lines follow a new width (most terminals); else they are cut (xterm) */
  int row, column, last_row; /* column == columns: the next character wraps */
  bool no_wrap;
  char held[16]; /* the beginning of a sequence whose end is still to come */
  int held_count;
  bool wrapped[SCREEN_ROWS]; /* the line goes on in the next row */
  /* UTF-8; "": blank; "\t": the right half of a wide one */
  char cell[SCREEN_ROWS][SCREEN_COLUMNS][8];
} screen;

/** All zero before, but for columns and reflows. */
void screen_feed(screen *s, const char *bytes, size_t count);
void screen_resize(screen *s, int columns);
/** A row without the blanks at its end; the text of the last few calls stays. */
const char *screen_row(const screen *s, int row);
/** Rows that hold `part`. */
int screen_count(const screen *s, const char *part);
/** All rows with their ends, for a message. */
const char *screen_text(const screen *s);

#endif
