/** Data sets as people write them with HDF5 by hand, in any type and byte order, also ones that
 *  prepare would never make. Not here: Longwave's own writer (data/dataset.h). */
#ifndef TESTS_SUPPORT_HAND_MADE_H
#define TESTS_SUPPORT_HAND_MADE_H

#include "longwave/io/h5.h"
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HAND_SPLITS = 3, HAND_NAME = 8 };

typedef struct hand_split {
  int64_t samples;
  const int64_t *lengths; /* [samples], or NULL: all of `length` */
  int64_t length;
  const double *items; /* of all samples, or NULL: 0, 1, 0, 1, ... */
  const double *labels; /* [samples], or NULL: 0 to classes - 1 in turn */
} hand_split;

/** Zero means: tokens; two classes; scale 1; types as prepare has them. */
typedef struct hand_made {
  bool values;
  int64_t vocabulary, classes;
  double scale, shift;
  hid_t item_type, label_type, offset_type; /* in the file */
  hand_split split[HAND_SPLITS];
} hand_made;

static inline void hand_text(hid_t at, const char *name, const char *text)
{
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, strlen(text));
  hid_t attribute = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, text);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

static inline void hand_number(hid_t at, const char *name, hid_t type, const void *value)
{
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, value);
  H5Aclose(attribute);
  H5Sclose(space);
}

static inline void hand_crc(hid_t set, uint32_t crc)
{
  const int64_t value = crc;
  hand_number(set, "crc32", H5T_NATIVE_INT64, &value);
}

/* Doubles to the type of the file, and the checksum of what stands there then. */
static inline void hand_array(hid_t group, const char *name, hid_t type, int64_t count,
                              const double *x)
{
  hsize_t dims = (hsize_t)count;
  hid_t space = H5Screate_simple(1, &dims, NULL);
  hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const size_t bytes = (size_t)count * H5Tget_size(type);
  void *stored = calloc(bytes + 1, 1);
  if (count > 0) {
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x);
    H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, stored);
  }
  hand_crc(set, lw_crc32(0, stored, (int64_t)bytes));
  free(stored);
  H5Dclose(set);
  H5Sclose(space);
}

static inline void hand_names(hid_t file, int64_t classes)
{
  char *names = calloc((size_t)classes, HAND_NAME);
  hsize_t dims = (hsize_t)classes;
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &dims, NULL);
  H5Tset_size(type, HAND_NAME);
  hid_t set =
      H5Dcreate2(file, "class_names", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  uint32_t crc = 0;
  for (int64_t k = 0; k < classes; k++) {
    char *name = names + k * HAND_NAME;
    crc = lw_crc32(crc, name, snprintf(name, HAND_NAME, "c%d", (int)(k % 100000)) + 1);
  }
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names);
  hand_crc(set, crc);
  H5Dclose(set);
  H5Sclose(space);
  H5Tclose(type);
  free(names);
}

static inline void hand_split_write(hid_t file, const char *name, const hand_made *what,
                                    const hand_split *split, int64_t classes)
{
  const int64_t N = split->samples;
  double *offsets = calloc((size_t)N + 1, sizeof *offsets);
  double *labels = calloc((size_t)N + 1, sizeof *labels);
  for (int64_t i = 0; i < N; i++) {
    offsets[i + 1] = offsets[i] + (double)(split->lengths ? split->lengths[i] : split->length);
    labels[i] = split->labels ? split->labels[i] : (double)(i % classes);
  }
  const int64_t total = (int64_t)offsets[N];
  double *items = calloc((size_t)total + 1, sizeof *items);
  for (int64_t i = 0; i < total; i++) items[i] = split->items ? split->items[i] : (double)(i % 2);
  hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t usual = what->values ? H5T_IEEE_F32LE : H5T_STD_U8LE;
  hand_array(group, "offsets", what->offset_type ? what->offset_type : H5T_STD_I64LE, N + 1,
             offsets);
  hand_array(group, what->values ? "values" : "tokens",
             what->item_type ? what->item_type : usual, total, items);
  hand_array(group, "labels", what->label_type ? what->label_type : H5T_STD_I32LE, N, labels);
  H5Gclose(group);
  free(items);
  free(labels);
  free(offsets);
}

/** By one rank. */
static inline void hand_made_write(const char *path, const hand_made *what)
{
  static const char *const splits[HAND_SPLITS] = {"train", "validation", "test"};
  const int64_t version = 1, classes = what->classes ? what->classes : 2;
  const double scale = what->scale != 0.0 ? what->scale : 1.0;
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  hand_text(file, "format", "longwave-dataset");
  hand_number(file, "version", H5T_NATIVE_INT64, &version);
  hand_text(file, "task", "by hand");
  hand_text(file, "kind", what->values ? "values" : "tokens");
  hand_number(file, "vocabulary", H5T_NATIVE_INT64, &what->vocabulary);
  hand_number(file, "classes", H5T_NATIVE_INT64, &classes);
  hand_number(file, "scale", H5T_NATIVE_DOUBLE, &scale);
  hand_number(file, "shift", H5T_NATIVE_DOUBLE, &what->shift);
  hand_names(file, classes);
  for (int s = 0; s < HAND_SPLITS; s++)
    hand_split_write(file, splits[s], what, &what->split[s], classes);
  H5Fclose(file);
  H5Pclose(access);
}

#endif
