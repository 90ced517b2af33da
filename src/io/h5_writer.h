/** A writer from inside: h5_define.c collects what the file will hold, h5_header.c makes its head,
 *  h5_write.c the file. */
#ifndef LONGWAVE_IO_H5_WRITER_H
#define LONGWAVE_IO_H5_WRITER_H

#include "h5_memory.h"
#include "h5_private.h"
#include "longwave/base/aside.h"
#include "longwave/comm/file.h"

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
  int64_t count, width; /* width of an array: of texts; 0: of numbers */
  int64_t integer;
  double real;
  lw_h5_type type;
  int rank;
  int64_t dims[LW_H5_RANK_MAX];
  int64_t offset; /* of an array's first byte in the file; -1: it has none */
} lw_h5_entry;

struct lw_h5_writer {
  const lw_world *world; /* borrowed */
  char *path;
  char *temporary; /* NULL before the start */
  lw_h5_entry *entries;
  int64_t count, room;
  lw_aside aside; /* on the root */
  lw_file *file;  /* while ranks write; NULL: none */
  int own;        /* the same file, by this rank's own handle; -1: none */
};

/** Whether the definition is a name in the file rather than an attribute. */
bool lw_h5_makes_name(const lw_h5_entry *e);

/** Bytes of a row of an array. */
int64_t lw_h5_row_bytes(const lw_h5_entry *e);

/** Make in memory what HDF5 itself writes of the file; arrays learn their offsets. Local, root. */
LW_MUST_USE lw_status lw_h5_make_head(lw_h5_writer *writer, lw_h5_memory *memory);

#endif
