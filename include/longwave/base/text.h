/** A text that is composed piece by piece, in room that the caller has or that grows with it. What
 *  does not fit is left out: the text is truncated, but always ends with its 0, and later pieces
 *  add nothing. Local. Not here: widths on a terminal (base/columns.h), cells of tables
 *  (base/csv.h). */
#ifndef LONGWAVE_BASE_TEXT_H
#define LONGWAVE_BASE_TEXT_H

#include "longwave/base/status.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct lw_text {
  char *text;         /* borrowed; owned if it grows, then NULL before the first piece */
  int64_t room, used; /* bytes, `used` without the 0; used < room */
  bool grows;
  bool truncated; /* a piece had no room, or found no memory */
} lw_text;

/** An empty text in memory [room] of the caller, room > 0. */
lw_text lw_text_in(void *memory, size_t room);
/** The same in an array. */
#define LW_TEXT_IN(array) lw_text_in((array), sizeof(array))
/** A text that continues after the one that is already in the memory. */
lw_text lw_text_behind(char *text, size_t room);

/** An empty text that takes the memory it needs; to be ended by lw_text_end and freed by
 *  lw_text_done. */
#define LW_TEXT_GROWS ((lw_text){.grows = true})
/** After the last piece: text->text is then complete and not NULL. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_text_end(lw_text *text);
void lw_text_done(lw_text *text);

/** Add a piece. */
void lw_text_add(lw_text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lw_text_add_list(lw_text *to, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/** Add a piece to a list: before all but the first stands `between`, such as ", ". */
void lw_text_item(lw_text *to, const char *between, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
