/** A line of progress that never breaks on a terminal, whatever its width; in a log, the fields
 *  alone. Local. Not here: when it is shown (base/work.h), what training says of its steps
 *  (run/progress.h), and the writing (lw_log_progress of base/log.h). */
#ifndef LONGWAVE_BASE_BAR_H
#define LONGWAVE_BASE_BAR_H

#include <stddef.h>

/** Columns of the terminal that shows standard error, also when mpirun on this machine passes it
 *  on; it may be resized at any time. 0: no terminal, or one that cannot move back in a line (TERM
 *  is dumb or missing). 80 if a terminal does not tell its width. */
int lw_terminal_columns(void);

/** A piece of a progress line; where not all fit, the one with the least weight goes first. */
typedef struct lw_bar_field {
  const char *text;
  int weight;
} lw_bar_field;

/** "[####----] text  text": the fields in their order and a bar that takes what room is left, in at
 *  most columns - 1 columns (the last one would wrap the line on some terminals). Where no field
 *  fits, the percentage. columns 0: the fields alone, for a log.
 *  share: in, of the work that is done, 0 to 1; below 0: not known, no bar. line [room] out */
void lw_bar_line(double share, const lw_bar_field *fields, int count, int columns, char *line,
                 size_t room);

/** Seconds as "1:02:03" or "2:03"; text [room] out. */
void lw_clock_text(double seconds, char *text, size_t room);

#endif
