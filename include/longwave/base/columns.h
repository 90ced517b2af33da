/** How wide a text is on a terminal, and tables whose columns are aligned by that. Characters of
 *  East Asia and pictures take two columns, marks above a letter none. Texts are UTF-8, whatever
 *  the locale; a byte that is not UTF-8 takes one column. Local. */
#ifndef LONGWAVE_BASE_COLUMNS_H
#define LONGWAVE_BASE_COLUMNS_H

#include "longwave/base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** The columns that a text takes, at most `most`; *bytes (may be NULL) out: how many of its bytes
 *  these are. */
int lw_columns(const char *text, int most, int *bytes);

/** A copy that stays on its line: '?' in place of control characters and of bytes that are no
 *  UTF-8; truncated between two characters where it does not fit. copy [room] out */
void lw_columns_copy(const char *text, char *copy, size_t room);

/** Add a text, with blanks before it to fill `width` columns, or with blanks behind it to fill
 *  -width. A wider text is added whole. */
void lw_columns_pad(lw_text *to, const char *text, int width);

/** A column of a table: its title and all its cells are aligned alike. */
typedef struct lw_column {
  const char *title;
  int gap, width;     /* blanks before it; its width as of lw_columns_pad */
  const char *number; /* how printf writes its numbers, such as "%.4g"; NULL: it holds texts */
  bool optional;      /* NAN: there is no number, and "-" stands for it */
} lw_column;

/** Add one row of a table, without a line end. The columns end with one that has no title. A column
 *  of texts takes the next text, a column of numbers the next number.
 *  texts and numbers NULL: the row of the titles */
void lw_columns_add(lw_text *to, const lw_column *columns, const char *const *texts,
                    const double *numbers);
/** Print one such row as a line. */
void lw_columns_print(FILE *out, const lw_column *columns, const char *const *texts,
                      const double *numbers);

#endif
