/** The one door to HDF5. Reading: each rank by itself, serial driver. Writing: all ranks together,
 *  to a temporary name, space reserved before any rank writes (a full disk inside HDF5 cannot be
 *  survived: docs/decisions.md), synced and renamed: a file under its final name is always whole.
 *  Not here: what the arrays mean (data/dataset.c, train/checkpoint.c). All array data is
 *  written little-endian; big-endian arrays are read as well. */
#ifndef LONGWAVE_IO_H5_H
#define LONGWAVE_IO_H5_H

#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdint.h>

enum { LW_H5_RANK_MAX = 4, LW_H5_NAME_MAX = 256 };

typedef enum lw_h5_type {
  LW_H5_F32,
  LW_H5_F64,
  LW_H5_U8,
  LW_H5_U16,
  LW_H5_U32,
  LW_H5_U64,
  LW_H5_I8,
  LW_H5_I16,
  LW_H5_I32,
  LW_H5_I64,
  LW_H5_TYPES
} lw_h5_type;

/** Bytes of one item; "float32", "uint8" and so on, as NumPy calls them; whether it is a whole
 *  number. */
int64_t lw_h5_type_size(lw_h5_type type);
const char *lw_h5_type_name(lw_h5_type type);
bool lw_h5_type_whole(lw_h5_type type);

/** "openmpi 4.1.4 / HDF5 1.10.8" style pieces for the banner: the version of the library in use. */
void lw_h5_version(int *major, int *minor, int *release);

/* ---- reading: Local ---- */

typedef struct lw_h5 lw_h5;

typedef struct lw_h5_shape {
  int rank;
  int64_t dims[LW_H5_RANK_MAX];
  int64_t items;   /* product of dims */
  lw_h5_type type; /* of the file */
  bool big_endian; /* in the file */
} lw_h5_shape;

/** Errors: LW_ERROR_FILE (cannot open, with the system's reason), LW_ERROR_FORMAT (not HDF5,
 *  truncated). Here and below LW_ERROR_FORMAT means that the file's content is wrong, LW_ERROR_FILE
 *  that the system could not read it, which may be temporary. */
LW_MUST_USE lw_status lw_h5_open(const char *path, lw_h5 **out);
void lw_h5_close(lw_h5 **file);
const char *lw_h5_path(const lw_h5 *file); /* borrowed */

/** To be called after functions that return no status ("is there such an array?"). Errors:
 *  LW_ERROR_FILE: their answers do not count, since the system refused to read (a fault of the
 *  disk, a lost server); functions that return a status check this themselves. */
LW_MUST_USE lw_status lw_h5_sound(const lw_h5 *file);

/** Whether there is an array or a group of this name. Soft and external links are not followed: a
 *  file from elsewhere must not choose what else is opened. */
bool lw_h5_has(const lw_h5 *file, const char *name);
/** Whether an array, a group or the root "/" has an attribute of this name. */
bool lw_h5_has_attribute(const lw_h5 *file, const char *object, const char *name);
/** Errors: LW_ERROR_FORMAT: no such array, more than LW_H5_RANK_MAX dimensions, a type not in
 *  lw_h5_type, or an array that claims more bytes than its file has. */
LW_MUST_USE lw_status lw_h5_array_shape(const lw_h5 *file, const char *name, lw_h5_shape *shape);
/** Rows [first, first + rows) of the first dimension, converted to `type`: a number outside the
 *  range of a whole type becomes the nearest one in it. data: whole rows, out.
 *  Errors: LW_ERROR_FORMAT: no such array or rows; damaged. */
LW_MUST_USE lw_status lw_h5_read(const lw_h5 *file, const char *name, lw_h5_type type,
                                 int64_t first, int64_t rows, void *data);
/** Attribute of `object` ("/" or the path of an array or group). text: 0-ended, at most room - 1
 *  bytes. Errors, of those below too: LW_ERROR_FORMAT when it is missing, of another type or too
 *  long. */
LW_MUST_USE lw_status lw_h5_get_text(const lw_h5 *file, const char *object, const char *name,
                                     char *text, int64_t room);
/** Length of a text attribute in bytes with its end, or -1 when there is none. */
int64_t lw_h5_text_room(const lw_h5 *file, const char *object, const char *name);
LW_MUST_USE lw_status lw_h5_get_integer(const lw_h5 *file, const char *object, const char *name,
                                        int64_t *value);
LW_MUST_USE lw_status lw_h5_get_real(const lw_h5 *file, const char *object, const char *name,
                                     double *value);
/** Entries of a one-dimensional array of texts, or -1 when there is no such array. */
int64_t lw_h5_texts_count(const lw_h5 *file, const char *name);
/** One entry of a one-dimensional array of texts (class names). */
LW_MUST_USE lw_status lw_h5_read_text(const lw_h5 *file, const char *name, int64_t index,
                                      char *text, int64_t room);
/** All entries of such an array of fixed-length texts: [count] of *width bytes each, with their
 *  ending 0. *bytes: to be given back with lw_mem_give. Errors also: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_h5_read_texts(const lw_h5 *file, const char *name, int64_t count,
                                       char **bytes, int64_t *width);
/** Names of the members of a group in alphabetical order: calls visit(name, context) for each;
 *  stops on failure, which it returns. Errors also: LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_h5_each(const lw_h5 *file, const char *group,
                                 lw_status (*visit)(const char *name, void *context),
                                 void *context);

/* ---- writing: Collective over all, but for the definitions, which every rank makes alike ---- */

typedef struct lw_h5_writer lw_h5_writer;

/** Whether a file of this attribute `format` ("longwave-dataset") and of so many bytes could be
 *  written there, to be asked before long work. Local. Errors: LW_ERROR_FILE when it is a folder,
 *  or its folder is missing, not to be written to, or too full; those of lw_output_check. */
LW_MUST_USE lw_status lw_h5_check_place(const char *path, const char *format, double bytes);

/** Nothing is created yet. The file will have a temporary name beside it (base/aside.h). Its
 *  attribute `format` decides what it may replace (io/output.h); a file without one may replace any
 *  file.
 *  Local. */
LW_MUST_USE lw_status lw_h5_writer_create(const lw_world *world, const char *path,
                                          lw_h5_writer **out);

/** Definitions (Local, before start). "/a/b/name" makes the groups it needs. A name may be defined
 *  once (else LW_ERROR_INPUT). Arrays are defined alike on all ranks; what is written into the file
 *  while it is made (texts, attributes, links) counts on the root only. Attributes go to "/",
 *  to a defined array, or to a group, which is made if it is not there. */
LW_MUST_USE lw_status lw_h5_writer_array(lw_h5_writer *writer, const char *name, lw_h5_type type,
                                         int rank, const int64_t *dims);
LW_MUST_USE lw_status lw_h5_writer_texts(lw_h5_writer *writer, const char *name,
                                         const char *const *texts, int64_t count);
/** An array of `count` texts of at most `width` bytes, which are written like rows of an array:
 *  `width` bytes each, zeros behind the text. */
LW_MUST_USE lw_status lw_h5_writer_text_rows(lw_h5_writer *writer, const char *name, int64_t count,
                                             int64_t width);
LW_MUST_USE lw_status lw_h5_writer_text(lw_h5_writer *writer, const char *object, const char *name,
                                        const char *text);
LW_MUST_USE lw_status lw_h5_writer_integer(lw_h5_writer *writer, const char *object,
                                           const char *name, int64_t value);
LW_MUST_USE lw_status lw_h5_writer_real(lw_h5_writer *writer, const char *object, const char *name,
                                        double value);
/** A second name (hard link) for a defined array. */
LW_MUST_USE lw_status lw_h5_writer_link(lw_h5_writer *writer, const char *name, const char *alias);

/** The root makes the file with all definitions and reserves every block; then all ranks open it.
 *  Errors, on all ranks alike: LW_ERROR_FILE (no space: says how much is needed and free; no
 *  permission); LW_ERROR_INPUT (what is there must stay). */
LW_MUST_USE lw_status lw_h5_writer_start(lw_h5_writer *writer);

/** Write rows [first, first + rows) of an array; each rank its own rows, rows 0 is fine; every rank
 *  calls. Errors, on all ranks: LW_ERROR_INPUT (rows beyond the array), LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_h5_writer_put(lw_h5_writer *writer, const char *name, int64_t first,
                                       int64_t rows, const void *data);

/** The same without communication, for many small arrays. Local; all ranks must agree (lw_agree)
 *  before lw_h5_writer_finish. */
LW_MUST_USE lw_status lw_h5_writer_put_own(lw_h5_writer *writer, const char *name, int64_t first,
                                           int64_t rows, const void *data);

/** Close; sync to disk; still under the temporary name, which lw_h5_writer_temporary returns (NULL
 *  before the start), so that the caller can verify it. Then publish: rename. Errors, on all ranks:
 *  LW_ERROR_FILE; of publish those of lw_output_check, too, but none once it is renamed. */
LW_MUST_USE lw_status lw_h5_writer_finish(lw_h5_writer *writer);
const char *lw_h5_writer_temporary(const lw_h5_writer *writer); /* borrowed */
LW_MUST_USE lw_status lw_h5_writer_publish(lw_h5_writer *writer);

/** Removes the temporary file unless it was published. NULL is fine. Collective. */
void lw_h5_writer_destroy(lw_h5_writer **writer);

/* ---- checksums: Local ---- */

/** CRC-32 (zlib's, so Python's zlib.crc32) of bytes; start with crc 0, go on with the last
 *  result. */
uint32_t lw_crc32(uint32_t crc, const void *data, int64_t bytes);
/** CRC of A followed by B from crc(A), crc(B) and the bytes of B. */
uint32_t lw_crc32_combine(uint32_t a, uint32_t b, int64_t bytes_of_b);

#endif
