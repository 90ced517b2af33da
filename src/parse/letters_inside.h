/** What the readers of letters share. */
#ifndef LONGWAVE_PARSE_LETTERS_INSIDE_H
#define LONGWAVE_PARSE_LETTERS_INSIDE_H

#include "longwave/parse/letters.h"
#include "longwave/parse/source.h"
#include <inttypes.h>

/** The table of features of a record, while it is read. */
typedef struct lw_feature_table {
  char *texts; /* kinds one behind the other, each with a 0 */
  int64_t text_used, text_room;
  const char **kind; /* [features] */
  int64_t features, kind_room, *kind_text, kind_text_room;
  lw_letter_range *range; /* [ranges] */
  int64_t ranges, range_room;
  int64_t elsewhere;
} lw_feature_table;

void lw_feature_table_done(lw_feature_table *table);

/** Where a text comes from, for failures. */
typedef struct lw_text_place {
  const char *path;
  int64_t line;
} lw_text_place;

/** Add the ranges of a location such as "complement(join(3..9,<20..31))" to the last feature of the
 *  table. length, circular: of the record. Errors: LW_ERROR_FORMAT with path and line. */
LW_MUST_USE lw_status lw_location_read(const lw_text_place *place, const char *text, int64_t length,
                                       bool circular, lw_feature_table *table);

struct lw_letters {
  lw_source *source;
  lw_letters_form form;
  lw_letter_map map;
  int64_t line;  /* of the byte that comes next, from 1 */
  int64_t taken; /* letters of the record */
  bool open;     /* a record is, and has more */
  lw_letters_record record;
  char *name; /* [name_room] the record's */
  int64_t name_room;
  char *bytes; /* [at, end) wait to be looked at */
  int64_t at, end;
  bool line_begins; /* at the first byte of a line */
  /* of GenBank */
  lw_feature_table table;
  char *location; /* of the feature that is being read */
  int64_t location_room;
};

/** LW_ERROR_FORMAT with the path and the line `line`. */
static inline lw_status lw_letters_refuse(const lw_letters *letters, int64_t line, const char *what)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' line %" PRId64 ": %s", lw_source_path(letters->source),
                 line, what);
}

/** Those of GenBank. */
LW_MUST_USE lw_status lw_genbank_next(lw_letters *letters, bool *found);
LW_MUST_USE lw_status lw_genbank_take(lw_letters *letters, uint8_t *text, int64_t room,
                                      int64_t *count);

#endif
