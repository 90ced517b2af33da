/** What the parts of the reader of delimited texts share: delimited.c (columns, cells, numbers),
 *  delimited_scan.c (records from bytes), delimited_part.c (parts of a file) and delimited_refuse.c
 *  (sentences). */
#ifndef LONGWAVE_PARSE_DELIMITED_INSIDE_H
#define LONGWAVE_PARSE_DELIMITED_INSIDE_H

#include "longwave/parse/delimited.h"
#include "longwave/parse/source.h"

/* A cell, from the beginning of its record. */
typedef struct lw_cell_place {
  int32_t begin, length;
} lw_cell_place;

typedef struct lw_column_name {
  const char *name;
  int64_t column;
} lw_column_name;

struct lw_delimited {
  lw_source *source;
  lw_delimited_format format;
  /* Bytes of the file: the current record begins at `begin`; it has `used` bytes with its end. */
  char *bytes; /* [room], a line feed behind `end` */
  int64_t room, begin, used, end;
  int64_t base;         /* of bytes[0] in the file */
  int64_t to;           /* records that begin here or behind it are not of this part */
  bool opened, ended;   /* its first bytes were read; it has no more than these */
  bool stops[256];      /* bytes that an unquoted cell does not simply contain */
  lw_cell_place *cells; /* [cell_room], of the current record */
  int64_t cell_room, count;
  int64_t line, next_line; /* of the current record, of what is behind it */
  bool held;               /* the current record was read ahead */
  int64_t columns;
  char *names_text, *marks_text;
  const char **names;     /* [columns] or NULL */
  lw_column_name *sorted; /* [columns] by name */
  const char **marks;     /* [mark_count] */
  int64_t mark_count;
  bool number_marks; /* a mark looks like a number */
};

/** More bytes behind those of the record, which may move. *more: whether there were any. */
LW_MUST_USE lw_status lw_delimited_fill(lw_delimited *table, bool *more);
/** Read the next record of the file, whatever its number of cells, to `cells`. */
LW_MUST_USE lw_status lw_delimited_scan(lw_delimited *table, bool *more);
/** Find the separator in the first record, which nothing has read yet, if it is not given. */
LW_MUST_USE lw_status lw_delimited_find_separator(lw_delimited *table);

#endif
