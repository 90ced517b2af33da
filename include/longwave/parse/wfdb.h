/** Records of signals as PhysioNet stores them (WFDB): a header NAME.hea, files of signals in the
 *  formats 16, 24 and 212, plain or gzip (NAME.dat, NAME.dat.gz; the .mat of the PhysioNet/CinC
 *  challenges is format 16 behind 24 bytes), and annotations in MIT's format (NAME.atr). Steps are
 *  read from the first to the last, in pieces of any size. Local.
 *  Sources: the manual pages header(5), signal(5) and annot(5) of WFDB.
 *  Not here: records of several segments, channels of several rates or with a skew; they are
 *  refused. What kinds of annotations mean is the caller's. */
#ifndef LONGWAVE_PARSE_WFDB_H
#define LONGWAVE_PARSE_WFDB_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** Of a value that was not measured (-32768 in format 16, -8388608 in 24, -2048 in 212). */
#define LW_WFDB_MISSING INT32_MIN

enum { LW_WFDB_CHANNELS_MAX = 4096 };

typedef struct lw_wfdb_channel {
  const char *file; /* of its values, as the header names it */
  int format;       /* 16, 24 or 212 */
  int64_t skip;     /* bytes before the first value */
  double gain;      /* raw values a unit, > 0 */
  int64_t baseline; /* the raw value of 0 units: value = (raw - baseline) / gain */
  const char *unit; /* such as "mV" */
  const char *name; /* the description, such as "MLII"; may be "" */
  bool has_first, has_sum;
  int64_t first, sum; /* the first raw value; the sum of all modulo 65536 */
} lw_wfdb_channel;

typedef struct lw_wfdb_header {
  const char *name;
  double rate; /* steps a second */
  int64_t channels, steps;
  lw_wfdb_channel *channel; /* [channels] */
  const char **comment;     /* [comments], without '#' and blanks around it */
  int64_t comments;
} lw_wfdb_header;

typedef struct lw_wfdb lw_wfdb;

/** path: of the header, with or without ".hea". Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with the
 *  line of the header. */
LW_MUST_USE lw_status lw_wfdb_open(const char *path, lw_wfdb **out);
void lw_wfdb_close(lw_wfdb **record);

const lw_wfdb_header *lw_wfdb_describe(const lw_wfdb *record); /* borrowed */

/** What follows "key:" in the first comment that begins so, in letters of any case ("#Dx: 1,2":
 *  "1,2"); NULL: no such comment. Borrowed. */
const char *lw_wfdb_comment(const lw_wfdb_header *header, const char *key);

/** The next `steps` steps; so many must be left. values [steps, channels] out: raw values or
 *  LW_WFDB_MISSING. First values and, with the last step, checksums are compared with those of the
 *  header. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with the file. */
LW_MUST_USE lw_status lw_wfdb_read(lw_wfdb *record, int32_t *values, int64_t steps);

/* ---- annotations ---- */

enum { LW_WFDB_KINDS = 50 };

typedef struct lw_wfdb_mark {
  int64_t step;
  int64_t text; /* where its text begins, or -1 */
  int16_t channel, subtype, number;
  uint8_t kind; /* 1 .. LW_WFDB_KINDS - 1 */
} lw_wfdb_mark;

/** Zero-initialise. Marks are in the order of the file; their steps never fall. */
typedef struct lw_wfdb_marks {
  lw_wfdb_mark *mark; /* [count] */
  int64_t count, room;
  char *texts; /* each with a 0 behind it */
  int64_t text_used, text_room;
  double rate; /* steps a second, if the file tells it; else 0 */
} lw_wfdb_marks;

/** *marks is empty on failure. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with path and byte. */
LW_MUST_USE lw_status lw_wfdb_marks_read(const char *path, lw_wfdb_marks *marks);
void lw_wfdb_marks_done(lw_wfdb_marks *marks);

/** The letter of a kind, such as "N", or "[45]" for one that has none. */
const char *lw_wfdb_kind(int kind);

#endif
