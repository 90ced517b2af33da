/** A writer from inside: h5_define.c collects what the file will hold, h5_write.c makes it so. */
#ifndef LONGWAVE_IO_H5_WRITER_H
#define LONGWAVE_IO_H5_WRITER_H

#include "h5_private.h"

typedef enum lw_h5_entry_kind {
  ENTRY_ARRAY,
  ENTRY_TEXTS,
  ENTRY_TEXT,
  ENTRY_INTEGER,
  ENTRY_REAL,
  ENTRY_LINK,
} lw_h5_entry_kind;

/* One definition, in the order of the calls. */
typedef struct lw_h5_entry {
  lw_h5_entry_kind kind;
  char *name;   /* of the array, or of the attribute of `object`, or the alias of `object` */
  char *object; /* NULL for arrays */
  char *bytes;  /* text, or texts [count, width] */
  int64_t count, width;
  int64_t integer;
  double real;
  lw_h5_type type;
  int rank;
  int64_t dims[LW_H5_RANK_MAX];
  hid_t set; /* while the file is open */
} lw_h5_entry;

struct lw_h5_writer {
  const lw_world *world; /* borrowed */
  char *path, *temporary;
  lw_h5_entry *entries;
  int64_t count, room;
  hid_t id; /* invalid unless open */
  bool made, published;
};

/** Whether the definition is a name in the file rather than an attribute. */
bool lw_h5_makes_name(const lw_h5_entry *e);

#endif
