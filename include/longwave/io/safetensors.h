/** Files of named arrays in the format safetensors, which other programs read and write. Local. Not
 *  here: which arrays (train/start_from.h, study/export.h).
 *
 *  The format: N, 8 bytes, little-endian; N bytes of JSON, {"NAME": {"dtype": "F32", "shape": [..],
 *  "data_offsets": [BEGIN, END]}, ..}, with texts under "__metadata__"; then the data, row-major
 *  and little-endian, offsets from their beginning, the arrays one directly after the other. What
 *  we write has blanks behind the JSON, so that the data begin at a multiple of 8.
 *  Source: the format's description and its reader, github.com/huggingface/safetensors. */
#ifndef LONGWAVE_IO_SAFETENSORS_H
#define LONGWAVE_IO_SAFETENSORS_H

#include "longwave/base/status.h"
#include <stdint.h>

enum { LW_TENSOR_RANK_MAX = 8, LW_TENSOR_TYPE_MAX = 16 };

/** The key of the texts, and the bytes of the JSON that are the most (as the format's own reader
 *  has it). */
#define LW_SAFETENSORS_TEXTS "__metadata__"
enum { LW_SAFETENSORS_HEAD_MAX = 100000000 };

typedef struct lw_tensor {
  const char *name; /* borrowed from the file */
  char type[LW_TENSOR_TYPE_MAX];
  int rank;
  int64_t dims[LW_TENSOR_RANK_MAX];
  int64_t items;      /* product of dims; 1 of rank 0 */
  int64_t begin, end; /* offsets in the data */
} lw_tensor;

/* ---- reading: of foreign files ---- */

typedef struct lw_safetensors lw_safetensors;

/** All of the head is checked: sizes, offsets, that arrays neither overlap nor leave gaps and end
 *  where the file ends. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY, LW_ERROR_FORMAT: one sentence that
 *  says what is wrong. */
LW_MUST_USE lw_status lw_safetensors_open(const char *path, lw_safetensors **out);
void lw_safetensors_close(lw_safetensors **file);
const char *lw_safetensors_path(const lw_safetensors *file);

/** The arrays in the order of their data: tensor i of *count. Borrowed. */
const lw_tensor *lw_safetensors_list(const lw_safetensors *file, int64_t *count);
/** NULL: there is none. */
const lw_tensor *lw_safetensors_find(const lw_safetensors *file, const char *name);
/** A text of the head; NULL: there is none. Borrowed. */
const char *lw_safetensors_text(const lw_safetensors *file, const char *key);
/** Items [first, first + count) of an array of the type "F32". data [count] out. Errors:
 *  LW_ERROR_FORMAT: another type; LW_ERROR_INPUT: there are not as many; LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_safetensors_read(const lw_safetensors *file, const lw_tensor *tensor,
                                          int64_t first, int64_t count, float *data);

/* ---- writing ---- */

/** What a file shall hold: float32 arrays, in this order. */
typedef struct lw_safetensors_content {
  const char *const *texts; /* key, value, key, value, ..., NULL; the first key says who wrote it */
  const char *const *names; /* [count] */
  const int *rank;          /* [count] */
  const int64_t (*dims)[2]; /* [count] */
  int64_t count;
  /** Array `index` into data [items]. */
  lw_status (*fill)(int64_t index, float *data, void *context);
  void *context;
} lw_safetensors_content;

/** The first key of files that are ours: they may be replaced (io/output.h). */
#define LW_SAFETENSORS_OURS "longwave"

/** Written aside and renamed. Errors: LW_ERROR_INPUT (what is in its place must stay),
 *  LW_ERROR_FILE, LW_ERROR_MEMORY, those of `fill`. */
LW_MUST_USE lw_status lw_safetensors_write(const char *path, const lw_safetensors_content *content);

#endif
