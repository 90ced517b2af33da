/** How text for people looks: bold headings, coloured words, lines that fit. In a file or a pipe it
 *  is plain. Local. Not here: lines of progress (base/bar.h). */
#ifndef LONGWAVE_BASE_LOOK_H
#define LONGWAVE_BASE_LOOK_H

#include <stdio.h>

typedef enum lw_look {
  LW_LOOK_PLAIN,
  LW_LOOK_HEADING,
  LW_LOOK_ERROR,
  LW_LOOK_WARNING,
  LW_LOOK_CLEAR /* an empty screen, the cursor at its top */
} lw_look;

/** The control sequence that begins a look on `out`; that of LW_LOOK_PLAIN ends it. "" when `out`
 *  is no terminal, TERM is dumb or missing, or NO_COLOR is set and not empty. */
const char *lw_look_code(FILE *out, lw_look look);

/** A heading, bold on a terminal, and its line end. */
void lw_look_heading(FILE *out, const char *text);

/** Lines of a page of help and a last line end. "usage:" and lines that end in ':' are headings. */
void lw_look_page(FILE *out, const char *text);

enum { LW_LOOK_COLUMNS = 80 };
/** Words of `text` in lines of at most LW_LOOK_COLUMNS characters, the first from column `at` on,
 *  where the cursor is, the others behind `indent` blanks; and a last line end. */
void lw_look_wrap(FILE *out, const char *text, int at, int indent);

#endif
