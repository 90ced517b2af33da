/** How wide a text is on a terminal: characters of East Asia and pictures take two columns, marks
 *  above a letter none. Texts are UTF-8, whatever the locale; a byte that is none takes a column.
 *  Local. */
#ifndef LONGWAVE_BASE_COLUMNS_H
#define LONGWAVE_BASE_COLUMNS_H

#include <stddef.h>

/** Columns of a text, but at most `most`; *bytes (may be NULL): how many bytes have them. */
int lw_columns(const char *text, int most, int *bytes);

/** A copy that stays on its line: '?' in place of control characters and of bytes that are no
 *  UTF-8; cut between two characters where it does not fit. copy [room] out */
void lw_columns_copy(const char *text, char *copy, size_t room);

#endif
