/** An array of numbers in a file, read row by row (of the first dimension): .npy, a member of an
 *  .npz as FILE.npz:NAME, or any array of an HDF5 file as FILE.h5:/PATH. */
#ifndef LONGWAVE_TASK_ARRAY_SOURCE_H
#define LONGWAVE_TASK_ARRAY_SOURCE_H

#include "longwave/base/status.h"
#include "longwave/io/h5.h"

enum { LW_ARRAY_DIMS_MAX = 8 };

typedef struct lw_array lw_array;

typedef struct lw_array_shape {
  int dims;
  int64_t size[LW_ARRAY_DIMS_MAX];
  int64_t row;       /* numbers of a row */
  lw_h5_type stored; /* the smallest of LW_H5_U8, LW_H5_I16 and LW_H5_F32 that holds them, but for
                        whole numbers of more than 16 bits and doubles, which F32 rounds */
} lw_array_shape;

/** Errors: LW_ERROR_FILE; LW_ERROR_INPUT: no such array; LW_ERROR_FORMAT: damaged, no numbers, no
 *  dimension. */
LW_MUST_USE lw_status lw_array_open(const char *name, lw_array **out);
void lw_array_close(lw_array **array);

const lw_array_shape *lw_array_describe(const lw_array *array); /* borrowed */
const char *lw_array_name(const lw_array *array);               /* borrowed */
/** "[40, 100, 3]": text [room] out, returned. */
const char *lw_array_show(const lw_array *array, char *text, int64_t room);

/** The next `rows` rows; so many must be left. numbers [rows, row] out. Errors: LW_ERROR_FILE,
 *  LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_array_read(lw_array *array, double *numbers, int64_t rows);

#endif
