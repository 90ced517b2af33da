/** A file from outside, read from its beginning to its end: plain, or gzip by content (all members
 *  of it; what else stands behind them is refused). Its failures name the path and the byte (of the
 *  unpacked content). Texts are normalised: a byte order mark at the beginning of the file is
 *  dropped, and a line that ends in CRLF in the file ends in LF. */
#ifndef LONGWAVE_PARSE_SOURCE_H
#define LONGWAVE_PARSE_SOURCE_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_source lw_source;

LW_MUST_USE lw_status lw_source_open(const char *path, lw_source **out);
void lw_source_close(lw_source **source);

const char *lw_source_path(const lw_source *source); /* borrowed */
/** Bytes of the file; -1 when it is packed (known from the first byte taken on), or when its size
 *  is not known. */
int64_t lw_source_size(const lw_source *source);
/** Bytes taken so far. */
int64_t lw_source_offset(const lw_source *source);

/** What was dropped to normalise texts. */
typedef struct lw_cleaned {
  int64_t marks;   /* byte order marks */
  int64_t returns; /* carriage returns before line feeds */
} lw_cleaned;
/** Add what this source dropped so far. */
void lw_source_cleaned(const lw_source *source, lw_cleaned *sum);

/** Exactly `count` bytes. Errors: LW_ERROR_FORMAT when the file ends before, saying how many bytes
 *  were expected in all and found. */
LW_MUST_USE lw_status lw_source_take(lw_source *source, void *data, int64_t count);
/** Nothing more may come. Errors: LW_ERROR_FORMAT with the offset. */
LW_MUST_USE lw_status lw_source_expect_end(lw_source *source);
/** *more: whether a byte comes. */
LW_MUST_USE lw_status lw_source_more(lw_source *source, bool *more);

/** Bytes as they stand, at most `room`; fewer only at the end of the file. */
LW_MUST_USE lw_status lw_source_some(lw_source *source, void *data, int64_t room, int64_t *count);
/** The same as text. */
LW_MUST_USE lw_status lw_source_text(lw_source *source, char *text, int64_t room, int64_t *count);

/** The next line without its end (LF or CRLF); the text may hold any byte but LF and has a zero
 *  behind it. Borrowed until the next call. *line is NULL at the end of the file. */
LW_MUST_USE lw_status lw_source_line(lw_source *source, char **line, int64_t *length);

/** All that is left, as text, with a zero behind it. Borrowed until the next call. */
LW_MUST_USE lw_status lw_source_rest(lw_source *source, char **text, int64_t *length);

#endif
