/** Progress of work that may take long, for the person who waits. On a terminal a bar appears after
 *  two seconds; in a log a line after ten seconds and then every thirty, so none for short work.
 *  Both tell the time left. Only the root rank shows progress, and only if lines of the level INFO
 *  are shown. Works nest: a work that begins while another is open is a part of the next unit of
 *  that one ("runs 1/5  samples 300/2000"). Local, main thread only. */
#ifndef LONGWAVE_BASE_WORK_H
#define LONGWAVE_BASE_WORK_H

#include <stdint.h>

/** Zero-initialise. Must not move while it is open. */
typedef struct lw_work {
  const char *unit; /* borrowed; NULL: not open */
  char name[96];
  int64_t total, done;
  double started;
  struct lw_work *outer;
} lw_work;

/** Work of `total` units begins; 0: not known, "bytes" are shown as KiB to TiB. name: what is done,
 *  or "" for a frame around parts that tell it: the two seconds are counted from the outermost. */
void lw_work_begin(lw_work *work, const char *name, const char *unit, int64_t total);
/** So many units are done by now. Cheap enough for each sample. */
void lw_work_show(lw_work *work, int64_t done);
/** So many more are done. */
void lw_work_add(lw_work *work, int64_t count);
/** The bar of the outermost work is removed. A work that is not open, or already ended, is fine. */
void lw_work_end(lw_work *work);

/** What works read, replaced in tests: the clock in seconds, the columns of the terminal (0: a
 *  log). NULL: the real ones. */
void lw_work_look(double (*clock)(void), int (*columns)(void));

#endif
