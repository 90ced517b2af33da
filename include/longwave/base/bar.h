/** Progress for the person who waits: a line on a terminal that never breaks, whatever its width,
 *  or lines in a log. Work of less than two seconds shows nothing. Rank 0 alone writes; all calls
 *  are local.
 *  Not here: what training says of its steps (train/progress.h), which draws by lw_bar_line too. */
#ifndef LONGWAVE_BASE_BAR_H
#define LONGWAVE_BASE_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Columns of the terminal that standard error ends on, also through mpirun on this machine; it may
 *  be resized at any time. 0: no terminal. 80 where a terminal does not tell. */
int lw_terminal_columns(void);

/** A piece of a progress line; where not all fit, the one with the least weight goes first. */
typedef struct lw_bar_field {
  const char *text;
  int weight;
} lw_bar_field;

/** "[####----] text  text": the fields in their order and a bar that takes what room is left, in at
 *  most columns - 1 characters (the last column would wrap the line on some terminals). columns 0:
 *  the fields alone, for a log.
 *  share    in: of the work that is done, 0 to 1; line [room] out */
void lw_bar_line(double share, const lw_bar_field *fields, int count, int columns, char *line,
                 size_t room);

/** Seconds as "1:02:03" or "2:03"; text [room] out. */
void lw_clock_text(double seconds, char *text, size_t room);

/** One piece of work whose length is known. */
typedef struct lw_bar {
  const char *what; /* borrowed: "evaluation of the test split" */
  int64_t total;    /* units of work */
  double started;   /* lw_clock */
  double drawn;     /* when it was last shown on a terminal, */
  double logged;    /* and in a log */
} lw_bar;

void lw_bar_begin(lw_bar *bar, const char *what, int64_t total);
/** `done` of the total units are done. Cheap enough for each of them. */
void lw_bar_show(lw_bar *bar, int64_t done);
/** The line goes away. A bar of zeros is fine. */
void lw_bar_end(lw_bar *bar);

#endif
