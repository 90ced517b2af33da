/** What the parts of the reader of series share: series.c (the file), series_head.c (headers),
 *  series_rows.c (lines of data), series_line.c (any line). */
#ifndef LONGWAVE_PARSE_SERIES_INSIDE_H
#define LONGWAVE_PARSE_SERIES_INSIDE_H

#include "longwave/parse/series.h"
#include "longwave/parse/source.h"

/* A text of a line. */
typedef struct lw_stretch {
  char *text;
  int64_t length;
} lw_stretch;

struct lw_series {
  lw_source *source;
  lw_series_head head;
  int64_t line;
  bool held; /* the current line, below, was read ahead */
  char *text;
  int64_t length;
  char *problem;
  char *class_text;
  const char **classes; /* [class_room] */
  int64_t class_room;
  /* arff and tsf */
  int64_t attributes; /* before the values */
  int64_t name_field; /* tsf: the attribute that names a series */
  bool relational, in_relation;
  bool foreseen; /* a header that only tsf has */
  /* the current sample */
  lw_stretch *parts; /* [part_room]: the channels of a line */
  int64_t part_room, part_count;
  float *values; /* [value_room] */
  int64_t value_room;
  double *times; /* [time_room] */
  int64_t time_room;
};

/** The next line that is no comment and not empty, without blanks around it; NULL at the end. */
LW_MUST_USE lw_status lw_series_line(lw_series *series);
/** LW_ERROR_INPUT: "'x.ts' line 7: ...". */
lw_status lw_series_refuse(const lw_series *series, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
lw_stretch lw_series_trim(lw_stretch text);

/** Read the header, if there is one, up to and with its @data. */
LW_MUST_USE lw_status lw_series_read_head(lw_series *series);

/** Read the current line. */
LW_MUST_USE lw_status lw_series_read_row(lw_series *series, lw_series_sample *sample);

#endif
